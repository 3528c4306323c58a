"""accept: what stands is taken for fresh, and what reads it is told where it says something else."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop import (
    DAYS,
    accept,
    count_unchanged,
    invalidate,
    list_decisions,
    list_verdicts,
    living_build,
    make_shop,
    write_json,
)

from assetmake import AssetIn, HourlyPartitionsDefinition, TimeWindowPartitionMapping, asset, by_hand
from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import LockTimeout, StorageError, UsageError
from assetmake.graph.selection import Selection
from assetmake.testing import Sandbox

EACH_DAY = ["2026-01-01", "2026-01-02", "2026-01-03"]


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(make_shop(), root=tmp_path)
    assert sandbox.build().success
    return sandbox


def output(sandbox: Sandbox, name: str, key: str | None = None) -> Path:
    ((_, path),) = sandbox.project.find_outputs(AssetKey([name]), None if key is None else [key])
    return path


def test_edited_code_is_taken_for_what_made_the_output(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(factor=2))
    decided = accept(sandbox, "daily")
    assert decided.count == 3
    assert list_verdicts(sandbox) == {}
    assert sandbox.build().ran == []
    sandbox.replace(make_shop(factor=3))
    assert {list_verdicts(sandbox)[f"daily@{day}"] for day in EACH_DAY} == {"code"}


def test_only_what_is_selected_is_accepted(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(factor=2))
    accept(sandbox, "daily@2026-01-02")
    found = list_verdicts(sandbox)
    assert {name: found.get(name) for name in ("daily@2026-01-01", "daily@2026-01-02", "doubled@2026-01-02")} == {
        "daily@2026-01-01": "code",
        "daily@2026-01-02": None,
        "doubled@2026-01-02": None,
    }


def test_what_else_of_a_selected_asset_is_needed_is_not_accepted(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(factor=2))
    decided = accept(sandbox, "daily@2026-01-02", "total")
    assert {str(key): list(decided.ranges(key)) for key in decided.nodes} == {"daily": ["2026-01-02"], "total": []}
    assert list_verdicts(sandbox)["daily@2026-01-01"] == "code"


def test_what_is_upstream_of_the_selection_is_not_accepted(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(numbers=(1, 2, 4), factor=2))
    accept(sandbox, "doubled", "total")
    assert list_verdicts(sandbox)["numbers"] == "code"
    assert {action[1] for action in list_decisions(sandbox)} == {"doubled", "total"}


def test_the_data_of_now_is_taken_for_what_was_read(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(numbers=(1, 2, 4)))
    sandbox.build("numbers")
    assert list_verdicts(sandbox)["daily@2026-01-01"] == "upstream"
    accept(sandbox, "daily")
    assert list_verdicts(sandbox) == {}
    # Back to the data that it was really made of: that is not what it was accepted with.
    sandbox.replace(make_shop())
    sandbox.build("numbers")
    assert {list_verdicts(sandbox)[f"daily@{day}"] for day in EACH_DAY} == {"upstream"}


def test_an_unpartitioned_reader_takes_the_data_of_now_too(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(numbers=(1, 2, 4)))
    sandbox.build("daily")
    assert list_verdicts(sandbox)["total"] == "upstream"
    accept(sandbox, "total")
    assert "total" not in list_verdicts(sandbox)
    sandbox.replace(make_shop())
    sandbox.build("daily")
    assert list_verdicts(sandbox)["total"] == "upstream"


def test_an_edited_value_makes_its_readers_stale(sandbox: Sandbox) -> None:
    write_json(output(sandbox, "numbers"), [1, 2, 4])
    assert list_verdicts(sandbox)["numbers"] == "output_modified"
    accept(sandbox, "numbers")
    found = list_verdicts(sandbox)
    assert "numbers" not in found
    assert {found[f"daily@{day}"] for day in EACH_DAY} == {"upstream"}
    # The hash is the one that a build of the same value gives.
    sandbox.replace(make_shop(numbers=(1, 2, 4)))
    assert count_unchanged(sandbox.build("numbers")) == 1


def test_an_edited_partition_is_accepted_together_with_those_that_read_it() -> None:
    before = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)

    @asset(partitions_def=DAYS, ins={"counted": AssetIn(partition_mapping=before)})
    def counted(counted: int | None) -> int:
        return (counted or 0) + 1

    sandbox = Sandbox([counted])
    sandbox.build()
    write_json(output(sandbox, "counted", "2026-01-02"), 7)
    assert list_verdicts(sandbox) == {"counted@2026-01-02": "output_modified", "counted@2026-01-03": "waiting"}
    accept(sandbox, "counted")
    assert list_verdicts(sandbox) == {}


def test_a_reformatted_value_is_the_same_data(sandbox: Sandbox) -> None:
    output(sandbox, "numbers").write_text("[ 1,\n 2, 3 ]\n")
    accept(sandbox, "numbers")
    assert list_verdicts(sandbox) == {}


def test_an_edited_table_makes_the_readers_of_its_partition_stale(sandbox: Sandbox) -> None:
    pq.write_table(pa.table({"n": [1, 2, 5]}), output(sandbox, "daily", "2026-01-02"))
    accept(sandbox, "daily")
    assert list_verdicts(sandbox) == {"doubled@2026-01-02": "upstream", "total": "upstream", "sent": "waiting"}
    assert set(sandbox.build().ran) == {"doubled@2026-01-02", "total"}


def test_a_table_that_is_only_laid_out_anew_is_the_same_data(sandbox: Sandbox) -> None:
    path = output(sandbox, "daily", "2026-01-02")
    pq.write_table(pq.read_table(path), path, compression="gzip", row_group_size=1)
    assert list_verdicts(sandbox)["daily@2026-01-02"] == "output_modified"
    accept(sandbox, "daily")
    assert list_verdicts(sandbox) == {}


def test_a_table_without_the_mark_of_its_library_is_other_data(sandbox: Sandbox) -> None:
    path = output(sandbox, "daily", "2026-01-02")
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    accept(sandbox, "daily")
    assert list_verdicts(sandbox)["doubled@2026-01-02"] == "upstream", "a reader without an annotation gets its path"


def test_an_accepted_output_is_known_by_its_new_identity(sandbox: Sandbox) -> None:
    path = output(sandbox, "numbers")
    write_json(path, [1, 2, 4])
    accept(sandbox, "numbers")
    seen = path.stat()
    write_json(path, [1, 2, 5])
    os.utime(path, ns=(seen.st_mtime_ns, seen.st_mtime_ns + 1))
    assert list_verdicts(sandbox)["numbers"] == "output_modified"


def test_upstream_is_accepted_before_what_reads_it(sandbox: Sandbox) -> None:
    write_json(output(sandbox, "numbers"), [7])
    pq.write_table(pa.table({"n": [7]}), output(sandbox, "daily", "2026-01-03"))
    decided = accept(sandbox, "*")
    assert decided.notes == ()
    assert list_verdicts(sandbox) == {}


def test_a_file_is_told_by_its_bytes(tmp_path: Path) -> None:
    @asset
    def page(context) -> Path:
        path = context.output_path / "page.json" if context.output_path.is_dir() else context.output_path
        path = path.with_name("output.json")
        path.write_text('{"a": 1, "b": 2}')
        return path

    @asset(name="page")
    def compact_page(context) -> Path:
        path = context.output_path.with_suffix(".json")
        path.write_text('{"a":1,"b":2}')
        return path

    @asset
    def reader(page: Path) -> str:
        return page.read_text()

    sandbox = Sandbox([page, reader], root=tmp_path)
    assert sandbox.build().success
    output(sandbox, "page").write_text('{"a":1,"b":2}')
    accept(sandbox, "page")
    assert list_verdicts(sandbox) == {"reader": "upstream"}
    # The hash is the one that a build of the same file gives.
    sandbox.replace([compact_page, reader])
    assert count_unchanged(sandbox.build("page")) == 1


def test_a_node_without_an_output_keeps_its_data_and_takes_the_rest(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(numbers=(1, 2), message="hello"))
    sandbox.build("total")
    assert list_verdicts(sandbox)["sent"] == "code"
    accept(sandbox, "sent")
    assert "sent" not in list_verdicts(sandbox)
    sandbox.replace(make_shop(message="hello"))
    sandbox.build("total")
    assert list_verdicts(sandbox)["sent"] == "upstream"


def test_what_was_never_built_cannot_be_accepted_and_then_nothing_is(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(factor=2, days=type(DAYS)("2025-12-31", end_date="2026-01-04")))
    before = list_verdicts(sandbox)
    with pytest.raises(UsageError, match=r"daily@2025-12-31 \(never built\)") as refused:
        accept(sandbox, "daily")
    assert refused.value.exit_code == 2
    assert list_verdicts(sandbox) == before
    assert list_decisions(sandbox) == []
    assert accept(sandbox, "daily@2026-01-01").count == 1


def test_an_output_that_is_gone_cannot_be_accepted_whatever_else_is_wrong(sandbox: Sandbox) -> None:
    output(sandbox, "daily", "2026-01-02").unlink()
    output(sandbox, "total").unlink()
    sandbox.replace(make_shop(factor=2))
    with pytest.raises(UsageError) as refused:
        accept(sandbox, "daily", "total")
    assert "daily@2026-01-02 (its output is gone), total (its output is gone)" in refused.value.message
    assert "daily@2026-01-01" not in refused.value.message
    assert list_decisions(sandbox) == []


def test_a_damaged_output_cannot_be_accepted(sandbox: Sandbox) -> None:
    output(sandbox, "daily", "2026-01-02").write_bytes(b"no table")
    with pytest.raises(StorageError, match=r"2026-01-02\.parquet"):
        accept(sandbox, "daily")
    assert list_verdicts(sandbox)["daily@2026-01-02"] == "output_modified"


def test_a_day_is_not_accepted_as_the_hour_that_begins_with_it(sandbox: Sandbox) -> None:
    hours = HourlyPartitionsDefinition("2026-01-01-00:00", end_date="2026-01-01-02:00")
    sandbox.replace(make_shop(days=hours))
    with pytest.raises(UsageError, match="daily@2026-01-01-00:00"):
        accept(sandbox, "daily@2026-01-01-00:00")


def test_a_failure_is_forgotten(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(message="broken"))
    sandbox.build()
    assert list_verdicts(sandbox) == {"sent": "failed"}
    accept(sandbox, "sent")
    assert list_verdicts(sandbox) == {}
    assert sandbox.project.list_failures(AssetKey(["sent"])) == ()
    sandbox.replace(make_shop(message="other"))
    assert list_verdicts(sandbox) == {"sent": "code"}


@pytest.mark.parametrize(("numbers", "runs"), [((3, 2, 1), False), ((1, 2), True)])
def test_upstream_that_is_out_of_date_is_told_and_still_decides(
    sandbox: Sandbox, numbers: tuple[int, ...], runs: bool
) -> None:
    sandbox.replace(make_shop(numbers=numbers, message="hello"))
    decided = accept(sandbox, "total", "sent")
    assert [note.split(",")[0] for note in decided.notes] == [
        "total is accepted as made from what is recorded of daily@2026-01-01..2026-01-03"
    ]
    assert list_verdicts(sandbox)["sent"] == "waiting"
    ran = sandbox.build().ran
    assert "total" in ran
    assert ("sent" in ran) is runs


def test_each_node_is_kept_in_the_history_and_the_fresh_ones_are_not(sandbox: Sandbox) -> None:
    invalidate(sandbox, "daily@2026-01-02", reason="odd")
    accept(sandbox, "*", reason="looked at it")
    decisions = list_decisions(sandbox)
    assert decisions[0] == ("invalidate", "daily", "2026-01-02", "odd")
    assert decisions[1] == ("accept", "daily", "2026-01-02", "looked at it")
    assert list_verdicts(sandbox) == {}


def test_why_tells_the_last_decision_until_the_node_is_built(sandbox: Sandbox) -> None:
    invalidate(sandbox, "total", reason="odd")
    accept(sandbox, "total", reason="looked at it")
    explanation = sandbox.project.explain(AssetKey(["total"]), None)
    assert explanation.decision is not None
    assert (explanation.decision.action, explanation.decision.reason) == ("accept", "looked at it")
    assert "@" in explanation.decision.actor
    assert sandbox.project.explain(AssetKey(["numbers"]), None).decision is None
    sandbox.build("total", force=True)
    assert sandbox.project.explain(AssetKey(["total"]), None).decision is None


def test_nothing_to_accept_is_nothing_done(sandbox: Sandbox) -> None:
    assert accept(sandbox, "*").nodes == {}
    assert list_decisions(sandbox) == []


def test_no_user_code_runs(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(message="broken", factor=2))
    accept(sandbox, "*")
    assert sandbox._watch.ran == []
    assert list_verdicts(sandbox) == {}


def test_a_living_build_keeps_its_nodes(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(factor=2))
    held, free, _ = DAYS.parts()
    with living_build(sandbox, "daily", [held]):
        with pytest.raises(LockTimeout, match="is working on daily"):
            accept(sandbox, "daily")
        with pytest.raises(LockTimeout):
            invalidate(sandbox, "daily")
        assert accept(sandbox, f"daily@{DAYS.key_of(free)}").count == 1
    assert accept(sandbox, "daily").count == 2


def test_a_plan_that_was_made_before_is_made_again(sandbox: Sandbox) -> None:
    with sandbox.project.state.reading() as db:
        before = db.execute("select revision from state.meta").fetchall()
    invalidate(sandbox, "total")
    with sandbox.project.state.reading() as db:
        between = db.execute("select revision from state.meta").fetchall()
    accept(sandbox, "total")
    with sandbox.project.state.reading() as db:
        after = db.execute("select revision from state.meta").fetchall()
    assert before < between < after


def test_data_that_changed_has_changed_now_and_other_data_has_not(sandbox: Sandbox) -> None:
    write_json(output(sandbox, "numbers"), [9])
    output(sandbox, "total").write_text('{"rows":9}')
    output(sandbox, "total").write_text('{ "rows": 9 }')
    accept(sandbox, "numbers", "total")
    with sandbox.project.state.reading() as db:
        changed = dict(
            db.execute(
                "select a.key, t.changed = m.revision and t.revision = m.revision from state.meta m, state.traces t"
                " join state.assets a on a.id = t.asset where t.part = 0"
            ).fetchall()
        )
    assert changed == {"numbers": True, "total": False, "sent": False}


def test_invalidating_touches_what_is_selected_and_built(sandbox: Sandbox) -> None:
    sandbox.replace(make_shop(days=type(DAYS)("2026-01-01", end_date="2026-01-05")))
    decided = invalidate(sandbox, "daily@2026-01-03..2026-01-04")
    assert [list(decided.ranges(key)) for key in decided.nodes] == [["2026-01-03"]]
    found = list_verdicts(sandbox)
    assert found["daily@2026-01-03"] == "invalidated"
    assert found["daily@2026-01-04"] == "missing"
    assert found["doubled@2026-01-03"] == "waiting"
    assert {"numbers", "daily@2026-01-01", "doubled@2026-01-01"}.isdisjoint(found)
    ran = sandbox.build().ran
    assert "daily@2026-01-03" in ran
    assert "doubled@2026-01-03" not in ran
    assert list_verdicts(sandbox) == {}


def test_an_unpartitioned_asset_is_invalidated_and_a_build_clears_it(sandbox: Sandbox) -> None:
    invalidate(sandbox, "numbers")
    assert list_verdicts(sandbox)["numbers"] == "invalidated"
    assert sandbox.build().ran == ["numbers"]
    assert list_verdicts(sandbox) == {}


def test_what_was_never_built_is_not_invalidated(tmp_path: Path) -> None:
    sandbox = Sandbox(make_shop(), root=tmp_path)
    assert by_hand.invalidate(sandbox.project, Selection(("*",)), "odd").nodes == {}
    assert list_decisions(sandbox) == []
