"""Plans made by hand: assets with the verdicts and reasons that a test names."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.calendars import DailyPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition, Ranges
from assetmake.planning.history import LastBuild
from assetmake.planning.plan import Parts, Plan, Reason, Verdict, Verdicts, encode
from assetmake.planning.view import Scope
from assetmake.reporting.console import Console

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
DAILY = DailyPartitionsDefinition("2026-01-01")
Node = tuple[Verdict, Reason]
STALE_CODE: Node = (Verdict.STALE, Reason.CODE)
MISSING: Node = (Verdict.STALE, Reason.MISSING)
FAILED: Node = (Verdict.STALE, Reason.FAILED)
WAITING: Node = (Verdict.WAITING, Reason.UPSTREAM)


@dataclass(frozen=True)
class HandmadeView:
    plan: Plan
    scope: Scope
    last_builds: Mapping[AssetKey, LastBuild] = field(default_factory=dict)
    mended: Mapping[AssetKey, frozenset[int]] = field(default_factory=dict)

    def ranges(self, key: AssetKey, parts: Parts) -> Sequence[str]:
        definition = self.scope.definitions[key]
        return () if definition is None else Ranges(definition, parts)

    def count_nodes(self) -> tuple[int, int]:
        partitioned = [each.total for key, each in self.plan if self.scope.definitions[key] is not None]
        return len(self.plan.verdicts), sum(partitioned)


def key(name: str) -> AssetKey:
    return AssetKey.from_user_string(name)


def single(node: Node | None = None) -> tuple[None, Verdicts]:
    """An asset without partitions, fresh or not."""
    return None, Verdicts(1, range(1 if node else 0), bytes([encode(*node)] if node else []))


def daily(nodes: Mapping[str, Node] | None = None, *, total: int = 31) -> tuple[PartitionsDefinition, Verdicts]:
    """A daily asset, of which the days named are not fresh."""
    nodes = nodes or {}
    parts = [DAILY.part_of(day) for day in nodes]
    return DAILY, Verdicts(total, parts, bytes(encode(*node) for node in nodes.values()))


def make_view(
    assets: Mapping[str, tuple[PartitionsDefinition | None, Verdicts]], *, built: Mapping[str, datetime] | None = None
) -> HandmadeView:
    definitions = {key(name): definition for name, (definition, _) in assets.items()}
    verdicts = {key(name): each for name, (_, each) in assets.items()}
    last = {key(name): LastBuild(at, 1.0) for name, at in (built or {}).items()}
    return HandmadeView(Plan(verdicts, frozenset(verdicts)), Scope(definitions, {}, {}, NOW), last)


class Terminalless(io.StringIO):
    """A stream that is no terminal, and remembers what was written."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


def make_console() -> tuple[Console, Terminalless, Terminalless]:
    out, err = Terminalless(), Terminalless()
    return Console(out, err, {}), out, err
