"""Fingerprints: what decides an asset's output besides data, as digests that any process computes the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.code.closure import Closure
from assetmake.discovery.code.members import SCHEME, VERSION, CodeGraph, Form, Member, identify
from assetmake.discovery.code.outline import digest
from assetmake.discovery.code.outline_cache import OutlineCache
from assetmake.discovery.code.project_sources import ProjectSources
from assetmake.discovery.conditions import Surroundings, describe_conditions
from assetmake.discovery.manifest import Fingerprint


def fingerprint_assets(
    definitions: Sequence[AssetsDefinition],
    *,
    surroundings: Surroundings | None = None,
    root: Path | None = None,
    cache: Path | None = None,
) -> tuple[list[Fingerprint], CodeGraph, dict[str, str]]:
    """Return the fingerprint of each asset, the code that they consist of, and a digest of each file's text.

    Args:
        definitions: The assets and checks, each as a part of what its function makes.
        surroundings: What they may depend on besides; default: nothing.
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
    roots = [next(named).name if _has_version(definition) else closure.add(definition) for definition in definitions]
    code = CodeGraph({**closure.finish().members, **{member.name: member for member in versions}})
    outlines.save()
    digests = code.digest_all()
    fingerprints = [
        Fingerprint(
            code=digests[name],
            config=conditions.config,
            io=conditions.io,
            environment=conditions.environment,
            root=name,
            details=conditions.details,
        )
        for name, definition in zip(roots, definitions, strict=True)
        for conditions in [describe_conditions(definition, surroundings or Surroundings())]
    ]
    return fingerprints, code, closure.sources.digests()


def fingerprint_code(definition: AssetsDefinition, *, root: Path | None = None) -> str:
    """Return the code part of one asset's fingerprint."""
    return fingerprint_assets([definition], root=root)[0][0].code


def fingerprint_function(function: Any, *, root: Path | None = None) -> str:
    """Return the digest of any callable, or of a tuple of several, with all that it rests on."""
    closure = Closure(root=root)
    name = closure.add_function(function)
    code = closure.finish()
    return code.digest_all()[name]


def _has_version(part: AssetsDefinition) -> bool:
    """Tell whether a part is an asset whose version stands for its code."""
    return bool(part.specs) and part.code_version is not None


def describe_version(name: str, version: str) -> Member:
    """Return the member that stands for all code of an asset with a `code_version`."""
    facts = {VERSION: digest(f"version:{version}")}
    member = Member(name, f"code_version = {version!r}", Form.VALUE, "", facts=facts)
    return replace(member, identity=identify(member, syntax=()))
