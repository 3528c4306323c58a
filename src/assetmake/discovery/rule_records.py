"""Records of what assets say of themselves - when they are to be made, and how old they may become - as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.place import Place

RUNNING, STOPPED = "RUNNING", "STOPPED"


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """An AutomationCondition: a node of its tree.

    Attributes:
        kind: As the condition's: `and`, `since`, `missing`, ...; `custom` for a class of the user's.
        arguments: As the condition's; times are seconds, selections the names of the assets that they mean.
        label: What people call it.
        text: How it is written.
    """

    kind: str
    operands: tuple[ConditionRecord, ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()
    label: str = ""
    text: str = ""

    def argument(self, name: str) -> Any:
        """Return an argument, None where it was not given."""
        return dict(self.arguments).get(name)


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """When an asset, or a check, is made without being asked for.

    Attributes:
        asset: Its key; of a check that of its node.
        status: RUNNING, or STOPPED by the sensor that evaluates it.
        tags: What that sensor puts on runs.
        problem: Why it cannot be evaluated; empty where it can.
    """

    asset: AssetKey
    place: Place
    condition: ConditionRecord
    status: str = RUNNING
    tags: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FreshnessRecord:
    """How old an asset may become.

    Attributes:
        fail_seconds: It is late when it was not made for so long.
        warn_seconds: It is nearly late after so long; None: never.
        cron: Or it has to be made within `bound_seconds` before each of these times; empty for none.
        timezone: An IANA name; empty for UTC.
        is_lagging: The age counts at the times of `cron` only.
    """

    asset: AssetKey
    place: Place
    fail_seconds: float = 0.0
    warn_seconds: float | None = None
    cron: str = ""
    timezone: str = ""
    bound_seconds: float = 0.0
    is_lagging: bool = False
