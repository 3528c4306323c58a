"""One check of many assets: what the ready-made checks have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.checking.asked import Asked
from assetmake.definitions.checking.decorators import AssetChecksDefinition, multi_asset_check
from assetmake.definitions.checking.keys import AssetCheckKey, AssetCheckSeverity
from assetmake.definitions.checking.specs import AssetCheckResult, AssetCheckSpec
from assetmake.definitions.place import find_caller
from assetmake.definitions.run_context import AssetCheckExecutionContext
from assetmake.errors import DefinitionError, InvariantError

Look = Callable[[Any, AssetCheckKey], AssetCheckResult]
"""Given the instance and a check, tells what it found."""


def list_keys(assets: Iterable[CoercibleToAssetKey | AssetsDefinition]) -> list[AssetKey]:
    """Return the keys of assets: all those that a definition makes, in its order.

    Raises:
        InvariantError: one is named twice.
    """
    found: list[AssetKey] = []
    for each in assets:
        is_several = isinstance(each, AssetsDefinition)
        found += [spec.key for spec in each.specs] if is_several else [AssetKey.from_coercible(each)]
    twice = sorted({key for key in found if found.count(key) > 1})
    if twice:
        raise InvariantError(
            f"Found duplicate assets in the provided list of assets: {', '.join(map(str, twice))}. Please ensure that "
            "each asset is unique."
        )
    return found


def check_severity(severity: object) -> AssetCheckSeverity:
    """Return a severity.

    Raises:
        DefinitionError: it is none.
    """
    if not isinstance(severity, AssetCheckSeverity):
        raise DefinitionError(f"severity is {severity!r}", hint="write severity=AssetCheckSeverity.WARN")
    return severity


def declare_in_bulk(
    name: str,
    keys: Sequence[AssetKey],
    look: Look,
    *,
    what: str,
    description: str,
    asks: Asked,
    blocking: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> list[AssetChecksDefinition]:
    """Declare one function that does a check of the same name for every asset.

    Args:
        name: The check's.
        keys: The assets.
        look: Tells what a check found.
        what: Begins the name of the function's operation.
        asks: What the function asks the instance for.
        description, blocking, metadata: Of every check.
    """
    specs = [
        AssetCheckSpec(name, asset=key, description=description, blocking=blocking, metadata=metadata) for key in keys
    ]
    digest = hashlib.sha256(" ".join(sorted(spec.key.to_user_string() for spec in specs)).encode()).hexdigest()

    @multi_asset_check(specs=specs, can_subset=True, name=f"{what}_{digest[:8]}")
    def check_all(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        for key in sorted(context.selected_asset_check_keys):
            yield look(context.instance, key)

    return [replace(check_all, operation=replace(check_all.node_def, asks=asks), place=find_caller())]


def tell(key: AssetCheckKey, found: tuple[bool, str], severity: AssetCheckSeverity, **facts: Any) -> AssetCheckResult:
    """Return the result of a check: whether it passed, and in words."""
    passed, description = found
    return AssetCheckResult(
        passed=passed,
        asset_key=key.asset_key,
        check_name=key.name,
        severity=severity,
        description=description,
        metadata=facts.get("metadata") or {},
    )
