"""The graph that selections are resolved against: what can be selected, with its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.labels import DEFAULT_GROUP
from assetmake.definitions.naming import NameIndex


@dataclass(frozen=True, slots=True)
class Selectable:
    """An asset as selections see it.

    Attributes:
        upstream: The keys that it reads, as they are called in the graph.
        together: The keys that are made in one call with it and cannot be left out.
    """

    key: AssetKey
    upstream: frozenset[AssetKey] = frozenset()
    group_name: str | None = DEFAULT_GROUP
    tags: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    owners: tuple[str, ...] = ()
    materializable: bool = True
    partitions_def: Any = None
    together: frozenset[AssetKey] = frozenset()


@runtime_checkable
class SelectableGraph(Protocol):
    """What `resolve` needs of a graph: what can be selected by key, who reads whom, and the keys of the checks."""

    @property
    def selectables(self) -> Mapping[AssetKey, Selectable]: ...

    @property
    def readers(self) -> Mapping[AssetKey, frozenset[AssetKey]]: ...

    @property
    def check_keys(self) -> frozenset[Any]: ...


@dataclass(frozen=True, slots=True)
class CollectedGraph:
    """A graph made of definitions, by `collect_graph`."""

    selectables: Mapping[AssetKey, Selectable]
    readers: Mapping[AssetKey, frozenset[AssetKey]]
    check_keys: frozenset[Any]


def collect_graph(source: Any) -> SelectableGraph:
    """Return the graph of a sequence of assets, sources, specs and checks, or of an object that holds them.

    Upstreams that nothing defines are part of it, as external assets. Such an object has `selectables` already,
    or `assets_defs` and `asset_check_keys`, or, as Definitions has, `assets` and `asset_checks`.
    """
    if isinstance(source, SelectableGraph):
        return source
    checks = frozenset[Any](getattr(source, "asset_check_keys", None) or ())
    items = _list_items(source)
    found = {each.key: each for item in items for each in _read_item(item)}
    names = NameIndex(found)
    linked = {key: _link(each, names) for key, each in found.items()}
    for key in {up for each in linked.values() for up in each.upstream} - linked.keys():
        linked[key] = Selectable(key, materializable=False)
    readers: dict[AssetKey, set[AssetKey]] = {key: set() for key in linked}
    for each in linked.values():
        for up in each.upstream:
            readers[up].add(each.key)
    return CollectedGraph(
        linked,
        {key: frozenset(keys) for key, keys in readers.items()},
        checks | {check for item in items for check in list_check_keys(item)},
    )


def _list_items(source: Any) -> list[Any]:
    if hasattr(source, "assets_defs"):
        return list(source.assets_defs)
    if hasattr(source, "assets") and not isinstance(source, Iterable):
        return [*(source.assets or ()), *(getattr(source, "asset_checks", None) or ())]
    return list(source)


def list_check_keys(item: Any) -> Iterator[Any]:
    """Yield the keys of the checks that a definition declares."""
    for spec in getattr(item, "check_specs", None) or ():
        yield spec.key


def list_asset_keys(item: Any) -> list[AssetKey]:
    """Return the keys of an asset definition, or the one key of whatever names an asset."""
    specs = getattr(item, "specs", None)
    keys = [spec.key for spec in specs] if specs is not None else getattr(item, "keys", None)
    return [AssetKey.from_coercible(item)] if keys is None or callable(keys) else list(keys)


def _read_item(item: Any) -> Iterator[Selectable]:
    specs = getattr(item, "specs", None)
    if specs is None:
        specs = [item] if isinstance(getattr(item, "key", None), AssetKey) else []
    specs = list(specs)
    materializable = getattr(item, "is_materializable", isinstance(item, AssetsDefinition))
    whole = len(specs) > 1 and not getattr(item, "can_subset", False)
    together = frozenset(spec.key for spec in specs) if whole else frozenset[AssetKey]()
    for spec in specs:
        yield Selectable(
            key=spec.key,
            upstream=frozenset(_list_upstreams(spec)),
            group_name=getattr(spec, "group_name", None) or DEFAULT_GROUP,
            tags=dict(getattr(spec, "tags", None) or {}),
            kinds=frozenset(getattr(spec, "kinds", None) or ()),
            owners=tuple(getattr(spec, "owners", None) or ()),
            materializable=bool(materializable),
            partitions_def=getattr(spec, "partitions_def", None) or getattr(item, "partitions_def", None),
            together=together,
        )


def _list_upstreams(spec: Any) -> Iterator[AssetKey]:
    for dep in getattr(spec, "dependencies", None) or getattr(spec, "deps", None) or ():
        named = getattr(dep, "asset_key", None) or getattr(dep, "asset", dep)
        yield AssetKey.from_coercible(named)


def _link(each: Selectable, names: NameIndex) -> Selectable:
    """Have an asset read what the graph of a build has it read; what has no one meaning stays as it is written."""
    found = {key: names.find_upstream(key, consumer=each.key) for key in each.upstream}
    meant = frozenset(keys[0] if len(keys) == 1 else written for written, keys in found.items())
    return each if meant == each.upstream else replace(each, upstream=meant)
