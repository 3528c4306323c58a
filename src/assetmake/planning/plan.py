"""Plan, Verdict and Reason: what a build would do, as data."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from itertools import chain
from typing import Any

from assetmake.definitions.asset_key import AssetKey

Parts = Sequence[int]
"""Partition ids: an arithmetic `range`, or an `array('q')`."""


class Verdict(Enum):
    """What is known of a node before anything runs."""

    FRESH = "fresh"
    """Its trace says so and the world agrees."""
    STALE = "stale"
    """It will run."""
    WAITING = "waiting"
    """Something upstream will run first; it runs too if that comes out with other data."""


class Reason(Enum):
    """Why a node is not fresh. The names are a contract: people script against them."""

    MISSING = "missing"
    FAILED = "failed"
    CODE = "code"
    CONFIG = "config"
    IO = "io"
    ENVIRONMENT = "environment"
    UPSTREAM = "upstream"
    OUTPUT_MISSING = "output_missing"
    OUTPUT_MODIFIED = "output_modified"
    FORCED = "forced"
    INVALIDATED = "invalidated"
    EXPIRED = "expired"


REASONS: tuple[Reason, ...] = tuple(Reason)
CODES: Mapping[Reason, int] = {reason: code for code, reason in enumerate(REASONS)}
WAITING_BIT = 0x80
_NOT_WAITING = bytes(range(WAITING_BIT))


def encode(verdict: Verdict, reason: Reason) -> int:
    """Return the byte that stands for a verdict and its reason."""
    return CODES[reason] | (WAITING_BIT if verdict is Verdict.WAITING else 0)


def decode(code: int) -> tuple[Verdict, Reason]:
    """Return the verdict and the reason that a byte stands for."""
    return (Verdict.WAITING if code & WAITING_BIT else Verdict.STALE), REASONS[code & ~WAITING_BIT]


_FAILED = encode(Verdict.STALE, Reason.FAILED)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The nodes of one asset that are not fresh: a part and a code each, in the order of the definition.

    Attributes:
        total: How many nodes were looked at.
        parts: Ids of those that are not fresh.
        codes: One byte for each part; see `encode`.
    """

    total: int
    parts: Parts
    codes: bytes

    @property
    def fresh(self) -> int:
        return self.total - len(self.parts)

    @property
    def waiting(self) -> int:
        return len(self.codes.translate(None, _NOT_WAITING))

    @property
    def stale(self) -> int:
        return len(self.parts) - self.waiting

    @property
    def all_dirty(self) -> bool:
        return len(self.parts) == self.total

    def count_reasons(self) -> dict[Reason, int]:
        """Return how many nodes have each reason, the most frequent first; waiting ones count as upstream."""
        counted: Counter[Reason] = Counter()
        for code, count in Counter(self.codes).items():
            counted[decode(code)[1]] += count
        return dict(counted.most_common())

    def count_failed(self, among: Collection[int] | None = None) -> int:
        """Return how many nodes, or how many of some, failed when they were last tried."""
        if among is None:
            return self.codes.count(_FAILED)
        return sum(code == _FAILED and part in among for part, code in zip(self.parts, self.codes, strict=True))

    def select(self, verdict: Verdict) -> array[int]:
        """Return the parts that have a verdict."""
        wanted = WAITING_BIT if verdict is Verdict.WAITING else 0
        pairs = zip(self.parts, self.codes, strict=True)
        return array("q", (part for part, code in pairs if code & WAITING_BIT == wanted))

    def within(self, parts: Parts) -> Verdicts:
        """Return what is known of some of the nodes."""
        if len(parts) == self.total:
            return self
        chosen = parts if isinstance(parts, range) else set(parts)
        kept = [(part, code) for part, code in zip(self.parts, self.codes, strict=True) if part in chosen]
        return Verdicts(len(parts), array("q", (part for part, _ in kept)), bytes(code for _, code in kept))

    def without(self, parts: set[int]) -> Verdicts:
        """Return the same with some parts counted as fresh."""
        kept = [(part, code) for part, code in zip(self.parts, self.codes, strict=True) if part not in parts]
        return Verdicts(self.total, array("q", (part for part, _ in kept)), bytes(code for _, code in kept))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check said of a node when it was made, at the time `since`; `metadata` holds plain values by name."""

    since: datetime
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """Nodes of a check whose recorded answer is that it failed, and those where it only warned.

    An answer holds where the node is fresh, or turns out to be. `findings` are those of the first nodes of each kind:
    which those are depends on how many were asked for, so they do not count where answers are compared.
    """

    failed: frozenset[int] = frozenset()
    warned: frozenset[int] = frozenset()
    findings: Mapping[int, Finding] = field(default_factory=dict, compare=False)

    def within(self, parts: Parts) -> Answers:
        """Return the answers of some of the nodes."""
        return Answers(self.failed.intersection(parts), self.warned.intersection(parts), self.findings)


@dataclass(frozen=True, slots=True)
class Plan:
    """Verdicts for every asset that a selection needs, in the order in which they can run.

    Attributes:
        verdicts: By asset; assets that the selection does not need are absent.
        selected: The assets that were asked for; the others are needed by them.
        warnings: Things a person should know, such as stale upstream that --only leaves alone.
        checks: Verdicts for the checks of those assets; they count for themselves.
        answers: What those checks have found before.
        targets: The nodes that were asked for, where only a portion of them is to be done.
        rest: The nodes that are not fresh and that this portion leaves for later, also of what the targets need.
        rest_failed: How many of those failed when they were last tried.
        unasked: How many of the targets are not fresh and are in a state that was not asked for, by that state.
    """

    verdicts: Mapping[AssetKey, Verdicts]
    selected: frozenset[AssetKey]
    warnings: tuple[str, ...] = ()
    checks: Mapping[AssetKey, Verdicts] = field(default_factory=dict)
    answers: Mapping[AssetKey, Answers] = field(default_factory=dict)
    targets: Mapping[AssetKey, Parts] = field(default_factory=dict)
    rest: Mapping[AssetKey, Parts] = field(default_factory=dict)
    unasked: Mapping[str, int] = field(default_factory=dict)
    rest_failed: int = 0

    def __iter__(self) -> Iterator[tuple[AssetKey, Verdicts]]:
        return iter(self.verdicts.items())

    def restrict(self, nodes: Mapping[AssetKey, Set[int]]) -> Plan:
        """Return a plan of some nodes only; all others count as fresh."""
        kept, checks = (
            {key: each.without(set(each.parts).difference(nodes.get(key, ()))) for key, each in several.items()}
            for several in (self.verdicts, self.checks)
        )
        return replace(self, verdicts=kept, checks=checks)

    def find(self, key: AssetKey) -> Verdicts:
        """Return what is known of an asset or a check."""
        return self.checks[key] if key in self.checks else self.verdicts[key]

    @property
    def busy(self) -> list[AssetKey]:
        """The assets and checks that have nodes which are not fresh."""
        return [key for key, verdicts in self.list_all() if verdicts.parts]

    @property
    def checks_to_make(self) -> int:
        """How many nodes of checks are not fresh: an upper bound of what will be made."""
        return sum(len(verdicts.parts) for verdicts in self.checks.values())

    @property
    def is_idle(self) -> bool:
        """There is nothing to do."""
        return not (self.work or self.checks_to_make)

    @property
    def is_clean(self) -> bool:
        """There is nothing to do, and no check that stands has failed or warned."""
        return self.is_idle and not any(found.failed or found.warned for found in self.answers.values())

    def list_all(self) -> Iterator[tuple[AssetKey, Verdicts]]:
        """Return what is known of assets, then of checks."""
        return chain(self.verdicts.items(), self.checks.items())

    @property
    def fresh(self) -> int:
        return sum(verdicts.fresh for verdicts in self.verdicts.values())

    @property
    def stale(self) -> int:
        return sum(verdicts.stale for verdicts in self.verdicts.values())

    @property
    def waiting(self) -> int:
        return sum(verdicts.waiting for verdicts in self.verdicts.values())

    @property
    def work(self) -> int:
        """How many nodes of assets are not fresh: an upper bound of what will run."""
        return sum(len(verdicts.parts) for verdicts in self.verdicts.values())
