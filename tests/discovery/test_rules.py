"""Conditions and freshness policies as plain data: what is kept of them, without any object of the user's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from assetmake import (
    AssetSelection,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    FreshnessPolicy,
    LegacyFreshnessPolicy,
    asset,
)
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.describing_rules import describe_rules
from assetmake.discovery.recall.kept import decode, encode
from assetmake.discovery.rule_records import STOPPED, FreshnessRecord


def make(name: str, **options: Any) -> Any:
    @asset(name=name, **options)
    def made() -> int:
        return 1

    return made


def test_a_manifest_keeps_them_without_code() -> None:
    lookback = AutomationCondition.in_latest_time_window(timedelta(hours=36))
    narrowed = AutomationCondition.eager().ignore(AssetSelection.groups("raw")) & lookback
    raw = make("raw", group_name="raw")

    automation = describe_assets([raw, make("it", automation_condition=narrowed)]).automation

    (rule,) = automation.conditions
    assert decode(encode(automation)) == automation
    arguments = dict(pair for each in walk(rule.condition) for pair in each.arguments)
    assert arguments == {"lookback_timedelta": 36 * 3600.0, "ignore": ("raw",)}


def walk(condition: Any) -> Any:
    yield condition
    for operand in condition.operands:
        yield from walk(operand)


def test_equal_conditions_are_one_record() -> None:
    several = [make(f"a{number}", automation_condition=AutomationCondition.eager()) for number in range(3)]
    rules = describe_assets(several).automation.conditions
    assert len({id(rule.condition) for rule in rules}) == 1


def test_policies_are_numbers() -> None:
    several = [
        make("a", freshness_policy=FreshnessPolicy.time_window(timedelta(hours=2), timedelta(hours=1))),
        make("b", freshness_policy=FreshnessPolicy.cron("0 10 * * *", timedelta(hours=1), "Europe/Berlin")),
        make("c", legacy_freshness_policy=LegacyFreshnessPolicy(maximum_lag_minutes=5, cron_schedule="0 9 * * *")),
    ]
    found = describe_assets(several).automation.policies
    assert [(each.fail_seconds, each.warn_seconds, each.cron, each.timezone) for each in found] == [
        (7200, 3600, "", ""),
        (0, None, "0 10 * * *", "Europe/Berlin"),
        (300, None, "0 9 * * *", ""),
    ]
    assert [each.bound_seconds for each in found] == [0, 3600, 0]
    assert all(type(each) is FreshnessRecord for each in decode(encode(found)))


def test_a_sensor_gives_a_condition_to_what_has_none_and_may_be_stopped() -> None:
    assets = [make("a"), make("b", automation_condition=AutomationCondition.missing()), make("c")]
    sensor = AutomationConditionSensorDefinition(
        "rules",
        target=AssetSelection.assets("a", "b"),
        default_condition=AutomationCondition.eager(),
        default_status=DefaultSensorStatus.STOPPED,
        run_tags={"by": "rules"},
    )

    rules, _ = describe_rules(assets, [sensor])

    assert [(str(rule.asset), rule.condition.kind, rule.condition.label) for rule in rules] == [
        ("a", "and", "eager"),
        ("b", "missing", ""),
    ]
    assert all((rule.status, rule.tags) == (STOPPED, {"by": "rules"}) for rule in rules)


def test_who_says_nothing_costs_nothing() -> None:
    automation = describe_assets([make("a")]).automation
    assert (automation.conditions, automation.policies) == ((), ())
