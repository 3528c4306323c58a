"""From imported modules, or from live objects, to the Manifest."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.parts import name_node, name_output, take_apart
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.configuring.overriding import merge_configs
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.metadata import check_metadata
from assetmake.definitions.place import Place
from assetmake.definitions.source import FileSource
from assetmake.discovery.asking import describe_equipped
from assetmake.discovery.automation_records import Automation
from assetmake.discovery.buildable import check_asked, check_buildable
from assetmake.discovery.code.outline import digest
from assetmake.discovery.conditions import Surroundings
from assetmake.discovery.config import Config
from assetmake.discovery.contents import (
    Declared,
    list_contents,
    list_definitions,
    list_loose_specs,
    list_mentioned,
    open_declared,
)
from assetmake.discovery.equipping import Equipment, Equipper, describe_configurable
from assetmake.discovery.finding_automation import Found, find_automation
from assetmake.discovery.importer import LoadedModule, load_modules, show_path
from assetmake.discovery.launch import Launch
from assetmake.discovery.launching import list_stages
from assetmake.discovery.loader import list_texts
from assetmake.discovery.manifest import (
    AssetRecord,
    External,
    Fingerprint,
    Inspection,
    Manifest,
    SourceRecord,
    Unmet,
)
from assetmake.discovery.supply import Giver, Needs, Supply, list_givers
from assetmake.storage.env_key import keep_env_key

_DESCRIBING = "assetmake.discovery.describing_automation"
"""Knows all kinds of schedules and sensors; loaded where there are any."""
_DESCRIBING_RULES = "assetmake.discovery.describing_rules"
"""Knows conditions and policies; loaded where there are any."""
_PARTITION_RUNS = "assetmake.discovery.partition_runs"
"""Asks jobs what they make of a partition; loaded where a command is for one."""
_PLACE = ".assetmake"
_OUTLINES = "cache/outlines.json"


def build_manifest(
    root: Path,
    config: Config,
    *,
    launch: Launch | None = None,
    tell: Callable[[str], None] = lambda _: None,
    place: Path | None = None,
) -> Manifest:
    """Import the project's modules into this process and return what they declare, in order of module, then of line.

    A module that could not be imported is among the failures; the others are there.

    Args:
        root: The project's folder.
        config: What assets.toml says.
        launch: Config that the command was given.
        tell: Called with the name of each module before it is imported.
        place: The folder for what is worth remembering of installed code; default: the project's own.

    Raises:
        ConfigError: an entry of `modules` or `python_path` is wrong, or a table of `resources`.
        RunConfigError: the command was given config that does not fit.
    """
    root = root.resolve()
    modules, failures = load_modules(root, config, tell=tell)
    assigned = _assign_modules(modules)
    if not failures:  # else what is named may be declared where nothing could be read
        assigned += _assign_mentioned(assigned)
    surroundings = _look_around(root, config.staleness.environment)
    givers = [giver for each in modules for giver in list_givers(each.name, list_definitions(each.module))]
    found = find_automation(modules)
    launch = _settle(launch or Launch(), found, root)
    given = Given([_show_giver(each, root=root) for each in givers], config.resources, launch, not failures)
    manifest = _describe(assigned, surroundings, given, root=root, cache=(place or root / _PLACE) / _OUTLINES)
    texts = {file: digest(text) for file, text in list_texts().items()}
    declared = [declared for declared, _ in assigned]
    automation = _describe_rules(_describe_automation(found, declared, root=root), found, declared, root=root)
    if launch.job_name:
        automation = importlib.import_module(_PARTITION_RUNS).tell_run(automation, launch)
    return replace(manifest, failures=tuple(failures), texts={**manifest.texts, **texts}, automation=automation)


def describe_assets(
    assets: Iterable[Declared | AssetSpec | SourceAsset], *, environment: Sequence[str] = (), root: Path | None = None
) -> Manifest:
    """Return the manifest of live objects, in the order given; an object given twice counts once.

    Args:
        assets: Assets and sources that the caller holds.
        environment: Distributions whose version is part of the fingerprint.
        root: The folder whose key hashes environment variables; default: a key that lives as long as this process.

    Raises:
        DefinitionError: one asks for something that a build cannot do.
    """
    opened = [open_declared(declared, file="__main__") for declared in assets]
    given = {id(declared): declared for declared in opened}.values()
    for declared in given:
        check_buildable(declared)
    assigned = [(declared, _find_module(declared) or "__main__") for declared in given]
    assigned += _assign_mentioned(assigned)
    manifest = _describe(assigned, _look_around(root, environment), Given())
    return replace(manifest, automation=_describe_rules(Automation(), (), list(given), root=None))


@dataclass(frozen=True, slots=True)
class Given:
    """What assets are given from elsewhere.

    Attributes:
        givers: What gives resources.
        tables: The config of resources in the project file.
        launch: The config that the command was given.
        is_whole: Every module was imported.
    """

    givers: Sequence[Giver] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)
    launch: Launch = field(default_factory=Launch)
    is_whole: bool = True


def _describe(
    assigned: Sequence[tuple[Declared, str]],
    surroundings: Surroundings,
    given: Given,
    *,
    root: Path | None = None,
    cache: Path | None = None,
) -> Manifest:
    sources = [_describe_source(each, root=root) for each, _ in assigned if isinstance(each, FileSource)]
    told = [(take_apart(each), module) for each, module in assigned if isinstance(each, AssetsDefinition)]
    units = [(parts, module) for parts, module in told if parts[0].is_executable]
    external = [(part, module) for parts, module in told if not parts[0].is_executable for part in parts]
    definitions = [(part, module) for parts, module in units for part in parts]
    plain = [part for part, _ in definitions]
    makers = [(part, module) for part, module in definitions if not part.is_observation]
    others = [*((part, module) for part, module in definitions if part.is_observation), *external]
    supply = Supply(given.givers, [*makers, *others])
    stages = list_stages(given.tables, given.launch, describe_configurable(supply, plain))
    equipper = Equipper(supply, stages, is_whole=given.is_whole)
    equipper.check_names(plain)
    described = describe_equipped(plain, equipper, surroundings=surroundings, root=root, cache=cache)
    equipment = described.equipment
    records = [
        _equip(_describe_part(part, module=module, fingerprint=fingerprint, root=root), each, asks=asks)
        for (part, module), fingerprint, each, asks in zip(
            definitions, described.fingerprints, equipment, described.asking, strict=True
        )
    ]
    several = {id(part): parts for parts, _ in units if len(parts) > 1 for part in parts}
    records = [
        _join_unit(record, part, several[id(part)]) if id(part) in several else record
        for record, (part, _) in zip(records, definitions, strict=True)
    ]
    unmet = tuple(
        unmet for record, each in zip(records, equipment, strict=True) for unmet in _list_unmet(record, each.needs)
    )
    observers = {id(part): record for record, part in zip(records, plain, strict=True) if part.is_observation}
    sources += [_describe_external(part, module, observers.get(id(part)), root=root) for part, module in others]
    records = [record for record, part in zip(records, plain, strict=True) if not part.is_observation]
    check_asked(records, sources)
    return Manifest(
        tuple(record for record in records if record.inspection is None),
        tuple(sources),
        code=described.code,
        texts=described.texts,
        checks=tuple(record for record in records if record.inspection is not None),
        resources=tuple(supply.list_all()),
        unmet=unmet,
        launched=merge_configs(*(config for origin, config in stages if origin)) if given.launch else {},
    )


def _equip(record: AssetRecord, equipment: Equipment, *, asks: bool) -> AssetRecord:
    needs = equipment.needs
    if not (asks or needs.sources or needs.loading or equipment.unconfigured or equipment.config is not None):
        return record
    return replace(
        record,
        resources=needs.sources,
        loaders=needs.loading,
        unconfigured=equipment.unconfigured,
        asks_for_values=asks,
        env_vars=tuple(sorted({*record.env_vars, *equipment.variables})),
    )


def _list_unmet(record: AssetRecord, needs: Needs) -> list[Unmet]:
    return [Unmet(record.key, record.place, f"asset {record.key}: {each.text}", each.lost) for each in needs.problems]


def _show_giver(giver: Giver, *, root: Path) -> Giver:
    return replace(giver, place=_show_place(giver.place, root=root))


def _settle(launch: Launch, found: Sequence[Found], root: Path) -> Launch:
    if not launch.job_name:
        return launch
    settled: Launch = importlib.import_module(_PARTITION_RUNS).settle_run(launch, found, root=root)
    return settled


def _describe_automation(found: Sequence[Found], assets: Sequence[Declared], *, root: Path) -> Automation:
    if not found:
        return Automation()
    described: Automation = importlib.import_module(_DESCRIBING).describe_automation(found, assets, root=root)
    return described


def _describe_rules(
    automation: Automation, found: Sequence[Found], assets: Sequence[Declared], *, root: Path | None
) -> Automation:
    """Add what assets say of themselves; nothing is loaded for it where none says anything."""
    sensors = [each.declared for each in found if hasattr(each.declared, "default_condition")]
    if not any(map(_has_rule, assets)) and not any(each.default_condition is not None for each in sensors):
        return automation
    conditions, policies = importlib.import_module(_DESCRIBING_RULES).describe_rules(assets, sensors, root=root)
    return replace(automation, conditions=conditions, policies=policies)


def _has_rule(declared: Declared) -> bool:
    if not isinstance(declared, AssetsDefinition):
        return False
    specs: tuple[Any, ...] = (*declared.specs, *declared.check_specs)
    return any(
        spec.automation_condition is not None
        or getattr(spec, "freshness_policy", None) is not None
        or getattr(spec, "legacy_freshness_policy", None) is not None
        for spec in specs
    )


def _look_around(root: Path | None, distributions: Sequence[str]) -> Surroundings:
    if root is None:
        return Surroundings(tuple(distributions), os.environ)
    return Surroundings(tuple(distributions), os.environ, partial(keep_env_key, root / _PLACE))


def _assign_modules(modules: Sequence[LoadedModule]) -> list[tuple[Declared, str]]:
    """Give each object to the module that defines it and names it; else to the first one that names it.

    A module whose factory made the object, but which doesn't name it, could not hand it to a worker.
    """
    contents = {module.name: list_contents(module.module) for module in modules}
    spare = _find_ingredients(modules, contents)
    contents = {name: [each for each in found if id(each) not in spare] for name, found in contents.items()}
    named = {name: {id(declared) for declared in found} for name, found in contents.items()}
    owned: dict[str, list[Declared]] = {name: [] for name in contents}
    seen: set[int] = set()
    for name, found in contents.items():
        for declared in found:
            if id(declared) not in seen:
                seen.add(id(declared))
                owned[_find_owner(declared, named, modules) or name].append(declared)
    return [
        (declared, name)
        for name, found in owned.items()
        for declared in sorted(found, key=lambda declared: declared.place.line)
    ]


def _assign_mentioned(assigned: Sequence[tuple[Declared, str]]) -> list[tuple[Declared, str]]:
    owners = {id(declared): module for declared, module in assigned}
    return [(found, owners[id(asset)]) for found, asset in list_mentioned([declared for declared, _ in assigned])]


def _find_ingredients(modules: Sequence[LoadedModule], contents: Mapping[str, Sequence[Declared]]) -> set[int]:
    """Return the ids of specs that assets were made of: under that name, or under one with a prefix.

    A name that is meant to be the asset's would mean them else, and they never change.
    """
    every = [each for found in contents.values() for each in found if isinstance(each, AssetsDefinition)]
    made = {
        key.parts[start:]
        for each in every
        if each.is_executable
        for key in each.keys
        for start in range(len(key.parts))
    }
    loose = {number for module in modules for number in list_loose_specs(module.module)}
    return {id(each) for each in every if id(each) in loose and each.key.parts in made}


def _find_owner(declared: Declared, named: Mapping[str, set[int]], modules: Sequence[LoadedModule]) -> str | None:
    if isinstance(declared, AssetsDefinition) and declared.is_executable:
        owner = _find_module(declared)
    else:
        owner = next((each.name for each in modules if str(each.file) == declared.place.file), None)
    return owner if owner is not None and id(declared) in named.get(owner, ()) else None


def _describe_part(part: AssetsDefinition, *, module: str, fingerprint: Fingerprint, root: Path | None) -> AssetRecord:
    if part.specs:
        return _describe_asset(part, module=module, fingerprint=fingerprint, root=root)
    spec = part.check_specs[0]
    return AssetRecord(
        key=name_node(part),
        module=module,
        place=_show_place(part.place, root=root),
        fingerprint=fingerprint,
        dependencies=part.dependencies,
        partitions=part.partitions_def,
        stores=False,
        description=spec.description or "",
        metadata=check_metadata(spec.metadata),
        pool=part.pool,
        retry=part.retry_policy,
        timeout=part.timeout,
        env_vars=part.env_vars,
        output=name_output(part),
        inspection=Inspection(spec.asset_key, spec.name, spec.blocking),
        asks=part.node_def.asks,
    )


def _join_unit(record: AssetRecord, part: AssetsDefinition, parts: Sequence[AssetsDefinition]) -> AssetRecord:
    """Return a record that knows what else the function makes, and in which partitions: those of all."""
    return replace(
        record,
        unit=tuple(map(name_node, parts)),
        output=name_output(part),
        can_subset=part.can_subset,
        partitions=record.partitions or part.entire.partitions_def,
        backfill=part.backfill_policy,
    )


def _describe_asset(
    definition: AssetsDefinition, *, module: str, fingerprint: Fingerprint, root: Path | None
) -> AssetRecord:
    return AssetRecord(
        key=definition.key,
        module=module,
        place=_show_place(definition.place, root=root),
        fingerprint=fingerprint,
        dependencies=definition.dependencies,
        partitions=definition.partitions_def,
        stores=definition.stores,
        group=definition.group_name,
        tags=definition.tags,
        kinds=definition.kinds,
        owners=definition.owners,
        description=definition.description,
        metadata=definition.metadata,
        io_manager=definition.io_manager_key,
        pool=definition.pool,
        retry=definition.retry_policy,
        timeout=definition.timeout,
        aliases=definition.aliases,
        hash_rows=definition.hash_rows,
        env_vars=definition.env_vars,
        backfill=definition.backfill_policy,
    )


def _describe_source(source: FileSource, *, root: Path | None) -> SourceRecord:
    place = _show_place(source.place, root=root)
    return SourceRecord(source.key, source.path, place, source.partitions_def, source.description)


def _describe_external(
    part: AssetsDefinition, module: str, observer: AssetRecord | None, *, root: Path | None
) -> SourceRecord:
    external = External(module, part.io_manager_key, observer, part.observe_interval)
    place = _show_place(part.place, root=root)
    return SourceRecord(part.key, "", place, part.spec.partitions_def, part.description, external)


def _find_module(declared: Declared) -> str | None:
    """Return the module in which a declaration's function was written; None where it has none."""
    operation = getattr(declared, "operation", None)
    return None if operation is None else getattr(operation.function, "__module__", None)


def _show_place(place: Place, *, root: Path | None) -> Place:
    return place if root is None else Place(show_path(place.file, root=root), place.line)
