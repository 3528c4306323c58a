"""Partitions whose keys are known when a plan is made, once they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assetmake.definitions.partitions import StaticPartitionsDefinition


@dataclass(frozen=True, slots=True, init=False, repr=False)
class ResolvedPartitionsDefinition(StaticPartitionsDefinition):
    """The keys that were found, and where: keys of another place are others, even if they are called the same.

    Args:
        partition_keys: In their order.
        origin: What they are kept or found under.
    """

    origin: str

    def __init__(self, partition_keys: Sequence[str], origin: str) -> None:
        StaticPartitionsDefinition.__init__(self, partition_keys)
        object.__setattr__(self, "origin", origin)

    def __reduce__(self) -> tuple[type[ResolvedPartitionsDefinition], tuple[tuple[str, ...], str]]:  # type: ignore[override]
        return type(self), (self.partition_keys, self.origin)


class AddedPartitionsDefinition(ResolvedPartitionsDefinition):
    """The keys of a dynamic definition: others may come, and a mapping may name one before it does."""

    __slots__ = ()


class KeptPartitionsDefinition(AddedPartitionsDefinition):
    """The keys that are kept under a name, to which a person can add."""

    __slots__ = ()

    def _suggest(self, key: str) -> str:
        told = AddedPartitionsDefinition._suggest(self, key) if self.partition_keys else "there are no keys."  # noqa: SLF001
        return f"{told} If it is new: assetmake partitions add {self.origin} KEY"
