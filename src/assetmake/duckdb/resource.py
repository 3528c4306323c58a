"""DuckDBResource: connections to a DuckDB database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from assetmake.definitions.configuring.resource import ConfigurableResource
from assetmake.duckdb.connecting import PATIENCE, connect


class DuckDBResource(ConfigurableResource[Any]):
    """Connects to a DuckDB database.

    Example:
        >>> with DuckDBResource(database=":memory:").get_connection() as connection:
        ...     connection.execute("SELECT 1").fetchall()
        [(1,)]
    """

    database: str = Field(description="The file of the database, or :memory:.")
    connection_config: dict[str, Any] = Field(default={}, description="Options of DuckDB.")
    lock_timeout: float = Field(
        default=PATIENCE, ge=0, description="Seconds that another process's lock is waited for."
    )

    @contextmanager
    def get_connection(self) -> Iterator[Any]:
        """Give a connection, a `duckdb.DuckDBPyConnection`, and close it at the end.

        Raises:
            LockTimeout: another process holds the database's lock.
        """
        connection = connect(self.database, config=self.connection_config, patience=self.lock_timeout)
        try:
            yield connection
        finally:
            connection.close()
