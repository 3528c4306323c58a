"""Databases in memory for the states of tests, used again: to open one costs more than most tests do with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

import duckdb

_LEFT = (
    "select 'table', table_name from duckdb_tables() union all"
    " select 'view', view_name from duckdb_views() where not internal"
)
_OURS = sys.getrefcount(object()) + 3
"""References to a database that nobody else has: two lists', the loop's, and the question's."""


class Pool:
    """Opens databases, and hands on those that nobody refers to any more.

    Args:
        open_new: Opens one.

    Attributes:
        optimizes: Whether queries are optimized: of a few rows that costs more than to run them. Commands in processes
            of their own always do.
    """

    def __init__(self, open_new: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._open_new = open_new
        self._opened: list[duckdb.DuckDBPyConnection] = []
        self.optimizes = False

    def open(self) -> duckdb.DuckDBPyConnection:
        """Return an empty database."""
        database = self._find_free()
        if database is None:
            database = self._open_new()
            self._opened.append(database)
        database.execute(f"pragma {'enable' if self.optimizes else 'disable'}_optimizer")
        return database

    def _find_free(self) -> duckdb.DuckDBPyConnection | None:
        for database in list(self._opened):
            if sys.getrefcount(database) > _OURS:
                continue
            if empty(database):
                return database
            self._opened.remove(database)
        return None


def empty(database: duckdb.DuckDBPyConnection) -> bool:
    """Let go of all that is in a database, and tell whether it can be used again."""
    with suppress(duckdb.Error):  # most were left as they should be
        database.rollback()
    try:
        database.execute("detach database if exists state")
        for kind, name in database.execute(_LEFT).fetchall():
            database.execute(f'drop {kind} "{name}"')
    except duckdb.Error:  # it was closed, or is broken
        return False
    return True
