"""Key rules: which partitions of an asset a selection asks for, before the keys are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UsageError

_DOTS = re.compile(r"\.{2,3}")


@dataclass(frozen=True, slots=True)
class AllKeys:
    """Every partition; of an unpartitioned asset, the asset itself."""


@dataclass(frozen=True, slots=True)
class OneKey:
    """The partition with this key."""

    key: str


@dataclass(frozen=True, slots=True)
class KeyRange:
    """From one key or date to another, both included; None leaves an end open."""

    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True)
class LatestKeys:
    """The last so many partitions."""

    count: int


@dataclass(frozen=True, slots=True)
class MissingKeys:
    """The partitions that were never built; of an unpartitioned asset, the asset if it was never built."""


KeyRule = AllKeys | OneKey | KeyRange | LatestKeys | MissingKeys


@dataclass(frozen=True, slots=True)
class Targets:
    """What a selection asks to be brought up to date.

    Attributes:
        rules: For each selected asset, in the order of the graph, the rules whose union is asked for. An
            empty tuple: the asset is selected only as an ancestor of given partitions, so of it is asked
            what they map to.
        world_dependent: The selection depends on the state of the world, so it may match nothing.
        looked_at: The same of selected sources, whose checks are asked for.
    """

    rules: Mapping[AssetKey, tuple[KeyRule, ...]]
    world_dependent: bool = False
    looked_at: Mapping[AssetKey, tuple[KeyRule, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """The options of the command line that choose partitions of all selected assets.

    Attributes:
        partition: `--partition K`
        range: `--partition-range A...B`
        start: `--from A`
        end: `--to B`
        latest: `--latest N`
    """

    partition: str | None = None
    range: str | None = None
    start: str | None = None
    end: str | None = None
    latest: int | None = None

    def to_rule(self) -> KeyRule | None:
        """Return the rule that the options make together, or None where none was given.

        Raises:
            UsageError: they contradict each other, or a range or number cannot be read.
        """
        ends = self.start is not None or self.end is not None
        given = {
            "--partition": self.partition is not None,
            "--partition-range": self.range is not None,
            "--from/--to": ends,
            "--latest": self.latest is not None,
        }
        names = [name for name, was_given in given.items() if was_given]
        if len(names) > 1:
            raise UsageError(f"{' and '.join(names)} cannot be used together", hint="give one of them")
        if self.partition is not None:
            return OneKey(self.partition)
        if self.range is not None:
            return _read_range(self.range)
        if self.latest is not None:
            return _read_latest(self.latest)
        return KeyRange(self.start, self.end) if ends else None


def split_range(text: str) -> KeyRange | None:
    """Read `A..B` or `A...B`; an end that is left out is open. Return None where there are no dots."""
    ends = _DOTS.split(text, maxsplit=1)
    return KeyRange(ends[0] or None, ends[1] or None) if len(ends) > 1 else None


def merge_rules(rules: tuple[KeyRule, ...]) -> tuple[KeyRule, ...]:
    """Drop repeated rules; AllKeys leaves nothing else to ask for."""
    return (AllKeys(),) if AllKeys() in rules else tuple(dict.fromkeys(rules))


def _read_range(text: str) -> KeyRange:
    found = split_range(text)
    if found is None or found == KeyRange(None, None):
        raise UsageError(f"--partition-range {text!r} is not a range", hint="write FIRST...LAST")
    return found


def _read_latest(count: int) -> LatestKeys:
    if count < 1:
        raise UsageError(f"--latest {count}: the number of partitions is at least 1")
    return LatestKeys(count)
