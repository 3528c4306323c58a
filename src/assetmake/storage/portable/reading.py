"""read_state: the lines of travelling states, as tables that can be asked which trace of a node is to stand."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assetmake.errors import StateError
from assetmake.storage.columns import (
    JOIN_HALVES,
    Columns,
    float32_column,
    halves_columns,
    int32_column,
    int64_column,
    shown_table,
    text_column,
    uint64_lists_column,
)
from assetmake.storage.fingerprints import FingerprintRow, MemberRow
from assetmake.storage.portable.lines import (
    DECISION,
    DYNAMIC,
    FINGERPRINT,
    HEADER,
    MEMBER,
    NODE,
    OBSERVATION,
    SOURCE,
    Line,
    read_line,
)

if TYPE_CHECKING:
    import duckdb

_BATCH = 20_000
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_LOW = (1 << 64) - 1

_TABLES = """
create or replace temp table come_nodes (
    number bigint, name varchar, part bigint, key varchar, fingerprint integer, inputs uhugeint[], data uhugeint,
    suffix varchar, size bigint, content uhugeint, run varchar, built_at timestamp, seconds float, rows bigint,
    metadata varchar, revision bigint, changed bigint, undeclared varchar, invalidated varchar, verdict varchar,
    place varchar
);
create or replace temp table come_sources (path varchar, size bigint, content uhugeint, changed bigint);
create or replace temp table come_keys (name varchar, key varchar, position bigint, added_at timestamp);
create or replace temp table come_observations (
    source varchar, key varchar, number bigint, version varchar, seen_at bigint, changed bigint
);
create or replace temp table come_decisions (
    name varchar, part bigint, key varchar, made_at timestamp, action varchar, reason varchar, actor varchar
);
"""
TABLES = ("come_nodes", "come_sources", "come_keys", "come_observations", "come_decisions")


@dataclass(slots=True)
class Read:
    """What files said; their nodes and all else is in temporary tables.

    Attributes:
        fingerprints: The number that a node has in place of the name of its fingerprint.
        nodes: How many lines of nodes there were.
    """

    fingerprints: dict[str, int] = field(default_factory=dict)
    nodes: int = 0
    _contents: dict[str, Line] = field(default_factory=dict)
    _members: dict[str, MemberRow] = field(default_factory=dict)
    _wanted: dict[str, str] = field(default_factory=dict)

    def build_fingerprint(self, name: str) -> tuple[str, FingerprintRow]:
        """Return the asset of a fingerprint, and what it says."""
        line = self._contents[name]
        return line["asset"], FingerprintRow(
            code=line["code"],
            config=line["config"],
            io=line["io"],
            environment=line["environment"],
            scheme=line["scheme"],
            upstreams=tuple(line["upstreams"]),
            members=tuple(self._members[each] for each in line["members"]),
            details=line["details"],
        )

    def number(self, name: str, place: str) -> int:
        """Return the number of a fingerprint by its name; where it is first named is noted."""
        if name not in self.fingerprints:
            self.fingerprints[name] = len(self.fingerprints)
            self._wanted[name] = place
        return self.fingerprints[name]

    def add_fingerprint(self, line: Line, place: str) -> None:
        self._contents[line[FINGERPRINT]] = line
        for member in line["members"]:
            self._wanted.setdefault(member, place)

    def add_member(self, line: Line) -> None:
        self._members[line[MEMBER]] = MemberRow(line["name"], line["source"], line["facts"], line["links"])

    def require_all(self) -> None:
        """Raise a StateError where a line names another that is not there."""
        for name, place in self._wanted.items():
            if name not in self._contents and name not in self._members:
                raise StateError(
                    f"{place} is damaged: it names {name}, and no line of any file says what that is",
                    hint="nothing was changed; export the state again",
                )


def read_state(db: duckdb.DuckDBPyConnection, files: Iterable[tuple[str, Iterable[str]]]) -> Read:
    """Read the lines of files into temporary tables, in place of what they held.

    Args:
        db: A connection; no block of the state is needed.
        files: The name of each, and its lines.

    Raises:
        StateError: a line is damaged, or a file is of a newer format.
    """
    db.execute(_TABLES)
    read = Read()
    shelves = [
        _Shelf(db, "come_nodes", _tabulate_nodes, _NODES_IN),
        _Shelf(db, "come_sources", _tabulate_sources, _SOURCES_IN),
        _Shelf(db, "come_keys", _tabulate_keys, _KEYS_IN),
        _Shelf(db, "come_observations", _tabulate_observations, _OBSERVATIONS_IN),
        _Shelf(db, "come_decisions", _tabulate_decisions, _DECISIONS_IN),
    ]
    by_kind = dict(zip((NODE, SOURCE, DYNAMIC, OBSERVATION, DECISION), shelves, strict=True))
    for name, lines in files:
        for place, kind, line in _read_lines(name, lines):
            match kind:
                case "fingerprint":
                    read.add_fingerprint(line, place)
                case "member":
                    read.add_member(line)
                case _:
                    if kind == NODE:
                        _check_output(line, place)
                        line["number"] = read.nodes
                        line["fingerprint"] = read.number(line["fingerprint"], place)
                        read.nodes += 1
                    by_kind[kind].add(line)
    for shelf in shelves:
        shelf.empty()
    read.require_all()
    return read


def _read_lines(name: str, lines: Iterable[str]) -> Iterator[tuple[str, str, Line]]:
    is_headed = False
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        place = f"{name}, line {number}"
        kind, line = read_line(text, place=place)
        if kind == HEADER:
            is_headed = True
            continue
        if not is_headed:
            raise StateError(
                f"{place}: this is no state: its first line does not say so", hint="give a file of `state export`"
            )
        yield place, kind, line
    if not is_headed:
        raise StateError(f"{name} is empty", hint="give a file of `state export`")


def _check_output(line: Line, place: str) -> None:
    has_output = "suffix" in line or "place" in line
    if has_output != ("size" in line and "content" in line):
        raise StateError(f"{place} is damaged: it tells only half of its output", hint="nothing was changed")
    if line.get("place", "").startswith("/"):
        raise StateError(f"{place}: the place {line['place']} is not in the project", hint="nothing was changed")


@dataclass(slots=True)
class _Shelf:
    """Lines of a kind, put into a table many at a time."""

    db: duckdb.DuckDBPyConnection
    table: str
    tabulate: Callable[[list[Line]], Columns]
    chosen: str
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.lines.append(line)
        if len(self.lines) >= _BATCH:
            self.empty()

    def empty(self) -> None:
        if self.lines:
            with shown_table(self.db, "lines_in", self.tabulate(self.lines)):
                self.db.execute(f"insert into {self.table} by name select {self.chosen} from lines_in")
            self.lines.clear()


def _joined(name: str) -> str:
    return f"{JOIN_HALVES.format(hi=f'{name}_hi', lo=f'{name}_lo')} as {name}"


_NODES_IN = (
    "number, name, part, key, fingerprint, list_transform(list_zip(inputs_hi, inputs_lo),"
    f" lambda pair: {JOIN_HALVES.format(hi='pair[1]', lo='pair[2]')}) as inputs, {_joined('data')},"
    f" suffix, size, {_joined('content')}, run, make_timestamp(built_at) as built_at, seconds, rows, metadata,"
    " revision, changed, undeclared, invalidated, verdict, place"
)
_SOURCES_IN = f"path, size, {_joined('content')}, changed"
_KEYS_IN = "name, key, position, make_timestamp(added_at) as added_at"
_OBSERVATIONS_IN = "source, key, number, version, seen_at, changed"
_DECISIONS_IN = "name, part, key, make_timestamp(made_at) as made_at, action, reason, actor"


def _tabulate_nodes(lines: list[Line]) -> Columns:
    inputs = [[int(each, 16) for each in line["inputs"]] for line in lines]
    return {
        "number": int64_column(array("q", (line["number"] for line in lines))),
        "name": _texts(lines, NODE),
        "part": _wholes(lines, "part"),
        "key": _texts(lines, "key"),
        "fingerprint": int32_column([line["fingerprint"] for line in lines]),
        "inputs_hi": uint64_lists_column([[each >> 64 for each in several] for several in inputs]),
        "inputs_lo": uint64_lists_column([[each & _LOW for each in several] for several in inputs]),
        **_hashes(lines, "data"),
        "suffix": _texts(lines, "suffix"),
        "size": int64_column([line.get("size", 0) for line in lines]),
        **_hashes(lines, "content"),
        "run": _texts(lines, "run"),
        "built_at": _moments(lines, "built_at"),
        "seconds": float32_column([line["seconds"] for line in lines]),
        **{name: _wholes(lines, name) for name in ("rows", "revision", "changed")},
        **{name: _texts(lines, name) for name in ("metadata", "undeclared", "invalidated", "verdict", "place")},
    }


def _tabulate_sources(lines: list[Line]) -> Columns:
    numbers = {name: _wholes(lines, name) for name in ("size", "changed")}
    return {"path": _texts(lines, SOURCE), **_hashes(lines, "content"), **numbers}


def _tabulate_keys(lines: list[Line]) -> Columns:
    named = {"name": _texts(lines, DYNAMIC), "key": _texts(lines, "key")}
    return {**named, "position": _wholes(lines, "position"), "added_at": _moments(lines, "added_at")}


def _tabulate_observations(lines: list[Line]) -> Columns:
    named = {"source": _texts(lines, OBSERVATION), "key": _texts(lines, "key"), "version": _texts(lines, "version")}
    return {**named, **{name: _wholes(lines, name) for name in ("number", "seen_at", "changed")}}


def _tabulate_decisions(lines: list[Line]) -> Columns:
    named = {name: _texts(lines, name) for name in ("key", "action", "reason", "actor")}
    at = {"part": _wholes(lines, "part"), "made_at": _moments(lines, "made_at")}
    return {"name": _texts(lines, DECISION), **named, **at}


def _texts(lines: list[Line], name: str) -> Any:
    return text_column([line.get(name) for line in lines])


def _wholes(lines: list[Line], name: str) -> Any:
    return int64_column([line.get(name) for line in lines])


def _hashes(lines: list[Line], name: str) -> Any:
    return halves_columns([int(line.get(name, "0"), 16) for line in lines], f"{name}_")


def _moments(lines: list[Line], name: str) -> Any:
    return int64_column([_read_moment(line[name]) for line in lines])


def _read_moment(text: str) -> int:
    """Return microseconds since 1970."""
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
