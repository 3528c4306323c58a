"""Texts on their way into the state, which takes UTF-8 and nothing else, and refuses a whole batch for one that is not.

Messages, metadata and names may hold bytes of something else: Python has them as lone surrogates.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import duckdb

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u(d[89a-f][0-9a-f]{2})")


def escape_text(text: str) -> str:
    r"""Return a text as UTF-8 can hold it: what it cannot hold is escaped as JSON has it, of which some texts consist.

    >>> escape_text(b"caf\xe9.csv".decode("utf-8", "surrogateescape"))
    'caf\\udce9.csv'
    """
    return text if _is_utf_8(text) else text.encode("utf-8", "backslashreplace").decode()


def write_json(value: object) -> str:
    """Return a value as JSON in which all texts are escaped for good: no reader gets back what UTF-8 cannot hold."""
    text = json.dumps(value, ensure_ascii=False)
    return text if _is_utf_8(text) else _SURROGATE.sub(lambda found: f"\\\\u{ord(found[0]):04x}", text)


def read_path(path: str) -> str:
    """Return the path of a file as it was before it was escaped, whatever bytes its name has."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), path) if "\\ud" in path else path


class TextSafeConnection:
    """A connection whose parameters are escaped, wherever texts stand in them; all else is the connection's own."""

    __slots__ = ("_db",)

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db

    def execute(self, query: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        return self._db.execute(query, None if parameters is None else escape_texts(parameters))

    def executemany(self, query: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        return self._db.executemany(query, None if parameters is None else escape_texts(parameters))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def keep_texts_safe(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return a connection like another one, to which any text can be given."""
    return cast("duckdb.DuckDBPyConnection", TextSafeConnection(db))


def escape_texts(value: Any) -> Any:
    """Return a value, a list of values or a dict of values with the texts in it escaped."""
    match value:
        case str():
            return escape_text(value)
        case list() | tuple():
            return [escape_texts(each) if isinstance(each, (str, list, tuple)) else each for each in value]
        case dict():
            return {name: escape_texts(each) for name, each in value.items()}
        case _:
            return value


def _is_utf_8(text: str) -> bool:
    return text.isascii() or _SURROGATE.search(text) is None
