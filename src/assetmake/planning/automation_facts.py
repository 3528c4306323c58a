"""Facts: what conditions ask of the state, each as a set of partitions, read in one block when first asked for."""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.key_ranges import PartitionKeyRange
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import AssetmakeError
from assetmake.graph.asset_graph import AssetGraph, Edge, inspected
from assetmake.planning.joins import join_dirty, link, read_upstream
from assetmake.planning.subsets import ONE, Runs, Universe, intersect, unite
from assetmake.planning.view import View
from assetmake.storage.ledger import read_revision
from assetmake.storage.verdicts import PASSED

_BACKFILL = "assetmake backfill"


class Update(NamedTuple):
    """A node that was made."""

    part: int
    at: float
    revision: int
    changed: int


class Answered(NamedTuple):
    """Of a check, where it has passed on what stands, where it has not, and where it was made at all."""

    passed: Runs
    failed: Runs
    made: Runs


@dataclass
class Facts:
    """What the state says of assets, sources and checks.

    Args:
        view: With the state attached.
        graph: The project.
        alive: The runs whose process lives.
        requested: What was asked for and is not built yet: partitions as ranges of keys, None for all.
    """

    view: View
    graph: AssetGraph
    alive: Collection[str]
    requested: Iterable[Mapping[str, Any]] = ()
    _universes: dict[AssetKey, Universe] = field(default_factory=dict)
    _standing: dict[AssetKey, Runs] = field(default_factory=dict)
    _answered: dict[AssetKey, Answered] = field(default_factory=dict)
    _updates: tuple[int, Mapping[int, list[Update]]] | None = None
    _runs_of: dict[AssetKey, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def revision(self) -> int:
        """The number of what was last recorded."""
        return read_revision(self.view.db)

    def find_universe(self, key: AssetKey) -> Universe:
        """Return the partitions that there are of an asset, a source or a check."""
        if key not in self._universes:
            definition = self.view.scope.definitions[key]
            self._universes[key] = ONE if definition is None else Universe(definition, self.view.scope.parts[key])
        return self._universes[key]

    def find_standing(self, key: AssetKey) -> Runs:
        """Return what was made, or is there of a source."""
        if key not in self._standing:
            universe, sources = self.find_universe(key), self.view.scope.sources
            parts: Iterable[int]
            if key in sources:
                parts = sources[key].data
            elif universe.definition is None:
                parts = (0,) if key in self.view.singles else ()
            else:
                parts = array("q", [part for (part,) in self._fetch(key, "select part from state.traces where {own}")])
            self._standing[key] = universe.locate(parts)
        return self._standing[key]

    def find_updates(self, key: AssetKey, since: int) -> list[tuple[float, Runs]]:
        """Return what was made after a revision: sets, each with the time at which it was."""
        at: dict[float, list[int]] = {}
        for update in self._list_updates(key, since):
            at.setdefault(update.at, []).append(update.part)
        universe = self.find_universe(key)
        return [(time, runs) for time, parts in sorted(at.items()) if (runs := universe.locate(parts))]

    def find_changed(self, key: AssetKey, since: int) -> Runs:
        """Return what has had other data since a revision."""
        found = [update.part for update in self._list_updates(key, since) if update.changed > since]
        return self.find_universe(key).locate(found)

    def find_failed(self, key: AssetKey) -> Runs:
        """Return what failed when it was last tried."""
        return self.find_universe(key).locate(self._failures.get(self._number(key), ()))

    def find_claimed(self, key: AssetKey, *, by_backfills: bool) -> Runs:
        """Return what living builds work on, or what backfills do; what was requested counts as the work of a build."""
        universe = self.find_universe(key)
        claimed = universe.locate(self._claims[by_backfills].get(self._number(key), ()))
        return claimed if by_backfills else unite(claimed, self._pending.get(key, ()))

    def find_answered(self, key: AssetKey) -> Answered:
        """Return what stands of a check: an answer given of other data than stands now is none."""
        if key not in self._answered:
            self._answered[key] = self._read_answers(key)
        return self._answered[key]

    def find_latest(self, key: AssetKey, lookback: float | None) -> Runs:
        """Return what is in the latest window of time, or ends less than some seconds before its end."""
        universe = self.find_universe(key)
        match universe.definition:
            case TimeWindowPartitionsDefinition() as windows:
                low, _ = _bound_latest(windows, self.view.scope.now, lookback)
                return universe.locate([]) if low is None else universe.restore((low, universe.parts[-1]))
            case MultiPartitionsDefinition(has_one_time_dimension=True) as several:
                windows = several.time_window_partitions_def
                low, _ = _bound_latest(windows, self.view.scope.now, lookback)
                place = several.partition_dimension_names.index(several.time_window_dimension.name)
                late = set() if low is None else {windows.key_of(part) for part in _from(windows, low, self.view)}
                return universe.locate([part for part in universe.parts if several.keys_of(part)[place] in late])
        return universe.all

    def read_upstream(self, key: AssetKey, edge: Edge, runs: Runs) -> Runs:
        """Return what a set of an asset's partitions reads of an upstream."""
        if not runs:
            return ()
        own, above = self.find_universe(key), self.find_universe(edge.upstream)
        if above.definition is None:
            return above.all
        return above.locate(read_upstream(self.view, key, edge, own.spell(runs)))

    def find_readers(self, key: AssetKey, edge: Edge, within: Runs, read: Runs) -> Runs:
        """Return which of some partitions of an asset read any of a set of an upstream's."""
        if not (within and read):
            return ()
        own, above = self.find_universe(key), self.find_universe(edge.upstream)
        if own.definition is None or above.definition is None:
            return within if intersect(self.read_upstream(key, edge, within), read) else ()
        parts = own.spell(within)
        found = link(self.view, edge.mapping, upstream=edge.upstream, downstream=key, parts=parts)
        joined, hit = join_dirty(self.view, found, above.spell(read), whole=read == above.all, alias="d")
        try:
            rows = self.view.db.execute(
                f"select w.part from {self.view.relate(parts)} w {joined} where {hit}"
            ).fetchall()
        finally:
            self.view.forget()
        return own.locate([part for (part,) in rows])

    def find_makers(self, key: AssetKey, runs: Runs) -> dict[str, Runs]:
        """Return for each run what of a set it was the last one to make."""
        universe = self.find_universe(key)
        by_run: dict[str, list[int]] = {}
        wanted = set(universe.spell(runs))
        for part, run in self._fetch(key, "select part, run from state.traces where {own}"):
            if part in wanted:
                by_run.setdefault(run, []).append(part)
        return {run: universe.locate(parts) for run, parts in by_run.items()}

    def find_runs(self, key: AssetKey) -> frozenset[str]:
        """Return the runs that made an asset, tried to, or were to make it when they were requested."""
        if key not in self._runs_of:
            found = {
                run
                for table in ("traces", "failures", "attempts")
                for (run,) in self._fetch(key, f"select distinct run from state.{table} where {{own}}")
            }
            found |= {
                run for run, wanted in self._past_requests for name in wanted.get("nodes", ()) if name == str(key)
            }
            self._runs_of[key] = frozenset(found)
        return self._runs_of[key]

    def read_tags(self, run: str) -> Mapping[str, str]:
        """Return the tags that a run was requested with."""
        return {
            tag: value for each, wanted in self._past_requests if each == run for tag, value in wanted["tags"].items()
        }

    # ------------------------------------------------------------------ what is read of the state at once

    def _number(self, key: AssetKey) -> int:
        return self.view.numbers.get(str(key), -1)

    def _fetch(self, key: AssetKey, query: str) -> list[Any]:
        number = self._number(key)
        return [] if number < 0 else self.view.db.execute(query.format(own=f"asset = {number}")).fetchall()

    def _list_updates(self, key: AssetKey, since: int) -> list[Update]:
        if self._updates is None or since < self._updates[0]:
            self._updates = since, self._read_updates(since)
        return [each for each in self._updates[1].get(self._number(key), ()) if each.revision > since]

    def _read_updates(self, since: int) -> dict[int, list[Update]]:
        found: dict[int, list[Update]] = {}
        for asset, part, at, revision, changed in self.view.db.execute(
            "select asset, part, built_at, revision, changed from state.traces where revision > ?", [since]
        ).fetchall():
            moment = at.replace(tzinfo=UTC).timestamp()
            found.setdefault(asset, []).append(Update(part, moment, revision, changed))
        return found

    @cached_property
    def _failures(self) -> Mapping[int, list[int]]:
        return _gather(self.view.db.execute("select asset, part from state.failures").fetchall())

    @cached_property
    def _claims(self) -> tuple[Mapping[int, list[int]], Mapping[int, list[int]]]:
        rows = self.view.db.execute(
            "select c.asset, c.part, c.run, starts_with(coalesce(r.command, ''), ?)"
            " from state.claims c left join state.runs r on r.id = c.run",
            [_BACKFILL],
        ).fetchall()
        living = [row for row in rows if row[2] in self.alive]
        return _gather(row[:2] for row in living if not row[3]), _gather(row[:2] for row in living if row[3])

    @cached_property
    def _pending(self) -> Mapping[AssetKey, Runs]:
        found: dict[AssetKey, Runs] = {}
        for wanted in self.requested:
            for name, spans in wanted.get("nodes", {}).items():
                key = AssetKey.from_user_string(name)
                if key in self.view.scope.definitions:
                    found[key] = unite(found.get(key, ()), self.locate_spans(key, spans))
        return found

    @cached_property
    def _past_requests(self) -> list[tuple[str, Mapping[str, Any]]]:
        rows = self.view.db.execute("select run, wanted from state.requests where run <> ''").fetchall()
        return [(run, {"tags": {}, **json.loads(wanted)}) for run, wanted in rows]

    def locate_spans(self, key: AssetKey, spans: Iterable[Iterable[str]] | None) -> Runs:
        """Return the set of ranges of keys; all where there are none."""
        universe = self.find_universe(key)
        if spans is None or universe.definition is None:
            return universe.all
        found: list[Runs] = []
        for first, last in spans:
            try:
                parts = universe.definition.parts_in_range(
                    PartitionKeyRange(first, last), current_time=self.view.scope.now
                )
            except AssetmakeError:  # it is no longer a partition
                continue
            found.append(universe.locate(parts))
        return unite(*found)

    def _read_answers(self, key: AssetKey) -> Answered:
        universe, asset = self.find_universe(key), inspected(self.graph.checks[key]).asset
        is_alike = (self.find_universe(asset).definition is None) == (universe.definition is None)
        beside = "a.part = c.part" if is_alike else "true"
        rows = self._fetch(
            key,
            "select c.part, any_value(c.verdict) from state.traces c"
            f" left join state.traces a on a.asset = {self._number(asset)} and {beside}"
            " where c.{own} group by c.part having coalesce(max(a.changed), 0) <= any_value(c.revision)",
        )
        passed = universe.locate([part for part, verdict in rows if verdict in {None, PASSED}])
        failed = universe.locate([part for part, verdict in rows if verdict not in {None, PASSED}])
        made = universe.locate([part for part, _ in rows])
        return Answered(passed, failed, made)


def _gather(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for asset, part in rows:
        found.setdefault(asset, []).append(part)
    return found


def _bound_latest(
    windows: TimeWindowPartitionsDefinition, now: datetime, lookback: float | None
) -> tuple[int | None, int]:
    """Return the first part that is in the latest window, or ends less than some seconds before its end."""
    latest = windows.get_last_partition_window(now)
    if latest is None:
        return None, 0
    last = windows.epoch(latest.start)
    if lookback is None:
        return last, last
    begin = windows.epoch(latest.end - timedelta(seconds=lookback))
    return min(begin, last), last


def _from(windows: TimeWindowPartitionsDefinition, low: int, view: View) -> Iterable[int]:
    return (part for part in windows.parts(current_time=view.scope.now) if part >= low)
