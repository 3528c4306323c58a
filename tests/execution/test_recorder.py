"""The recorder's order: claim, write beside, fsync, rename, fsync the folder, record, and then take away."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from workshop import Workshop

from assetmake import asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import StateError, StorageError
from assetmake.execution import claims, recorder
from assetmake.storage import files
from assetmake.storage.state import EphemeralState


def value_asset(value: object, name: str = "one") -> AssetsDefinition:
    @asset(name=name, code_version=repr(value))
    def one():  # type: ignore[no-untyped-def]
        return value

    return one


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done that must last, in the order in which it is done."""
    taken: list[str] = []

    def watch(owner: Any, name: str, describe: Callable[..., str | None]) -> None:
        original = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            step = describe(*args, **kwargs)
            if step:
                taken.append(step)
            return result

        monkeypatch.setattr(owner, name, watched)

    watch(claims, "claim", lambda db, run, wanted, alive: f"claim {', '.join(wanted)}")
    watch(files.os, "fsync", describe_fsync)
    watch(recorder, "publish", lambda temporary, final: f"rename to {os.path.basename(final)}")
    watch(recorder, "record_traces", lambda db, rows, **_: ", ".join(f"record {row.asset}" for row in rows))
    watch(recorder, "remove", lambda path: f"remove {os.path.basename(path)}")
    return taken


def describe_fsync(descriptor: int) -> str | None:
    path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
    if path.is_dir():
        return f"fsync folder {path.name}"
    return "fsync temporary" if path.name.startswith(".am-") else None


def test_what_must_last_is_done_in_a_safe_order(workshop: Workshop, steps: list[str]) -> None:
    workshop.build([value_asset(1)])

    assert steps == ["claim one", "fsync temporary", "rename to one.json", "fsync folder data", "record one"]


def test_the_old_file_goes_only_when_the_new_one_is_recorded(workshop: Workshop, steps: list[str]) -> None:
    workshop.build([value_asset(1)])
    steps.clear()

    workshop.build([value_asset({1, 2})])

    assert steps[-3:] == ["fsync folder data", "record one", "remove one.json"]


def test_a_dependent_starts_only_when_what_it_reads_has_its_final_name(workshop: Workshop) -> None:
    @asset
    def one() -> int:
        return 1

    @asset
    def two(one: int) -> int:
        return one + 1

    stood = []

    def choose(works: Any) -> int:
        stood.extend((workshop.root / "data/one.json").exists() for work in works if str(work.asset) == "two")
        return 0

    workshop.choose = choose
    workshop.build([one, two])

    assert stood == [True]


def test_a_dependent_of_what_could_not_be_published_does_not_run(workshop: Workshop) -> None:
    @asset
    def one() -> int:
        return 1

    @asset
    def two(one: int) -> int:
        return one + 1

    (workshop.root / "data/one.json").mkdir(parents=True)
    finished = workshop.build([one, two])

    assert workshop.ran == {"one": 1}
    assert (finished.failed, finished.skipped) == (1, 1)


def test_a_folder_that_cannot_be_synced_ends_the_build_unrecorded(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(recorder, "fsync_folder", refuse)
        with pytest.raises(StorageError, match="Input/output error"):
            workshop.build([value_asset(1)])

    assert workshop.executor is not None
    assert workshop.executor.stopped
    assert workshop.build([value_asset(1)]).built + workshop.build([value_asset(1)]).unchanged == 1


class RefusingState(EphemeralState):
    """A state that takes claims and nothing after them."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.writes += 1
        if self.writes > 1:
            raise StateError("no space left for the state file")
        with super().writing() as db:
            yield db


def test_a_state_that_cannot_be_written_ends_the_build(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, state=RefusingState())

    with pytest.raises(StateError, match="no space left"):
        workshop.build([value_asset(1)])

    assert workshop.executor is not None
    assert workshop.executor.stopped
    assert not list(tmp_path.glob(".assetmake/logs/.workers/*"))
    assert not list(tmp_path.glob(".assetmake/runs/[!.]*"))


def test_a_folder_that_somebody_removed_is_no_trouble(workshop: Workshop) -> None:
    @asset(key_prefix="folder")
    def one() -> int:
        return 1

    def choose(works: Any) -> int:
        if str(works[0].asset) == "two":
            shutil.rmtree(workshop.root / "data/folder")
        return 0

    workshop.slots, workshop.choose = 1, choose

    assert workshop.build([one, value_asset(2, "two")]).built == 2
    assert workshop.build([one, value_asset(2, "two")]).unchanged == 1


def test_batches_are_recorded_about_once_a_second(workshop: Workshop, fake_time: Any, steps: list[str]) -> None:
    def choose(works: Any) -> int:
        fake_time.now += 0.6
        return 0

    workshop.slots, workshop.choose = 1, choose
    workshop.build([value_asset(number, f"a{number}") for number in range(4)])

    recorded = [step for step in steps if step.startswith("record")]
    assert recorded == ["record a0, record a1", "record a2, record a3"]


@pytest.mark.parametrize(("lasts", "gathered"), [(0.0, 2), (0.5, 7), (60.0, 17)])
def test_where_recording_takes_long_more_is_gathered_up_to_ten_seconds(
    workshop: Workshop, fake_time: Any, steps: list[str], monkeypatch: pytest.MonkeyPatch, lasts: float, gathered: int
) -> None:
    original = recorder.record_traces

    def record_slowly(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        fake_time.now += lasts

    def choose(works: Any) -> int:
        fake_time.now += 0.6
        return 0

    monkeypatch.setattr(recorder, "record_traces", record_slowly)
    workshop.slots, workshop.choose = 1, choose
    workshop.build([value_asset(number, f"a{number}") for number in range(21)])

    recorded = [step.count("record") for step in steps if step.startswith("record")]
    assert recorded[:2] == [2, gathered]
