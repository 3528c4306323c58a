"""Evaluations of checks: that one will be asked, what it answered, and of which materialization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.checking.keys import AssetCheckKey, AssetCheckSeverity
from assetmake.definitions.metadata import MetadataValue, check_metadata


@dataclass(frozen=True, slots=True)
class AssetCheckEvaluationPlanned:
    """A run is going to ask a check."""

    asset_key: AssetKey
    check_name: str
    partition: str | None = None

    @property
    def asset_check_key(self) -> AssetCheckKey:
        return AssetCheckKey(self.asset_key, self.check_name)


@dataclass(frozen=True, slots=True)
class AssetCheckEvaluationTargetMaterializationData:
    """The materialization that a check was asked of: the newest one when it ran."""

    storage_id: int
    run_id: str
    timestamp: float


@dataclass(frozen=True, slots=True, init=False)
class AssetCheckEvaluation:
    """What a check answered.

    Args:
        asset_key: The asset that was checked.
        check_name: The check.
        passed: Its answer.
        metadata: Facts about the answer; see MetadataValue.
        target_materialization_data: The materialization it was asked of, if there was one.
        severity: How grave it is where it did not pass.
        description: For people.
        blocking: Whether what is downstream waits for it.
        partition: The key of the partition that was checked.
    """

    asset_key: AssetKey
    check_name: str
    passed: bool
    metadata: Mapping[str, MetadataValue]
    target_materialization_data: AssetCheckEvaluationTargetMaterializationData | None
    severity: AssetCheckSeverity
    description: str | None
    blocking: bool | None
    partition: str | None

    def __init__(
        self,
        asset_key: CoercibleToAssetKey,
        check_name: str,
        passed: bool,
        metadata: Mapping[str, Any] | None = None,
        target_materialization_data: AssetCheckEvaluationTargetMaterializationData | None = None,
        severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
        description: str | None = None,
        blocking: bool | None = None,
        partition: str | None = None,
    ) -> None:
        given = {
            "asset_key": AssetKey.from_coercible(asset_key),
            "check_name": check_name,
            "passed": bool(passed),  # what numpy and pandas compare is no bool
            "metadata": check_metadata(metadata or {}),
            "target_materialization_data": target_materialization_data,
            "severity": severity,
            "description": description,
            "blocking": blocking,
            "partition": partition,
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @property
    def asset_check_key(self) -> AssetCheckKey:
        return AssetCheckKey(self.asset_key, self.check_name)

    def with_metadata(self, metadata: Mapping[str, Any]) -> AssetCheckEvaluation:
        """Return the same with other metadata."""
        return replace(self, metadata=check_metadata(metadata))
