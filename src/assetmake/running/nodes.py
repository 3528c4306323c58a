"""AssetNode: what is known of one asset among others, for code that looks at how they hang together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import infer_mapping
from assetmake.errors import DefinitionError

Edges = dict[AssetKey, set[AssetKey]]


@dataclass(frozen=True, slots=True)
class AssetNode:
    """One asset among others.

    Attributes:
        assets_def: What makes it, or tells of it.
        spec: What is said of it.
        parent_keys, child_keys: What it depends on, and what depends on it.
    """

    assets_def: AssetsDefinition
    spec: AssetSpec
    parent_keys: Set[AssetKey]
    child_keys: Set[AssetKey]

    @property
    def key(self) -> AssetKey:
        return self.spec.key

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        return self.spec.partitions_def

    @property
    def is_partitioned(self) -> bool:
        return self.spec.partitions_def is not None

    @property
    def is_materializable(self) -> bool:
        return self.assets_def.is_materializable

    @property
    def is_observable(self) -> bool:
        return self.assets_def.is_observable

    @property
    def is_external(self) -> bool:
        return self.assets_def.is_external

    @property
    def is_executable(self) -> bool:
        return self.assets_def.is_executable

    @property
    def group_name(self) -> str:
        return self.assets_def.group_names_by_key[self.key]

    @property
    def code_version(self) -> str | None:
        return self.spec.code_version

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.spec.metadata

    @property
    def tags(self) -> Mapping[str, str]:
        return self.spec.tags

    @property
    def owners(self) -> list[str]:
        return self.spec.owners

    @property
    def description(self) -> str | None:
        return self.spec.description

    @property
    def automation_condition(self) -> Any:
        return self.spec.automation_condition

    @property
    def execution_set_asset_keys(self) -> set[AssetKey]:
        """The assets that are made with it, each time."""
        return {self.key} if self.assets_def.can_subset or self.is_external else self.assets_def.keys


def find_edges(definitions: Iterable[AssetsDefinition]) -> tuple[Edges, Edges]:
    """Return what each asset depends on, and what depends on it."""
    upstream: Edges = {}
    downstream: Edges = {}
    for spec in (spec for each in definitions for spec in each.specs):
        upstream.setdefault(spec.key, set()).update(dep.asset_key for dep in spec.deps)
        downstream.setdefault(spec.key, set())
        for dep in spec.deps:
            upstream.setdefault(dep.asset_key, set())
            downstream.setdefault(dep.asset_key, set()).add(spec.key)
    return upstream, downstream


def check_mappings(producers: Mapping[AssetKey, AssetsDefinition]) -> None:
    """Check that a mapping leads from the partitions of each asset to those of what it depends on.

    What nobody makes here may have partitions of which less is known; it is left out.

    Raises:
        DefinitionError: naming two assets between which there is none.
    """
    made = [each for each in dict.fromkeys(producers.values()) if each.is_executable]
    partitions = {spec.key: spec.partitions_def for each in made for spec in each.specs}
    pairs = [(spec, dep) for each in made for spec in each.specs for dep in spec.deps]
    for spec, dep in pairs:
        upstream = partitions.get(dep.asset_key)
        if upstream is None:
            continue
        try:
            mapping = infer_mapping(dep.partition_mapping, upstream=upstream, downstream=spec.partitions_def)
            mapping.validate_partition_mapping(upstream, spec.partitions_def)
        except DefinitionError as error:
            raise DefinitionError(
                f"Invalid partition mapping from {spec.key} to {dep.asset_key}: {error.message}", hint=error.hint
            ) from None
