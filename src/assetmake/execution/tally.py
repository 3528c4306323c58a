"""Tally: how many nodes came to which end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Counts of nodes.

    Attributes:
        built: Ran and gave new data.
        unchanged: Ran and gave the same data as before.
        spared: Waited, and turned out fresh.
        failed: Ran and failed for good, or could not be started.
        skipped: Did not run, because of a failure or because the build was stopped.
        seconds: Time spent in nodes that were built or failed for good.
    """

    built: int = 0
    unchanged: int = 0
    spared: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def add(
        self,
        *,
        built: int = 0,
        unchanged: int = 0,
        spared: int = 0,
        failed: int = 0,
        skipped: int = 0,
        seconds: float = 0.0,
    ) -> None:
        self.built += built
        self.unchanged += unchanged
        self.spared += spared
        self.failed += failed
        self.skipped += skipped
        self.seconds += seconds

    def merge(self, other: Tally) -> None:
        self.add(
            built=other.built,
            unchanged=other.unchanged,
            spared=other.spared,
            failed=other.failed,
            skipped=other.skipped,
            seconds=other.seconds,
        )

    @property
    def touched(self) -> int:
        return self.built + self.unchanged + self.spared + self.failed + self.skipped
