"""Assembly: definitions put together, so that each name that one of them reads is an asset that another one makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.naming import NameIndex
from assetmake.definitions.source import FileSource
from assetmake.errors import CyclicDependencyError, DefinitionError
from assetmake.running.file_sources import describe_file_source


@dataclass(frozen=True, slots=True)
class Assembly:
    """Definitions whose names are resolved.

    Attributes:
        assets: Those that make or look at assets, in the order given.
        checks: Those that do nothing but check.
        external: What is known of assets that nobody makes here, by key.
    """

    assets: tuple[AssetsDefinition, ...]
    checks: tuple[AssetChecksDefinition, ...]
    external: Mapping[AssetKey, AssetsDefinition]

    @property
    def assets_defs(self) -> Sequence[AssetsDefinition]:
        """All that a selection may name."""
        return (*self.assets, *self.external.values())

    @property
    def asset_check_keys(self) -> set[AssetCheckKey]:
        return {key for definition in (*self.assets, *self.checks) for key in definition.check_keys}

    @property
    def producers(self) -> dict[AssetKey, AssetsDefinition]:
        """Who makes, or tells of, each asset."""
        made = {key: definition for definition in self.assets for key in definition.keys}
        return {**self.external, **made}


def assemble(definitions: Iterable[Any]) -> Assembly:
    """Put definitions together.

    Args:
        definitions: Assets, checks, specs of external assets, source assets.

    Raises:
        DefinitionError: an asset or a check is declared twice, or a name means several assets.
        CyclicDependencyError: assets wait for each other.
    """
    given = [_open(each) for each in {id(each): each for each in definitions}.values()]
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
                external[key] = AssetsDefinition((AssetSpec(key),))
    _refuse_cycles(resolved)
    return Assembly(resolved, asked, external)  # type: ignore[arg-type]  # a check that is resolved is one still


def _open(declared: Any) -> AssetsDefinition:
    if isinstance(declared, SourceAsset):
        return declared.to_assets_definition()
    if isinstance(declared, FileSource):
        return describe_file_source(declared)
    if isinstance(declared, AssetsDefinition):
        return declared
    if isinstance(declared, AssetSpec):
        return AssetsDefinition((declared,))
    raise DefinitionError(
        f"{declared!r} is neither an asset nor a check", hint="decorate the function with @asset or @asset_check"
    )


def _refuse_duplicates(definitions: Iterable[AssetsDefinition]) -> None:
    seen: dict[AssetKey, AssetsDefinition] = {}
    for definition in definitions:
        for key in definition.keys:
            other = seen.setdefault(key, definition)
            if other is not definition:
                raise DefinitionError(
                    f"Duplicate asset key: {key} is declared at {other.place} and at {definition.place}",
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


def _refuse_cycles(definitions: Sequence[AssetsDefinition]) -> None:
    order_definitions(definitions)


def order_definitions(definitions: Sequence[AssetsDefinition]) -> list[AssetsDefinition]:
    """Return definitions so that each comes after those that it reads, else in the order given.

    Raises:
        CyclicDependencyError: they wait for each other.
    """
    maker = {key: place for place, each in enumerate(definitions) for key in each.keys}
    waits = [
        {maker[key] for key in each.upstream_keys if key in maker and maker[key] != place}
        for place, each in enumerate(definitions)
    ]
    done: list[int] = []
    left = list(range(len(definitions)))
    while left:
        ready = [place for place in left if waits[place] <= set(done)]
        if not ready:
            names = " -> ".join(definitions[place].title for place in left)
            raise CyclicDependencyError(f"Circular dependency: these assets wait for each other: {names}")
        done += ready
        left = [place for place in left if place not in set(ready)]
    return [definitions[place] for place in done]




def without_managers(assembly: Assembly, names: Iterable[str]) -> Assembly:
    """Return the same without IO managers of these names among the resources that assets have of their own."""
    gone = set(names)

    def strip(definition: AssetsDefinition) -> AssetsDefinition:
        kept = {name: each for name, each in definition.resource_defs.items() if name not in gone}
        return replace(definition, resource_defs=kept) if len(kept) < len(definition.resource_defs) else definition

    external = {key: strip(each) for key, each in assembly.external.items()}
    return replace(assembly, assets=tuple(map(strip, assembly.assets)), external=external)
