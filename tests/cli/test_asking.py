"""The commands that only answer: status, why, list, graph, show, log, validate."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fake_project import FakeProject, Result, call, make_asset

from assetmake.errors import ConfigError
from assetmake.planning.plan import Reason, Verdict

CODE = (Verdict.STALE, Reason.CODE)


def test_status_has_a_row_for_each_asset() -> None:
    lines = call("status", project=FakeProject(stale={"daily": CODE})).out.splitlines()
    assert lines == [
        "ASSET   FRESH  STALE  WAITING  MISSING  FAILED  LAST BUILD  REASON        KEYS",
        "orders      1      -        -        -       -  never       -",
        "daily      30      1        -        -       -  never       code changed  2026-01-01",
        "report      1      -        -        -       -  never       -",
    ]


def test_status_tells_only_of_what_is_selected() -> None:
    assert [line.split()[0] for line in call("status", "report").out.splitlines()] == ["ASSET", "report"]


def test_why_shows_the_difference() -> None:
    lines = call("why", "orders", project=FakeProject(stale={"orders": CODE})).out.splitlines()
    assert lines[0].startswith("orders is stale: code changed (built ")
    assert lines[-2:] == ["-a = 1", "+a = 2"]


def test_why_of_a_partition_is_a_document_on_demand() -> None:
    project = FakeProject(stale={"daily": CODE})
    document = json.loads(call("why", "daily@2026-01-05", "--json", project=project).out)
    assert (document["key"], document["removed"], document["added"]) == ("2026-01-05", ["a = 1"], ["a = 2"])


def test_why_of_all_partitions_tells_reasons_and_the_first_in_full() -> None:
    lines = call("why", "daily", project=FakeProject(stale={"daily": CODE})).out.splitlines()
    assert lines[:2] == ["daily: 1 stale of 31 partitions", "  stale  1  code changed  2026-01-01"]
    assert lines[2].startswith("daily@2026-01-01 is stale")


def test_why_of_fresh_partitions_is_one_line() -> None:
    assert call("why", "daily").out == "daily is fresh: all 31 partitions, nothing has changed\n"


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ("nope", "no asset is named 'nope'"),
        ("*", "'*' names 3 assets"),
        ("orders daily", "'orders daily' names 2 assets"),
        ("orders@x", "orders has no partitions"),
        ("daily@2027-01-01", "2027-01-01"),
    ],
)
@pytest.mark.parametrize("command", ["why", "show", "log"])
def test_a_node_that_there_is_not_is_an_error(command: str, node: str, message: str) -> None:
    result = call(command, node)
    assert (result.status, result.out) == (2, "")
    assert message in result.err.splitlines()[0]


@pytest.mark.parametrize(
    ("suffix", "key"), [("2026-01-05", "2026-01-05"), ('"2026-01-05"', "2026-01-05"), ("latest", "2026-01-31")]
)
def test_a_partition_is_named_as_in_a_selection(suffix: str, key: str) -> None:
    project = FakeProject()
    call("log", f"daily@{suffix}", project=project)
    assert project.asked[-1][1] == key  # type: ignore[index]


def test_list_names_the_assets() -> None:
    assert call("ls").out.splitlines() == [
        "orders  default                 The orders.",
        "daily   default  31 partitions  The daily.",
        "report  default                 The report.",
    ]


def test_list_is_a_document_on_demand() -> None:
    assert json.loads(call("list", "daily", "--json").out) == {
        "assets": [{"asset": "daily", "group": "default", "tags": {}, "partitions": 31, "description": "The daily."}]
    }


def test_graph_is_a_tree() -> None:
    assert call("dag").out.splitlines() == ["orders", "└── daily", "    └── report"]


@pytest.mark.parametrize(("form", "first"), [("dot", "digraph assets {"), ("mermaid", "graph LR"), ("json", "{")])
def test_graph_has_other_forms(form: str, first: str) -> None:
    assert call("graph", "--format", form).out.splitlines()[0] == first


def test_show_looks_at_what_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text('{"n": 1}', encoding="utf-8")
    assert call("show", "report", project=FakeProject(outputs=[(None, path)])).out == '{\n  "n": 1\n}\n'


def test_show_of_what_an_io_manager_of_the_users_keeps_names_that() -> None:
    kept = replace(make_asset("report"), io_manager="csv", resources=(("csv", "assets"),))
    assert call("show", "report", project=FakeProject(assets=(kept,))) == Result(
        2,
        "",
        "assetmake: error: report is kept by the IO manager csv, which is yours\n  hint: look where that keeps it\n",
    )


def test_show_of_nothing_says_how_to_get_it() -> None:
    assert call("show", "report") == Result(
        2, "", "assetmake: error: nothing is stored of report\n  hint: build it: assetmake build report\n"
    )


def test_log_prints_what_was_printed_and_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    path = tmp_path / "orders.log"
    path.write_bytes(b"one\n\x1b[2Jtwo\xff\n")
    assert call("log", "orders", project=FakeProject(log=path)).out == "one\n\\x1b[2Jtwo\\xff\n"


def test_log_of_a_partitioned_asset_needs_a_key() -> None:
    assert "hint: name one: assetmake log daily@KEY" in call("log", "daily").err


def test_validate_counts_what_there_is() -> None:
    assert call("validate") == Result(0, "valid: 3 assets\n", "")


@pytest.mark.parametrize("command", [["build"], ["status"], ["why", "x"]])
def test_without_a_project_there_is_an_error_and_a_hint(command: list[str]) -> None:
    result = call(*command, error=ConfigError("there is no assets.toml", hint="run `assetmake init`"))
    assert result == Result(2, "", "assetmake: error: there is no assets.toml\n  hint: run `assetmake init`\n")


def test_several_lines_of_an_error_stay_lines() -> None:
    result = call("list", error=ConfigError("assets.py:1: one\nassets.py:2: two\x1b"))
    assert result.err == "assetmake: error: assets.py:1: one\nassets.py:2: two\\x1b\n"
