"""connect: opens a database, and waits for another process that holds its lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from assetmake.errors import LockTimeout

PATIENCE = 60.0
"""Seconds that a lock is waited for."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0
_WITHOUT_FILE = (":memory:", "md:", "motherduck:")


def is_file(database: str) -> bool:
    """Tell whether a database is a file, and not in memory, at a service or at a URL."""
    return database != "" and "://" not in database and not database.startswith(_WITHOUT_FILE)


def connect(
    database: str,
    *,
    config: Mapping[str, Any] | None = None,
    read_only: bool = False,
    patience: float = PATIENCE,
    open_database: Callable[..., Any] = duckdb.connect,
    now: Callable[[], float] = time.monotonic,
    pause: Callable[[float], object] = time.sleep,
) -> Any:
    """Return a connection to a database.

    Args:
        database: Its file.
        config: Options of DuckDB.
        read_only: Several processes may read at once; where this process writes to it already, the connection could.
        patience: Seconds that the lock of another process is waited for.
        open_database, now, pause: What opens it, tells the time and waits.

    Raises:
        LockTimeout: another process held the lock for longer than that.
        duckdb.Error: the database cannot be opened.
    """
    deadline = now() + patience
    length = _FIRST_PAUSE
    while True:
        try:
            return open_database(database, read_only=read_only, config=dict(config or {}))
        except duckdb.ConnectionException:
            # Within a process all connections to a file are of one kind.
            if not read_only:
                raise
            read_only = False
        except duckdb.IOException as error:
            if "set lock" not in str(error):
                raise
            left = deadline - now()
            if left <= 0:
                raise LockTimeout(
                    f"{database}: another process held the lock of this database for {patience:g} s: {error}",
                    hint="end that process, or give DuckDB resources and IO managers a longer lock_timeout",
                ) from error
            pause(min(length, left))
            length = min(2 * length, _LONGEST_PAUSE)
