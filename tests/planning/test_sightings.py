"""What is noted of outputs while they are looked at."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from planted import Field

from assetmake import AssetKey, StaticPartitionsDefinition, clock
from assetmake.planning.outputs import _look, _look_for, verify_outputs
from assetmake.planning.plan import Reason
from assetmake.planning.standing import Sightings
from assetmake.storage.confirmations import Sight, see_place
from assetmake.storage.hashing import hash_file
from assetmake.storage.places import ANY_SIZE, FOUND


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sales.json"
    path.write_text("1")
    return path


Row = tuple[int, str, int, int, int, int]


def make_row(file: Path, *, inode: int | None = None) -> Row:
    seen = file.stat()
    content = int.from_bytes(hash_file(file), "big")
    return 0, str(file), seen.st_size, seen.st_mtime_ns, seen.st_ino if inode is None else inode, content


def look(row: Row, *, always: bool = False) -> tuple[dict[int, Reason], Sightings]:
    sightings = Sightings()
    return _look([row], always=always, sightings=sightings), sightings


def test_a_trusted_output_is_noted_with_the_time_of_its_inode(file: Path) -> None:
    seen = os.stat(file)
    found, sightings = look(make_row(file))
    assert found == {}
    assert sightings.stamps == {str(file): (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)}
    assert not sightings.is_partial


def test_where_bytes_decide_stat_does_not(file: Path) -> None:
    found, sightings = look(make_row(file, inode=0))
    assert (found, sightings.is_partial) == ({}, True)
    found, sightings = look(make_row(file), always=True)
    assert (found, sightings.is_partial) == ({}, True)


@pytest.mark.parametrize("differing", ["size", "mtime", "inode"])
def test_an_output_of_another_size_time_or_inode_is_read(file: Path, differing: str) -> None:
    row, before = make_row(file), file.stat()
    edited = file.with_name("edited") if differing == "inode" else file
    edited.write_text("22" if differing == "size" else "2")
    later = 1_000 if differing == "mtime" else 0
    os.utime(edited, ns=(before.st_atime_ns, before.st_mtime_ns + later))
    edited.replace(file)

    found, sightings = look(row)

    assert (found, sightings.is_partial) == ({0: Reason.OUTPUT_MODIFIED}, True)


@pytest.mark.parametrize(("grains", "expected"), [(0, 0), (2, 1)], ids=["just written", "left alone since"])
def test_what_stat_says_is_recorded_of_an_output_that_was_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch, grains: int, expected: int
) -> None:
    later = clock.now_ns() + grains * clock.RACY_NANOSECONDS
    monkeypatch.setattr(clock, "now_ns", lambda: later)
    sightings = Sightings()

    _look([make_row(file, inode=0)], always=False, sightings=sightings, number=1)

    assert len(sightings.refreshed) == expected


def test_a_missing_output_may_come_back(file: Path) -> None:
    row = make_row(file)
    file.unlink()
    found, sightings = look(row)
    assert (found, sightings.is_partial) == ({0: Reason.OUTPUT_MISSING}, True)


Kept = tuple[int, str | None, str | None, int, int, int, int, str | None]


def look_for(place: str, root: Path, *, asked: bool, sights: dict[str, Sight] | None = None) -> Sightings:
    """Look at a node that is in a place, together with other things."""
    sightings = Sightings()
    view = SimpleNamespace(missing={}, sights=sights or {})
    row: Kept = (0, None, None, ANY_SIZE, 0, 0, FOUND if asked else 0, place)
    _look_for(view, AssetKey("sales"), [row], project=root, sightings=sightings)  # type: ignore[arg-type]
    return sightings


class TestPlacesOfOthers:
    def test_stat_tells_that_one_is_there(self, file: Path, tmp_path: Path) -> None:
        sightings = look_for("sales.json", tmp_path, asked=False)
        assert not sightings.is_partial
        assert list(sightings.stamps) == [str(file)]

    def test_it_tells_what_is_in_there_only_since_somebody_was_asked(self, file: Path, tmp_path: Path) -> None:
        sight = see_place(str(file))
        assert sight is not None
        assert look_for("sales.json", tmp_path, asked=True).is_partial
        assert not look_for("sales.json", tmp_path, asked=True, sights={str(file): sight}).is_partial
        file.write_text("2")
        assert look_for("sales.json", tmp_path, asked=True, sights={str(file): sight}).is_partial

    def test_what_is_nowhere_is_asked_for_each_time(self, tmp_path: Path) -> None:
        assert look_for("", tmp_path, asked=True).is_partial
        assert not look_for("", tmp_path, asked=False).is_partial

    def test_a_database_writes_beside_its_file_first(self, file: Path, tmp_path: Path) -> None:
        Path(f"{file}.wal").write_text("1")
        sightings = look_for("sales.json", tmp_path, asked=False)
        assert set(sightings.stamps) == {str(file), f"{file}.wal"}
        assert sightings.absent == {f"{file}-wal", f"{file}-journal"}

    def test_what_a_database_writes_beside_its_file_is_a_change_of_it(self, file: Path) -> None:
        journal = Path(f"{file}.wal")
        sights = [see_place(str(file))]
        for text in ("1", "12"):
            journal.write_text(text)
            sights.append(see_place(str(file)))

        assert len(set(sights)) == 3

    def test_a_sealed_folder_says_nothing_of_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("assetmake.planning.outputs.SEALED_FROM", 1)
        field = Field({"sales": StaticPartitionsDefinition(["here", "gone"])})
        here, gone = field.parts("sales")
        (tmp_path / "sales").mkdir()
        (tmp_path / "here.db").touch()
        for part, place in ((here, "here.db"), (gone, "gone.db")):
            field.plant("sales", part)
            field.rows[-1] = replace(field.rows[-1], place=place, size=ANY_SIZE)
        monkeypatch.setattr("assetmake.planning.outputs.find_seal", lambda *_: os.stat(tmp_path / "sales"))
        sightings = Sightings()

        with field.view() as view:
            found = verify_outputs(
                view,
                AssetKey("sales"),
                field.parts("sales"),
                root=tmp_path,
                project=tmp_path,
                mode="stat",
                sightings=sightings,
            )

        assert found == {gone: Reason.OUTPUT_MISSING}
        assert sightings.is_partial, "it may come back, and a selection by state go by it"
