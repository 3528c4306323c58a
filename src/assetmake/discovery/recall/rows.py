"""A manifest as rows of plain values and back: ten thousand objects at once are read several times faster that way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from assetmake.definitions.asset import Dependency
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.place import Place
from assetmake.discovery.code.members import CodeGraph, Form, Member
from assetmake.discovery.manifest import AssetRecord, Fingerprint, Manifest

Row = tuple[Any, ...]
_RECORD_NAMES = tuple(each.name for each in fields(AssetRecord))
_RECORD = attrgetter(*_RECORD_NAMES)
_FIRST = 5
"""Fields that are written in a way of their own: key, module, place, fingerprint, dependencies."""
_ALIASES = _RECORD_NAMES.index("aliases") - _FIRST
_FINGERPRINT = attrgetter(*(each.name for each in fields(Fingerprint)))
_MEMBER = attrgetter(*(each.name for each in fields(Member)))


def write_manifest(manifest: Manifest) -> tuple[Manifest, list[Row]]:
    """Return a manifest without its assets and its code, and a row for each asset."""
    shared: dict[Any, Any] = {}
    rest = replace(manifest, assets=(), code=CodeGraph())
    return rest, [_write_record(record, lambda value: shared.setdefault(value, value)) for record in manifest.assets]


def read_manifest(rest: Manifest, rows: list[Row], code: CodeGraph) -> Manifest:
    """Return the manifest that `write_manifest` was given."""
    keys: dict[tuple[str, ...], AssetKey] = {}

    def find_key(path: tuple[str, ...]) -> AssetKey:
        found = keys.get(path)
        if found is None:
            found = keys[path] = AssetKey(path)
        return found

    return replace(rest, assets=tuple([_read_record(row, find_key) for row in rows]), code=code)


def write_members(members: Mapping[str, Member]) -> list[Row]:
    """Return a row for each member of a code graph."""
    return [(*row[:2], row[2].value, *row[3:]) for row in map(_MEMBER, members.values())]


def read_members(rows: list[Row]) -> dict[str, Member]:
    """Return the members that `write_members` was given, by name."""
    return {
        name: Member(name, source, Form(form), identity, tuple(parts), facts, links, tuple(unfollowed))
        for name, source, form, identity, parts, facts, links, unfollowed in rows
    }


def _write_record(record: AssetRecord, share: Callable[[Any], Any]) -> Row:
    key, module, place, fingerprint, dependencies, *others = _RECORD(record)
    read = tuple((each.key.path, each.parameter, each.mapping) for each in dependencies)
    printed = tuple(map(share, _FINGERPRINT(fingerprint)))
    others[_ALIASES] = tuple(alias.path for alias in record.aliases)
    return (key.path, share(module), (share(place.file), place.line), printed, read, *others)


def _read_record(row: Row, find_key: Callable[[tuple[str, ...]], AssetKey]) -> AssetRecord:
    path, module, place, printed, read, *others = row
    if others[_ALIASES]:
        others[_ALIASES] = tuple(map(find_key, others[_ALIASES]))
    dependencies = tuple([Dependency(find_key(above), parameter, mapping) for above, parameter, mapping in read])
    return AssetRecord(find_key(path), module, Place(*place), Fingerprint(*printed), dependencies, *others)
