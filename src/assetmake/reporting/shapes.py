"""What reporting asks of a plan and of an explanation; the composition root hands in its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Parts, Plan, Reason, Verdict
from assetmake.planning.view import Scope


class LastBuild(Protocol):
    """When something of an asset was last built."""

    @property
    def built_at(self) -> datetime: ...


class FailureShape(Protocol):
    """A node's last attempt, which failed."""

    @property
    def key(self) -> str | None: ...
    @property
    def message(self) -> str: ...
    @property
    def log(self) -> str: ...


class PlanShape(Protocol):
    """A plan with what is needed to print it."""

    @property
    def plan(self) -> Plan: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def last_builds(self) -> Mapping[AssetKey, LastBuild]: ...

    def ranges(self, key: AssetKey, parts: Parts) -> list[str]:
        """Return partition ids as inclusive ranges of keys; none for an unpartitioned asset."""
        ...

    def count_nodes(self) -> tuple[int, int]:
        """Return how many assets and how many partitions were looked at."""
        ...


class UpstreamShape(Protocol):
    """How one upstream stands to what was read of it."""

    @property
    def upstream(self) -> AssetKey: ...
    @property
    def state(self) -> str: ...
    @property
    def keys(self) -> Sequence[str]: ...


class ExplanationShape(Protocol):
    """Why one node is fresh or not."""

    @property
    def asset(self) -> AssetKey: ...
    @property
    def key(self) -> str | None: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def reason(self) -> Reason | None: ...
    @property
    def built_at(self) -> datetime | None: ...
    @property
    def run(self) -> str | None: ...
    @property
    def old_source(self) -> str: ...
    @property
    def new_source(self) -> str: ...
    @property
    def changed(self) -> Sequence[str]: ...
    @property
    def upstream(self) -> Sequence[UpstreamShape]: ...
    @property
    def failure(self) -> FailureShape | None: ...
