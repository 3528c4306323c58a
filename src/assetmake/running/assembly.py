"""Assembly: definitions put together, so that each name that one of them reads is an asset that another one makes."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.external import SourceAsset, tell_of_others
from assetmake.definitions.naming import NameIndex, suggest
from assetmake.definitions.refused import refuse_declared
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError
from assetmake.running.file_sources import describe_file_source
from assetmake.running.nodes import AssetNode, find_edges
from assetmake.running.ordering import order_definitions


@dataclass(frozen=True, slots=True)
class Assembly:
    """Definitions whose names are resolved.

    Attributes:
        assets: Those that make or look at assets, in the order given.
        checks: Those that do nothing but check.
        external: What is known of assets that nobody makes here, by key.
        undeclared: Those of them that nothing tells of but what depends on them.
    """

    assets: tuple[AssetsDefinition, ...]
    checks: tuple[AssetChecksDefinition, ...]
    external: Mapping[AssetKey, AssetsDefinition]
    undeclared: frozenset[AssetKey]

    def refuse_unknown(self, keys: Set[AssetKey] | None = None) -> None:
        """Check that what each parameter reads is there; what is only waited for may be anybody's.

        Args:
            keys: Only of what makes these; default: all.

        Raises:
            DefinitionError: a parameter names no asset.
        """
        for definition in self.assets if self.undeclared else ():
            if keys is not None and keys.isdisjoint(definition.keys):
                continue
            for slot in definition.operation.inputs if definition.operation else ():
                if slot.is_loaded and slot.key in self.undeclared:
                    name = min(definition.keys, default="asset")
                    near = NameIndex(self.producers.keys() - self.undeclared).find_nearest(str(slot.key))
                    declare = f'declare it with AssetSpec("{slot.key}") if others make it'
                    raise DefinitionError(
                        f"asset {name} ({definition.place}): parameter {slot.name!r} reads {slot.key}, and there is no "
                        "such asset or source among what is given",
                        hint=suggest(near) or f"pass the asset along, or {declare}",
                    )

    @property
    def assets_defs(self) -> Sequence[AssetsDefinition]:
        """All that a selection may name."""
        return (*self.assets, *self.external.values())

    @property
    def asset_check_keys(self) -> set[AssetCheckKey]:
        return {key for definition in (*self.assets, *self.checks) for key in definition.check_keys}

    @property
    def asset_dep_graph(self) -> Mapping[str, Mapping[AssetKey, set[AssetKey]]]:
        """What each asset depends on, as "upstream", and what depends on it, as "downstream"."""
        upstream, downstream = find_edges(self.assets_defs)
        return {"upstream": upstream, "downstream": downstream}

    def get(self, key: AssetKey) -> AssetNode:
        """Return what is known of one asset."""
        maker = self.producers[key]
        upstream, downstream = find_edges(self.assets_defs)
        return AssetNode(maker, maker.specs_by_key[key], upstream[key], downstream[key])

    def get_all_asset_keys(self) -> set[AssetKey]:
        return {*self.producers}

    @property
    def producers(self) -> dict[AssetKey, AssetsDefinition]:
        """Who makes, or tells of, each asset."""
        made = {key: definition for definition in self.assets for key in definition.keys}
        return {**self.external, **made}


def assemble(definitions: Iterable[Any]) -> Assembly:
    """Put definitions together.

    Args:
        definitions: Assets, checks, specs of external assets, source assets, files, and Definitions of such.

    Raises:
        DefinitionError: an asset or a check is declared twice, or a name means several assets.
        CyclicDependencyError: assets wait for each other.
    """
    given = [_open(each) for each in {id(each): each for each in _list(definitions)}.values()]
    checks = [each for each in given if isinstance(each, AssetChecksDefinition)]
    assets = [each for each in given if not isinstance(each, AssetChecksDefinition) and each.is_executable]
    told = [each for each in given if not each.is_executable]
    _refuse_duplicates([*assets, *told])
    _refuse_double_checks([*assets, *checks])
    external = {key: each.subset_of(key) for each in told for key in each.keys}
    made = {key for each in assets for key in each.keys}
    index = NameIndex([*made, *external])
    resolved = tuple(_resolve(each, index) for each in assets)
    asked = tuple(_resolve(each, index) for each in checks)
    for each in (*resolved, *asked):
        for key in each.upstream_keys:
            if key not in made and key not in external:
                external[key] = tell_of_others(key, given)
    order_definitions(resolved)  # refuses those that wait for each other
    undeclared = frozenset(external.keys() - {key for each in told for key in each.keys})
    return Assembly(resolved, asked, external, undeclared)  # type: ignore[arg-type]  # a check that is resolved is one still


def _list(definitions: Iterable[Any]) -> Iterator[Any]:
    for each in definitions:
        if isinstance(each, Definitions):
            yield from (*each.assets, *each.asset_checks)
        else:
            yield each


def _open(declared: Any) -> AssetsDefinition:
    if isinstance(declared, SourceAsset):
        return declared.to_assets_definition()
    if isinstance(declared, FileSource):
        return describe_file_source(declared)
    if isinstance(declared, AssetsDefinition):
        return declared
    if isinstance(declared, AssetSpec):
        return AssetsDefinition((declared,))
    refuse_declared(declared)
    raise DefinitionError(
        f"a {type(declared).__name__} is neither an asset nor a check: {reprlib.repr(declared)}",
        hint="decorate the function with @asset or @asset_check",
    )


def _refuse_duplicates(definitions: Iterable[AssetsDefinition]) -> None:
    seen: dict[AssetKey, AssetsDefinition] = {}
    for definition in definitions:
        for key in definition.keys:
            other = seen.setdefault(key, definition)
            if other is not definition:
                is_made = definition.is_executable or other.is_executable
                kind = "Duplicate asset key" if is_made else "conflicting AssetSpec"
                raise DefinitionError(
                    f"{kind}: {key!r} is declared at {other.place} and at {definition.place}",
                    hint="give one of them another name, or a key_prefix",
                )


def _refuse_double_checks(definitions: Iterable[AssetsDefinition]) -> None:
    seen: set[AssetCheckKey] = set()
    for definition in definitions:
        for key in definition.check_keys:
            if key in seen:
                raise DefinitionError(f"Duplicate asset check key {key.to_user_string()}: {key}")
            seen.add(key)


def _resolve(definition: AssetsDefinition, index: NameIndex) -> AssetsDefinition:
    """Return a definition in which every name that it reads is spelled out."""
    consumer = min(definition.keys, default=AssetKey("checks"))
    meant = {
        key: found[0]
        for key in definition.upstream_keys
        if len(found := index.find_upstream(key, consumer=consumer)) == 1 and found[0] != key
    }
    return definition.with_attributes(asset_key_replacements=meant) if meant else definition
