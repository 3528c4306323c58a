"""AssetIn and AssetOut: what a function's parameter reads, and what one of its several results is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class AssetIn:
    """Says which asset a parameter reads, where its name alone does not.

    Args:
        key: The upstream's key; default: the parameter's name.
        metadata: Kept for the IO manager.
        key_prefix: Put before the parameter's name, where no key is given.
        input_manager_key: The IO manager that loads it; default: the one that stored it.
        partition_mapping: Which upstream partitions a partition reads.
        dagster_type: `Nothing` where it is not loaded; else the type that it has.
    """

    key: CoercibleToAssetKey | None = None
    metadata: Mapping[str, Any] | None = None
    key_prefix: str | Sequence[str] | None = None
    input_manager_key: str | None = None
    partition_mapping: PartitionMapping | None = None
    dagster_type: Any = None

    def __post_init__(self) -> None:
        if self.key is not None and self.key_prefix is not None:
            raise DefinitionError("AssetIn: give either key or key_prefix, not both")

    def name_asset(self, parameter: str) -> AssetKey:
        """Return the key that a parameter of this name reads."""
        if self.key is not None:
            return AssetKey.from_coercible(self.key)
        own = AssetKey(parameter)
        return own.with_prefix(self.key_prefix) if self.key_prefix else own


@dataclass(frozen=True, slots=True)
class AssetOut:
    """One of the assets that a `multi_asset` makes, by the name of its output.

    Args:
        key_prefix: Put before the name of the output.
        key: The whole key; default: the name of the output.
        dagster_type: `Nothing` where the function keeps the result by itself; else the type that it has.
        description, metadata, group_name, code_version, owners, tags, kinds: As of `AssetSpec`.
        is_required: False where the function may leave it out.
        io_manager_key: How it is kept.
        automation_condition, freshness_policy: As of `AssetSpec`.
        backfill_policy: Accepted for compatibility; the one of the `multi_asset` counts.
    """

    key_prefix: str | Sequence[str] | None = None
    key: CoercibleToAssetKey | None = None
    dagster_type: Any = None
    description: str | None = None
    is_required: bool = True
    io_manager_key: str | None = None
    metadata: Mapping[str, Any] | None = None
    group_name: str | None = None
    code_version: str | None = None
    automation_condition: Any = None
    backfill_policy: Any = None
    owners: Sequence[str] | None = None
    tags: Mapping[str, str] | None = None
    kinds: Iterable[str] | None = None
    freshness_policy: Any = None
    auto_materialize_policy: Any = None
    is_virtual: bool = False

    def __post_init__(self) -> None:
        if self.key is not None and self.key_prefix is not None:
            raise DefinitionError("AssetOut: give either key or key_prefix, not both")

    @classmethod
    def from_spec(
        cls, spec: AssetSpec, dagster_type: Any = None, is_required: bool = True, io_manager_key: str | None = None
    ) -> AssetOut:
        """Return an output for the asset that a spec tells of."""
        return cls(
            key=spec.key,
            dagster_type=dagster_type,
            description=spec.description,
            is_required=is_required and not spec.skippable,
            io_manager_key=io_manager_key or spec.io_manager_key,
            metadata=spec.metadata,
            group_name=spec.group_name,
            code_version=spec.code_version,
            automation_condition=spec.automation_condition,
            owners=spec.owners,
            tags=spec.tags,
            freshness_policy=spec.freshness_policy,
            is_virtual=spec.is_virtual,
        )

    def to_spec(
        self, name: str, *, deps: Iterable[Any], partitions_def: PartitionsDefinition | None, group_name: str | None
    ) -> AssetSpec:
        """Return the spec of the asset that an output of this name makes."""
        own = AssetKey(name)
        named = own.with_prefix(self.key_prefix) if self.key_prefix else own
        return AssetSpec(
            named if self.key is None else self.key,
            deps=deps,
            description=self.description,
            metadata=self.metadata,
            skippable=not self.is_required,
            group_name=self.group_name or group_name,
            code_version=self.code_version,
            owners=self.owners,
            tags=self.tags,
            kinds=self.kinds,
            partitions_def=partitions_def,
            automation_condition=self.automation_condition,
            freshness_policy=self.freshness_policy,
            auto_materialize_policy=self.auto_materialize_policy,
            is_virtual=self.is_virtual,
            io_manager_key=self.io_manager_key,
        )
