"""Values that code carries with it - constants, defaults, closure cells - written down for its fingerprint."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import partial
from pathlib import PurePath
from types import MappingProxyType, ModuleType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID
from zoneinfo import ZoneInfo

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.metadata.record import Record
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.source import FileSource
from assetmake.discovery.code.carried import read_state
from assetmake.discovery.code.locality import is_project_class, is_project_module, name_public
from assetmake.discovery.code.syntax import dump_atom
from assetmake.storage.hashing import table_digest
from assetmake.storage.tables import Library, library_of, to_arrow

_PLAIN = (bool, int, float, complex, str, bytes, bytearray)
_TEXTUAL = (PurePath, Decimal, Fraction, UUID, ZoneInfo, range, slice, dt.timezone, dt.timedelta)
_CONTAINERS = {dict, list, tuple, set, frozenset, MappingProxyType}
_TABLES = {Library.ARROW, Library.PANDAS, Library.POLARS}


@dataclass(slots=True)
class Writer:
    """Writes values down, the same in every process.

    Attributes:
        follow: Writes down what is code - a function, a class - and sees to it that it is followed.
        hide: Makes a text the same wherever the project's folder is.
        is_data: Everything written so far was data, or code that is followed. Of any other object only the type is
            written, so a change inside one goes unseen.
    """

    follow: Callable[[Any], str]
    hide: Callable[[str], str] = str
    is_data: bool = True

    def write(self, value: Any, seen: frozenset[int] = frozenset()) -> str:
        """Return a value as text."""
        if value is None or value is ... or type(value) in _PLAIN:
            return self.hide(dump_atom(value))
        if id(value) in seen:
            return "(...)"
        try:
            return self._write(value, seen)
        except RecursionError:
            if seen:
                raise
        except Exception:  # noqa: BLE001, S110 - a proxy that is not to be touched now is only what it is
            pass
        self.is_data = False
        return f"object({name_public(type(value))})"

    def _write(self, value: Any, seen: frozenset[int]) -> str:
        written = self._write_scalar(value)
        if written is None:
            written = self._write_container(value, seen | {id(value)})
        if written is None:
            written = self._write_table(value)
        if written is not None:
            return written
        if callable(value) and not is_project_class(type(value)):
            return self.follow(value)
        return self.write_object(value, seen | {id(value)})

    def write_object(self, value: Any, seen: frozenset[int] = frozenset()) -> str:
        """Return an object of the project's with what it holds, another one with what it would be pickled from."""
        self.is_data = False
        kind = self._name_type(type(value))
        state = read_state(value) if is_project_class(type(value)) else _read_reduced(value)
        return f"object({kind},{self.write(state, seen)})"

    def _name_type(self, kind: type) -> str:
        return self.follow(kind) if is_project_class(kind) else name_public(kind)

    def _write_scalar(self, value: Any) -> str | None:
        text: str | None = None
        match value:
            case AssetsDefinition() | AssetKey():
                text = str(AssetKey.from_coercible(value))  # where it was declared does not count
            case FileSource():
                text = f"{value.name},{value.path}"
            case PartitionsDefinition():
                text = value.identity()
            case dt.datetime() | dt.time():
                text = f"{value.isoformat()},{value.tzinfo},{value.fold}"
            case dt.date():
                text = value.isoformat()
            case re.Pattern():
                text = f"{dump_atom(value.pattern)},{value.flags}"
            case type():
                return self.follow(value)
            case ModuleType() if is_project_module(value):
                return self.follow(value)
            case ModuleType():
                text = value.__name__
            case _ if isinstance(value, _TEXTUAL):
                text = dump_atom(str(value))
        return None if text is None else f"{self._name_type(type(value))}({self.hide(text)})"

    def _write_container(self, value: Any, seen: frozenset[int]) -> str | None:
        parts: list[str] | None = None
        match value:
            case Enum():
                parts = [value.name, self.write(value.value, seen)]
            case int() | float() | str() | bytes():
                parts = [self.hide(_write_plain(value)), *self._write_more(value, seen)]
            case dict() | MappingProxyType():
                parts = [f"{self.write(key, seen)}:{self.write(item, seen)}" for key, item in value.items()]
                parts += self._write_more(value, seen)
            case set() | frozenset():
                parts = [*sorted(self.write(item, seen) for item in value), *self._write_more(value, seen)]
            case list() | tuple():
                parts = [*(self.write(item, seen) for item in value), *self._write_more(value, seen)]
            case partial():
                parts = [self.write(item, seen) for item in (value.func, value.args, value.keywords)]
            case type():
                pass
            case _ if get_origin(value) is not None:
                return self._write_generic(get_origin(value), get_args(value), seen)
            case Record():
                parts = [f"{name}={self.write(getattr(value, name), seen)}" for name in value.__slots__]
            case _ if is_dataclass(value):
                parts = [f"{each.name}={self.write(getattr(value, each.name, None), seen)}" for each in fields(value)]
                parts += self._write_more(value, seen, known={each.name for each in fields(value)})
        return None if parts is None else f"{self._name_type(type(value))}[{','.join(parts)}]"

    def _write_generic(self, origin: Any, arguments: tuple[Any, ...], seen: frozenset[int]) -> str:
        """Return `list[int]` or `int | None`, whose own types are named otherwise in other versions of Python."""
        if origin in {Union, UnionType}:
            kind = "union"
        elif isinstance(origin, type) and origin.__module__ != "typing":
            kind = self.follow(origin)
        else:
            kind = f"typing.{origin.__name__}"
        return f"{kind}[{','.join(self.write(each, seen) for each in arguments)}]"

    def _write_more(self, value: Any, seen: frozenset[int], known: Container[str] = ()) -> list[str]:
        """Return what an object of a subclass holds beside what its kind of container does."""
        if type(value) in _CONTAINERS:
            return []
        factory = value.default_factory if isinstance(value, defaultdict) else None
        more = {name: item for name, item in read_state(value).items() if name not in known}
        written = [] if factory is None else [f"default={self.write(factory, seen)}"]
        return [*written, f"more={self.write(more, seen)}"] if more else written

    def _write_table(self, value: Any) -> str | None:
        """Return a table or an array by its content."""
        if library_of(value) in _TABLES:
            table = to_arrow(value)
            return None if table is None else f"table({type(value).__name__},{table_digest(table).hex()})"
        kind = type(value)
        if (kind.__module__, kind.__name__) == ("numpy", "ndarray") and not value.dtype.hasobject:
            return f"array({value.dtype.descr},{value.shape},{value.tobytes().hex()})"
        return None


def _write_plain(value: float | str | bytes) -> str:
    """Write an instance of a subclass of a plain type as what it is underneath."""
    kinds: tuple[Any, ...] = (int, float, str, bytes)
    return dump_atom(next(kind(value) for kind in kinds if isinstance(value, kind)))


def _read_reduced(value: Any) -> tuple[Any, ...]:
    """Return what a library's object would be pickled from, as data; nothing where it would not be."""
    try:
        reduced = value.__reduce_ex__(2)
    except Exception:  # noqa: BLE001 - files, locks, connections
        return ()
    if not isinstance(reduced, tuple):
        return ()
    return tuple(list(part) if isinstance(part, Iterator) else part for part in reduced[1:])
