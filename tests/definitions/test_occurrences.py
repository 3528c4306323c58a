"""What happened in a run, as records that users' code reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from assetmake import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterEvent,
    DagsterEventType,
    DagsterRun,
    DagsterRunStatus,
    EventLogEntry,
    RunRecord,
    RunsFilter,
)
from assetmake.definitions.occurrences.event_data import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    ErrorInfo,
    StepMaterializationData,
)
from assetmake.definitions.occurrences.queries import read_cursor, write_cursor
from assetmake.errors import DefinitionError, InvariantError, InvocationError

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def record_of(run: DagsterRun, *, created: datetime = NOON) -> RunRecord:
    return RunRecord(1, run, created, created)


@pytest.mark.parametrize("kind", [AssetMaterialization, AssetObservation])
def test_an_event_of_an_asset_reads_what_it_is_given(kind: type[AssetMaterialization]) -> None:
    event = kind("a/b", description="d", metadata={"rows": 5}, partition="k", tags={"dagster/data_version": "7"})

    assert event.asset_key == AssetKey(["a", "b"])
    assert event.metadata["rows"].value == 5
    assert (event.partition, event.data_version, event.label) == ("k", "7", "a b")
    assert event.with_metadata({"other": "x"}).metadata["other"].value == "x"
    assert event.with_metadata(None).tags == event.tags


def test_the_text_of_a_key_is_cut_where_it_has_other_characters_and_a_key_is_left_alone() -> None:
    assert AssetMaterialization("/data/a-b.csv").asset_key == AssetKey(["data", "a", "b", "csv"])
    assert AssetMaterialization(AssetKey("a-b")).asset_key == AssetKey("a-b")
    assert AssetMaterialization(["a-b", "c"]).asset_key == AssetKey(["a-b", "c"])


def test_a_file_tells_its_path() -> None:
    event = AssetMaterialization.file("/data/a.csv", asset_key="a")

    assert event.asset_key == AssetKey("a")
    assert event.metadata["path"].value == "/data/a.csv"


@pytest.mark.parametrize("wrong", [{"partition": 5}, {"tags": {"a": 1}}, {"metadata": {"a": object()}}])
def test_an_event_refuses_what_it_cannot_tell(wrong: dict[str, object]) -> None:
    with pytest.raises(DefinitionError):
        AssetMaterialization("a", **wrong)  # type: ignore[arg-type]


def test_an_evaluation_has_a_check_and_a_severity() -> None:
    evaluation = AssetCheckEvaluation("a", "no_nulls", passed=False, metadata={"n": 1})

    assert evaluation.asset_check_key == AssetCheckKey(AssetKey("a"), "no_nulls")
    assert evaluation.severity is AssetCheckSeverity.ERROR
    assert evaluation.with_metadata({"n": 2}).metadata["n"].value == 2


def test_a_check_key_is_read_as_it_is_written() -> None:
    key = AssetCheckKey.from_user_string("a/b:c")

    assert key == AssetCheckKey(AssetKey(["a", "b"]), "c")
    assert key.to_user_string() == "a/b:c"
    assert key.with_asset_key_prefix("p").to_user_string() == "p/a/b:c"
    for wrong in ("a", "a:", ":c", "a:b:c"):
        with pytest.raises(DefinitionError):
            AssetCheckKey.from_user_string(wrong)


def test_an_event_tells_its_kind_and_of_which_asset() -> None:
    made = DagsterEvent(
        DagsterEventType.ASSET_MATERIALIZATION,
        step_key="a",
        event_specific_data=StepMaterializationData(AssetMaterialization("a", partition="k")),
    )
    seen = DagsterEvent(
        DagsterEventType.ASSET_OBSERVATION, event_specific_data=AssetObservationData(AssetObservation("a"))
    )
    planned = DagsterEvent(
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        event_specific_data=AssetMaterializationPlannedData(AssetKey("a"), "k"),
    )
    failed = DagsterEvent(DagsterEventType.RUN_FAILURE)

    assert made.is_step_materialization
    assert made.is_step_event
    assert (made.asset_key, made.partition) == (AssetKey("a"), "k")
    assert made.materialization.partition == "k"
    assert (seen.asset_key, seen.partition) == (AssetKey("a"), None)
    assert (planned.asset_key, planned.partition) == (AssetKey("a"), "k")
    assert failed.is_failure
    assert failed.is_job_event
    assert failed.event_type_value == "PIPELINE_FAILURE"
    assert failed.asset_key is None
    with pytest.raises(InvariantError, match="step_materialization_data"):
        _ = failed.materialization


def test_a_line_of_the_log_tells_of_its_event() -> None:
    event = DagsterEvent(
        DagsterEventType.ASSET_MATERIALIZATION,
        message="made",
        event_specific_data=StepMaterializationData(AssetMaterialization("a", tags={"t": "1"})),
    )
    told = EventLogEntry(user_message="hello", dagster_event=event)
    said = EventLogEntry(user_message="hello")

    assert (told.message, said.message) == ("made", "hello")
    assert told.asset_materialization is not None
    assert told.tags == {"t": "1"}
    assert said.asset_materialization is said.asset_observation is said.asset_check_evaluation is None
    assert told.get_dagster_event() is event
    with pytest.raises(InvariantError):
        said.get_dagster_event()


def test_old_names_of_a_runs_events_are_the_same_ones() -> None:
    assert DagsterEventType.PIPELINE_SUCCESS is DagsterEventType.RUN_SUCCESS
    assert DagsterEventType("PIPELINE_SUCCESS") is DagsterEventType.RUN_SUCCESS
    assert DagsterRunStatus.SUCCESS.event_type is DagsterEventType.RUN_SUCCESS
    assert DagsterRunStatus.NOT_STARTED.event_type is None


def test_an_exception_is_told_with_its_cause() -> None:
    def fail() -> None:
        try:
            raise KeyError("k")
        except KeyError as error:
            raise ValueError("bad") from error

    with pytest.raises(ValueError, match="bad") as raised:
        fail()
    info = ErrorInfo.of(raised.value)

    assert info.message == "ValueError: bad\n"
    assert info.cls_name == "ValueError"
    assert info.cause is not None
    assert info.cause.cls_name == "KeyError"
    assert "in fail" in info.to_string()
    assert "KeyError: 'k'" in info.to_string()


def test_a_run_knows_how_far_it_has_come() -> None:
    run = DagsterRun("job")

    assert run.run_id != DagsterRun("job").run_id
    assert not run.is_finished
    assert run.with_status(DagsterRunStatus.SUCCESS).is_success
    assert run.with_status(DagsterRunStatus.CANCELED).is_failure_or_canceled
    assert run.with_status(DagsterRunStatus.STARTED).is_cancelable
    assert run.with_tags({"dagster/partition": "k"}).is_partitioned


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (RunsFilter(), True),
        (RunsFilter(job_name="job"), True),
        (RunsFilter(job_name="other"), False),
        (RunsFilter(statuses=[DagsterRunStatus.SUCCESS]), False),
        (RunsFilter(statuses=[DagsterRunStatus.NOT_STARTED]), True),
        (RunsFilter(tags={"a": "1"}), True),
        (RunsFilter(tags={"a": ["0", "1"]}), True),
        (RunsFilter(tags={"a": "1", "b": "1"}), False),
        (RunsFilter(run_ids=["r"]), True),
        (RunsFilter(run_ids=["s"]), False),
        (RunsFilter(created_after=NOON - timedelta(hours=1)), True),
        (RunsFilter(created_after=NOON), False),
        (RunsFilter(updated_before=NOON), False),
        (RunsFilter.for_sensor(SimpleNamespace(name="s")), False),
    ],
)
def test_runs_are_found_by_all_that_is_asked(wanted: RunsFilter, fits: bool) -> None:
    assert wanted.fits(record_of(DagsterRun("job", "r", tags={"a": "1"}))) is fits


def test_a_filter_that_no_run_fits_is_refused() -> None:
    with pytest.raises(InvariantError):
        RunsFilter(run_ids=[])


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert read_cursor(write_cursor(17)) == 17
    for wrong in ("17", "", "e30=", write_cursor(17)[:-4]):
        with pytest.raises(InvocationError):
            read_cursor(wrong)
