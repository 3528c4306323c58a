"""Partitions that files define: a new file is a new partition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from assetmake.definitions.cadence import Parts
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolved_partitions import ResolvedPartitionsDefinition
from assetmake.errors import UsageError


class FoundPartitionsDefinition(ResolvedPartitionsDefinition):
    """The keys of the files that are there, sorted: a range of them may begin and end where there is no file."""

    __slots__ = ()

    def _check_written(self, keys: Iterable[str]) -> None:
        """Files are called what they are called."""


@dataclass(frozen=True, slots=True)
class FilePartitionsDefinition(PartitionsDefinition):
    """Keys that are defined by the files of a FileSource, and so are known when a plan is made.

    Args:
        source: The name of the FileSource.
    """

    source: str

    def resolve(self, keys: Sequence[str]) -> FoundPartitionsDefinition:
        """Return the definition for the keys that were found."""
        return FoundPartitionsDefinition(sorted(keys), self.source)

    @property
    def is_resolved(self) -> bool:
        return False

    @property
    def file_sources(self) -> tuple[str, ...]:
        return (self.source,)

    def parts(self, *, current_time: datetime | None = None) -> Parts:
        del current_time
        raise self._unresolved()

    def key_of(self, part: int) -> str:
        del part
        raise self._unresolved()

    def part_of(self, key: str) -> int:
        del key
        raise self._unresolved()

    def runs(self, parts: Iterable[int]) -> list[tuple[int, int]]:
        del parts
        raise self._unresolved()

    def _position(self, parts: Parts, part: int) -> int:
        del parts, part
        raise self._unresolved()

    def identity(self) -> str:
        # The resolved definition is a static one: both say the same about the data of a part.
        return "static"

    def _unresolved(self) -> UsageError:
        return UsageError(
            f"the partition keys of the source {self.source!r} are its files, listed when a plan is made",
            hint="inside an asset use context.partition_key",
        )
