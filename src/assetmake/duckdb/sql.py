"""SQL in pieces: names are quoted in one place, values are bound, and both can be shown to people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL.

    Attributes:
        text: What DuckDB is given, with `?` where a value is bound.
        values: Those values.
        shown: The same for people, with the values in it.
    """

    text: str
    values: tuple[Any, ...]
    shown: str

    def __add__(self, other: Sql) -> Sql:
        return Sql(self.text + other.text, self.values + other.values, self.shown + other.shown)


def write(text: str) -> Sql:
    """Return SQL that is written in our code, or by DuckDB itself."""
    return Sql(text, (), text)


def quote(name: str) -> Sql:
    """Return a name of a schema, a table or a column.

    >>> quote('say "hello"').text
    '"say ""hello""\"'
    """
    return write('"' + name.replace('"', '""') + '"')


def bind(value: str | datetime) -> Sql:
    """Return a value."""
    return Sql("?", (value,), "'" + str(value).replace("'", "''") + "'")


def join(separator: str, parts: Iterable[Sql]) -> Sql:
    """Return several pieces with something between them.

    >>> join(", ", [quote("a"), bind("it's")]).shown
    '"a", \\'it\\'\\'s\\''
    """
    made = write("")
    for place, part in enumerate(parts):
        made = made + write(separator) + part if place else part
    return made


def run(connection: Any, statement: Sql) -> list[tuple[Any, ...]]:
    """Run a statement to its end, and return its rows."""
    rows: list[tuple[Any, ...]] = connection.execute(statement.text, list(statement.values)).fetchall()
    return rows
