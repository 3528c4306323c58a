"""Two builds of one node, compared by what is kept of their data; the data itself is not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.planning.attempts import Attempt

_FACTS = ("rows", "length", "value", "bytes")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that has a value in each of two builds; None: in that one there is none."""

    name: str
    before: Any
    after: Any

    @property
    def is_one(self) -> bool:
        return bool(self.before != self.after)


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """What became of a column.

    Attributes:
        state: `added`, `removed`, `changed` or `same`.
        facts: Its type, share of missing values, least and greatest.
    """

    name: str
    state: str
    facts: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two builds of one node, and what is different.

    Attributes:
        before, after: The builds, the older one first.
        facts: How much data there is.
        columns: Of tables: each column of either.
        metadata: What the function told.
        unprofiled: The runs of which is not kept what the data looks like.
    """

    before: Attempt
    after: Attempt
    facts: tuple[Change, ...]
    columns: tuple[ColumnChange, ...]
    metadata: tuple[Change, ...]
    unprofiled: tuple[str, ...]

    @property
    def is_seen(self) -> bool:
        """What is kept is different."""
        changes = (*self.facts, *self.metadata)
        return any(each.is_one for each in changes) or any(column.state != "same" for column in self.columns)


def compare_builds(before: Attempt, after: Attempt) -> Difference:
    """Return what is different between two builds of a node."""
    return Difference(
        before=before,
        after=after,
        facts=tuple(_compare_facts(before, after)),
        columns=tuple(_compare_columns(before, after)),
        metadata=tuple(_compare_values(_plain(before), _plain(after))),
        unprofiled=tuple(dict.fromkeys(each.run for each in (before, after) if not each.profile)),
    )


def _compare_facts(before: Attempt, after: Attempt) -> Iterator[Change]:
    known = [{"rows": each.rows, **each.profile} for each in (before, after)]
    kinds = [each.get("kind") for each in known]
    if kinds[0] != kinds[1] and None not in kinds:
        yield Change("kind", *kinds)
    for name in _FACTS:
        values = [each.get(name) for each in known]
        if values != [None, None]:
            yield Change(name, *values)


def _compare_columns(before: Attempt, after: Attempt) -> Iterator[ColumnChange]:
    if not (before.profile and after.profile):
        return
    old, new = _read_columns(before), _read_columns(after)
    for name in dict.fromkeys((*new, *old)):
        facts = tuple(_compare_values(old.get(name, {}), new.get(name, {})))
        if name not in old:
            state = "added"
        elif name not in new:
            state = "removed"
        else:
            state = "changed" if any(each.is_one for each in facts) else "same"
        yield ColumnChange(name, state, facts)


def _read_columns(attempt: Attempt) -> dict[str, Mapping[str, Any]]:
    columns: dict[str, Mapping[str, Any]] = {}
    for name, kind, nulls, least, greatest in attempt.profile.get("columns", ()):
        share = None if nulls is None or not attempt.rows else nulls / attempt.rows
        columns[name] = {"type": kind, "missing": share, "min": least, "max": greatest}
    return columns


def _compare_values(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name), new.get(name)
        if before is not None or after is not None:
            yield Change(name, before, after)


def _plain(attempt: Attempt) -> dict[str, Any]:
    return {name: value for name, (_, value) in attempt.metadata.items()}


def list_seen(changes: Sequence[Change]) -> list[Change]:
    """Return those that are different."""
    return [each for each in changes if each.is_one]
