"""DuckDBResource: connections to a DuckDB database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from assetmake.definitions.configuring.resource import ConfigurableResource
from assetmake.definitions.current_context import find_running
from assetmake.duckdb.connecting import PATIENCE, connect, is_file


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
            self._note_place()

    def _note_place(self) -> None:
        """Have what the running function keeps by itself be gone with the database, unless it says where that is."""
        running = find_running()
        if is_file(self.database) and getattr(running, "place", None) == "":
            running.set_place(os.path.abspath(self.database))
