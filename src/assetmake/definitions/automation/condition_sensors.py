"""AutomationConditionSensorDefinition: which assets' conditions are evaluated, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.automation.conditions import AutomationCondition
from assetmake.definitions.automation.frozen import set_fields
from assetmake.definitions.automation.labels import read_tags
from assetmake.definitions.automation.sensors import DefaultSensorStatus, SensorDefinition
from assetmake.definitions.selecting.selection import CoercibleToAssetSelection
from assetmake.errors import InvariantError


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class AutomationConditionSensorDefinition(SensorDefinition):
    """Assets whose automation conditions are evaluated together.

    Args:
        name: What it is called.
        target: The assets.
        run_tags: Put on the runs that it starts.
        default_condition: For those of the assets that have no condition of their own.
        emit_backfills, use_user_code_server: Accepted for compatibility: what is due is built in one run, by a process
            that has the code.
        tags, default_status, minimum_interval_seconds, description, metadata: As for SensorDefinition.
    """

    run_tags: Mapping[str, str]
    default_condition: AutomationCondition[Any] | None

    def __init__(
        self,
        name: str,
        *,
        target: CoercibleToAssetSelection,
        tags: Mapping[str, Any] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.RUNNING,
        minimum_interval_seconds: int | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        emit_backfills: bool = True,
        use_user_code_server: bool = False,
        default_condition: AutomationCondition[Any] | None = None,
    ) -> None:
        del emit_backfills, use_user_code_server
        SensorDefinition.__init__(
            self,
            name,
            evaluation_fn=_refuse,
            asset_selection=target,
            tags=tags,
            default_status=default_status,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            metadata=metadata,
        )
        set_fields(self, run_tags=read_tags(run_tags), default_condition=default_condition)


def _refuse() -> None:
    raise InvariantError(
        "automation conditions are evaluated against what was built, and not by a call",
        hint="what is stale is told by `assetmake plan`",
    )
