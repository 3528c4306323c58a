"""Seals: what a folder's own mtime can stand for, and what breaks it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from rows_for_tests import record, trace

from assetmake.storage import seals
from assetmake.storage.fingerprints import intern_assets
from assetmake.storage.seals import find_seal, seal_folder
from assetmake.storage.state import EphemeralState


class Outputs:
    """An asset with five outputs that are as they were recorded, sealed."""

    def __init__(self, db: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.db, self.folder = db, folder
        self.number = intern_assets(db, ["one"])["one"]
        self.files = [folder / f"{part}.json" for part in range(5)]
        for part, file in enumerate(self.files):
            file.write_text(f"{part}")
            seen = file.stat()
            known = {"size": seen.st_size, "mtime": seen.st_mtime_ns, "inode": seen.st_ino}
            record(db, trace("one", part, key=f"{part}", **known))

    def seal(self) -> bool:
        seal_folder(self.db, self.number, self.folder)
        return self.holds()

    def holds(self) -> bool:
        return find_seal(self.db, self.number, self.folder) is not None


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outputs]:
    monkeypatch.setattr(seals, "SEALED_FROM", 5)
    folder = tmp_path / "one"
    folder.mkdir()
    with EphemeralState().writing() as db:
        yield Outputs(db, folder)


def test_a_folder_that_is_as_recorded_is_sealed(outputs: Outputs) -> None:
    assert not outputs.holds()
    assert outputs.seal()
    assert outputs.seal()


def test_a_small_folder_is_not_sealed(outputs: Outputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "SEALED_FROM", 6)

    assert not outputs.seal()


def remove(outputs: Outputs) -> None:
    outputs.files[0].unlink()


def add(outputs: Outputs) -> None:
    (outputs.folder / "new").touch()


def replace(outputs: Outputs) -> None:
    beside = outputs.folder / "beside"
    beside.write_text("other")
    beside.rename(outputs.files[0])


def rename(outputs: Outputs) -> None:
    outputs.files[0].rename(outputs.folder / "9.json")


def swap(outputs: Outputs) -> None:
    first, second, beside = *outputs.files[:2], outputs.folder / "beside"
    first.rename(beside)
    second.rename(first)
    beside.rename(second)


def rewrite(outputs: Outputs) -> None:
    """As where a file is removed and the next one gets its inode."""
    outputs.files[0].write_text("other")


def rewrite_at_the_same_size(outputs: Outputs) -> None:
    known = outputs.files[0].stat()
    outputs.files[0].write_text("9")
    os.utime(outputs.files[0], ns=(known.st_atime_ns, known.st_mtime_ns + 1))


def exchange_folder(outputs: Outputs) -> None:
    stat = outputs.folder.stat()
    outputs.folder.rename(outputs.folder.with_name("old"))
    outputs.folder.mkdir()
    os.utime(outputs.folder, ns=(stat.st_mtime_ns, stat.st_mtime_ns))


def remove_folder(outputs: Outputs) -> None:
    outputs.folder.rename(outputs.folder.with_name("old"))


@pytest.mark.parametrize("change", [remove, add, replace, rename, swap, exchange_folder, remove_folder])
def test_a_change_right_after_the_sealing_breaks_it(outputs: Outputs, change: Callable[[Outputs], None]) -> None:
    assert outputs.seal()

    change(outputs)

    assert not outputs.holds()


def test_a_change_in_the_same_tick_of_a_coarse_clock_breaks_it(outputs: Outputs) -> None:
    tick = outputs.folder.stat().st_mtime_ns
    assert outputs.seal()

    remove(outputs)
    os.utime(outputs.folder, ns=(tick, tick))

    assert not outputs.holds()


@pytest.mark.parametrize("change", [remove, replace, rename, swap, rewrite, rewrite_at_the_same_size])
def test_a_folder_that_is_not_as_recorded_is_not_sealed(outputs: Outputs, change: Callable[[Outputs], None]) -> None:
    outputs.seal()
    change(outputs)

    assert not outputs.seal()


def test_what_others_put_beside_the_outputs_keeps_nobody_from_sealing(outputs: Outputs) -> None:
    add(outputs)

    assert outputs.seal()


def test_a_change_while_it_is_looked_through_prevents_the_seal(
    outputs: Outputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.stat

    def change_and_look(path: str | Path, **how: bool) -> os.stat_result:
        if str(path) == str(outputs.files[2]):
            swap(outputs)
            swap(outputs)
        return look(path, **how)

    monkeypatch.setattr(os, "stat", change_and_look)

    assert not outputs.seal()


def test_looking_and_reading_do_not_break_it(outputs: Outputs) -> None:
    outputs.seal()

    assert [file.read_text() for file in outputs.files] == list("01234")
    assert len(os.listdir(outputs.folder)) == 5
    assert outputs.holds()


def test_outputs_that_are_not_stored_are_not_looked_for(outputs: Outputs) -> None:
    record(outputs.db, trace("one", 9, suffix=None))

    assert outputs.seal()
