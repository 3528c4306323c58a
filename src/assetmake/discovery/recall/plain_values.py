"""A manifest as columns of plain values and back.

Of ten thousand assets it is the making of objects that takes the time, one call for each and one for each of their
fields. So values are kept by field, and `_make` gives all objects of a kind a field in one loop that Python runs in C.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import islice, repeat
from operator import attrgetter
from typing import Any, TypeVar

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.place import Place
from assetmake.discovery.code.members import CodeGraph, Form, Member
from assetmake.discovery.manifest import AssetRecord, Fingerprint, Manifest

T = TypeVar("T")
Row = tuple[Any, ...]
Columns = dict[str, Any]
"""By name of a field, its values: a list, or `(value,)` where all have the same."""

_OWN_WAY = {"key", "place", "fingerprint", "dependencies", "aliases"}
_MEMBER = attrgetter(*(each.name for each in fields(Member)))


def write_manifest(manifest: Manifest) -> tuple[Manifest, dict[str, Any]]:
    """Return a manifest without its assets, checks and code, and the assets and checks as plain values."""
    records = (*manifest.assets, *manifest.checks)
    paths: dict[tuple[str, ...], int] = {}

    def number(key: AssetKey) -> int:
        return paths.setdefault(key.parts, len(paths))

    read = [dependency for record in records for dependency in record.dependencies]
    written = {
        "keys": [number(record.key) for record in records],
        "aliases": {at: list(map(number, each.aliases)) for at, each in enumerate(records) if each.aliases},
        "reads": [len(record.dependencies) for record in records],
        "read_keys": [number(dependency.key) for dependency in read],
        "read": _write(Dependency, read, without={"key"}),
        "places": _write(Place, [record.place for record in records]),
        "fingerprints": _write(Fingerprint, [record.fingerprint for record in records]),
        "records": _write(AssetRecord, records, without=_OWN_WAY),
    }
    rest = replace(manifest, assets=(), checks=(), code=CodeGraph())
    return rest, {**written, "paths": list(paths), "assets": len(manifest.assets)}


def read_manifest(rest: Manifest, written: Mapping[str, Any], code: CodeGraph) -> Manifest:
    """Return the manifest that `write_manifest` was given."""
    paths, numbers = written["paths"], written["keys"]
    keys = _make(AssetKey, len(paths), {"parts": paths, "_hash": list(map(hash, paths))})
    find_key = keys.__getitem__
    read_keys = list(map(find_key, written["read_keys"]))
    read = iter(_make(Dependency, len(read_keys), {"key": read_keys, **written["read"]}))
    aliases: list[tuple[AssetKey, ...]] = [()] * len(numbers)
    for at, names in written["aliases"].items():
        aliases[at] = tuple(map(find_key, names))
    count = len(numbers)
    own_way = {
        "key": list(map(find_key, numbers)),
        "place": _make(Place, count, written["places"]),
        "fingerprint": _make(Fingerprint, count, written["fingerprints"]),
        "dependencies": [tuple(islice(read, number)) for number in written["reads"]],
        "aliases": aliases,
    }
    records = _make(AssetRecord, count, {**own_way, **written["records"]})
    number = written["assets"]
    return replace(rest, assets=tuple(records[:number]), checks=tuple(records[number:]), code=code)


def write_members(members: Mapping[str, Member]) -> list[Row]:
    """Return a row for each member of a code graph; JSON can hold it."""
    return [(*row[:2], row[2].value, *row[3:]) for row in map(_MEMBER, members.values())]


def read_members(rows: list[Row]) -> dict[str, Member]:
    """Return the members that `write_members` was given, by name."""
    return {
        name: Member(name, source, Form(form), identity, tuple(parts), facts, links, tuple(unfollowed))
        for name, source, form, identity, parts, facts, links, unfollowed in rows
    }


def _write(kind: type, objects: Sequence[Any], *, without: Collection[str] = ()) -> Columns:
    shared: dict[str, str] = {}
    names = [each.name for each in fields(kind) if each.name not in without]
    return {name: _write_column(list(map(attrgetter(name), objects)), shared) for name in names}


def _write_column(values: list[Any], shared: dict[str, str]) -> list[Any] | tuple[Any]:
    if values and all(map(_is_same, values, repeat(values[0]))):
        return (values[0],)
    return [shared.setdefault(value, value) if type(value) is str else value for value in values]


def _is_same(value: object, other: object) -> bool:
    """Tell whether two values can stand for each other; values that are merely equal, such as 1 and True, cannot."""
    if value is other:
        return True
    return type(value) is type(other) and isinstance(value, str | tuple | dict) and not value and not other


def _make(kind: type[T], count: int, columns: Mapping[str, Any]) -> list[T]:
    """Return as many objects of a slotted kind, with the values of each field; nothing of the kind's own is called."""
    made = list(map(object.__new__, repeat(kind, count)))
    for name, column in columns.items():
        values: Iterable[Any] = repeat(column[0]) if isinstance(column, tuple) else column
        deque(map(getattr(kind, name).__set__, made, values), maxlen=0)
    return made
