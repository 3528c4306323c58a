"""Targets resolved: rules for keys become the parts of the definitions, as positions in their order."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.cadence import Parts
from assetmake.definitions.file_partitions import FoundPartitionsDefinition
from assetmake.definitions.key_ranges import PartitionKeyRange
from assetmake.definitions.multi_keys import BETWEEN_KEYS
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import AssetmakeError, UnknownPartitionError, UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.key_rules import AllKeys, KeyRange, KeyRule, LatestKeys, MissingKeys, OneKey, Targets

_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)
_Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TargetParts:
    """The partitions of one asset that are asked for.

    Attributes:
        parts: In the order of the definition, each once; None for an unpartitioned asset.
        missing: What was never built is asked for too (of an unpartitioned asset: only if it never was).
    """

    parts: Parts | None
    missing: bool = False


def resolve_targets(
    graph: AssetGraph,
    targets: Targets,
    *,
    current_time: datetime,
    resolve_keys: Callable[[AssetKey], PartitionsDefinition | None],
) -> dict[AssetKey, TargetParts]:
    """Return the parts that are asked for, in the order of the graph.

    A rule that only some of its assets have partitions for is dropped for the others, and an asset that is
    left with no rule is not in the answer.

    Args:
        resolve_keys: Returns the definition of an asset with its keys known.

    Raises:
        UnknownPartitionError: no asset has a partition that a rule names, or none one where a range begins or ends.
        UsageError: a range ends before it starts.
    """
    found: dict[AssetKey, TargetParts] = {}
    matched: set[KeyRule] = set()
    refused: dict[KeyRule, list[tuple[AssetKey, UnknownPartitionError]]] = {}
    answers: dict[tuple[int, tuple[KeyRule, ...]], _Answer] = {}
    for key in graph.order:
        rules = targets.rules.get(key)
        if rules is None:
            continue
        definition = resolve_keys(key)
        if definition is None:
            found[key] = TargetParts(None, MissingKeys() in rules)
            continue
        shared = (id(definition), rules)
        if shared not in answers:
            answers[shared] = _answer(definition, rules, current_time)
        answer = answers[shared]
        matched.update(rule for rule in answer.accepted if rule not in answer.overrun)
        for rule, error in (*answer.refused, *answer.overrun.items()):
            refused.setdefault(rule, []).append((key, error))
        if answer.accepted or not rules:
            found[key] = answer.target
    for rule, errors in refused.items():
        if rule not in matched:
            raise _join_errors(errors)
    return found


class _Answer(NamedTuple):
    definition: PartitionsDefinition  # kept alive: answers are found by its id
    target: TargetParts
    accepted: list[KeyRule]
    refused: list[tuple[KeyRule, UnknownPartitionError]]
    overrun: dict[KeyRule, UnknownPartitionError]


def _answer(definition: PartitionsDefinition, rules: tuple[KeyRule, ...], current_time: datetime) -> _Answer:
    parts = definition.parts(current_time=current_time)
    intervals: dict[KeyRule, list[_Interval]] = {}
    refused: list[tuple[KeyRule, UnknownPartitionError]] = []
    for rule in rules:
        try:
            intervals[rule] = _locate(definition, parts, rule, current_time)
        except UnknownPartitionError as error:
            refused.append((rule, error))
    located = [interval for several in intervals.values() for interval in several]
    target = TargetParts(_cut(parts, located), MissingKeys() in intervals)
    overrun = {rule: why for rule in intervals if (why := _find_overrun(definition, rule, current_time)) is not None}
    return _Answer(definition, target, list(intervals), refused, overrun)


def resolve_rules(definition: PartitionsDefinition, rules: Sequence[KeyRule], *, current_time: datetime) -> TargetParts:
    """Return the union of what rules ask of one definition.

    Raises:
        UnknownPartitionError: a key or a range is not of the definition, or not yet, or a range goes beyond it.
        UsageError: a range ends before it starts.
    """
    parts = definition.parts(current_time=current_time)
    for rule in rules:
        if (wrong := _find_overrun(definition, rule, current_time)) is not None:
            raise wrong
    intervals = [found for rule in rules for found in _locate(definition, parts, rule, current_time)]
    return TargetParts(_cut(parts, intervals), MissingKeys() in rules)


def _locate(definition: PartitionsDefinition, parts: Parts, rule: KeyRule, current_time: datetime) -> list[_Interval]:
    match rule:
        case AllKeys():
            return [(0, len(parts))]
        case MissingKeys():
            return []
        case LatestKeys(count) if isinstance(definition, MultiPartitionsDefinition):
            return _locate_latest(definition, parts, count, current_time)
        case LatestKeys(count):
            return [(max(0, len(parts) - count), len(parts))]
        case OneKey(key):
            position = _locate_key(definition, parts, key, current_time)
            return [(position, position + 1)]
        case KeyRange() if isinstance(definition, TimeWindowPartitionsDefinition):
            return [_locate_windows(definition, parts, rule)]
        case KeyRange() if isinstance(definition, MultiPartitionsDefinition):
            return _locate_box(definition, parts, rule, current_time)
        case KeyRange():
            return [_locate_keys(definition, parts, rule, current_time)]
        case _:
            assert_never(rule)


def _cut(parts: Parts, intervals: Sequence[_Interval]) -> Parts:
    joined: list[_Interval] = []
    for low, high in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    if len(joined) <= 1:
        low, high = joined[0] if joined else (0, 0)
        return parts[low:high]
    pieces = array("q")
    for low, high in joined:
        pieces.extend(parts[low:high])
    return pieces


def _locate_key(definition: PartitionsDefinition, parts: Parts, key: str, current_time: datetime) -> int:
    if not isinstance(definition, TimeWindowPartitionsDefinition):
        return parts.index(definition.validate_partition_key(key, current_time=current_time))
    try:
        part = definition.part_of(key)
    except UnknownPartitionError as error:
        hint = "; ".join(filter(None, [error.hint, _tell_extent(definition, parts)]))
        raise UnknownPartitionError(error.message, hint=hint) from None
    position = bisect_left(parts, part)
    if position == len(parts) or parts[position] != part:
        raise _explain_absence(definition, parts, part)
    return position


def _explain_absence(definition: TimeWindowPartitionsDefinition, parts: Parts, part: int) -> UnknownPartitionError:
    key = definition.key_of(part)
    if not parts or part > parts[-1]:
        if not definition.covers(part):
            return UnknownPartitionError(f"there is no partition {key}", hint=_tell_extent(definition, parts))
        begins = definition.cadence.shift(part, 1 - definition.end_offset)
        at = f"{definition.cadence.to_datetime(begins):%Y-%m-%d %H:%M %Z}"
        return UnknownPartitionError(
            f"there is no partition {key} yet: it begins to exist at {at}",
            hint=_tell_extent(definition, parts),
        )
    return UnknownPartitionError(
        f"there is no partition {key}: it is before the first one", hint=_tell_extent(definition, parts)
    )


def _tell_extent(definition: PartitionsDefinition, parts: Parts) -> str:
    if not parts:
        return "there are no partitions yet"
    return f"the first is {definition.key_of(parts[0])}, the last is {definition.key_of(parts[-1])}"


def _locate_keys(definition: PartitionsDefinition, parts: Parts, rule: KeyRange, current_time: datetime) -> _Interval:
    if not parts:
        raise UnknownPartitionError(f"no partition is in {_write(rule)}", hint=_tell_extent(definition, parts))
    start = definition.key_of(parts[0]) if rule.start is None else rule.start
    end = definition.key_of(parts[-1]) if rule.end is None else rule.end
    if isinstance(definition, FoundPartitionsDefinition):
        return _locate_found(definition, parts, rule, start, end)
    low = _locate_key(definition, parts, start, current_time)
    high = _locate_key(definition, parts, end, current_time)
    if low > high:
        raise _refuse_reversed(rule)
    return low, high + 1


def _locate_box(
    definition: MultiPartitionsDefinition, parts: Parts, rule: KeyRange, current_time: datetime
) -> list[_Interval]:
    """Find what lies between two keys in each dimension, or between two dates in that of the time windows."""
    if not parts:
        raise UnknownPartitionError(f"no partition is in {_write(rule)}", hint=_tell_extent(definition, parts))
    ends = [end for end in (rule.start, rule.end) if end is not None]
    if definition.has_one_time_dimension and not any(BETWEEN_KEYS in end for end in ends):
        windows = definition.time_window_partitions_def
        existing = windows.parts(current_time=current_time)
        low, high = _locate_windows(windows, existing, rule)
        return _locate_within(definition, parts, existing[low:high])
    start = definition.key_of(parts[0]) if rule.start is None else rule.start
    end = definition.key_of(parts[-1]) if rule.end is None else rule.end
    there = {part: place for place, part in enumerate(parts)}
    chosen = definition.parts_in_range(PartitionKeyRange(start, end), current_time=current_time)
    return [(there[part], there[part] + 1) for part in chosen]


def _locate_latest(
    definition: MultiPartitionsDefinition, parts: Parts, count: int, current_time: datetime
) -> list[_Interval]:
    """Find what is of the last time windows, or the last partitions where no dimension has any."""
    if not definition.has_one_time_dimension:
        return [(max(0, len(parts) - count), len(parts))]
    existing = definition.time_window_partitions_def.parts(current_time=current_time)
    return _locate_within(definition, parts, existing[max(0, len(existing) - count) :])


def _locate_within(definition: MultiPartitionsDefinition, parts: Parts, windows: Parts) -> list[_Interval]:
    """Find what is of some windows of the dimension that has them."""
    keys = {definition.time_window_partitions_def.key_of(part) for part in windows}
    axis = definition.partition_dimension_names.index(definition.time_window_dimension.name)
    return [(place, place + 1) for place, part in enumerate(parts) if definition.keys_of(part)[axis] in keys]


def _locate_found(
    definition: FoundPartitionsDefinition, parts: Parts, rule: KeyRange, start: str, end: str
) -> _Interval:
    """Find a range among keys that files define by their order: a day without a file is no mistake."""
    if rule.start is not None and rule.end is not None and start > end:
        raise _refuse_reversed(rule)
    first, stop = bisect_left(definition.partition_keys, start), bisect_right(definition.partition_keys, end)
    if first >= stop:
        raise UnknownPartitionError(f"no partition is in {_write(rule)}", hint=_tell_extent(definition, parts))
    return first, stop


def _locate_windows(definition: TimeWindowPartitionsDefinition, parts: Parts, rule: KeyRange) -> _Interval:
    low = None if rule.start is None else _read_end(definition, rule.start)[0]
    high = None if rule.end is None else _read_end(definition, rule.end)[1]
    if low is not None and high is not None and low >= high:
        raise _refuse_reversed(rule)
    first = 0 if low is None else bisect_left(parts, low)
    stop = len(parts) if high is None else bisect_left(parts, high)
    if first >= stop:
        raise UnknownPartitionError(f"no partition begins in {_write(rule)}", hint=_tell_extent(definition, parts))
    return first, stop


def _find_overrun(
    definition: PartitionsDefinition, rule: KeyRule, current_time: datetime
) -> UnknownPartitionError | None:
    """Return what is wrong with a range whose first or last key is a partition that never is; else None.

    A date that is no partition may lie anywhere: of a year it means what there is.
    """
    if isinstance(definition, MultiPartitionsDefinition) and definition.has_one_time_dimension:
        definition = definition.time_window_partitions_def
    if not (isinstance(definition, TimeWindowPartitionsDefinition) and isinstance(rule, KeyRange)):
        return None
    parts = definition.parts(current_time=current_time)
    if not parts:
        return None
    more_come = definition.end is None or definition.changes_at(current_time) is not None
    return _find_early(definition, parts, rule) or (None if more_come else _find_late(definition, parts, rule))


def _find_early(
    definition: TimeWindowPartitionsDefinition, parts: Parts, rule: KeyRange
) -> UnknownPartitionError | None:
    start = None if rule.start is None or BETWEEN_KEYS in rule.start else definition.find_part(rule.start)
    if start is None or start >= parts[0]:
        return None
    from_there_on = f"..{rule.end}" if rule.end is not None else definition.key_of(parts[0]) + ".."
    return UnknownPartitionError(
        f"the range {_write(rule)} begins before the first partition",
        hint=f"{_tell_extent(definition, parts)}; from the first on is {from_there_on}",
    )


def _find_late(
    definition: TimeWindowPartitionsDefinition, parts: Parts, rule: KeyRange
) -> UnknownPartitionError | None:
    end = None if rule.end is None or BETWEEN_KEYS in rule.end else definition.find_part(rule.end)
    if end is None or end <= parts[-1]:
        return None
    up_to_there = f"{rule.start}.." if rule.start is not None else f"..{definition.key_of(parts[-1])}"
    return UnknownPartitionError(
        f"the range {_write(rule)} ends after the last partition, and no more come",
        hint=f"{_tell_extent(definition, parts)}; up to the last is {up_to_there}",
    )


def _read_end(definition: TimeWindowPartitionsDefinition, text: str) -> _Interval:
    """Return the first instant that a key, a date or a time stands for, and the one after its last."""
    try:
        part = definition.part_of(text)
    except UnknownPartitionError as error:
        unknown = error
    else:
        return part, part + 1
    try:
        return _read_date(definition, text)
    except (ValueError, OverflowError):
        raise UnknownPartitionError(f"{text!a} is neither a partition key nor a date", hint=unknown.hint) from None


def _read_date(definition: TimeWindowPartitionsDefinition, text: str) -> _Interval:
    to_epoch = definition.cadence.to_epoch
    written = _DATE.fullmatch(text)
    if written is None:
        instant = to_epoch(datetime.fromisoformat(text))
        return instant, instant + 1
    year, month, day = (written[part] for part in ("year", "month", "day"))
    first = datetime(int(year), int(month or 1), int(day or 1))  # noqa: DTZ001  read in the zone of the windows
    if day:
        after = first + timedelta(days=1)
    elif month:
        after = (first + timedelta(days=31)).replace(day=1)
    else:
        after = first.replace(year=first.year + 1)
    return to_epoch(first), to_epoch(after)


def _refuse_reversed(rule: KeyRange) -> UsageError:
    return UsageError(
        f"the range {_write(rule)} is empty: {rule.start} comes after {rule.end}",
        hint=f"did you mean {rule.end}..{rule.start}?",
    )


def _write(rule: KeyRange) -> str:
    return f"{rule.start or ''}..{rule.end or ''}"


def _join_errors(errors: Sequence[tuple[AssetKey, AssetmakeError]]) -> UnknownPartitionError:
    key, error = next((each for each in errors if each[1].hint.startswith("did you mean")), errors[0])
    others = f" (none of the {len(errors)} assets asked for it has it)" if len(errors) > 1 else ""
    return UnknownPartitionError(f"asset {key}: {error.message}{others}", hint=error.hint)
