"""Fingerprints: what decides an asset's output besides data, as digests that any process computes the same."""

from __future__ import annotations

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
from assetmake.discovery.code.members import SCHEME, VERSION, CodeGraph, Form, Member, identify
from assetmake.discovery.code.outline import digest
from assetmake.discovery.code.outline_cache import OutlineCache
from assetmake.discovery.code.project_sources import ProjectSources
from assetmake.discovery.conditions import Settings, Surroundings, describe_conditions
from assetmake.discovery.equipping import Equipment
from assetmake.discovery.manifest import Fingerprint
from assetmake.discovery.supply import Needs, Supplied


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
    keepers = [{use: closure.add_code(_list_code(found)) for use, found in each.keeping.items()} for each in equipped]
    code = CodeGraph({**closure.finish().members, **{member.name: member for member in versions}})
    outlines.save()
    digests = code.digest_all()
    fingerprints = []
    for name, definition, each, kept in zip(roots, definitions, equipped, keepers, strict=True):
        managers = {
            use: {"config": each.managers[use], "code": digest_members(names, digests)} for use, names in kept.items()
        }
        settings = Settings(each.config, each.resources, managers)
        conditions = describe_conditions(definition, surroundings or Surroundings(), settings)
        fingerprints.append(
            Fingerprint(
                code=digests[name],
                config=conditions.config,
                io=conditions.io,
                environment=conditions.environment,
                root=name,
                details=conditions.details,
                keepers=tuple(dict.fromkeys(each for names in kept.values() for each in names if each in digests)),
            )
        )
    return fingerprints, code, closure.sources.digests()


def fingerprint_code(
    definition: AssetsDefinition, *, resources: Mapping[str, Any] | None = None, root: Path | None = None
) -> str:
    """Return the code part of one asset's fingerprint, given the resources that it gets."""
    needs = Needs({name: Supplied(name, "", value) for name, value in (resources or {}).items()})
    return fingerprint_assets([definition], equipment=[Equipment(needs)], root=root)[0][0].code


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


def digest_members(names: Iterable[str], digests: Mapping[str, str]) -> str:
    """Return one digest for members of a code graph and objects of libraries, in their order."""
    return digest("\n".join(digests.get(name, name) for name in names))


def _list_code(several: Iterable[Supplied]) -> list[Any]:
    return [code for each in several for code in list_code(each.value)]


def describe_version(name: str, version: str) -> Member:
    """Return the member that stands for all code of an asset with a `code_version`."""
    facts = {VERSION: digest(f"version:{version}")}
    member = Member(name, f"code_version = {version!r}", Form.VALUE, "", facts=facts)
    return replace(member, identity=identify(member, syntax=()))
