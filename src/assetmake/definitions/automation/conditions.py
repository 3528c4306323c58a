"""AutomationCondition: when an asset is made without being asked for, put together from named conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Generic, TypeVar

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.automation.condition_text import name_condition, write_condition
from assetmake.definitions.cadence import make_cadence
from assetmake.definitions.selecting.selection import AssetSelection, CoercibleToAssetSelection
from assetmake.errors import DefinitionError

EntityKey = TypeVar("EntityKey")

_NARROWED = frozenset({"any_deps_match", "all_deps_match", "any_checks_match", "all_checks_match"})


@dataclass(frozen=True, slots=True, repr=False)
class AutomationCondition(Generic[EntityKey]):
    """A condition of an asset, true or false for each of its partitions; true means that it is to be made.

    Made by the methods below, combined with `&`, `|` and `~`. It is data: what evaluates it walks the tree by `kind`.
    A class of one's own may extend it, to stand in a tree.

    Attributes:
        kind: What it is: `and`, `or`, `not`, `since`, `newly_true`, `any_deps_match`, ..., or the name of a plain one.
        operands: The conditions that it is made of.
        arguments: What else it was made with, as pairs of name and value.
        label: What people call it.

    Example:
        >>> str(AutomationCondition.missing() & ~AutomationCondition.in_progress())
        'missing & ~in_progress'
    """

    kind: str = "custom"
    operands: tuple[AutomationCondition[Any], ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()
    label: str | None = None

    @property
    def name(self) -> str:
        """What `replace` finds it by: `missing`, `AND`, `cron_tick_passed(cron_schedule=..., cron_timezone=...)`."""
        return type(self).__name__ if self.kind == "custom" else name_condition(self)

    @property
    def description(self) -> str:
        """The whole condition in words, also where it has a label."""
        return write_condition(self, whole=True)

    @property
    def children(self) -> tuple[AutomationCondition[Any], ...]:
        return self.operands

    @property
    def operand(self) -> AutomationCondition[Any]:
        """The first of its operands: of `since` what has to become true."""
        return self.operands[0]

    def get_label(self) -> str | None:
        return self.label

    def argument(self, name: str) -> Any:
        """Return an argument, None where it was not given."""
        return dict(self.arguments).get(name)

    def with_label(self, label: str | None) -> AutomationCondition[EntityKey]:
        """The same under a name that people read."""
        return replace(self, label=label)

    def __and__(self, other: AutomationCondition[Any]) -> AutomationCondition[Any]:
        return _combine("and", self, other) if isinstance(other, AutomationCondition) else NotImplemented

    def __or__(self, other: AutomationCondition[Any]) -> AutomationCondition[Any]:
        return _combine("or", self, other) if isinstance(other, AutomationCondition) else NotImplemented

    def __invert__(self) -> AutomationCondition[EntityKey]:
        return AutomationCondition("not", (self,))

    def since(self, reset_condition: AutomationCondition[Any]) -> AutomationCondition[EntityKey]:
        """True once this has been true, until the other one is."""
        return AutomationCondition("since", (self, reset_condition))

    def newly_true(self) -> AutomationCondition[EntityKey]:
        """True on the tick on which this becomes true."""
        return AutomationCondition("newly_true", (self,))

    def since_last_handled(self) -> AutomationCondition[EntityKey]:
        """True once this has been true since the asset was last requested or made."""
        handled = _leaf("newly_requested") | _leaf("newly_updated") | _leaf("initial_evaluation")
        return self.since(handled.with_label("handled"))

    def replace(self, old: AutomationCondition[Any] | str, new: AutomationCondition[Any]) -> AutomationCondition[Any]:
        """The same with another condition in the place of one, which is given as itself, by its label or its name."""
        if old in {self.name, self.label} if isinstance(old, str) else old == self:
            return new
        return self._map_operands(lambda operand: operand.replace(old, new))

    def without(self, condition: AutomationCondition[Any]) -> AutomationCondition[EntityKey]:
        """The same conjunction without one of its conditions.

        Raises:
            DefinitionError: it is not one of them, or nothing is left to be combined.
        """
        kept = tuple(operand for operand in self.operands if operand != condition)
        if self.kind != "and" or len(kept) == len(self.operands):
            raise DefinitionError(f"Condition not found in operands: {condition} is none of those that {self} needs")
        if len(kept) < 2:
            raise DefinitionError(f"without {condition}, {self} would have fewer than 2 operands")
        return replace(self, operands=kept)

    def allow(self, selection: CoercibleToAssetSelection) -> AutomationCondition[EntityKey]:
        """The same, looking only at upstreams or checks within a selection."""
        return self._narrow("allow", AssetSelection.from_coercible(selection))

    def ignore(self, selection: CoercibleToAssetSelection) -> AutomationCondition[EntityKey]:
        """The same, looking at no upstreams or checks within a selection."""
        return self._narrow("ignore", AssetSelection.from_coercible(selection))

    def _narrow(self, how: str, selection: AssetSelection) -> AutomationCondition[EntityKey]:
        if self.kind in _NARROWED:
            given = self.argument(how)
            wider = selection if given is None else selection | given
            return replace(self, arguments=(*(pair for pair in self.arguments if pair[0] != how), (how, wider)))
        # Those without operands have nothing to narrow; as a part of a larger condition they stay what they are.
        return self._map_operands(lambda operand: operand._narrow(how, selection))  # noqa: SLF001

    def _map_operands(self, change: Callable[[Any], AutomationCondition[Any]]) -> AutomationCondition[EntityKey]:
        changed = tuple(change(operand) for operand in self.operands)
        return self if changed == self.operands else replace(self, operands=changed)

    def __str__(self) -> str:
        return write_condition(self)

    def __repr__(self) -> str:
        return f"AutomationCondition({write_condition(self, whole=True)})"

    @staticmethod
    def eager() -> AutomationCondition[Any]:
        """Make the latest partition when an upstream was updated or it is missing, unless an upstream is missing."""
        changed = AutomationCondition.newly_missing() | AutomationCondition.any_deps_updated()
        return (
            _leaf("in_latest_time_window")
            & changed.since_last_handled()
            & ~AutomationCondition.any_deps_missing()
            & ~AutomationCondition.any_deps_in_progress()
            & ~AutomationCondition.in_progress()
        ).with_label("eager")

    @staticmethod
    def on_cron(cron_schedule: str, cron_timezone: str = "UTC") -> AutomationCondition[Any]:
        """Make the latest partition once after each tick, when all upstreams were updated since that tick."""
        return (
            _leaf("in_latest_time_window")
            & AutomationCondition.cron_tick_passed(cron_schedule, cron_timezone).since_last_handled()
            & AutomationCondition.all_deps_updated_since_cron(cron_schedule, cron_timezone)
        ).with_label(f"on_cron({cron_schedule}, {cron_timezone})")

    @staticmethod
    def on_missing() -> AutomationCondition[Any]:
        """Make partitions that come to be, once no upstream is missing."""
        missing = _leaf("missing").newly_true().since_last_handled().with_label("missing_since_last_handled")
        condition = _leaf("in_latest_time_window") & missing & ~AutomationCondition.any_deps_missing()
        return condition.with_label("on_missing")

    @staticmethod
    def missing() -> AutomationCondition[Any]:
        """It was never made."""
        return _leaf("missing")

    @staticmethod
    def newly_missing() -> AutomationCondition[Any]:
        """It has become missing on this tick."""
        return _leaf("missing").newly_true().with_label("newly_missing")

    @staticmethod
    def newly_updated() -> AutomationCondition[Any]:
        """It was made since the tick before."""
        return _leaf("newly_updated")

    @staticmethod
    def newly_requested() -> AutomationCondition[Any]:
        """It was requested on the tick before."""
        return _leaf("newly_requested")

    @staticmethod
    def will_be_requested() -> AutomationCondition[Any]:
        """It is requested on this tick."""
        return _leaf("will_be_requested")

    @staticmethod
    def initial_evaluation() -> AutomationCondition[Any]:
        """It is looked at for the first time under this condition."""
        return _leaf("initial_evaluation")

    @staticmethod
    def run_in_progress() -> AutomationCondition[Any]:
        """It is part of a run and not made yet."""
        return _leaf("run_in_progress")

    @staticmethod
    def backfill_in_progress() -> AutomationCondition[Any]:
        """It is part of a backfill and not made yet."""
        return _leaf("backfill_in_progress")

    @staticmethod
    def in_progress() -> AutomationCondition[Any]:
        """It is part of a run or of a backfill and not made yet."""
        return (_leaf("run_in_progress") | _leaf("backfill_in_progress")).with_label("in_progress")

    @staticmethod
    def execution_failed() -> AutomationCondition[Any]:
        """The last time that it ran, it failed."""
        return _leaf("execution_failed")

    @staticmethod
    def in_latest_time_window(lookback_delta: timedelta | None = None) -> AutomationCondition[Any]:
        """It is the latest partition, or ends within a time before the end of the latest one."""
        return _leaf("in_latest_time_window", lookback_timedelta=lookback_delta)

    @staticmethod
    def cron_tick_passed(cron_schedule: str, cron_timezone: str = "UTC") -> AutomationCondition[Any]:
        """The schedule has occurred since the tick before."""
        make_cadence(cron_schedule, cron_timezone)
        return _leaf("cron_tick_passed", cron_schedule=cron_schedule, cron_timezone=cron_timezone)

    @staticmethod
    def code_version_changed() -> AutomationCondition[Any]:
        """Its code is another than on the tick before."""
        return _leaf("code_version_changed")

    @staticmethod
    def data_version_changed() -> AutomationCondition[Any]:
        """Its data is another than on the tick before."""
        return _leaf("data_version_changed")

    @staticmethod
    def freshness_passed() -> AutomationCondition[Any]:
        return _leaf("freshness_result", state="PASS").with_label("freshness_passed")

    @staticmethod
    def freshness_warned() -> AutomationCondition[Any]:
        return _leaf("freshness_result", state="WARN").with_label("freshness_warned")

    @staticmethod
    def freshness_failed() -> AutomationCondition[Any]:
        return _leaf("freshness_result", state="FAIL").with_label("freshness_failed")

    @staticmethod
    def check_passed() -> AutomationCondition[Any]:
        """A check has passed on what stands."""
        return _leaf("check_passed")

    @staticmethod
    def check_failed() -> AutomationCondition[Any]:
        """A check has failed on what stands."""
        return _leaf("check_failed")

    @staticmethod
    def executed_with_root_target() -> AutomationCondition[Any]:
        """The run that made it also made the asset that carries the whole condition."""
        return _leaf("executed_with_root_target")

    @staticmethod
    def executed_with_tags(
        *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> AutomationCondition[Any]:
        """The run that made it has these tags."""
        return _tagged("executed_with_tags", tag_keys, tag_values)

    @staticmethod
    def all_new_updates_have_run_tags(
        *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> AutomationCondition[Any]:
        """All runs that made it since the tick before have these tags."""
        return _tagged("all_new_updates_have_run_tags", tag_keys, tag_values)

    @staticmethod
    def any_new_update_has_run_tags(
        *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> AutomationCondition[Any]:
        """A run that made it since the tick before has these tags."""
        return _tagged("any_new_update_has_run_tags", tag_keys, tag_values)

    @staticmethod
    def asset_matches(key: CoercibleToAssetKey, condition: AutomationCondition[Any]) -> AutomationCondition[Any]:
        """A condition holds for another asset."""
        return AutomationCondition("asset_matches", (condition,), (("key", AssetKey.from_coercible(key)),))

    @staticmethod
    def any_deps_match(condition: AutomationCondition[Any]) -> AutomationCondition[Any]:
        """A condition holds for a partition of at least one upstream."""
        return AutomationCondition("any_deps_match", (condition,))

    @staticmethod
    def all_deps_match(condition: AutomationCondition[Any]) -> AutomationCondition[Any]:
        """A condition holds for a partition of each upstream."""
        return AutomationCondition("all_deps_match", (condition,))

    @staticmethod
    def any_checks_match(condition: AutomationCondition[Any], blocking_only: bool = False) -> AutomationCondition[Any]:
        """A condition holds for at least one of the asset's checks."""
        return AutomationCondition("any_checks_match", (condition,), _given(blocking_only=blocking_only or None))

    @staticmethod
    def all_checks_match(condition: AutomationCondition[Any], blocking_only: bool = False) -> AutomationCondition[Any]:
        """A condition holds for each of the asset's checks."""
        return AutomationCondition("all_checks_match", (condition,), _given(blocking_only=blocking_only or None))

    @staticmethod
    def any_downstream_conditions() -> AutomationCondition[Any]:
        """The condition of an asset below it holds."""
        return _leaf("any_downstream_conditions")

    @staticmethod
    def any_deps_updated() -> AutomationCondition[Any]:
        """An upstream was made since the tick before, in another run, or is requested on this tick."""
        elsewhere = _leaf("newly_updated") & ~_leaf("executed_with_root_target")
        updated = elsewhere.with_label("newly_updated_without_root") | _leaf("will_be_requested")
        return AutomationCondition.any_deps_match(updated).with_label("any_deps_updated")

    @staticmethod
    def any_deps_missing() -> AutomationCondition[Any]:
        """An upstream is missing, and not requested on this tick."""
        missing = _leaf("missing") & ~_leaf("will_be_requested")
        return AutomationCondition.any_deps_match(missing).with_label("any_deps_missing")

    @staticmethod
    def any_deps_in_progress() -> AutomationCondition[Any]:
        """An upstream is in progress."""
        return AutomationCondition.any_deps_match(AutomationCondition.in_progress()).with_label("any_deps_in_progress")

    @staticmethod
    def all_deps_blocking_checks_passed() -> AutomationCondition[Any]:
        """The blocking checks of all upstreams have passed, or run on this tick."""
        passed = _leaf("check_passed") | _leaf("will_be_requested")
        checks = AutomationCondition.all_checks_match(passed, blocking_only=True)
        condition = AutomationCondition.all_deps_match(checks.with_label("all_blocking_checks_passed"))
        return condition.with_label("all_deps_blocking_checks_passed")

    @staticmethod
    def all_deps_updated_since_cron(cron_schedule: str, cron_timezone: str = "UTC") -> AutomationCondition[Any]:
        """All upstreams were made since the last tick of a schedule, or are requested on this tick."""
        tick = AutomationCondition.cron_tick_passed(cron_schedule, cron_timezone)
        updated = _leaf("newly_updated").since(tick) | _leaf("will_be_requested")
        label = f"all_deps_updated_since_cron({cron_schedule}, {cron_timezone})"
        return AutomationCondition.all_deps_match(updated).with_label(label)


def _leaf(kind: str, **arguments: Any) -> AutomationCondition[Any]:
    return AutomationCondition(kind, arguments=_given(**arguments))


def _given(**arguments: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value) for name, value in arguments.items() if value is not None)


def _tagged(kind: str, keys: AbstractSet[str] | None, values: Mapping[str, str] | None) -> AutomationCondition[Any]:
    return _leaf(
        kind,
        tag_keys=None if keys is None else tuple(sorted(keys)),
        tag_values=None if values is None else tuple(sorted(values.items())),
    )


def _combine(kind: str, *conditions: AutomationCondition[Any]) -> AutomationCondition[Any]:
    """Join conditions; operands of one kind lie side by side, except those that have a label of their own."""
    operands: list[AutomationCondition[Any]] = []
    for each in conditions:
        operands.extend(each.operands if each.kind == kind and each.label is None else (each,))
    return AutomationCondition(kind, tuple(operands))
