"""Fingerprints: what decides an asset's output besides data, as digests that any process computes the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.schema_types import Field
from assetmake.definitions.configuring.walking import list_code
from assetmake.discovery.code.closure import Closure
from assetmake.discovery.code.given_version import describe_version
from assetmake.discovery.code.members import SCHEME, CodeGraph, digest_members
from assetmake.discovery.code.outline import digest
from assetmake.discovery.code.outline_cache import OutlineCache
from assetmake.discovery.code.project_sources import ProjectSources
from assetmake.discovery.conditions import Settings, Surroundings, describe_conditions
from assetmake.discovery.equipping import Equipment, Equipper
from assetmake.discovery.manifest import Fingerprint
from assetmake.discovery.supply import Giver, Needs, Supplied, Supply


def fingerprint_assets(
    definitions: Sequence[AssetsDefinition],
    *,
    surroundings: Surroundings | None = None,
    equipment: Sequence[Equipment] = (),
    root: Path | None = None,
    cache: Path | None = None,
) -> tuple[list[Fingerprint], CodeGraph, dict[str, str]]:
    """Return the fingerprint of each asset, the code that they consist of, and a digest of each file's text.

    Args:
        definitions: The assets and checks, each as a part of what its function makes.
        surroundings: What they may depend on besides; default: nothing.
        equipment: What each of them runs with; default: with nothing.
        root: The project's folder; fingerprints are the same wherever it is.
        cache: The file that keeps what is read out of texts; fingerprints are the same with it and without.
    """
    outlines = OutlineCache(cache, scheme=SCHEME)
    closure = Closure(root=root, sources=ProjectSources(outlines))
    versions = [
        describe_version(f"{definition.key}::code_version", str(definition.code_version))
        for definition in definitions
        if _has_version(definition)
    ]
    named = iter(versions)
    equipped = equipment or [Equipment()] * len(definitions)
    roots = [
        next(named).name if _has_version(definition) else closure.add(definition, list_carried(definition, each.needs))
        for definition, each in zip(definitions, equipped, strict=True)
    ]
    managers = [
        {
            use: {one.name: closure.add_code(list_code(one.value)) for one in found}
            for use, found in each.keeping.items()
        }
        for each in equipped
    ]
    code = CodeGraph({**closure.finish().members, **{member.name: member for member in versions}})
    outlines.save()
    digests = code.digest_all()
    around = surroundings or Surroundings()
    fingerprints = [
        _make_fingerprint(name, definition, around, each, followed, digests)
        for name, definition, each, followed in zip(roots, definitions, equipped, managers, strict=True)
    ]
    return fingerprints, code, closure.sources.digests()


def _make_fingerprint(
    root: str,
    definition: AssetsDefinition,
    surroundings: Surroundings,
    equipment: Equipment,
    followed: Mapping[str, Mapping[str, tuple[str, ...]]],
    digests: Mapping[str, str],
) -> Fingerprint:
    """Put a fingerprint together; `followed` are the members of each IO manager's code, and of what it needs."""
    members = {use: [each for names in several.values() for each in names] for use, several in followed.items()}
    managers = {
        use: {"config": equipment.managers[use], "code": digest_members(names, digests), "members": names}
        | ({"told": equipment.needs.told[use]} if use in equipment.needs.told else {})
        for use, names in members.items()
    }
    singly = {
        json.dumps([equipment.managers[use][name], digest_members(names, digests)], sort_keys=True)
        for use, several in followed.items()
        for name, names in several.items()
    }
    settings = Settings(equipment.config, equipment.resources, managers, equipment.variables)
    conditions = describe_conditions(definition, surroundings, settings)
    return Fingerprint(
        code=digests[root],
        config=conditions.config,
        io=conditions.io,
        environment=conditions.environment,
        root=root,
        details=conditions.details,
        call=_digest_call(digests[root], equipment, singly),
        keepers=tuple(dict.fromkeys(each for names in members.values() for each in names if each in digests)),
    )


def fingerprint_code(definition: AssetsDefinition, *, root: Path | None = None) -> str:
    """Return the code part of one asset's fingerprint, without what it is given."""
    return fingerprint_assets([definition], root=root)[0][0].code


def fingerprint_call(
    definition: AssetsDefinition,
    *,
    given: Mapping[str, Any],
    loaders: Sequence[Supplied] = (),
    run_config: Mapping[str, Any] | None = None,
    root: Path | None = None,
) -> str:
    """Return what `Fingerprint.call` is of one asset.

    Args:
        definition: The asset.
        given: The resources and IO managers that it gets, by name.
        loaders: The IO managers of the user's that load its inputs, with what they need.
        run_config: The config of the build.
        root: The project's folder.
    """
    supply = Supply([Giver("", definition.place, given, frozenset())], [(definition, "")])
    equipper = Equipper(supply, [("", run_config or {})])
    equipment = equipper.equip(definition)
    reads = {str(number): (each,) for number, each in enumerate(loaders)}
    needs = replace(equipment.needs, loaders=reads)
    managers = {use: equipper.describe_all(found) for use, found in Equipment(needs).keeping.items()}
    equipment = replace(equipment, needs=needs, managers=managers)
    return fingerprint_assets([definition], equipment=[equipment], root=root)[0][0].call


def fingerprint_function(function: Any, *, root: Path | None = None) -> str:
    """Return the digest of any callable, or of a tuple of several, with all that it rests on."""
    closure = Closure(root=root)
    name = closure.add_function(function)
    code = closure.finish()
    return code.digest_all()[name]


def _has_version(part: AssetsDefinition) -> bool:
    """Tell whether a part is an asset whose version stands for its code."""
    return bool(part.specs) and part.code_version is not None


def list_carried(definition: AssetsDefinition, needs: Needs) -> dict[str, tuple[Any, ...]]:
    """Return the classes and functions behind what an asset's function is given: its config and its resources."""
    carried = {f"resource {name}": list_code(each.value) for name, each in needs.resources.items()}
    operation = definition.operation
    if operation is not None:
        schema = operation.parameters.config if operation.parameters.takes_config else operation.config_schema
        kind = schema.config_type if isinstance(schema, Field) else schema
        if is_kind(kind, ConfigModel):
            carried["config"] = (kind,)
    return {label: several for label, several in carried.items() if several}


def _digest_call(code: str, equipment: Equipment, managers: Iterable[str]) -> str:
    """Return one digest for all that code of the user's decides of a call."""
    told = [equipment.config, dict(equipment.resources), sorted(managers)]
    return digest(json.dumps([code, *told], sort_keys=True)) if any(told) else code
