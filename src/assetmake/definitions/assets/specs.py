"""AssetSpec and AssetDep: what is said of an asset apart from the function that makes it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, overload

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.labels import (
    check_group,
    check_owners,
    check_tags,
    drop_kinds,
    read_kinds,
    tag_kinds,
)
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import DefinitionError, InvariantError

_Unset: Any = type("Unset", (), {"__repr__": lambda _: "unset"})()
"""Stands for an option that was not given, where None says something."""


@dataclass(frozen=True, slots=True, init=False)
class AssetDep:
    """An upstream that is not loaded, with the partitions it maps to; for `deps=`.

    Args:
        asset: Whatever names it: an asset, a spec, a key, a name.
        partition_mapping: Which of its partitions a partition reads; default: those that fit.
        metadata: Facts about the upstream, where nothing else tells of it.

    Attributes:
        spec: The spec that names it, which tells that others make it where nobody does here.
    """

    asset_key: AssetKey
    partition_mapping: PartitionMapping | None
    metadata: Mapping[str, Any] | None = field(hash=False)
    spec: AssetSpec | None = field(compare=False, repr=False)

    def __init__(
        self,
        asset: CoercibleToAssetKey,
        partition_mapping: PartitionMapping | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        if len(getattr(asset, "specs", ("one",))) != 1:
            raise DefinitionError(
                f"Cannot create an AssetDep from a multi_asset AssetsDefinition: {asset.title}",
                hint="name one of its assets by its key",
            )
        if partition_mapping is not None and not isinstance(partition_mapping, PartitionMapping):
            raise DefinitionError(f"AssetDep({asset!r}): partition_mapping is {partition_mapping!r}, which is none")
        object.__setattr__(self, "asset_key", AssetKey.from_coercible(asset))
        object.__setattr__(self, "partition_mapping", partition_mapping)
        object.__setattr__(self, "metadata", metadata)
        object.__setattr__(self, "spec", asset if isinstance(asset, AssetSpec) else None)

    @classmethod
    def read(cls, value: CoercibleToAssetKey | AssetDep) -> AssetDep:
        """Return what one entry of `deps=` means."""
        return value if isinstance(value, AssetDep) else cls(value)


def _expand(named: CoercibleToAssetKey | AssetDep) -> Iterable[AssetDep]:
    """Return what one entry of `deps=` means: of a function that makes several assets, all of them."""
    several = getattr(named, "specs", ())
    return [AssetDep(spec.key) for spec in several] if len(several) > 1 else (AssetDep.read(named),)


def read_deps(deps: Iterable[CoercibleToAssetKey | AssetDep] | None) -> list[AssetDep]:
    """Return what `deps=` means, each upstream once.

    Raises:
        InvariantError: one is named twice, with different mappings.
    """
    if not deps:
        return []
    found: dict[AssetKey, AssetDep] = {}
    for dep in (dep for named in deps or () for dep in _expand(named)):
        if found.setdefault(dep.asset_key, dep) != dep:
            raise InvariantError(
                f"Cannot set a dependency on asset {dep.asset_key} more than once per asset",
                hint="name it once, with the partition_mapping that is meant",
            )
    return list(found.values())


@dataclass(frozen=True, slots=True, init=False, eq=True)
class AssetSpec:
    """What is known of an asset that has no function here; with `multi_asset` or `asset_check`, of one that has.

    In `Definitions(assets=[...])` it is an external asset: something that others make, and that assets may depend on.

    Args:
        key: Its key: text, parts or an AssetKey.
        deps: Upstreams that are not loaded.
        description: For people.
        metadata: Facts about it.
        skippable: A `multi_asset` may leave it out.
        group_name: The group that it is shown in; default: "default".
        code_version: Stands for the code that makes it.
        owners: Email addresses, or teams as `team:sales`.
        tags: Texts by name, for selections.
        kinds: What it is made with; up to ten.
        partitions_def: The set of its partitions.
        automation_condition: When it is to be made; looked at by `tick`.
        freshness_policy: How old it may become; looked at by `tick`.
        legacy_freshness_policy: The same in its older form.
        is_virtual: It is a view of others: making it stores nothing.

    Raises:
        DefinitionError: an owner, a tag, a group or a kind is none.

    Example:
        >>> AssetSpec("orders", deps=["shop"], kinds={"postgres"}).kinds
        {'postgres'}
    """

    key: AssetKey
    deps: list[AssetDep]
    description: str | None
    metadata: Mapping[str, Any]
    skippable: bool
    group_name: str | None
    code_version: str | None
    owners: list[str]
    tags: Mapping[str, str]
    partitions_def: PartitionsDefinition | None
    automation_condition: Any
    freshness_policy: Any
    legacy_freshness_policy: Any
    is_virtual: bool
    io_manager_key: str | None = field(compare=False)

    def __init__(
        self,
        key: CoercibleToAssetKey,
        *,
        deps: Iterable[CoercibleToAssetKey | AssetDep] | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        skippable: bool = False,
        group_name: str | None = None,
        code_version: str | None = None,
        owners: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
        partitions_def: PartitionsDefinition | None = None,
        automation_condition: Any = None,
        freshness_policy: Any = None,
        auto_materialize_policy: Any = None,
        legacy_freshness_policy: Any = None,
        is_virtual: bool = False,
        io_manager_key: str | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "key", AssetKey.from_coercible(key))
        put(self, "deps", read_deps(deps))
        put(self, "description", description)
        put(self, "metadata", metadata if metadata is not None else {})
        put(self, "skippable", skippable)
        put(self, "group_name", None if group_name is None else check_group(group_name))
        put(self, "code_version", code_version)
        put(self, "owners", check_owners(owners) if owners else [])
        put(self, "tags", {**(check_tags(tags) if tags else {}), **(tag_kinds(kinds) if kinds else {})})
        put(self, "partitions_def", partitions_def)
        put(self, "automation_condition", read_condition(automation_condition, auto_materialize_policy))
        put(self, "freshness_policy", freshness_policy)
        put(self, "legacy_freshness_policy", legacy_freshness_policy)
        put(self, "is_virtual", is_virtual)
        put(self, "io_manager_key", io_manager_key)

    __hash__ = None  # type: ignore[assignment]  # it holds dicts and lists

    @property
    def kinds(self) -> set[str]:
        return read_kinds(self.tags)

    def replace_attributes(
        self,
        *,
        key: CoercibleToAssetKey = _Unset,
        deps: Iterable[CoercibleToAssetKey | AssetDep] | None = _Unset,
        tags: Mapping[str, str] | None = _Unset,
        kinds: Iterable[str] | None = _Unset,
        **others: Any,
    ) -> AssetSpec:
        """Return the same with some of its attributes replaced; None empties one.

        Raises:
            DefinitionError: there is no such attribute, or what is given is none.
        """
        given: dict[str, Any] = {**self._list_options(), **others}
        if key is not _Unset:
            given["key"] = key
        if deps is not _Unset:
            given["deps"] = deps
        given["tags"] = drop_kinds(self.tags) if tags is _Unset else drop_kinds(tags or {})
        given["kinds"] = self.kinds if kinds is _Unset else kinds
        unknown = others.keys() - {each.name for each in fields(self)}
        if unknown:
            raise DefinitionError(f"AssetSpec has no {', '.join(sorted(unknown))}")
        return AssetSpec(**given)

    def merge_attributes(
        self,
        *,
        deps: Iterable[CoercibleToAssetKey | AssetDep] = (),
        metadata: Mapping[str, Any] | None = None,
        owners: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] = (),
    ) -> AssetSpec:
        """Return the same with more upstreams, metadata, owners, tags and kinds; what is named again is replaced."""
        return self.replace_attributes(
            deps=[*self.deps, *deps],
            metadata={**self.metadata, **(metadata or {})},
            owners=[*self.owners, *owners],
            tags={**drop_kinds(self.tags), **(tags or {})},
            kinds=self.kinds | set(kinds),
        )

    def with_io_manager_key(self, io_manager_key: str) -> AssetSpec:
        """Return the same, kept by another IO manager."""
        return self.replace_attributes(io_manager_key=io_manager_key)

    def with_partitions(self, partitions_def: PartitionsDefinition | None) -> AssetSpec:
        return self.replace_attributes(partitions_def=partitions_def)

    @property
    def auto_materialize_policy(self) -> Any:
        """The condition in its older form."""
        if self.automation_condition is None:
            return None
        policies = importlib.import_module("assetmake.definitions.automation.policies")
        return policies.AutoMaterializePolicy.from_automation_condition(self.automation_condition)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> Any:
        """Return what a model says of a field of this class: it is one, as it is."""
        return importlib.import_module("pydantic_core").core_schema.is_instance_schema(cls)

    def _list_options(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def read_condition(condition: Any, policy: Any) -> Any:
    """Return the automation condition that was given, perhaps in its older form.

    Raises:
        InvariantError: both forms were given.
    """
    if policy is None:
        return condition
    if condition is not None:
        raise InvariantError("Cannot supply both `automation_condition` and `auto_materialize_policy`")
    return policy.to_automation_condition()


def gather_specs(specs: Iterable[AssetSpec]) -> tuple[AssetSpec, ...]:
    """Return each spec once, in order.

    Raises:
        DefinitionError: two different ones have the same key.
    """
    found: dict[AssetKey, AssetSpec] = {}
    for spec in specs:
        if found.setdefault(spec.key, spec) != spec:
            raise DefinitionError(
                f"conflicting AssetSpec: {spec.key} is specified twice, differently",
                hint="give each asset one spec, or another key",
            )
    return tuple(found.values())


Declared = TypeVar("Declared")


@overload
def map_asset_specs(func: Callable[[AssetSpec], AssetSpec], iterable: Iterable[AssetSpec]) -> Sequence[AssetSpec]: ...


@overload
def map_asset_specs(func: Callable[[AssetSpec], AssetSpec], iterable: Iterable[Declared]) -> Sequence[Declared]: ...


def map_asset_specs(func: Callable[[AssetSpec], AssetSpec], iterable: Iterable[Any]) -> Sequence[Any]:
    """Return specs and assets with every spec changed.

    Args:
        func: Given a spec, returns another one.
        iterable: Specs, and assets whose specs are changed.

    Example:
        >>> in_eu = map_asset_specs(lambda spec: spec.replace_attributes(group_name="eu"), [AssetSpec("a")])
        >>> in_eu[0].group_name
        'eu'
    """
    return [func(each) if isinstance(each, AssetSpec) else each.map_asset_specs(func) for each in iterable]


def apply_freshness_policy(spec: AssetSpec, policy: Any, overwrite_existing: bool = True) -> AssetSpec:
    """Return a spec with a freshness policy, for `Definitions.map_asset_specs`.

    Args:
        spec: The spec.
        policy: The policy.
        overwrite_existing: False: one that it has stays.
    """
    kept = None if overwrite_existing else spec.freshness_policy
    return spec.replace_attributes(freshness_policy=kept or policy)
