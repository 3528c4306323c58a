"""Asking for values: which assets' code calls `context.load_asset_value`, and what that adds to what they run with.

What is loaded in that way is looked up by the key that the function names while it runs. It is given only what it
depends on, so that nothing it reads escapes the fingerprint; to find out who asks spares all others that.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.code.members import CodeGraph
from assetmake.discovery.code.syntax import parse_source
from assetmake.discovery.conditions import Surroundings
from assetmake.discovery.equipping import Equipment, Equipper
from assetmake.discovery.fingerprint import fingerprint_assets
from assetmake.discovery.manifest import Fingerprint

_CALL = "load_asset_value"


@dataclass(frozen=True, slots=True)
class Described:
    """What assets and checks run with, and what that comes to; of each list one for each of them.

    Attributes:
        equipment: Config, resources, IO managers.
        fingerprints: Of each.
        asking: Whether its code asks for values.
        code: What their functions consist of.
        texts: A digest of each file that they are in.
    """

    equipment: Sequence[Equipment]
    fingerprints: Sequence[Fingerprint]
    asking: Sequence[bool]
    code: CodeGraph
    texts: Mapping[str, str] = field(default_factory=dict)


def describe_equipped(
    definitions: Sequence[AssetsDefinition],
    equipper: Equipper,
    *,
    surroundings: Surroundings,
    root: Path | None,
    cache: Path | None,
) -> Described:
    """Equip assets and checks, and fingerprint them.

    Args:
        definitions: Each as a part of what its function makes.
        equipper: Knows what they get.
        surroundings: What they may depend on besides.
        root: The project's folder.
        cache: The file that keeps what is read out of texts.

    Raises:
        ConfigError: a table of assets.toml does not fit.
        RunConfigError: what the command was given does not fit.
    """
    equipment = [equipper.equip(definition) for definition in definitions]
    found = fingerprint_assets(definitions, surroundings=surroundings, equipment=equipment, root=root, cache=cache)
    asking = find_asking(definitions, found[0], found[1])
    if any(asking):
        fuller = [
            equipper.equip(definition, with_deps=True) if asks else known
            for definition, asks, known in zip(definitions, asking, equipment, strict=True)
        ]
        if any(more.needs.loading != known.needs.loading for more, known in zip(fuller, equipment, strict=True)):
            # Their code is part of the fingerprints, and no member of a code graph can be added to another.
            equipment = fuller
            found = fingerprint_assets(
                definitions, surroundings=surroundings, equipment=equipment, root=root, cache=cache
            )
    return Described(equipment, found[0], asking, found[1], found[2])


def find_asking(
    definitions: Sequence[AssetsDefinition], fingerprints: Sequence[Fingerprint], code: CodeGraph
) -> list[bool]:
    """Tell of each asset and check whether its code asks for values, as far as it can be followed."""
    callers = [name for name, member in code.members.items() if _CALL in member.source and _names_call(member.source)]
    reached = _find_reaching(code, callers)
    return [
        _is_compiled_in(definition.function)
        if code.members[fingerprint.root].stands_for_code
        else fingerprint.root in reached
        for definition, fingerprint in zip(definitions, fingerprints, strict=True)
    ]


def _find_reaching(code: CodeGraph, targets: Sequence[str]) -> set[str]:
    """Return the members that refer to one of some members, directly or not, and these."""
    if not targets:
        return set()
    referring: dict[str, list[str]] = {}
    for name, member in code.members.items():
        for target in member.links.values():
            referring.setdefault(target, []).append(name)
    found = dict.fromkeys(targets)
    pending = list(found)
    for name in pending:
        new = [each for each in referring.get(name, ()) if each not in found]
        found |= dict.fromkeys(new)
        pending += new
    return set(found)


def _names_call(source: str) -> bool:
    """Tell whether the call is in source, and not only in a comment."""
    tree = parse_source(textwrap.dedent(source))
    return tree is None or any(
        (isinstance(node, ast.Attribute) and node.attr == _CALL)
        or (isinstance(node, ast.Constant) and node.value == _CALL)
        for node in ast.walk(tree)
    )


def _is_compiled_in(function: Any) -> bool:
    """The same of a function whose code does not count, as a version stands for it."""
    pending = [getattr(inspect.unwrap(function), "__code__", None)]
    for each in pending:
        if each is not None and _CALL in (*each.co_names, *each.co_consts):
            return True
        pending += [held for held in getattr(each, "co_consts", ()) if isinstance(held, CodeType)]
    return False
