"""Shares: what each asset and check has of a job that makes several in one call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, islice

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.events import AssetFinished
from assetmake.execution.tally import Tally
from assetmake.planning.inputs import NodeInputs
from assetmake.planning.plan import Answers, Parts, decode


@dataclass(eq=False)
class Share:
    """One asset or check of a job.

    Attributes:
        record: The asset or check.
        parts: Its nodes in the plan.
        waiting: Those among them that are checked again before they run.
        inner: Assets of the same job that it depends on: what is known of them when it is published.
        answers: What the check has found before.
        codes: For each part a byte that says why it is to run.
        former: Data hash and suffix of what stood before, of ready nodes and of those under way.
    """

    record: AssetRecord
    parts: Parts
    waiting: set[int]
    inner: frozenset[AssetKey] = frozenset()
    answers: Answers = field(default_factory=Answers)
    codes: bytes = b""
    former: dict[int, tuple[int, str | None]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    @property
    def key(self) -> AssetKey:
        return self.record.key

    @cached_property
    def wanted(self) -> frozenset[int]:
        return frozenset(self.parts)

    @cached_property
    def reason(self) -> str:
        """Why most of its nodes are to run."""
        code, _ = Counter(map(_find_reason, self.codes)).most_common(1)[0]
        return code

    def find_reason(self, part: int) -> str:
        """Return why a node is to run."""
        return self.reason if self._codes is None else _find_reason(self._codes[part])

    @cached_property
    def _codes(self) -> Mapping[int, int] | None:
        """The byte of each part; None where all are the same, as they mostly are."""
        return None if len(set(self.codes)) == 1 else dict(zip(self.parts, self.codes, strict=True))

    @property
    def is_check(self) -> bool:
        return self.record.inspection is not None

    def sum_up(self, elapsed: float, keys: str) -> AssetFinished:
        """Return what became of it.

        Args:
            elapsed: Seconds from the start of its first node to the end of its last one.
            keys: Its partitions.
        """
        tally = self.tally
        # Nodes travel in batches: from its start to its end the only node of an asset has mostly waited for others.
        is_one = self.record.partitions is None
        return AssetFinished(
            asset=str(self.key),
            built=tally.built,
            unchanged=tally.unchanged,
            spared=tally.spared,
            failed=tally.failed,
            skipped=tally.skipped,
            reason=self.reason,
            keys=keys,
            seconds=tally.seconds if is_one else elapsed,
        )

    def count_answers(self, parts: Iterable[int]) -> None:
        """Count what was found before of nodes that need not run."""
        for part in parts:
            if part in self.answers.failed:
                self.tally.checks_failed += 1
            elif part in self.answers.warned:
                self.tally.checks_warned += 1
            else:
                self.tally.checks_passed += 1


def _find_reason(code: int) -> str:
    return decode(code)[1].value


@dataclass(frozen=True, slots=True)
class Ready:
    """A partition that may run: what the call reads, and each share that it makes, with digests of what that reads."""

    inputs: NodeInputs
    shares: tuple[tuple[Share, tuple[int, ...]], ...]

    @property
    def part(self) -> int:
        return self.inputs.part


def cut_alike(ready: Iterable[Ready], sizes: Iterable[int]) -> Iterator[int]:
    """Cut ranges where what is to be made changes: of one call, each asset is made in all partitions or in none."""
    rest = iter(ready)
    for size in sizes:
        for _, alike in groupby(islice(rest, size), key=lambda each: [made[0].key for made in each.shares]):
            yield len(list(alike))
