"""Conditions: the algebra, the names, and the text that people read."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake import AssetSelection, AutoMaterializePolicy, AutomationCondition
from assetmake.errors import DefinitionError

LEAVES = [
    AutomationCondition.missing(),
    AutomationCondition.newly_updated(),
    AutomationCondition.in_progress(),
    AutomationCondition.cron_tick_passed("0 6 * * *", "Europe/Berlin"),
    AutomationCondition.in_latest_time_window(timedelta(hours=3)),
    AutomationCondition.executed_with_tags(tag_keys={"a"}, tag_values={"b": "c"}),
]
trees = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a, b: a.since(b), inner, inner),
        st.builds(lambda a: ~a, inner),
        st.builds(lambda a: a.newly_true().with_label("named"), inner),
        st.builds(AutomationCondition.any_deps_match, inner),
        st.builds(AutomationCondition.all_checks_match, inner),
    ),
    max_leaves=8,
)


def test_the_named_ones_say_what_they_are_made_of() -> None:
    assert str(AutomationCondition.eager()) == "eager"
    assert AutomationCondition.eager().description == (
        "in_latest_time_window & (newly_missing | any_deps_updated).since(handled) & ~any_deps_missing"
        " & ~any_deps_in_progress & ~in_progress"
    )
    assert str(AutomationCondition.on_cron("@daily")) == "on_cron(@daily, UTC)"
    assert AutomationCondition.on_missing().label == "on_missing"
    assert AutomationCondition.any_deps_updated().description == (
        "any_deps_match(newly_updated_without_root | will_be_requested)"
    )


def test_operands_of_one_kind_lie_side_by_side_unless_they_have_a_label() -> None:
    a, b, c = LEAVES[:3]
    assert (a & b & c).operands == (a, b, c)
    assert (a & (b & c)).operands == (a, b, c)
    assert (a & (b & c).with_label("both")).operands == (a, (b & c).with_label("both"))
    assert str(a & (b | c)) == "missing & (newly_updated | in_progress)"


def test_replace_finds_by_label_name_and_value() -> None:
    tick = AutomationCondition.cron_tick_passed("0 6 * * *")
    condition = AutomationCondition.eager()
    assert "newly_missing" not in condition.replace("newly_missing", tick).description
    assert condition.replace(AutomationCondition.any_deps_updated(), tick) == condition.replace(
        "any_deps_updated", tick
    )
    assert (~tick).replace("cron_tick_passed(cron_schedule=0 6 * * *, cron_timezone=UTC)", LEAVES[0]) == ~LEAVES[0]
    assert condition.replace("no such thing", tick) == condition


def test_without_takes_one_of_a_conjunction_away() -> None:
    condition = AutomationCondition.eager().without(~AutomationCondition.any_deps_missing())
    assert len(condition.operands) == 4
    with pytest.raises(DefinitionError, match="not found in operands"):
        AutomationCondition.eager().without(AutomationCondition.missing())
    with pytest.raises(DefinitionError, match="fewer than 2"):
        (LEAVES[0] & LEAVES[1]).without(LEAVES[0])


def test_allow_and_ignore_reach_what_looks_at_upstreams_and_only_that() -> None:
    narrowed = AutomationCondition.eager().ignore(AssetSelection.groups("raw"))
    missing = narrowed.operands[2].operand
    assert missing.argument("ignore") == AssetSelection.groups("raw")
    assert narrowed.operands[4] == AutomationCondition.eager().operands[4]
    both = missing.ignore("other").argument("ignore")
    assert str(both) == 'key:"other" or group:"raw"'
    assert str(AutomationCondition.any_deps_match(LEAVES[0]).allow("a")) == 'any_deps_match(missing).allow(key:"a")'


def test_a_wrong_schedule_is_told_at_once() -> None:
    with pytest.raises(DefinitionError, match="cron schedule"):
        AutomationCondition.on_cron("every day")
    with pytest.raises(DefinitionError, match="unknown timezone"):
        AutomationCondition.cron_tick_passed("0 6 * * *", "Europe/Belrin")


def test_a_class_of_ones_own_stands_in_a_tree() -> None:
    class IsHoliday(AutomationCondition):
        pass

    assert str(AutomationCondition.eager() & ~IsHoliday()) == "eager & ~IsHoliday"
    assert IsHoliday() != AutomationCondition.missing()


def test_a_policy_is_a_condition_under_its_former_name() -> None:
    assert AutoMaterializePolicy.eager().to_automation_condition() == AutomationCondition.eager()
    assert str(AutoMaterializePolicy.lazy().to_automation_condition()) == "lazy"
    with pytest.raises(DefinitionError, match="must be positive"):
        AutoMaterializePolicy.eager(max_materializations_per_minute=0)
    with pytest.raises(DefinitionError, match=r"without_rules is not supported: write automation_condition="):
        AutoMaterializePolicy.eager().without_rules()
    assert not hasattr(AutoMaterializePolicy.eager(), "nonsense")


@given(trees, trees)
def test_trees_are_data(one: AutomationCondition[object], other: AutomationCondition[object]) -> None:
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(one) == hash(pickle.loads(pickle.dumps(one)))
    assert one.replace(one, other) == other
    assert (one & other).with_label("x").with_label(None) == one & other
    assert str(~one).startswith("~")
    assert one.allow("a").ignore("b").description
