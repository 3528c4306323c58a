"""What a build leaves in the state for the history: its own row, and one for each node that ran."""

from __future__ import annotations

import json
from typing import Any

import pytest
from workshop import Workshop

from assetmake import StaticPartitionsDefinition, asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import NodesStarted
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection

KEYS = StaticPartitionsDefinition(["a", "b", "c"])


def constant(value: object, name: str = "one", version: str = "1") -> AssetsDefinition:
    @asset(name=name, code_version=version)
    def one():  # type: ignore[no-untyped-def]
        return value

    return one


def read_rows(workshop: Workshop, query: str) -> list[tuple[Any, ...]]:
    with workshop.state.reading() as db:
        return db.execute(query).fetchall()


def read_runs(workshop: Workshop) -> list[tuple[Any, ...]]:
    return read_rows(
        workshop,
        "select outcome, built, unchanged, failed, skipped, left_over from state.runs order by started_at, rowid",
    )


def read_attempts(workshop: Workshop) -> list[tuple[Any, ...]]:
    return read_rows(
        workshop,
        "select a.key, t.key, t.outcome, t.reason from state.attempts t join state.assets a on a.id = t.asset"
        " order by t.rowid",
    )


def test_each_node_that_ran_is_told_with_why_and_how_it_ended(workshop: Workshop) -> None:
    workshop.build([constant(1)])
    workshop.build([constant(1, version="2")])
    workshop.build([constant(2, version="3")])

    assert read_attempts(workshop) == [
        ("one", None, "built", "missing"),
        ("one", None, "unchanged", "code"),
        ("one", None, "built", "code"),
    ]
    assert [row[:4] for row in read_runs(workshop)] == [("done", 1, 0, 0), ("done", 0, 1, 0), ("done", 1, 0, 0)]


def test_where_there_is_nothing_to_do_nothing_is_recorded(workshop: Workshop) -> None:
    workshop.build([constant(1)])
    workshop.build([constant(1)])

    assert len(read_attempts(workshop)) == len(read_runs(workshop)) == 1


def test_of_partitions_each_has_its_own_reason(workshop: Workshop) -> None:
    def keyed(version: str, *keys: str) -> AssetsDefinition:
        @asset(partitions_def=StaticPartitionsDefinition(keys), code_version=version)
        def one(context):  # type: ignore[no-untyped-def]
            return context.partition_key

        return one

    workshop.build([keyed("1", "a")])
    workshop.build([keyed("2", "a", "b")])

    assert sorted(read_attempts(workshop)[1:]) == [("one", "a", "unchanged", "code"), ("one", "b", "built", "missing")]


def test_what_failed_is_told_with_its_message_and_what_it_held_back_is_left(workshop: Workshop) -> None:
    @asset(partitions_def=KEYS)
    def base(context):  # type: ignore[no-untyped-def]
        if context.partition_key == "b":
            raise ValueError("no rows")
        return 1

    @asset(partitions_def=KEYS)
    def above(base):  # type: ignore[no-untyped-def]
        return base

    @asset
    def total(above):  # type: ignore[no-untyped-def]
        return len(above)

    workshop.build([base, above, total])

    failed = read_rows(workshop, "select key, reason, message from state.attempts where outcome = 'failed'")
    assert failed == [("b", "missing", "ValueError: no rows")]
    (run,) = read_runs(workshop)
    assert run[:5] == ("failed", 4, 0, 1, 2)
    assert json.loads(run[5]) == {"base": [["b", "b"]], "above": [["b", "b"]], "total": None}


def test_a_build_that_was_stopped_tells_what_it_did_not_reach(workshop: Workshop) -> None:
    stopped = False

    @asset
    def first():  # type: ignore[no-untyped-def]
        nonlocal stopped
        stopped = True
        return 1

    @asset
    def second(first):  # type: ignore[no-untyped-def]
        return first

    workshop.build([first, second], stopped=lambda: stopped)

    (run,) = read_runs(workshop)
    assert run[0] == "interrupted"
    assert "second" in json.loads(run[5])


def test_a_build_that_trouble_ended_is_told_from_one_that_is_done(workshop: Workshop) -> None:
    def break_off(event: object) -> None:
        if isinstance(event, NodesStarted):
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk is gone"):
        workshop.open([constant(1)]).build(Selection(), BuildOptions(), break_off)

    assert read_runs(workshop)[0][0] == "aborted"


def test_a_build_for_a_rule_says_which(workshop: Workshop) -> None:
    options = BuildOptions(purpose="schedule nightly")
    workshop.open([constant(1)]).build(Selection(), options, workshop.events.append)

    ((asked,),) = read_rows(workshop, "select asked from state.runs")
    assert {name: json.loads(asked)[name] for name in ("by", "purpose")} == {
        "by": "tick",
        "purpose": "schedule nightly",
    }


def test_what_data_looks_like_is_kept_and_texts_are_not(workshop: Workshop) -> None:
    pa = pytest.importorskip("pyarrow")

    @asset
    def table():  # type: ignore[no-untyped-def]
        return pa.table({"name": ["Ann", None], "age": [41, 7], "nested": [{"a": 1}, None]})  # the footer counts leaves

    workshop.build([table, constant([1, 2, 3], "numbers"), constant(7, "count"), constant(float("inf"), "much")])

    rows = dict(
        read_rows(workshop, "select a.key, t.profile from state.attempts t join state.assets a on a.id = t.asset")
    )
    assert "Ann" not in rows["table"]
    assert json.loads(rows["table"])["columns"] == [
        ["name", "string", 1, None, None],
        ["age", "int64", 0, 7, 41],
        ["nested", "struct<a: int64>", None, None, None],
    ]
    assert json.loads(rows["numbers"]) == {"kind": "list", "length": 3}
    assert json.loads(rows["count"]) == {"kind": "number", "value": 7}


def test_what_trouble_kept_from_running_is_left_too(workshop: Workshop) -> None:
    def break_off(event: object) -> None:
        if isinstance(event, NodesStarted):
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk is gone"):
        workshop.open([constant(1), constant(2, "two")]).build(Selection(), BuildOptions(), break_off)

    ((left,),) = read_rows(workshop, "select left_over from state.runs")
    assert json.loads(left) == {"one": None, "two": None}
