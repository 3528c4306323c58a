"""Values that a function carries with it - defaults and closure cells - written down for its fingerprint."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import partial
from pathlib import PurePath
from types import ModuleType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from assetmake.definitions.asset import AssetsDefinition
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.source import FileSource
from assetmake.discovery.syntax import dump_atom

DescribeFunction = Callable[[Any, frozenset[int]], str]
"""Writes a function down; the ids are of what is being written already, for cycles."""

_PLAIN = (bool, int, float, complex, str, bytes, bytearray)
_TEXTUAL = (PurePath, Decimal, Fraction, UUID, ZoneInfo, range, slice, dt.timezone, dt.timedelta)


def describe_value(value: Any, *, describe_function: DescribeFunction, seen: frozenset[int] = frozenset()) -> str:
    """Write a value down, the same in every process.

    Data is written by value; of any other object only its type, so a change inside one goes unseen.
    """
    if id(value) in seen:
        return "(...)"
    inside = seen | {id(value)}

    def describe(inner: Any) -> str:
        return describe_value(inner, describe_function=describe_function, seen=inside)

    written = _describe_scalar(value)
    if written is None:
        written = _describe_container(value, describe)
    if written is not None:
        return written
    return describe_function(value, inside) if callable(value) else f"object({name_type(type(value))})"


def name_type(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _describe_scalar(value: Any) -> str | None:
    if value is None or value is ... or type(value) in _PLAIN:
        return dump_atom(value)
    name = name_type(type(value))
    text: str | None = None
    match value:
        case AssetsDefinition() | AssetKey():
            text = str(AssetKey.from_coercible(value))  # where it was declared does not count
        case FileSource():
            text = f"{value.name},{value.path}"
        case PartitionsDefinition():
            text = value.identity()
        case dt.datetime() | dt.date() | dt.time():
            text = value.isoformat()
        case re.Pattern():
            text = f"{dump_atom(value.pattern)},{value.flags}"
        case ModuleType():
            text = value.__name__
        case type():
            text = name_type(value)
        case _ if isinstance(value, _TEXTUAL):
            text = dump_atom(str(value))
    return None if text is None else f"{name}({text})"


def _describe_container(value: Any, describe: Callable[[Any], str]) -> str | None:
    parts: list[str] | None = None
    match value:
        case Enum():
            parts = [value.name, describe(value.value)]
        case int() | float() | str() | bytes():
            parts = [_describe_plain(value)]
        case Mapping():
            parts = [f"{describe(key)}:{describe(item)}" for key, item in value.items()]
        case AbstractSet():
            parts = sorted(map(describe, value))
        case list() | tuple():
            parts = [*map(describe, value)]
        case partial():
            parts = [*map(describe, (value.func, value.args, value.keywords))]
        case _ if is_dataclass(value):
            parts = [f"{each.name}={describe(getattr(value, each.name, None))}" for each in fields(value)]
    return None if parts is None else f"{name_type(type(value))}[{','.join(parts)}]"


def _describe_plain(value: float | str | bytes) -> str:
    """Write an instance of a subclass of a plain type as what it is underneath."""
    kinds: tuple[Any, ...] = (int, float, str, bytes)
    return dump_atom(next(kind(value) for kind in kinds if isinstance(value, kind)))
