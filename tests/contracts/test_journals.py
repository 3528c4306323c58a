"""What every journal and every run book keeps. An implementation joins by one line in JOURNALS or RUN_BOOKS."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.instance.journal import Journal, MemoryJournal
from assetmake.definitions.instance.run_book import MemoryRunBook, RunBook
from assetmake.definitions.occurrences.asset_events import AssetMaterialization
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation
from assetmake.definitions.occurrences.event_data import StepMaterializationData
from assetmake.definitions.occurrences.event_log import EventLogEntry, EventLogRecord
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import EventQuery
from assetmake.definitions.occurrences.run_status import RunStatus
from assetmake.definitions.occurrences.runs import Run, RunsFilter
from assetmake.definitions.occurrences.step_event import StepEvent
from assetmake.errors import InvocationError

JOURNALS: list[Callable[[], Journal]] = [MemoryJournal]
RUN_BOOKS: list[Callable[[], RunBook]] = [MemoryRunBook]

ASSETS = [AssetKey("a"), AssetKey(["a", "b"]), AssetKey("c")]
CHECK = AssetCheckKey(ASSETS[0], "c")


@pytest.fixture(params=JOURNALS)
def journal(request: pytest.FixtureRequest) -> Journal:
    made: Journal = request.param()
    return made


@pytest.fixture(params=RUN_BOOKS)
def run_book(request: pytest.FixtureRequest) -> RunBook:
    made: RunBook = request.param()
    return made


def made_of(asset: AssetKey, partition: str | None = None, *, run_id: str = "r", at: float = 0.0) -> EventLogEntry:
    data = StepMaterializationData(AssetMaterialization(asset, partition=partition))
    event = StepEvent(EventType.ASSET_MATERIALIZATION, event_specific_data=data)
    return EventLogEntry(run_id=run_id, timestamp=at, job_name="job", dagster_event=event)


def evaluated(*, run_id: str = "r", at: float = 0.0) -> EventLogEntry:
    event = StepEvent(EventType.ASSET_CHECK_EVALUATION, event_specific_data=AssetCheckEvaluation("a", "c", passed=True))
    return EventLogEntry(run_id=run_id, timestamp=at, dagster_event=event)


def said(text: str, *, run_id: str = "r", at: float = 0.0) -> EventLogEntry:
    return EventLogEntry(user_message=text, run_id=run_id, timestamp=at)


runs = st.sampled_from(["r", "s"])
times = st.sampled_from([0.0, 1.0, 2.0])
ENTRIES = st.one_of(
    st.builds(made_of, st.sampled_from(ASSETS), st.sampled_from([None, "x", "y"]), run_id=runs, at=times),
    st.builds(evaluated, run_id=runs, at=times),
    st.builds(said, st.just("hello"), run_id=runs, at=times),
)
numbers = st.one_of(st.none(), st.integers(0, 9))
QUERIES = st.builds(
    EventQuery,
    event_types=st.sampled_from(
        [None, frozenset({EventType.ASSET_MATERIALIZATION}), frozenset({EventType.ASSET_CHECK_EVALUATION})]
    ),
    asset_key=st.one_of(st.none(), st.sampled_from(ASSETS)),
    partitions=st.sampled_from([None, frozenset({"x"}), frozenset({None, "y"}), frozenset()]),
    check_key=st.sampled_from([None, None, CHECK]),
    run_id=st.one_of(st.none(), runs),
    job_names=st.sampled_from([None, frozenset({"job"})]),
    after_id=numbers,
    before_id=numbers,
    storage_ids=st.sampled_from([None, None, frozenset({1, 3})]),
    after_time=st.one_of(st.none(), times),
    before_time=st.one_of(st.none(), times),
    limit=st.one_of(st.none(), st.integers(0, 3)),
    ascending=st.booleans(),
)


def is_about(record: EventLogRecord, query: EventQuery) -> bool:
    evaluation = record.event_log_entry.asset_check_evaluation
    return (
        (query.asset_key is None or record.asset_key == query.asset_key)
        and (query.check_key is None or (evaluation is not None and evaluation.asset_check_key == query.check_key))
        and (query.run_id is None or record.run_id == query.run_id)
    )


@pytest.mark.parametrize("make", JOURNALS)
@given(entries=st.lists(ENTRIES, max_size=9), query=QUERIES)
def test_what_is_found_is_all_that_fits(
    make: Callable[[], Journal], entries: list[EventLogEntry], query: EventQuery
) -> None:
    journal = make()
    records = [journal.append(entry) for entry in entries]

    expected = [record for record in records if is_about(record, query) and query.fits(record)]
    ordered = expected if query.ascending else expected[::-1]

    assert journal.find(query) == ordered[: query.limit]


def test_a_later_line_has_a_greater_number(journal: Journal) -> None:
    entries = [said("a"), made_of(ASSETS[0]), said("b")]

    records = [journal.append(entry) for entry in entries]

    assert [record.event_log_entry for record in records] == entries
    assert [record.storage_id for record in records] == sorted({record.storage_id for record in records})


def test_assets_are_listed_in_order_once_each(journal: Journal) -> None:
    for asset in [ASSETS[2], ASSETS[0], ASSETS[2]]:
        journal.append(made_of(asset))
    journal.append(said("hello"))

    assert journal.list_assets() == [ASSETS[0], ASSETS[2]]


def test_what_is_forgotten_is_found_no_more_and_nothing_else_goes(journal: Journal) -> None:
    kept = [journal.append(made_of(ASSETS[0], "x")), journal.append(evaluated()), journal.append(said("hello"))]
    journal.append(made_of(ASSETS[0], "y"))
    gone = journal.append(made_of(ASSETS[1]))

    journal.forget(ASSETS[0], frozenset({"y"}))
    journal.forget(ASSETS[1])

    assert journal.find(EventQuery(ascending=True)) == kept
    assert journal.list_assets() == [ASSETS[0]]
    assert journal.append(said("later")).storage_id > gone.storage_id


def test_several_threads_write_at_once(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: journal.append(made_of(ASSETS[0])), range(400)))

    records = journal.find(EventQuery(asset_key=ASSETS[0], ascending=True))
    assert len({record.storage_id for record in records}) == 400
    assert records == sorted(records, key=lambda record: record.storage_id)


def test_runs_are_found_in_the_order_in_which_they_came(run_book: RunBook) -> None:
    added = [run_book.add(Run("job", name)) for name in ("r2", "r1", "r3")]

    assert run_book.find() == added
    assert run_book.find(RunsFilter(run_ids=["r3", "r2", "other", "r3"])) == [added[0], added[2]]
    assert run_book.find(RunsFilter(job_name="other")) == []


def test_a_run_is_added_once(run_book: RunBook) -> None:
    run_book.add(Run("job", "r"))

    with pytest.raises(InvocationError):
        run_book.add(Run("job", "r"))


def test_a_run_that_changes_stays_in_its_place(run_book: RunBook) -> None:
    first, _ = run_book.add(Run("job", "r")), run_book.add(Run("job", "s"))

    run_book.change(replace(first.dagster_run, status=RunStatus.STARTED))
    run_book.change(replace(first.dagster_run, status=RunStatus.FAILURE))
    run_book.change(Run("job", "unknown"))

    found, other = run_book.find()
    assert (found.storage_id, found.dagster_run.status) == (first.storage_id, RunStatus.FAILURE)
    assert found.create_timestamp == first.create_timestamp
    assert found.start_time is not None
    assert found.end_time is not None
    assert (other.start_time, other.end_time) == (None, None)


def test_a_run_that_is_removed_is_found_no_more(run_book: RunBook) -> None:
    run_book.add(Run("job", "r"))

    run_book.remove("r")
    run_book.remove("r")

    assert run_book.find() == []
