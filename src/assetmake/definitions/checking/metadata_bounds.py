"""build_metadata_bounds_checks: a number among the metadata of what was made last stays within bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.checking.asked import Asked
from assetmake.definitions.checking.bulk import check_severity, declare_in_bulk, list_keys, tell
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.keys import AssetCheckSeverity
from assetmake.errors import DefinitionError

_NO_NAME = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: float | None
    high: float | None
    above_low: bool
    below_high: bool

    def describe(self) -> str:
        parts = []
        if self.low is not None:
            parts.append(f"greater than {'' if self.above_low else 'or equal to '}{self.low}")
        if self.high is not None:
            parts.append(f"less than {'' if self.below_high else 'or equal to '}{self.high}")
        return " and ".join(parts)

    def judge(self, value: object) -> tuple[bool, str]:
        if not isinstance(value, (int, float)):
            return False, f"Value `{value}` is not a number"
        if self.low is not None and (value < self.low or (self.above_low and value == self.low)):
            return False, f"Value `{value}` is less than {'or equal to ' if self.above_low else ''}{self.low}"
        if self.high is not None and (value > self.high or (self.below_high and value == self.high)):
            return False, f"Value `{value}` is greater than {'or equal to ' if self.below_high else ''}{self.high}"
        return True, f"Value `{value}` is within range"


def build_metadata_bounds_checks(
    *,
    assets: Sequence[CoercibleToAssetKey],
    metadata_key: str,
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    min_value: float | None = None,
    max_value: float | None = None,
    exclusive_min: bool = False,
    exclusive_max: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Return checks that a number in the metadata of what was made last is within bounds.

    Args:
        assets: The assets.
        metadata_key: The name of the number.
        severity: Of a check that fails.
        min_value, max_value: The bounds; one of them may be left out.
        exclusive_min, exclusive_max: The bound itself is out of bounds.

    Raises:
        DefinitionError: there are no bounds, or nothing is between them.

    Example:
        >>> checks = build_metadata_bounds_checks(assets=["orders"], metadata_key="rows", min_value=1)
        >>> checks[0].check_key.to_user_string()
        'orders:rows_bounds_check'
    """
    if min_value is None and max_value is None:
        raise DefinitionError("At least one of `min_value` or `max_value` must be set")
    if min_value is not None and max_value is not None and min_value > max_value:
        raise DefinitionError("`min_value` may not be greater than `max_value`")
    bounds = _Bounds(min_value, max_value, exclusive_min, exclusive_max)
    grave = check_severity(severity)
    return declare_in_bulk(
        f"{_NO_NAME.sub('_', metadata_key)}_bounds_check",
        list_keys(assets),
        lambda instance, key: tell(key, _judge_last(instance, key.asset_key, metadata_key, bounds), grave),
        what="asset_check",
        asks=Asked(1, terms=f"{metadata_key} {bounds} {grave.value}"),
        description=(f"Checks that the latest materialization has metadata value `{metadata_key}` {bounds.describe()}"),
    )


def _judge_last(instance: Any, key: AssetKey, name: str, bounds: _Bounds) -> tuple[bool, str]:
    event = instance.get_latest_materialization_event(key)
    if event is None:
        return False, "Asset has not been materialized"
    metadata = event.asset_materialization.metadata
    if name not in metadata:
        return False, f"Metadata key `{name}` not found"
    return bounds.judge(metadata[name].value)
