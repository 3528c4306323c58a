"""What reporting asks of a plan; the composition root hands in its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Protocol

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.history import LastBuild
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.view import Scope


class PlanShape(Protocol):
    """A plan with what is needed to show it."""

    @property
    def plan(self) -> Plan: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def last_builds(self) -> Mapping[AssetKey, LastBuild]: ...
    @property
    def mended(self) -> Mapping[AssetKey, Set[int]]: ...

    def ranges(self, key: AssetKey, parts: Parts) -> Sequence[str]:
        """Return partition ids as inclusive ranges of keys; none for an unpartitioned asset."""
        ...

    def count_nodes(self) -> tuple[int, int]:
        """Return how many assets and how many partitions were looked at."""
        ...
