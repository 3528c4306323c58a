"""Inputs are compared by stat, and by content where stat cannot vouch for it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assetmake.clock import RACY_NANOSECONDS
from assetmake.discovery.recall import inputs as inputs_module
from assetmake.discovery.recall.inputs import (
    Comparison,
    Inputs,
    Seen,
    compare,
    is_older,
    is_settled,
    see_file,
    see_folder,
)
from assetmake.discovery.recall.watch import Watch
from ticks import wait_for_tick

HOUR = 3600 * 10**9


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("a")
    return path


def see(path: Path, *, later: int = HOUR) -> Seen:
    seen = see_file(str(path), now=max(path.stat().st_mtime_ns, path.stat().st_ctime_ns) + later)
    assert seen is not None
    return seen


def look(file: Path, seen: Seen) -> Comparison:
    return compare(Inputs({str(file): seen}), environment={}, now=path_time(file) + HOUR)


def path_time(path: Path) -> int:
    return path.stat().st_ctime_ns


@pytest.mark.parametrize("later", [0, RACY_NANOSECONDS, -HOUR])
def test_what_had_just_changed_may_have_changed_again_at_the_same_time(file: Path, later: int) -> None:
    seen = see(file, later=later)
    assert not is_settled(seen)
    unlike = replace(seen, digest="of what was there before, at the same time and of the same size")
    assert look(file, unlike).moved == str(file)
    compared = look(file, seen)
    assert (compared.moved, compared.refreshed) == ("", True)
    assert is_settled(compared.inputs.files[str(file)])


def test_what_had_not_just_changed_is_not_read(file: Path) -> None:
    seen = see(file, later=RACY_NANOSECONDS + 1)
    assert is_settled(seen)
    compared = look(file, replace(seen, digest="never looked at"))
    assert (compared.moved, compared.refreshed) == ("", False)


def test_of_a_very_large_file_only_stat_can_tell(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs_module, "_LARGEST_HASHED", 0)
    seen = see(file)
    assert seen.digest == ""
    assert look(file, seen).moved == ""
    wait_for_tick(file.parent)
    os.utime(file)
    assert look(file, seen).moved == str(file)


def test_a_file_that_cannot_be_read_has_moved(file: Path) -> None:
    seen = see(file)
    file.unlink()
    file.mkdir()
    assert look(file, seen).moved == str(file)


def test_a_folder_is_its_names(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("")
    whole = see_folder(str(tmp_path / "folder"), now=0)
    code = see_folder(str(tmp_path / "folder"), now=0, only_code=True)
    assert whole is not None
    assert code is not None

    def moved(seen: Seen) -> str:
        return compare(Inputs(folders={str(tmp_path / "folder"): seen}), environment={}, now=0).moved

    (tmp_path / "folder" / "b.txt").write_text("")
    assert moved(whole)
    assert not moved(code)
    for name in ("x.py", "x.pyc", "x.so", "x.zip", "x.egg", "x.pth", "x-1.dist-info", "x.egg-info"):
        (tmp_path / "folder" / name).write_text("")
        assert moved(code), name
        (tmp_path / "folder" / name).unlink()
        assert not moved(code), name


@pytest.mark.parametrize("only_code", [False, True])
def test_a_folder_is_what_kind_each_of_its_entries_is_too(tmp_path: Path, only_code: bool) -> None:
    folder, entry = tmp_path / "folder", tmp_path / "folder" / "x.py"
    makers: dict[str, Callable[[], object]] = {
        "file": lambda: entry.write_text(""),
        "folder": entry.mkdir,
        "link": lambda: entry.symlink_to("a"),
        "link that says something else": lambda: entry.symlink_to("b"),
        "neither": lambda: os.mkfifo(entry),
    }
    digests = {}
    for kind, make in makers.items():
        folder.mkdir()
        make()
        seen = see_folder(str(folder), now=0, only_code=only_code)
        assert seen is not None
        digests[kind] = seen.digest
        shutil.rmtree(folder)
    assert len(set(digests.values())) == len(makers), digests


def test_the_values_of_variables_are_not_kept(file: Path) -> None:
    found = inputs_module.hash_variable("TOKEN", "secret", salt="salt")
    assert found is not None
    assert "secret" not in found
    assert found != inputs_module.hash_variable("TOKEN", "secret", salt="pepper")
    assert found != inputs_module.hash_variable("OTHER", "secret", salt="salt")
    assert inputs_module.hash_variable("TOKEN", None, salt="salt") is None


def test_files_by_which_editable_installs_say_where_they_are_are_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    names = {"x.pth", "__editable___x_finder.py", "x.egg-link"}
    for name in (*names, "module.py"):
        (library / name).write_text("# text")
        later = path_time(library / name) + HOUR
        os.utime(library / name, ns=(later, later))  # however slow the machine is, it has only just changed
    monkeypatch.syspath_prepend(str(library))
    watch = Watch(str(tmp_path / "project"), [], salt="")
    with watch.noting():
        pass
    assert {os.path.basename(path) for path in watch.to_inputs().files if path.startswith(str(library))} == names
    assert watch.volatile.endswith("has only just changed")  # Python may have read what was there before


@pytest.mark.parametrize("event", ["open", "os.listdir"])
def test_what_others_change_and_change_back_while_it_is_imported_is_not_vouched_for(tmp_path: Path, event: str) -> None:
    """The project may have read what was there in between, of which the note tells nothing."""
    thing = tmp_path / "thing" if event == "open" else tmp_path
    (tmp_path / "thing").write_text("a")
    watch = Watch(str(tmp_path), [], salt="")

    def look() -> None:
        watch.hear(event, (str(thing), "r", 0))

    with watch.noting():
        look()
        wait_for_tick(tmp_path.parent)
        for text in ("b", "a"):
            (tmp_path / "thing").unlink()
            (tmp_path / "thing").write_text(text)
    assert watch.volatile == f"{thing} changed while it was imported"


@pytest.mark.parametrize("event", ["open", "os.listdir"])
@pytest.mark.parametrize(
    "change",
    [("open", "thing", "w", 0), ("os.rename", "beside", "thing"), ("os.remove", "thing"), ("os.utime", "thing")],
)
def test_what_a_project_changes_itself_while_it_is_imported_is_its_own(
    tmp_path: Path, event: str, change: tuple[str, ...]
) -> None:
    """Where it begins with the same, it does the same."""
    name, *words = change
    (tmp_path / "thing").write_text("a")
    watch = Watch(str(tmp_path), [], salt="")

    def change_it() -> None:
        watch.hear(event, (str(tmp_path / "thing") if event == "open" else str(tmp_path), "r", 0))
        watch.hear(name, tuple(str(tmp_path / word) if word in {"thing", "beside"} else word for word in words))

    with watch.noting():
        change_it()
        wait_for_tick(tmp_path.parent)
        (tmp_path / "thing").unlink()
        (tmp_path / "thing").write_text("a")
    assert watch.volatile == ""


def test_what_a_project_saw_first_counts_where_it_looks_again(tmp_path: Path) -> None:
    """It may have decided by the first look: then the note does not hold, and the project is read again."""
    thing, link = tmp_path / "thing", tmp_path / "link"
    thing.write_text("")
    link.symlink_to("thing")
    code = compile("for path in paths: look(path)", str(tmp_path / "assets.py"), "exec")
    watch = Watch(str(tmp_path), [], salt="")
    with watch.noting():
        exec(code, {"look": watch.note_look, "paths": [thing, link]})
        thing.unlink()
        thing.mkdir()
        link.unlink()
        link.symlink_to("./thing")
        exec(code, {"look": watch.note_look, "paths": [thing, link]})

    found = watch.to_inputs()
    assert (stat.S_ISREG(found.present[str(thing)]), found.links[str(link)]) == (True, "thing")
    assert compare(found, environment=os.environ, now=path_time(thing) + HOUR).moved


@pytest.mark.parametrize("last", ["mtime", "ctime"])
def test_stat_vouches_only_for_what_changed_long_before_in_whatever_way(last: str) -> None:
    moment = 10**18
    just_now = moment - RACY_NANOSECONDS

    assert is_older((1, 0, 0, 1), moment)
    assert not is_older((1, just_now, 0, 1) if last == "mtime" else (1, 0, just_now, 1), moment)
