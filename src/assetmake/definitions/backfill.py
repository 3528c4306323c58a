"""BackfillPolicy: how many partitions of an asset one call of its function makes."""

from __future__ import annotations

from dataclasses import dataclass

from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class BackfillPolicy:
    """Hand a range of partitions to one call of the asset's function; made by the class methods below.

    The function sees them as `context.partition_keys`, `context.partition_key_range` and
    `context.partition_time_window`, and returns a dict with a value for each of them, or is annotated `-> None`.
    A range has no gaps: partitions that are apart are calls of their own.

    Attributes:
        max_partitions_per_run: At most so many partitions in a call; None for all that are neighbours.
    """

    max_partitions_per_run: int | None = 1

    def __post_init__(self) -> None:
        most = self.max_partitions_per_run
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise DefinitionError(f"max_partitions_per_run is a whole number from 1, got {most!r}")

    @property
    def makes_ranges(self) -> bool:
        """Tell whether a call may make more than one partition."""
        return self.max_partitions_per_run != 1

    @classmethod
    def single_run(cls) -> BackfillPolicy:
        """All partitions that are to be made and stand side by side, in one call."""
        return cls(None)

    @classmethod
    def multi_run(cls, max_partitions_per_run: int = 1) -> BackfillPolicy:
        """At most so many of them in each call; by default each in a call of its own, as without a policy.

        >>> BackfillPolicy.multi_run(10).max_partitions_per_run
        10
        """
        return cls(max_partitions_per_run)
