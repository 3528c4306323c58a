"""View: what is recorded of every node, overlaid with what the present build has published.

At plan time its relations read the attached state. Before a build lets go of the state, `keep` copies what the
build will still ask for; from then on the same relations read those copies, and `publish` brings them up to date.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.discovery.manifest import Fingerprint
from assetmake.graph.asset_graph import Edge
from assetmake.planning.keyset import forget_relations, relate, relate_table
from assetmake.planning.plan import Parts, Plan, Reason
from assetmake.storage.columns import JOIN_HALVES, Columns, halves_columns, int64_column, shown_table, text_column
from assetmake.storage.confirmations import Sight
from assetmake.storage.rows import join_halves, split_halves

if TYPE_CHECKING:
    import duckdb

_NUMBERS = count()
_FEW = 20
_NOTHING = "(select null::bigint as part, null::uhugeint as data, null::varchar as suffix where false)"
_TRACE_COLUMNS = (
    "part, key, fingerprint, inputs, data, suffix, size, mtime, inode, content, invalidated, verdict, place"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The trace of a node that is not partitioned."""

    fingerprint: int
    inputs: tuple[int, ...]
    data: int
    suffix: str | None
    size: int = 0
    mtime: int = 0
    inode: int = 0
    content: int = 0
    seconds: float = 0.0
    invalidated: str | None = None
    place: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class SourceData:
    """A source as it is now: a hash for each partition that is there, and of files their paths.

    Attributes:
        is_elsewhere: It is no files of ours: others make it, and an IO manager of the user's loads it.
    """

    data: Mapping[int, int]
    paths: Mapping[int, tuple[str, ...]]
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The sets that a plan is made over, fixed once at its start.

    Attributes:
        definitions: The partitions definition of every asset and source, file-defined ones resolved.
        parts: All partitions there are of each; ONE_PART where it is not partitioned.
        sources: What is there of each source.
        now: When the plan was begun; decides which time windows exist.
    """

    definitions: Mapping[AssetKey, PartitionsDefinition | None]
    parts: Mapping[AssetKey, Parts]
    sources: Mapping[AssetKey, SourceData]
    now: datetime


@dataclass(slots=True)
class View:
    """Relations and look-ups over traces; `open_view` makes it inside a reading block of the state."""

    db: duckdb.DuckDBPyConnection
    scope: Scope
    numbers: dict[str, int]
    fingerprints: dict[int, dict[int, Fingerprint]]
    singles: dict[AssetKey, Recorded]
    failed: frozenset[int]
    suspects: Mapping[AssetKey, frozenset[int]]
    upstreams: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    homes: Mapping[AssetKey, AssetKey] = field(default_factory=dict)
    missing: Mapping[AssetKey, frozenset[int]] = field(default_factory=dict)
    sights: Mapping[str, Sight] = field(default_factory=dict)
    _kept: dict[AssetKey, str] = field(default_factory=dict)
    _unmade: set[AssetKey] = field(default_factory=set)
    _live: dict[AssetKey, str] = field(default_factory=dict)
    _news: dict[AssetKey, dict[int, tuple[int, str | None]]] = field(default_factory=dict)
    _relations: dict[AssetKey, str] = field(default_factory=dict)
    _shown: list[str] = field(default_factory=list)
    _passing: list[str] = field(default_factory=list)
    _failing: dict[AssetKey, set[int]] = field(default_factory=dict)
    _detached: bool = False
    mended: dict[AssetKey, set[int]] = field(default_factory=dict)
    """Nodes that are fresh, by what was asked so far, though they failed when they were last tried."""

    def is_partitioned(self, key: AssetKey) -> bool:
        """Tell whether an asset or source has partitions."""
        return self.scope.definitions[key] is not None

    def home(self, key: AssetKey) -> AssetKey:
        """Return the name under which an asset is recorded and stored: a former one, until a build has moved it."""
        return self.homes.get(key, key)

    def relate(self, parts: Parts) -> str:
        """Return a FROM item with one column `part`, good until `forget`."""
        return self._pass(relate(self.db, parts))

    def relate_table(self, columns: Columns) -> str:
        """Return a FROM item with the rows of a table, good until `forget`."""
        return self._pass(relate_table(self.db, columns))

    def forget(self) -> None:
        """Take back what was related for a question that is answered."""
        forget_relations(self.db, self._passing)
        self._passing.clear()

    def match_fingerprints(self, key: AssetKey, current: Fingerprint) -> dict[int, Reason | None]:
        """Return, for each fingerprint that traces of an asset carry, what of it is no longer so."""
        return {
            number: next(list_differences(old, current), None)
            for number, old in self.fingerprints.get(self.numbers.get(str(key), -1), {}).items()
        }

    def compare_fingerprints(self, key: AssetKey, current: Fingerprint) -> dict[int, tuple[Reason, ...]]:
        """Return, for each fingerprint that traces of an asset carry, all of it that is no longer so."""
        kept = self.fingerprints.get(self.numbers.get(str(key), -1), {})
        return {number: tuple(list_differences(old, current)) for number, old in kept.items()}

    def arrange(self, fingerprint: int, edges: Sequence[Edge]) -> tuple[int, ...]:
        """Return, for each input that a trace with this fingerprint carries, the edge that it is compared with.

        What is loaded stands in the order of the parameters, which the fingerprint holds. The order of what is not
        loaded means nothing, so that is found by name; one that is called otherwise now is taken as it stands.
        """
        kept = self.upstreams.get(fingerprint, ())
        unloaded = [index for index, edge in enumerate(edges) if edge.parameter is None]
        if not unloaded or len(kept) != len(edges):
            return tuple(range(len(edges)))
        now = [self.numbers.get(str(edge.upstream), -1) for edge in edges]
        found = {index: next((each for each in unloaded if now[each] == kept[index]), None) for index in unloaded}
        taken = {each for each in found.values() if each is not None}
        rest = iter([index for index in unloaded if index not in taken])
        placed = {index: next(rest) if each is None else each for index, each in found.items()}
        return tuple(placed.get(index, index) for index in range(len(edges)))

    def traces(self, key: AssetKey) -> str:
        """Return the relation of a partitioned asset's traces, whatever the keys."""
        if key in self._kept:
            return self._kept[key]
        if self._detached or str(key) not in self.numbers:
            return f"(select {_TRACE_COLUMNS} from state_shape)"
        number = self.numbers[str(key)]
        return f"(select {_TRACE_COLUMNS} from state.traces where asset = {number})"

    def failures(self, key: AssetKey) -> str | None:
        """Return the relation of parts whose last attempt failed, or None where there is none."""
        number = self.numbers.get(str(key), -1)
        if self._detached or number not in self.failed:
            return None
        return f"(select distinct part from state.failures where asset = {number})"

    def note_mended(self, key: AssetKey, parts: Parts, dirty: Parts) -> None:
        """Keep which of some nodes are fresh though they failed when they were last tried; the dirty ones are not."""
        number = self.numbers.get(str(key), -1)
        if number not in self.failed:
            return
        if key not in self._failing:
            if self._detached:
                return
            rows = self.db.execute("select distinct part from state.failures where asset = ?", [number]).fetchall()
            self._failing[key] = {part for (part,) in rows}
        failing = self._failing[key]
        asked = {part for part in failing if part in parts} if isinstance(parts, range) else failing.intersection(parts)
        if fresh := asked.difference(dirty):
            self.mended.setdefault(key, set()).update(fresh)

    def forget_mended(self, key: AssetKey, parts: Parts) -> None:
        """Take some nodes back that are to run though they are fresh: together with others that one call makes."""
        if key in self.mended and not (kept := self.mended[key].difference(parts)):
            del self.mended[key]
        elif key in self.mended:
            self.mended[key] = kept

    def data(self, key: AssetKey) -> str:
        """Return the relation (part, data, suffix) of what stands of a partitioned asset or source."""
        self._absorb_news(key)
        return self._relate_data(key)

    def look_up(self, key: AssetKey, parts: Iterable[int]) -> dict[int, tuple[int, str | None]]:
        """Return data hash and suffix of a few nodes of a partitioned asset or source, as far as they stand."""
        source = self.scope.sources.get(key)
        known = {part: (data, None) for part, data in source.data.items()} if source else self._news.get(key, {})
        found = {part: known[part] for part in parts if part in known}
        rest = [] if source else [part for part in parts if part not in found]
        if rest:
            rows = self.db.execute(
                f"select part, {split_halves('data')}, suffix from {self._relate_data(key)} {self._choose(rest)}"
            ).fetchall()
            self.forget()
            found |= {part: (join_halves(high, low), suffix) for part, high, low, suffix in rows}
        return found

    def _relate_data(self, key: AssetKey) -> str:
        if key in self._live:
            return self._live[key]
        if key in self.scope.sources:
            return self._relate_source(key)
        number = self.numbers.get(str(key))
        if number is None:
            return _NOTHING
        parts = self.scope.parts[key]
        if isinstance(parts, range):
            within = f"part between {parts.start} and {parts.stop - 1} and (part - {parts.start}) % {parts.step} = 0"
        else:
            within = f"part in (select part from {self._relate_parts(key)})"
        return f"(select part, data, suffix from state.traces where asset = {number} and {within})"

    def single_data(self, key: AssetKey) -> int | None:
        """Return the data hash of an asset or source that is not partitioned, or None where nothing stands."""
        if key in self.scope.sources:
            return self.scope.sources[key].data.get(0)
        recorded = self.singles.get(key)
        return recorded.data if recorded else None

    def find_recorded(self, key: AssetKey, parts: Parts) -> set[int]:
        """Return those of the nodes that have a trace."""
        if not self.is_partitioned(key):
            return set(parts) if key in self.singles else set()
        rows = self.db.execute(f"select part from {self.traces(key)} {self._choose(parts)}").fetchall()
        self.forget()
        return {part for (part,) in rows}

    def distrust(self, key: AssetKey, parts: Parts) -> None:
        """Give nodes whose output was altered a data hash that no trace can have, for as long as the view lives.

        What reads them is then stale, and stays so once they are what was recorded again.
        """
        if not parts:
            return
        unlike = secrets.randbits(127) + 1
        if not self.is_partitioned(key):
            self.singles[key] = replace(self.singles[key], data=self.singles[key].data ^ unlike)
            return
        self._keep_data(key)
        self.db.execute(
            f"update {self._live[key]} set data = xor(data, {unlike}::uhugeint)"
            f" where part in (select part from {self.relate(parts)})"
        )
        self.forget()

    def keep(self, plan: Plan, upstream: Mapping[AssetKey, Iterable[AssetKey]]) -> None:
        """Copy what a build of the plan will ask for, so that the state can be let go."""
        for key, verdicts in plan.list_all():
            if not verdicts.parts:
                continue
            if self.is_partitioned(key):
                table = f"kept_{next(_NUMBERS)}"
                own = self.relate(verdicts.parts)
                made = self.db.execute(
                    f"create temp table {table} as select * from {self.traces(key)} semi join {own} using (part)"
                ).fetchone()
                if made == (0,):
                    self._unmade.add(key)
                self.forget()
                self._kept[key] = table
            for above in upstream[key]:
                if self.is_partitioned(above):
                    self._keep_data(above)
        self._detached = True

    def publish(self, key: AssetKey, news: Mapping[int, tuple[int, str | None]]) -> None:
        """Take note of nodes that were just built: part -> (data hash, suffix)."""
        if not self.is_partitioned(key):
            data, suffix = news[0]
            self.singles[key] = Recorded(-1, (), data, suffix)
        elif key in self._live:
            self._news.setdefault(key, {}).update(news)

    def recorded_outputs(self, key: AssetKey, parts: Parts) -> dict[int, tuple[int, str | None]]:
        """Return (data hash, suffix) of what stood before the build, for the nodes among `parts` that had a trace."""
        if not self.is_partitioned(key):
            recorded = self.singles.get(key)
            return {0: (recorded.data, recorded.suffix)} if recorded else {}
        if key not in self._kept or key in self._unmade:
            return {}
        rows = self.db.execute(
            f"select part, {split_halves('data')}, suffix from {self._kept[key]} {self._choose(parts)}"
        ).fetchall()
        self.forget()
        return {part: (join_halves(high, low), suffix) for part, high, low, suffix in rows}

    def drop(self) -> None:
        """Give back the memory of what was kept."""
        for table in (*self._kept.values(), *self._live.values()):
            self.db.execute(f"drop table if exists {table}")
        forget_relations(self.db, self._shown)
        self._shown.clear()

    def _keep_data(self, key: AssetKey) -> None:
        if key not in self._live:
            table = f"live_{next(_NUMBERS)}"
            self.db.execute(f"create temp table {table} as select * from {self.data(key)}")
            self._live[key] = table

    def _choose(self, parts: Parts) -> str:
        """Return what leaves of a relation the rows of some parts; a join costs more than a few numbers."""
        if 0 < len(parts) <= _FEW:
            return f"where part in ({', '.join(map(str, parts))})"
        return f"semi join {self.relate(parts)} using (part)"

    def _pass(self, relation: str) -> str:
        self._passing.append(relation)
        return relation

    def _absorb_news(self, key: AssetKey) -> None:
        news = self._news.pop(key, None)
        if not news:
            return
        table = self._live[key]
        with shown_table(self.db, "news", _tabulate_data(news)):
            self.db.execute(f"delete from {table} using news where {table}.part = news.part")
            self.db.execute(f"insert into {table} select {_JOINED} from news")

    def _relate_source(self, key: AssetKey) -> str:
        if key not in self._relations:
            rows = {part: (data, None) for part, data in self.scope.sources[key].data.items()}
            shown = relate_table(self.db, _tabulate_data(rows))
            self._shown.append(shown)
            self._relations[key] = f"(select {_JOINED} from {shown})"
        return self._relations[key]

    def _relate_parts(self, key: AssetKey) -> str:
        if key not in self._relations:
            self._relations[key] = relate(self.db, self.scope.parts[key])
        return self._relations[key]


_JOINED = f"part, {JOIN_HALVES.format(hi='hi', lo='lo')} as data, suffix"


def list_differences(old: Fingerprint, new: Fingerprint) -> Iterator[Reason]:
    """Yield what differs between two fingerprints, what comes first in the ladder first."""
    if old.code != new.code:
        yield Reason.CODE
    if old.config != new.config:
        yield Reason.CONFIG
    if old.io != new.io:
        yield Reason.IO
    if old.environment != new.environment:
        yield Reason.ENVIRONMENT


def _tabulate_data(rows: Mapping[int, tuple[int, str | None]]) -> Columns:
    return {
        "part": int64_column(list(rows)),
        **halves_columns([data for data, _ in rows.values()]),
        "suffix": text_column([suffix for _, suffix in rows.values()]),
    }
