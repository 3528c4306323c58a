"""Texts that hold bytes of no UTF-8: they are kept escaped, and cost nothing of what is recorded with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rows_for_tests import NOON, read_data, record, trace

from assetmake.storage.automation_book import RequestRow, add_requests, find_requested
from assetmake.storage.ledger import FailureRow, SourceRow, read_sources, record_failures, record_sources
from assetmake.storage.places import read_place, write_place
from assetmake.storage.run_records import RunRow, start_run
from assetmake.storage.state import State, StateFile
from assetmake.storage.texts import escape_text, write_json

NAME = b"caf\xe9.csv".decode("utf-8", "surrogateescape")
KEPT = "caf\\udce9.csv"


@pytest.fixture
def state(tmp_path: Path) -> State:
    """In a file: one in memory refuses nothing."""
    return StateFile(tmp_path / "state.duckdb")


def fetch(state: State, query: str) -> object:
    with state.reading() as db:
        ((value,),) = db.execute(query).fetchall()
    return value


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"cannot parse {NAME}", f"cannot parse {KEPT}"),
        ("\udce9", "\\udce9"),
        ("half \ud83d of a pair, ü 😀", "half \\ud83d of a pair, ü 😀"),
        ("a\0b", "a\0b"),
        ("ü" * 3_000_000, "ü" * 3_000_000),
        (KEPT, KEPT),
    ],
    ids=["bytes", "nothing else", "half a pair", "nul", "long", "escaped already"],
)
def test_a_message_of_any_kind_is_kept_and_so_is_what_comes_with_it(state: State, text: str, kept: str) -> None:
    with state.writing() as db:
        record(db, trace("good", data=7))
        record_failures(db, [FailureRow("bad", 0, None, text, "logs/bad.log")], run="run", failed_at=NOON)

    assert fetch(state, "select message from state.failures") == kept
    with state.reading() as db:
        assert read_data(db) == {("good", 0): 7}


def test_a_parameter_is_kept_as_a_column_is(state: State) -> None:
    with state.writing() as db:
        start_run(db, RunRow("run", NOON, f"assetmake build {NAME}", 1, "host"))
        found = db.execute("select id from state.runs where list_contains(?, command)", [[f"assetmake build {NAME}"]])
        assert found.fetchall() == [("run",)], "what is looked for is escaped in the same way"

    assert fetch(state, "select command from state.runs") == f"assetmake build {KEPT}"


def test_metadata_come_back_escaped_whoever_reads_them() -> None:
    assert json.loads(write_json({NAME: [NAME, "ü", "\\u00e9"]})) == {KEPT: [KEPT, "ü", "\\u00e9"]}


def test_json_that_was_made_elsewhere_stays_json() -> None:
    assert json.loads(escape_text(json.dumps({"file": NAME}, ensure_ascii=False))) == {"file": NAME}


def test_files_of_any_name_come_back_under_it(state: State) -> None:
    path = f"raw/{NAME}"
    row = SourceRow(path, size=1, mtime=2, inode=3, content=4, seen_at=5)
    with state.writing() as db:
        record_sources(db, [row])
        record_sources(db, [row])
        record(db, trace("kept", place=write_place(f"/shop/{path}", "/shop")))

    with state.reading() as db:
        assert read_sources(db) == read_sources(db, [path]) == {path: row}
    place = fetch(state, "select place from state.traces")
    assert isinstance(place, str)
    assert read_place(place, "/shop") == f"/shop/{path}"


def test_what_was_asked_for_under_any_key_is_found_again(state: State) -> None:
    with state.writing() as db:
        add_requests(db, [RequestRow("id", "sensor", "watch", NAME, None, NOON, {"tags": {NAME: NAME}})])

    with state.reading() as db:
        assert find_requested(db, "sensor", "watch", [NAME, "other"]) == {NAME}
