"""Fingerprints: what decides an asset's output besides data, as digests that any process computes the same."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assetmake.definitions.asset import AssetsDefinition
from assetmake.discovery.closure import Closure
from assetmake.discovery.manifest import Fingerprint
from assetmake.discovery.members import CodeGraph, Form, Member, identify
from assetmake.discovery.outline import digest

SCHEME = 2
"""Version of how code is fingerprinted. It is kept beside fingerprints and never part of one; see `read_again`."""


def fingerprint_assets(
    definitions: Sequence[AssetsDefinition], *, environment: str, root: Path | None = None
) -> tuple[list[Fingerprint], CodeGraph, dict[str, str]]:
    """Return the fingerprint of each asset, the code that they consist of, and a digest of each file's text.

    Args:
        definitions: The assets.
        environment: What `digest_environment` says of the project's declared distributions.
        root: The project's folder; fingerprints are the same wherever it is.
    """
    closure = Closure(root=root)
    versions = [_name_version(definition) for definition in definitions if definition.code_version is not None]
    named = iter(versions)
    roots = [
        next(named).name if definition.code_version is not None else closure.add(definition)
        for definition in definitions
    ]
    code = CodeGraph({**closure.finish().members, **{member.name: member for member in versions}})
    digests = code.digest_all()
    fingerprints = [
        Fingerprint(
            code=digests[name],
            config=_digest(_describe_config(definition)),
            io=_digest(definition.io_manager_key),
            environment=environment,
            root=name,
        )
        for name, definition in zip(roots, definitions, strict=True)
    ]
    return fingerprints, code, closure.sources.digests()


def fingerprint_code(definition: AssetsDefinition, *, root: Path | None = None) -> str:
    """Return the code part of one asset's fingerprint."""
    return fingerprint_assets([definition], environment="", root=root)[0][0].code


def fingerprint_function(function: Any) -> str:
    """Return the digest of any callable with all that it rests on."""
    closure = Closure()
    name = closure.add_function(function)
    code = closure.finish()
    return code.digest_all()[name]


def digest_environment(distributions: Iterable[str]) -> str:
    """Return a digest of the installed versions; a missing distribution counts as absent."""
    return _digest(json.dumps({name: _find_version(name) for name in sorted(set(distributions))}))


def _name_version(definition: AssetsDefinition) -> Member:
    """Return the member that stands for all code of an asset with a `code_version`."""
    source = f"code_version = {definition.code_version!r}"
    facts = {"version": digest(f"version:{definition.code_version}")}
    member = Member(f"{definition.key}::code_version", source, Form.VALUE, "", facts=facts)
    return Member(member.name, source, Form.VALUE, identify(member, syntax=()), facts=facts)


def _describe_config(definition: AssetsDefinition) -> str:
    partitions, dependencies = definition.partitions_def, definition.dependencies
    identities = [
        (dependency.parameter, dependency.mapping.identity() if dependency.mapping else None)
        for dependency in dependencies
    ]
    config = {
        "partitions": partitions.identity() if partitions is not None else None,
        "parameters": [[parameter, mapping] for parameter, mapping in identities if parameter is not None],
        "unloaded": sorted(mapping for parameter, mapping in identities if parameter is None and mapping),
        "stores": definition.stores,
        "takes_context": definition.takes_context,
    }
    return json.dumps(config, sort_keys=True, separators=(",", ":"))


def _find_version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return "absent"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
