"""From automation conditions and freshness policies of assets and checks to their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.parts import name_node, take_apart
from assetmake.definitions.automation.condition_sensors import AutomationConditionSensorDefinition
from assetmake.definitions.automation.condition_text import write_condition
from assetmake.definitions.automation.conditions import AutomationCondition
from assetmake.definitions.automation.freshness import (
    CronFreshnessPolicy,
    LegacyFreshnessPolicy,
    TimeWindowFreshnessPolicy,
)
from assetmake.definitions.place import Place
from assetmake.definitions.selecting.selectable import SelectableGraph, collect_graph
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.discovery.importer import show_path
from assetmake.discovery.rule_records import ConditionRecord, FreshnessRecord, RuleRecord
from assetmake.errors import SelectionError


def describe_rules(
    assets: Sequence[Any], sensors: Iterable[AutomationConditionSensorDefinition] = (), *, root: Path | None = None
) -> tuple[tuple[RuleRecord, ...], tuple[FreshnessRecord, ...]]:
    """Return the conditions and the freshness policies of what is made here, in its order.

    Args:
        assets: All assets, sources and checks of the project.
        sensors: What evaluates conditions, where the project says so itself.
        root: What files are named relative to.
    """
    graph = collect_graph(list(assets))
    parts = [
        part
        for each in assets
        if isinstance(each, AssetsDefinition) and each.is_materializable
        for part in take_apart(each)
    ]
    several = [(each, _resolve(each, graph)) for each in sensors]
    describer = _Describer(graph, several, root)
    rules = tuple(rule for part in parts for rule in describer.describe_rule(part))
    policies = tuple(policy for part in parts if part.specs for policy in _describe_policy(part, root))
    return rules, policies


@dataclass(frozen=True, slots=True)
class _Describer:
    """Describes conditions; those that are equal have one record, as thousands of assets may have one condition."""

    graph: SelectableGraph
    sensors: Sequence[tuple[AutomationConditionSensorDefinition, frozenset[Any]]]
    root: Path | None
    known: dict[AutomationCondition[Any], ConditionRecord] = field(default_factory=dict)

    def describe_rule(self, part: AssetsDefinition) -> Iterator[RuleRecord]:
        spec: Any = part.specs[0] if part.specs else part.check_specs[0]
        condition = spec.automation_condition
        key = spec.key if part.specs else spec.asset_key
        sensor = next((each for each, keys in self.sensors if key in keys), None)
        if condition is None and sensor is not None and part.specs:
            condition = sensor.default_condition
        if condition is None:
            return
        place = _show_place(part.place, self.root)
        if not isinstance(condition, AutomationCondition):
            problem = f"automation_condition is a {type(condition).__name__}, not an AutomationCondition"
            yield RuleRecord(name_node(part), place, ConditionRecord("custom"), problem=problem)
            return
        described = self.describe_condition(condition)
        record = RuleRecord(name_node(part), place, described, problem=_find_problem(condition))
        if sensor is not None:
            record = replace(record, status=sensor.default_status.value, tags=dict(sensor.run_tags))
        yield record

    def describe_condition(self, condition: AutomationCondition[Any]) -> ConditionRecord:
        """Return the record of a condition; selections become the assets that they mean."""
        found = self.known.get(condition)
        if found is None:
            found = self.known[condition] = ConditionRecord(
                kind=condition.kind,
                operands=tuple(map(self.describe_condition, condition.operands)),
                arguments=tuple((name, _plain(value, self.graph)) for name, value in condition.arguments),
                label=condition.label or "",
                text=write_condition(condition),
            )
        return found


def _find_problem(condition: AutomationCondition[Any]) -> str:
    own = [each for each in _walk(condition) if each.kind == "custom"]
    if not own:
        return ""
    name = type(own[0]).__name__
    return (
        f"{name} is a class of your own, and tick evaluates only those that come with assetmake: "
        "write the condition with them, or ask for the asset with a sensor"
    )


def _walk(condition: AutomationCondition[Any]) -> Iterator[AutomationCondition[Any]]:
    yield condition
    for operand in condition.operands:
        yield from _walk(operand)


def _describe_policy(part: AssetsDefinition, root: Path | None) -> Iterator[FreshnessRecord]:
    spec = part.specs[0]
    key, place = spec.key, _show_place(part.place, root)
    match spec.freshness_policy or spec.legacy_freshness_policy:
        case TimeWindowFreshnessPolicy(fail_window, warn_window):
            warn = None if warn_window is None else warn_window.total_seconds()
            yield FreshnessRecord(key, place, fail_window.total_seconds(), warn)
        case CronFreshnessPolicy(cron, bound, timezone):
            yield FreshnessRecord(key, place, cron=cron, timezone=timezone, bound_seconds=bound.total_seconds())
        case LegacyFreshnessPolicy(maximum_lag_minutes=minutes, cron_schedule=cron, cron_schedule_timezone=timezone):
            yield FreshnessRecord(
                key, place, minutes * 60, cron=cron or "", timezone=timezone or "", is_lagging=cron is not None
            )


def _resolve(sensor: AutomationConditionSensorDefinition, graph: SelectableGraph) -> frozenset[Any]:
    if sensor.asset_selection is None:
        return frozenset()
    try:
        return frozenset(sensor.asset_selection.resolve(graph))
    except SelectionError:  # that is told of the sensor
        return frozenset()


def _plain(value: Any, graph: SelectableGraph) -> Any:
    match value:
        case AssetSelection():
            return tuple(sorted(map(str, value.resolve(graph, allow_missing=True))))
        case timedelta():
            return value.total_seconds()
        case None | bool() | int() | float() | tuple():
            return value
        case _:
            return str(value)


def _show_place(place: Place, root: Path | None) -> Place:
    return place if root is None else Place(show_path(place.file, root=root), place.line)
