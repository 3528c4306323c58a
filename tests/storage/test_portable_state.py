"""The lines of a travelling state: what stands in them, what comes back of them, and how damage is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from rows_for_tests import CODE, NOON, fail, read_data, record, trace

from assetmake import clock
from assetmake.errors import StateError
from assetmake.storage.decisions import INVALIDATE, begin_decision, invalidate_traces, sign_decision
from assetmake.storage.dynamic_keys import add_dynamic_keys, read_dynamic_keys
from assetmake.storage.fingerprints import FingerprintRow, MemberRow
from assetmake.storage.hashing import hash_file
from assetmake.storage.ledger import (
    SourceRow,
    TraceRow,
    claim,
    read_revision,
    read_sources,
    record_sources,
    record_traces,
)
from assetmake.storage.observations import Observed, read_observations, record_observations
from assetmake.storage.places import ANY_SIZE, FOUND
from assetmake.storage.portable.choosing import (
    UNKNOWN_INODE,
    UNKNOWN_MTIME,
    Candidate,
    Choice,
    Files,
    Folders,
    choose,
    list_own,
)
from assetmake.storage.portable.inspecting import inspect_state
from assetmake.storage.portable.lines import name_content, read_line
from assetmake.storage.portable.reading import read_state
from assetmake.storage.portable.taking import forget_read, take
from assetmake.storage.portable.writing import Written, write_state
from assetmake.storage.state import EphemeralState

HIGH = (1 << 128) - 1
MEMBERS = (MemberRow("assets.py::one", "def one(): ...", '{"form": 1}', '{"a": "b"}'), MemberRow("é", '"\\'))
RICH = replace(CODE, scheme=3, upstreams=("raw/ä", "up"), members=MEMBERS, details='{"config": {}}')
HEADER = '{"assetmake":"state","format":1}'


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with EphemeralState().writing() as attached:
        yield attached


def export(db: duckdb.DuckDBPyConnection) -> list[str]:
    return [line for lines in write_state(db, Written()) for line in lines]


def bring(
    db: duckdb.DuckDBPyConnection, *files: Sequence[str], folder: Path | None = None, is_strict: bool = True
) -> Choice:
    read = read_state(db, [(f"f{number}", lines) for number, lines in enumerate(files)])
    list_own(db)
    choice = choose(db, Folders(folder, folder) if folder else None, is_strict=is_strict)
    take(db, read)
    forget_read(db)
    return choice


def put(folder: Path, name: str, text: str, **others: object) -> TraceRow:
    """Write an output, and return the trace of it."""
    file = folder / f"{name}.json"
    file.write_text(text)
    return describe(file, name, **others)


def describe(file: Path, name: str, **others: object) -> TraceRow:
    seen, content = file.stat(), int.from_bytes(hash_file(file), "big")
    given: dict[str, object] = {"size": seen.st_size, "mtime": seen.st_mtime_ns, "inode": seen.st_ino}
    return trace(name, **{**given, "content": content, "data": content, **others})  # type: ignore[arg-type]


def record_at(db: duckdb.DuckDBPyConnection, minutes: int, *rows: TraceRow) -> None:
    record_traces(db, rows, run=f"run{minutes}", built_at=NOON + timedelta(minutes=minutes))


def fill(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Record some of everything."""
    one = put(folder, "one", "1", fingerprint=RICH, inputs=(0, HIGH), rows=5, metadata='{"a": 1.50, "b": "é\\n"}')
    two = replace(put(folder, "two", "two"), undeclared=("data/x.csv",), data=HIGH, seconds=0.1)
    table = trace("table", suffix=None, place="", size=0, mtime=0, inode=0, content=0)
    loose = trace("loose", suffix=None, place="shop.db", size=ANY_SIZE, mtime=0, inode=0, content=FOUND)
    nothing = trace("nothing", suffix=None, size=0, mtime=0, inode=0, content=0)
    check = trace("one:fine", suffix=None, verdict="failed", size=0, mtime=0, inode=0, content=0)
    (folder / "kept.csv").write_text("kept")
    kept = replace(describe(folder / "kept.csv", "kept"), suffix=None, place="kept.csv")
    (folder / "daily").mkdir()
    days = [
        replace(put(folder, f"daily/{day}", day), asset="daily", part=part, key=day) for part, day in enumerate("ab")
    ]
    record(db, one, two, table, loose, nothing, check, kept, *days)
    record_sources(db, [SourceRow("raw/x.csv", 3, 1, 1, HIGH, 5), SourceRow("/elsewhere/y.csv", 3, 1, 1, 7, 5)])
    add_dynamic_keys(db, "customers", ["bolt", "acme"], now=NOON)
    record_observations(db, {"feed": Observed({"": "v1"}, 10)})
    record_observations(db, {"feed": Observed({"": "v2"}, 20)})
    record_observations(db, {"feed": Observed({"": "v1"}, 30)})
    begin_decision(db)
    (two_number,) = db.execute("select id from state.assets where key = 'two'").fetchone() or (0,)
    invalidate_traces(db, two_number, "(select 0 as part)", sign_decision(INVALIDATE, "look again", now=NOON))
    fail(db, "two", run="later")


def test_what_comes_of_lines_is_written_as_the_same_lines(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(db, tmp_path)
    lines = export(db)
    with EphemeralState().writing() as other:
        choice = bring(other, lines, folder=tmp_path)
        assert export(other) == lines
        assert read_data(other) == read_data(db)
        assert read_dynamic_keys(other, ["customers"]) == {"customers": ["bolt", "acme"]}
        assert read_observations(other, ["feed"])["feed"].versions == {"": "v1"}
        assert read_sources(other)["raw/x.csv"].content == HIGH
        assert read_revision(other) >= read_revision(db)
        assert bring(other, lines, folder=tmp_path) == Choice(0, choice.taken, 0, 0, 0), "and again it is no news"
        assert export(other) == lines
    assert choice == Choice(taken=8, kept=0, missing=0, different=0, unseen=2, checks=1)


def test_lines_are_sorted_and_say_nothing_of_this_machine(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(db, tmp_path)
    record(db, trace("a!", key="10", part=10), trace("a", key="9", part=9), trace("a", key="10", part=10))
    lines = export(db)
    assert lines == sorted(lines, key=str.encode)
    assert len(set(lines)) == len(lines)
    assert lines[0] == HEADER
    text = "\n".join(lines)
    for secret in (str(tmp_path), "/elsewhere", "logs/one.log", "it broke", '"mtime"', '"inode"', "later"):
        assert secret not in text


def test_the_order_of_what_was_recorded_does_not_count(tmp_path: Path) -> None:
    rows = [put(tmp_path, name, name) for name in ("b", "a", "c")]
    told = []
    for order in (rows, rows[::-1]):
        with EphemeralState().writing() as db:
            for row in order:
                record(db, row)
            db.execute("update state.traces set revision = 1, changed = 1")
            told.append(export(db))
    assert told[0] == told[1]


def test_a_file_with_other_content_or_none_is_no_output_of_a_trace(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [put(tmp_path, name, "12") for name in ("good", "other", "gone", "longer")]
    record(db, *rows)
    lines = export(db)
    seen = (tmp_path / "other.json").stat()
    (tmp_path / "other.json").write_text("21")
    os.utime(tmp_path / "other.json", ns=(seen.st_atime_ns, seen.st_mtime_ns))
    (tmp_path / "gone.json").unlink()
    (tmp_path / "longer.json").write_text("123")
    with EphemeralState().writing() as there:
        choice = bring(there, lines, folder=tmp_path)
        assert {name for name, _ in read_data(there)} == {"good"}
    assert choice == Choice(taken=1, kept=0, missing=1, different=2, unseen=0)


@pytest.mark.parametrize(("grains", "is_vouched"), [(0, False), (2, True)], ids=["just written", "left alone since"])
def test_stat_vouches_for_an_output_that_was_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grains: int, is_vouched: bool
) -> None:
    file = tmp_path / "one.json"
    file.write_text("1")
    seen, later = file.stat(), clock.now_ns() + grains * clock.RACY_NANOSECONDS
    monkeypatch.setattr(clock, "now_ns", lambda: later)
    told = Candidate(1, str(file), 1, int.from_bytes(hash_file(file), "big"), mtime=None, inode=None)

    found = Files(Folders(tmp_path, tmp_path)).holds(told)

    assert found == ((seen.st_mtime_ns, seen.st_ino) if is_vouched else (UNKNOWN_MTIME, UNKNOWN_INODE))


def test_of_several_traces_the_newest_counts_that_the_output_agrees_with(tmp_path: Path) -> None:
    told = []
    for minutes, text in enumerate(("old", "mid", "new")):
        with EphemeralState().writing() as db:
            record_at(db, minutes, put(tmp_path, "one", text, data=minutes), trace("none", suffix=None, data=minutes))
            told.append(export(db))
    for text, data in (("old", 0), ("mid", 1), ("new", 2)):
        (tmp_path / "one.json").write_text(text)
        for files in (told, told[::-1]):
            with EphemeralState().writing() as db:
                bring(db, *files, folder=tmp_path)
                assert read_data(db) == {("one", 0): data, ("none", 0): 2}
    (tmp_path / "one.json").unlink()
    with EphemeralState().writing() as db:
        bring(db, *told, folder=tmp_path, is_strict=False)
        assert read_data(db) == {("one", 0): 2, ("none", 0): 2}, "a merge has the newest where no output is at hand"


def test_what_the_state_has_stays_where_it_is_newer_and_holds(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with EphemeralState().writing() as there:
        record_at(there, 5, put(tmp_path, "one", "1", data=5), put(tmp_path, "two", "2", data=5))
        lines = export(there)
    record_at(
        db, 9, describe(tmp_path / "one.json", "one", data=9), describe(tmp_path / "two.json", "two", data=9, content=3)
    )
    claim(db, "killed", {"one": [0], "two": [0]}, alive=set())
    choice = bring(db, lines, folder=tmp_path)
    assert read_data(db) == {("one", 0): 9, ("two", 0): 5}, "of the second the bytes are others than were recorded"
    assert choice == Choice(taken=1, kept=1, missing=0, different=0, unseen=0)


def test_what_was_marked_as_stale_by_hand_stays_so(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    record(db, put(tmp_path, "two", "2"))
    lines = export(db)
    (number,) = db.execute("select id from state.assets").fetchone() or (0,)
    begin_decision(db)
    invalidate_traces(db, number, "(select 0 as part)", sign_decision(INVALIDATE, "look again", now=NOON))
    marked = export(db)
    bring(db, lines, folder=tmp_path)
    assert export(db) == marked
    for files in ((lines, marked), (marked, lines)):
        with EphemeralState().writing() as merged:
            bring(merged, *files, folder=tmp_path)
            assert export(merged) == marked


def test_nodes_of_which_nobody_can_tell_what_stands_do_not_travel(db: duckdb.DuckDBPyConnection) -> None:
    unknown: dict[str, object] = {"suffix": None, "place": "", "size": 0, "content": 0}
    far = {**unknown, "place": "/mnt/x.csv"}
    loose = {**unknown, "place": "shop.db", "size": ANY_SIZE}
    record(
        db,
        *(trace(name, **each) for name, each in {"sure": loose, "unsure": unknown, "loose": loose, "far": far}.items()),
    )
    before = export(db)
    claim(db, "killed", {"unsure": [0], "loose": [0]}, alive=set())
    written = Written()
    lines = [line for lines in write_state(db, written) for line in lines]
    assert [json.loads(line)["node"] for line in lines if '"node"' in line] == ["sure"]
    assert written == Written(nodes=1, elsewhere=1, unsure=2)
    db.execute("update state.traces set built_at = built_at - interval 1 day")
    bring(db, before, folder=Path("/nowhere"))
    found = db.execute(
        "select a.key from state.traces t join state.assets a on a.id = t.asset where built_at = ?", [NOON]
    )
    assert found.fetchall() == [("sure",)], "nor do they come where a build of them was killed"


def test_two_orders_of_dynamic_keys_are_laid_behind_each_other(db: duckdb.DuckDBPyConnection) -> None:
    add_dynamic_keys(db, "who", ["b", "a"], now=NOON)
    base = export(db)
    told = []
    for key in ("mine", "hers"):
        with EphemeralState().writing() as other:
            bring(other, base)
            add_dynamic_keys(other, "who", [key], now=NOON + timedelta(minutes=len(told)))
            told.append(export(other))
    bring(db, *told)
    assert read_dynamic_keys(db, ["who"]) == {"who": ["b", "a", "mine", "hers"]}


def test_the_version_that_was_seen_last_counts(db: duckdb.DuckDBPyConnection) -> None:
    record_observations(db, {"feed": Observed({"k": "v1"}, 10), "whole": Observed({"k": "v1"}, 10)})
    base = export(db)
    with EphemeralState().writing() as other:
        bring(other, base)
        record_observations(other, {"feed": Observed({"k": "v3"}, 30), "whole": Observed({"": "v3"}, 30)})
        told = export(other)
    record_observations(db, {"feed": Observed({"k": "v2"}, 20)})
    bring(db, told)
    found = read_observations(db, ["feed", "whole"])
    assert (found["feed"].versions, found["whole"].versions) == ({"k": "v3"}, {"": "v3"})


def test_a_union_of_two_files_is_a_file(tmp_path: Path) -> None:
    ours, theirs = [], []
    for minutes, lines in ((0, ours), (1, theirs)):
        with EphemeralState().writing() as db:
            code: FingerprintRow = replace(RICH, code=f"code{minutes}")
            record_at(db, minutes, put(tmp_path, "one", "same", fingerprint=code, data=minutes, inputs=(1, 2)))
            lines += export(db)
    with EphemeralState().writing() as db:
        bring(db, [*ours, *(line for line in theirs if line not in ours)], folder=tmp_path)
        assert read_data(db) == {("one", 0): 1}


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda lines: [*lines[:-1], lines[-1][:-9]], "f0, line 5 is damaged: it is no JSON"),
        (lambda lines: [line.replace("def one", "def two") for line in lines], "is not what it was"),
        (lambda lines: [line for line in lines if '"fingerprint":"' not in line[:20]], "it names"),
        (lambda lines: [line for line in lines if '{"member"' not in line], "it names"),
        (lambda lines: [line.replace('"part":0', '"part":"0"') for line in lines], "the 'part' of the node is"),
        (lambda lines: [line.replace('"part":0', '"part":0,"x":1') for line in lines], "the 'x' of the node means"),
        (lambda lines: [line.replace('"content":', '"rows":') for line in lines], "the 'rows' of the node means"),
        (lambda lines: [line.replace('"node":"one"', '"knot":"one"') for line in lines], "says nothing of a state"),
        (lambda lines: lines[1:], "its first line does not say so"),
        (lambda _: [], "f0 is empty"),
        (lambda _: ["[project]\n"], "it is no JSON: [project]"),
        (lambda lines: [lines[0].replace(":1}", ":2}"), *lines[1:]], "has format 2, this assetmake knows up to 1"),
        (lambda lines: [lines[0].replace("state", "plan"), *lines[1:]], "this is no state but a 'plan'"),
    ],
)
def test_damage_is_told_with_its_line_and_nothing_is_changed(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, damage: object, told: str
) -> None:
    record(db, put(tmp_path, "one", "1", fingerprint=RICH, inputs=(1, 2)))
    lines = export(db)
    with EphemeralState().writing() as there, pytest.raises(StateError) as caught:
        bring(there, damage(lines), folder=tmp_path)  # type: ignore[operator]
    assert told in caught.value.message
    assert "\n" not in caught.value.message
    assert read_data(there) == {}


def test_moments_and_names_are_what_they_are_or_are_refused() -> None:
    content = {"name": "x", "source": "", "facts": "{}", "links": "{}"}
    name = name_content("member", content)
    assert read_line(json.dumps({"member": name, **content}), place="f, line 1")[0] == "member"
    line = {"dynamic": "who", "key": "k", "position": 0, "added_at": "2026-13-01T00:00:00.000000Z"}
    with pytest.raises(StateError, match="added_at"):
        read_line(json.dumps(line), place="f, line 1")


def test_what_does_not_hold_together_is_found(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(db, tmp_path)
    folders = Folders(tmp_path, tmp_path)
    found = inspect_state(db, folders, alive=set())
    assert (found.problems, found.nodes, found.missing, found.modified, found.unseen) == ({}, 8, 0, 0, 2)
    claim(db, "dead", {"one": [0]}, alive=set())
    (tmp_path / "one.json").unlink()
    (tmp_path / "kept.csv").write_text("lost")
    db.execute("delete from state.fingerprints where scheme = 3")
    db.execute(
        "insert into state.traces from state.traces where asset = (select id from state.assets where key = 'two')"
    )
    found = inspect_state(db, folders, alive=set())
    assert (found.missing, found.modified, found.dead_runs, found.suspects) == (1, 1, 1, 1)
    assert found.problems == {"traces without a fingerprint": 1, "nodes with more than one trace": 1}
