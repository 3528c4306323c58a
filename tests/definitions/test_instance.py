"""Instance: remembers what happened, and answers as users' code asks."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assetmake import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetRecordsFilter,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    EventLogEntry,
    EventRecordsFilter,
    Instance,
    RunsFilter,
    RunStatusChangeRecordsFilter,
    clock,
    instance_for_test,
)
from assetmake.definitions.occurrences.asset_records import AssetCheckExecutionRecordStatus, AssetPartitionStatus
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluationPlanned
from assetmake.definitions.occurrences.event_data import AssetMaterializationPlannedData, StepMaterializationData
from assetmake.errors import InvariantError, InvocationError, UsageError

A, B = AssetKey("a"), AssetKey("b")
CHECK = AssetCheckKey(A, "c")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def instance() -> Instance:
    return Instance.ephemeral()


def make(instance: Instance, key: AssetKey = A, partition: str | None = None, *, run_id: str = "r") -> int:
    event = DagsterEvent(
        DagsterEventType.ASSET_MATERIALIZATION,
        step_key=key.to_python_identifier(),
        event_specific_data=StepMaterializationData(AssetMaterialization(key, partition=partition)),
    )
    return instance.log_event(event, run_id=run_id, job_name="job").storage_id


def plan(instance: Instance, key: AssetKey = A, partition: str | None = None, *, run_id: str = "r") -> None:
    data = AssetMaterializationPlannedData(key, partition)
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, event_specific_data=data)
    instance.log_event(event, run_id=run_id)


def turn(instance: Instance, run_id: str, event_type: DagsterEventType, job_name: str = "job") -> int:
    return instance.log_event(DagsterEvent(event_type), run_id=run_id, job_name=job_name).storage_id


def plan_check(instance: Instance, *, run_id: str = "r", partition: str | None = None) -> None:
    data = AssetCheckEvaluationPlanned(A, "c", partition)
    event = DagsterEvent(DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, event_specific_data=data)
    instance.log_event(event, run_id=run_id)


def evaluate(instance: Instance, *, passed: bool, run_id: str = "r", partition: str | None = None) -> None:
    data = AssetCheckEvaluation(A, "c", passed, partition=partition)
    event = DagsterEvent(DagsterEventType.ASSET_CHECK_EVALUATION, event_specific_data=data)
    instance.log_event(event, run_id=run_id)


def test_it_is_known_by_both_names() -> None:
    assert DagsterInstance is Instance


def test_a_temporary_folder_goes_with_the_instance() -> None:
    instance = Instance.ephemeral()
    folder = instance.storage_directory()
    assert os.path.isdir(folder)

    del instance
    gc.collect()

    assert not os.path.isdir(folder)


def test_a_temporary_folder_goes_with_the_block() -> None:
    with instance_for_test() as instance:
        folder = instance.storage_directory()
        assert os.path.isdir(folder)

    assert not os.path.isdir(folder)


def test_a_folder_that_was_given_stays(tmp_path: Path) -> None:
    with instance_for_test(temp_dir=tmp_path) as instance:
        assert instance.storage_directory() == str(tmp_path / "storage")

    assert (tmp_path / "storage").is_dir()


def test_there_is_none_to_be_got_and_it_says_what_to_use() -> None:
    with pytest.raises(UsageError, match="no server") as refused:
        DagsterInstance.get()
    assert "ephemeral" in refused.value.hint


def test_materializations_come_newest_first_and_by_portions(instance: Instance) -> None:
    numbers = [make(instance) for _ in range(5)]
    make(instance, B)

    first = instance.fetch_materializations(A, limit=2)
    second = instance.fetch_materializations(A, limit=2, cursor=first.cursor)
    third = instance.fetch_materializations(A, limit=2, cursor=second.cursor)
    none = instance.fetch_materializations(A, limit=2, cursor=third.cursor)

    portions = [first, second, third, none]
    assert [[record.storage_id for record in each.records] for each in portions] == [
        [numbers[4], numbers[3]],
        [numbers[2], numbers[1]],
        [numbers[0]],
        [],
    ]
    assert [each.has_more for each in portions] == [True, True, False, False]
    assert first.records[0].asset_key == A


def test_a_portion_goes_on_in_the_order_that_is_asked_for(instance: Instance) -> None:
    empty = instance.fetch_materializations(A, limit=1, ascending=True)
    numbers = [make(instance) for _ in range(3)]

    first = instance.fetch_materializations(A, limit=2, ascending=True, cursor=empty.cursor)
    second = instance.fetch_materializations(A, limit=2, ascending=True, cursor=first.cursor)

    assert [record.storage_id for record in [*first.records, *second.records]] == numbers


def test_materializations_are_found_by_all_that_is_asked(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = []
    for hour, partition in enumerate(["x", "y", "x"]):
        monkeypatch.setattr(clock, "now", lambda when=NOON + timedelta(hours=hour): when)
        numbers.append(make(instance, partition=partition))
    one, two, three = numbers
    noon = NOON.timestamp()

    def find(**wanted: object) -> list[int]:
        records = instance.fetch_materializations(AssetRecordsFilter(A, **wanted), limit=9).records  # type: ignore[arg-type]
        return [record.storage_id for record in records]

    assert find(asset_partitions=["x"]) == [three, one]
    assert find(after_storage_id=one) == [three, two]
    assert find(before_storage_id=three, asset_partitions=["x"]) == [one]
    assert find(after_timestamp=noon) == [three, two]
    assert find(before_timestamp=noon + 3600) == [one]
    assert find(storage_ids=[one, two]) == [two, one]


def test_events_of_other_kinds_are_not_taken_for_materializations(instance: Instance) -> None:
    plan(instance)
    instance.report_runless_asset_event(AssetObservation(A, metadata={"n": 1}))
    number = make(instance)

    assert [each.storage_id for each in instance.fetch_materializations(A, limit=9).records] == [number]
    seen = instance.fetch_observations(A, limit=9).records
    assert [each.asset_observation.metadata["n"].value for each in seen if each.asset_observation] == [1]
    assert len(instance.fetch_planned_materializations(A, limit=9).records) == 1
    assert len(instance.get_event_records(EventRecordsFilter(DagsterEventType.ASSET_OBSERVATION, asset_key=A))) == 1


def test_the_newest_materialization_of_each_asset_is_found(instance: Instance) -> None:
    make(instance, run_id="r1")
    make(instance, run_id="r2")

    entry = instance.get_latest_materialization_event(A)
    assert entry is not None
    assert entry.run_id == "r2"
    assert instance.get_latest_materialization_event(B) is None
    assert instance.get_latest_materialization_events([A, B]) == {A: entry}


def test_code_versions_are_those_of_the_newest_materialization(instance: Instance) -> None:
    instance.report_runless_asset_event(AssetMaterialization(A, tags={"dagster/code_version": "3"}))
    make(instance, B)

    found = instance.get_latest_materialization_code_versions([A, B, AssetKey("d")])

    assert found == {A: "3", B: None, AssetKey("d"): None}


def test_what_is_no_event_of_an_asset_is_not_reported(instance: Instance) -> None:
    with pytest.raises(InvariantError, match="unexpected asset event type"):
        instance.report_runless_asset_event("a")  # type: ignore[arg-type]


def test_assets_are_listed_once_something_was_recorded_of_them(instance: Instance) -> None:
    make(instance, AssetKey(["p", "b"]))
    plan(instance, A)
    make(instance, AssetKey(["p", "a"]))

    keys = instance.all_asset_keys()

    assert [key.to_user_string() for key in keys] == ["a", "p/a", "p/b"]
    assert instance.get_asset_keys(prefix=["p"]) == keys[1:]
    assert instance.get_asset_keys(limit=1, cursor="a") == [keys[1]]
    assert instance.has_asset_key(A)
    assert not instance.has_asset_key(B)


def test_the_record_of_an_asset_has_the_newest_of_each_kind(instance: Instance) -> None:
    number = make(instance)
    instance.report_runless_asset_event(AssetObservation(A))

    (record,) = instance.get_asset_records()

    assert record.storage_id == number + 1
    assert record.asset_entry.last_materialization_storage_id == number
    assert record.asset_entry.last_observation_storage_id == number + 1
    assert record.asset_entry.last_materialization is not None
    assert instance.get_asset_records([A, B]) == [record]


def test_what_is_wiped_is_forgotten_and_numbers_go_on(instance: Instance) -> None:
    make(instance, A, "x")
    make(instance, A, "y")
    last = make(instance, B)

    instance.wipe_asset_partitions(A, ["x"])
    assert instance.get_materialized_partitions(A) == {"y"}
    instance.wipe_assets([A])

    assert instance.all_asset_keys() == [B]
    assert make(instance, A) > last


def test_partitions_are_known_by_what_was_made_of_them(instance: Instance) -> None:
    one = make(instance, A, "x")
    two = make(instance, A, "y")
    make(instance, A)

    assert instance.get_materialized_partitions(A) == {"x", "y"}
    assert instance.get_materialized_partitions(A, after_cursor=one) == {"y"}
    assert instance.get_materialized_partitions(A, before_cursor=two) == {"x"}
    assert instance.get_latest_storage_id_by_partition(A) == {"x": one, "y": two}
    assert instance.get_materialized_partitions(B) == set()


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (None, AssetPartitionStatus.IN_PROGRESS),
        (DagsterEventType.RUN_FAILURE, AssetPartitionStatus.FAILED),
        (DagsterEventType.RUN_SUCCESS, AssetPartitionStatus.MATERIALIZED),
    ],
)
def test_a_partition_that_is_planned_again_is_what_becomes_of_the_run(
    instance: Instance, ends: DagsterEventType | None, status: AssetPartitionStatus
) -> None:
    make(instance, A, "x")
    instance.create_run("job", "again")
    plan(instance, A, "x", run_id="again")
    if ends is not None:
        turn(instance, "again", ends)

    assert instance.get_status_by_partition(A, ["x", "z"]) == {"x": status, "z": None}


def test_a_runs_log_is_read_in_order_and_by_kind(instance: Instance) -> None:
    plan(instance)
    make(instance)
    make(instance, run_id="other")
    instance.record(EventLogEntry(user_message="hello", run_id="r"))

    both = {DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED}
    assert len(instance.get_records_for_run("r", of_type=both).records) == 2
    assert len(instance.get_records_for_run("r", of_type=DagsterEventType.ASSET_MATERIALIZATION).records) == 1
    assert [entry.user_message for entry in instance.all_logs("r")][-1] == "hello"
    newest = instance.get_records_for_run("r", limit=1, ascending=False)
    assert newest.records[0].event_log_entry.user_message == "hello"
    assert newest.has_more
    assert len(instance.get_records_for_run("r", cursor=newest.cursor, ascending=False).records) == 2


def test_a_run_takes_the_status_that_its_events_tell(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    instance.create_run("job", "r", tags={"a": "1"})
    turn(instance, "r", DagsterEventType.RUN_START)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=1))
    turn(instance, "r", DagsterEventType.RUN_SUCCESS)

    record = instance.get_run_record_by_id("r")

    assert record is not None
    assert record.dagster_run.status is DagsterRunStatus.SUCCESS
    assert record.end_time is not None
    assert record.start_time is not None
    assert record.end_time - record.start_time == 60
    assert record.create_timestamp == NOON


def test_runs_come_newest_first(instance: Instance) -> None:
    for name in ("r1", "r2", "r3"):
        instance.add_run(DagsterRun("job", name))
    turn(instance, "r1", DagsterEventType.RUN_FAILURE)

    assert instance.get_run_ids() == ["r3", "r2", "r1"]
    assert instance.get_run_ids(limit=1, cursor="r3") == ["r2"]
    assert instance.get_runs_count() == 3
    assert [run.run_id for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE]))] == ["r1"]
    assert [run.run_id for run in instance.get_runs(RunsFilter(run_ids=["r1", "r3"]))] == ["r3", "r1"]
    changed = instance.get_run_records(order_by="update_timestamp")
    assert changed[0].dagster_run.run_id == "r1"
    with pytest.raises(InvocationError, match="ordered by"):
        instance.get_run_records(order_by="colour")


def test_a_run_has_a_name_of_its_own(instance: Instance) -> None:
    instance.create_run("job", "r")

    with pytest.raises(InvocationError, match="already"):
        instance.create_run("job", "r")
    instance.delete_run("r")
    assert not instance.has_run("r")
    assert instance.get_run_by_id("r") is None


def test_tags_of_runs_are_listed_with_their_values(instance: Instance) -> None:
    instance.create_run("job", "r1", tags={"a": "1", "b": "x"})
    instance.create_run("job", "r2", tags={"a": "2"})
    instance.add_run_tags("r2", {"b": "y"})

    assert instance.get_run_tags() == [("a", {"1", "2"}), ("b", {"x", "y"})]
    assert instance.get_run_tags(["a"], value_prefix="2") == [("a", {"2"})]
    assert instance.get_run_tag_keys() == ["a", "b"]


def test_changes_of_status_are_found_by_job(instance: Instance) -> None:
    one = turn(instance, "r1", DagsterEventType.RUN_SUCCESS, "job1")
    two = turn(instance, "r2", DagsterEventType.RUN_SUCCESS, "job2")
    turn(instance, "r3", DagsterEventType.RUN_FAILURE, "job1")

    every = instance.fetch_run_status_changes(DagsterEventType.RUN_SUCCESS, limit=9)
    of_one = instance.fetch_run_status_changes(
        RunStatusChangeRecordsFilter(DagsterEventType.RUN_SUCCESS, job_names=["job1"]), limit=9
    )

    assert [record.storage_id for record in every.records] == [two, one]
    assert [record.storage_id for record in of_one.records] == [one]


def test_a_check_that_was_planned_and_evaluated_was_asked_once(instance: Instance) -> None:
    plan_check(instance, run_id="r1")
    evaluate(instance, run_id="r1", passed=False)
    plan_check(instance, run_id="r2")
    plan_check(instance, run_id="r3")
    evaluate(instance, run_id="r3", passed=True)

    history = instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=10)

    status = AssetCheckExecutionRecordStatus
    assert [(each.run_id, each.status) for each in history] == [
        ("r3", status.SUCCEEDED),
        ("r2", status.PLANNED),
        ("r1", status.FAILED),
    ]
    newest = instance.event_log_storage.get_latest_asset_check_execution_by_key([CHECK, AssetCheckKey(B, "c")])
    assert newest == {CHECK: history[0]}
    assert instance.get_latest_asset_check_evaluation_record(CHECK) == history[0]
    assert history[0].evaluation is not None
    assert history[1].evaluation is None
    older = instance.get_asset_check_execution_history(CHECK, limit=10, cursor=history[0].id)
    assert older == history[1:]
    failed = instance.get_asset_check_execution_history(CHECK, limit=10, status={status.FAILED})
    assert failed == history[2:]


def test_a_check_is_asked_once_for_each_partition(instance: Instance) -> None:
    for partition in ("x", "y"):
        plan_check(instance, partition=partition)
    evaluate(instance, partition="y", passed=True)
    evaluate(instance, partition="x", passed=False)

    history = instance.get_asset_check_execution_history(CHECK, limit=10)

    assert [(each.partition, each.evaluation and each.evaluation.passed) for each in history] == [
        ("y", True),
        ("x", False),
    ]


def test_dynamic_partitions_keep_the_order_in_which_they_were_added(instance: Instance) -> None:
    instance.add_dynamic_partitions("fruit", ["pear", "apple"])
    instance.add_dynamic_partitions("fruit", ["apple", "fig"])
    assert instance.get_dynamic_partitions("fruit") == ["pear", "apple", "fig"]

    instance.delete_dynamic_partition("fruit", "pear")
    instance.delete_dynamic_partition("fruit", "plum")

    assert instance.get_dynamic_partitions("fruit") == ["apple", "fig"]
    assert instance.has_dynamic_partition("fruit", "fig")
    assert not instance.has_dynamic_partition("fruit", "pear")
    assert not instance.has_dynamic_partition("other", "fig")
    with pytest.raises(InvocationError, match="sequence of strings"):
        instance.add_dynamic_partitions("fruit", "kiwi")


def test_several_threads_may_record_at_once(instance: Instance) -> None:
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: make(instance), range(800)))

    assert sorted(numbers) == list(range(1, 801))
    found = instance.fetch_materializations(A, limit=1000, ascending=True).records
    assert [record.storage_id for record in found] == sorted(numbers)
