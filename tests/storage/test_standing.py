"""Standing answers: given again while all that they rest on is as it was, and by that alone."""

from __future__ import annotations

import marshal
import os
import shutil
import site
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assetmake.storage import standing
from assetmake.storage.standing import (
    ALL_NAMES,
    ANSWERS_FOLDER,
    find_answer,
    forget_answers,
    hash_variable,
    keep_answer,
    read_variable,
)
from assetmake.storage.state import StateFile
from ticks import wait_for_tick

ANSWER = (3, 33, True)
WORDS = ("build", "-q", "sales")
MADE_AT, UNTIL = 1_000, 2_000
SALT = "salt"


@dataclass
class Ground:
    """Files that an answer rests on, and the world in which it is asked for again."""

    root: Path
    words: tuple[str, ...] = WORDS
    environment: Mapping[str, str] = field(default_factory=lambda: {"A": "1", "OTHER": "x"})
    now: int = MADE_AT

    @property
    def file(self) -> Path:
        return self.root / "file.txt"

    @property
    def folder(self) -> Path:
        return self.root / "folder"

    @property
    def looked(self) -> Path:
        return self.root / "looked"

    @property
    def link(self) -> Path:
        return self.root / "link"

    @property
    def kept(self) -> Path:
        (found,) = (self.root / ANSWERS_FOLDER).iterdir()
        return found

    def keep(self, *, until: int | None = UNTIL) -> None:
        names = ("A", "UNSET", ALL_NAMES)
        stamps = {}
        for path in (self.file, self.folder):
            seen = path.stat()
            stamps[str(path)] = seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino
        keep_answer(
            str(self.root),
            WORDS,
            ANSWER,
            made_at=MADE_AT,
            until=until,
            salt=SALT,
            variables={name: hash_variable(name, read_variable(self.environment, name), salt=SALT) for name in names},
            absent=[str(self.root / "absent")],
            present={str(self.looked): stat.S_IFDIR, str(self.root / "nothing"): 0},
            links={str(self.link): "folder"},
            stamps=stamps,
        )

    def find(self) -> object:
        return find_answer(str(self.root), self.words, environment=self.environment, now=self.now)


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    ground = Ground(tmp_path)
    ground.file.write_text("text")
    ground.folder.mkdir()
    (ground.folder / "inner.txt").write_text("inner")
    ground.looked.mkdir()
    ground.link.symlink_to("folder")
    wait_for_tick(tmp_path)
    ground.keep()
    return ground


def test_while_all_stands_the_answer_is_given_again(ground: Ground) -> None:
    assert ground.find() == ANSWER
    ground.now = UNTIL - 1
    assert ground.find() == ANSWER


def rewrite(ground: Ground) -> None:
    ground.file.write_text("text")


def rewrite_with_its_time(ground: Ground) -> None:
    seen = ground.file.stat()
    ground.file.write_text("TEXT")
    os.utime(ground.file, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def replace(ground: Ground) -> None:
    beside = ground.root / "beside"
    shutil.copy2(ground.file, beside)
    os.replace(beside, ground.file)


def link_elsewhere(ground: Ground) -> None:
    ground.file.rename(ground.root / "moved")
    ground.file.symlink_to("moved")
    (ground.root / "other").write_text("text")
    ground.file.unlink()
    ground.file.symlink_to("other")


def become_folder(ground: Ground) -> None:
    ground.file.unlink()
    ground.file.mkdir()


def set_environment(**variables: str) -> Callable[[Ground], None]:
    def edit(ground: Ground) -> None:
        ground.environment = {**ground.environment, **variables}

    return edit


def unset(ground: Ground) -> None:
    ground.environment = {name: value for name, value in ground.environment.items() if name != "A"}


def at(now: int) -> Callable[[Ground], None]:
    def edit(ground: Ground) -> None:
        ground.now = now

    return edit


def say(*words: str) -> Callable[[Ground], None]:
    def edit(ground: Ground) -> None:
        ground.words = words

    return edit


EDITS: dict[str, Callable[[Ground], object]] = {
    "file deleted": lambda ground: ground.file.unlink(),
    "file longer": lambda ground: ground.file.write_text("longer text"),
    "file rewritten with the same bytes": rewrite,
    "file of the same size and time": rewrite_with_its_time,
    "file touched": lambda ground: os.utime(ground.file),
    "file replaced by a copy with its time": replace,
    "file is a link that leads elsewhere": link_elsewhere,
    "file's mode": lambda ground: ground.file.chmod(0o600),
    "file has another name too": lambda ground: os.link(ground.file, ground.root / "second"),
    "file became a folder": become_folder,
    "folder got a file": lambda ground: (ground.folder / "new").write_text(""),
    "folder lost a file": lambda ground: (ground.folder / "inner.txt").unlink(),
    "folder's file renamed": lambda ground: (ground.folder / "inner.txt").rename(ground.folder / "other.txt"),
    "folder gone": lambda ground: shutil.rmtree(ground.folder),
    "absent file": lambda ground: (ground.root / "absent").write_text(""),
    "absent file is a link that leads nowhere": lambda ground: (ground.root / "absent").symlink_to("nowhere"),
    "what was asked for is gone": lambda ground: ground.looked.rmdir(),
    "what was asked for is of another kind": lambda ground: (ground.looked.rmdir(), ground.looked.write_text("")),
    "what led nowhere leads somewhere": lambda ground: (ground.root / "nothing").write_text(""),
    "link leads elsewhere": lambda ground: (ground.link.unlink(), ground.link.symlink_to("./folder")),
    "link is none": lambda ground: (ground.link.unlink(), ground.link.mkdir()),
    "variable": set_environment(A="2"),
    "variable not set": unset,
    "variable that was not set": set_environment(UNSET=""),
    "variable that is new among all": set_environment(NEW="x"),
    "clock past the end": at(UNTIL),
    "clock set back": at(MADE_AT - 1),
    "other words": say("build", "-q"),
    "same words in another order": say("-q", "build", "sales"),
    "words that run into each other": say("build", "-q\0sales"),
}


@pytest.mark.parametrize("name", EDITS)
def test_where_anything_is_not_as_it_was_there_is_no_answer(ground: Ground, name: str) -> None:
    EDITS[name](ground)
    assert ground.find() is None


HARMLESS: dict[str, Callable[[Ground], object]] = {
    "a file that it does not rest on": lambda ground: (ground.root / "more").write_text(""),
    "what is in a folder of which only the kind counts": lambda ground: (ground.looked / "new").write_text(""),
    "bytes of a file in a folder": lambda ground: (ground.folder / "inner.txt").write_text("x"),
    "a variable's value that it does not rest on": set_environment(OTHER="y"),
    "what differs from one terminal to the next": set_environment(COLUMNS="3", PYTHONHASHSEED="1"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_it_does_not_rest_on_may_change(ground: Ground, name: str) -> None:
    HARMLESS[name](ground)
    assert ground.find() == ANSWER


def test_without_an_end_the_clock_never_decides(ground: Ground) -> None:
    ground.keep(until=None)
    ground.now = 1 << 62
    assert ground.find() == ANSWER
    ground.now = MADE_AT - 1
    assert ground.find() is None


def test_a_copy_of_a_project_has_no_answers(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(ground.root, copy)
    assert Ground(copy).find() is None


def test_a_project_that_was_moved_has_no_answers(ground: Ground) -> None:
    moved = ground.root.with_name("moved")
    ground.root.rename(moved)
    assert Ground(moved).find() is None


def test_another_python_has_no_answers(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/another")
    assert ground.find() is None


def test_another_users_packages_have_no_answers(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "USER_SITE", "/home/other/site-packages")
    monkeypatch.setattr(site, "ENABLE_USER_SITE", not site.ENABLE_USER_SITE)
    assert ground.find() is None


def test_a_truncated_answer_is_none(ground: Ground) -> None:
    whole = ground.kept.read_bytes()
    for size in range(len(whole)):
        ground.kept.write_bytes(whole[:size])
        assert ground.find() is None, size
    ground.kept.write_bytes(whole)
    assert ground.find() == ANSWER


def test_a_damaged_answer_is_none(ground: Ground) -> None:
    whole = ground.kept.read_bytes()
    for place in range(0, len(whole), 3):
        ground.kept.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert ground.find() is None, place


@pytest.mark.parametrize("content", [(), "text", 7, tuple(range(10)), [1] * 11])
def test_an_answer_of_another_shape_is_none(ground: Ground, content: Any) -> None:
    body = marshal.dumps(content)
    ground.kept.write_bytes(zlib.crc32(body).to_bytes(4, "big") + body)
    assert ground.find() is None


def test_no_answer_is_left_when_all_are_forgotten(ground: Ground) -> None:
    folder = ground.root / ANSWERS_FOLDER
    (folder / ".123.tmp").write_text("left by somebody who was killed")
    forget_answers(str(folder))
    assert ground.find() is None
    assert list(folder.iterdir()) == []
    forget_answers(str(folder / "nowhere"))


def test_who_writes_to_the_state_forgets_the_answers_before(ground: Ground) -> None:
    state = StateFile(ground.root / "state.duckdb", answers=ground.root / ANSWERS_FOLDER)
    with state.writing():
        assert ground.find() is None
    ground.keep()
    with state.reading():
        assert ground.find() == ANSWER


def test_where_an_answer_cannot_be_removed_nothing_is_written(ground: Ground) -> None:
    (ground.root / ANSWERS_FOLDER / "folder").mkdir()
    state = StateFile(ground.root / "state.duckdb", answers=ground.root / ANSWERS_FOLDER)
    with pytest.raises(Exception, match="cannot write"), state.writing():
        raise AssertionError("the block was entered")
    assert not (ground.root / "state.duckdb").exists()


def test_where_an_answer_cannot_be_kept_none_is(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    ground.file.write_text("text")
    ground.folder.mkdir()
    (tmp_path / ".assetmake").write_text("no folder")
    ground.keep()
    assert ground.find() is None


def keep_stamps(root: str, words: Sequence[str], stamps: Mapping[str, tuple[int, int, int, int]]) -> None:
    """Keep an answer that rests on nothing but what stat said of some paths."""
    keep_answer(
        root,
        words,
        ANSWER,
        made_at=0,
        until=None,
        salt="",
        variables={},
        absent=[],
        present={},
        links={},
        stamps=stamps,
    )


def test_numbers_that_do_not_fit_are_not_kept(ground: Ground) -> None:
    forget_answers(str(ground.root / ANSWERS_FOLDER))
    stamps = {str(ground.file): (1, 1, 1, 1 << 63)}
    keep_stamps(str(ground.root), WORDS, stamps)
    assert ground.find() is None


def test_answers_do_not_gather(ground: Ground) -> None:
    for number in range(100):
        keep_stamps(str(ground.root), ("build", str(number)), {})
    assert len(list((ground.root / ANSWERS_FOLDER).iterdir())) <= 40
    assert find_answer(str(ground.root), ("build", "99"), environment={}, now=1) == ANSWER


@pytest.fixture
def two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a second process look at half of the paths, few as they are."""
    monkeypatch.setattr(standing, "_WORTH_TWO", 2)
    monkeypatch.setattr(standing, "count_processors", lambda: 2)


def keep_many(folder: Path) -> list[Path]:
    """Keep an answer that rests on ten files; return those."""
    files = [folder / str(number) for number in range(10)]
    for file in files:
        file.write_text("x")
    seen = {str(file): file.stat() for file in files}
    stamps = {path: (each.st_size, each.st_mtime_ns, each.st_ctime_ns, each.st_ino) for path, each in seen.items()}
    keep_stamps(str(folder), WORDS, stamps)
    return files


@pytest.mark.usefixtures("two_processes")
@pytest.mark.parametrize("changed", [0, 4, 9])
def test_two_processes_see_what_one_does(tmp_path: Path, changed: int) -> None:
    files = keep_many(tmp_path)
    assert find_answer(str(tmp_path), WORDS, environment={}, now=1) == ANSWER
    files[changed].unlink()
    assert find_answer(str(tmp_path), WORDS, environment={}, now=1) is None


FIND = """
import sys
from assetmake.storage import standing

standing._WORTH_TWO = 2
standing.count_processors = lambda: 2
print(standing.find_answer(sys.argv[1], sys.argv[2:], environment={}, now=1))
"""


@pytest.mark.parametrize("changed", [None, 0, 9])
def test_where_the_end_of_children_is_ignored_two_processes_see_the_same(tmp_path: Path, changed: int | None) -> None:
    files = keep_many(tmp_path)
    if changed is not None:
        files[changed].unlink()
    command = [sys.executable, "-c", "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n" + FIND]
    done = subprocess.run([*command, str(tmp_path), *WORDS], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == str(ANSWER if changed is None else None)


@pytest.mark.usefixtures("two_processes")
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_what_is_raised_in_the_second_process_ends_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def stumble(paths: Sequence[bytes], stamps: bytes) -> bool:
        if os.getpid() != parent:
            raise error
        return look_at(paths, stamps)

    parent, look_at = os.getpid(), standing._look_at
    keep_many(tmp_path)
    monkeypatch.setattr(standing, "_look_at", stumble)
    try:
        answer = find_answer(str(tmp_path), WORDS, environment={}, now=1)
    finally:
        if os.getpid() != parent:
            (tmp_path / "ran on").touch()
            os._exit(0)
    assert answer is None
    assert not (tmp_path / "ran on").exists()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not bind processes to processors")
def test_a_process_that_may_use_one_processor_starts_no_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise AssertionError("a second process was started")

    monkeypatch.setattr(standing, "_WORTH_TWO", 2)
    monkeypatch.setattr(os, "fork", refuse)
    keep_many(tmp_path)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert find_answer(str(tmp_path), WORDS, environment={}, now=1) == ANSWER
    finally:
        os.sched_setaffinity(0, before)


def test_names_that_are_no_text_are_paths_too(tmp_path: Path) -> None:
    file = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")
    Path(file).write_text("x")
    seen = os.stat(file)
    stamps = {file: (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)}
    words = ("build", os.fsdecode(b"\xff"))
    keep_answer(
        str(tmp_path),
        words,
        ANSWER,
        made_at=0,
        until=None,
        salt="",
        variables={},
        absent=[],
        present={},
        links={},
        stamps=stamps,
    )
    assert find_answer(str(tmp_path), words, environment={}, now=1) == ANSWER
    os.unlink(file)
    assert find_answer(str(tmp_path), words, environment={}, now=1) is None
