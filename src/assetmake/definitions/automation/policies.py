"""AutoMaterializePolicy: the former way to say what an AutomationCondition says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from assetmake.definitions.automation.conditions import AutomationCondition
from assetmake.definitions.refused import AutoMaterializeRule
from assetmake.errors import DefinitionError

_OF_RULES = {"rules", "with_rules", "without_rules"}


@dataclass(frozen=True, slots=True)
class AutoMaterializePolicy:
    """A condition under its former name; `@asset(automation_condition=...)` says the same.

    Args:
        asset_condition: When the asset is made.
        max_materializations_per_minute: Accepted for compatibility, and not followed: what is due at a tick is made.

    Example:
        >>> str(AutoMaterializePolicy.eager().to_automation_condition())
        'eager'
    """

    asset_condition: AutomationCondition[Any]
    max_materializations_per_minute: int | None = None

    def __post_init__(self) -> None:
        most = self.max_materializations_per_minute
        if most is not None and most < 1:
            raise DefinitionError(
                f"max_materializations_per_minute must be positive, got {most}",
                hint="None is without a limit; to make nothing by itself leave the policy out",
            )

    @staticmethod
    def eager(max_materializations_per_minute: int | None = 1) -> AutoMaterializePolicy:
        """Make the asset when an upstream was updated, or when it is missing."""
        return AutoMaterializePolicy(AutomationCondition.eager(), max_materializations_per_minute)

    @staticmethod
    def lazy(max_materializations_per_minute: int | None = 1) -> AutoMaterializePolicy:
        """Make the asset when an asset below it is to be made."""
        condition = AutomationCondition.any_downstream_conditions().with_label("lazy")
        return AutoMaterializePolicy(condition, max_materializations_per_minute)

    @staticmethod
    def from_automation_condition(automation_condition: AutomationCondition[Any]) -> AutoMaterializePolicy:
        return AutoMaterializePolicy(automation_condition)

    def to_automation_condition(self) -> AutomationCondition[Any]:
        return self.asset_condition

    def __getattr__(self, name: str) -> NoReturn:
        if name in _OF_RULES:
            raise DefinitionError(f"AutoMaterializePolicy.{name} is not supported: {AutoMaterializeRule.instead}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
