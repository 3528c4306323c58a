"""Locks on files: who shares, who waits, and that the dead hold nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assetmake.errors import LockTimeout, StorageError
from assetmake.storage.locks import hold_lock, is_held, try_lock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "lock"


@pytest.mark.parametrize(
    ("held_shared", "asked_shared", "granted"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_only_those_who_share_are_in_together(path: Path, held_shared: bool, asked_shared: bool, granted: bool) -> None:
    with hold_lock(path, shared=held_shared):
        if granted:
            with hold_lock(path, shared=asked_shared, timeout=0):
                pass
        else:
            with pytest.raises(LockTimeout, match="lock"), hold_lock(path, shared=asked_shared, timeout=0):
                pass


def test_a_lock_is_free_after_its_block_even_if_that_fails(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_lock(path):
        raise ZeroDivisionError

    with hold_lock(path, timeout=0):
        assert path.exists()


def test_try_lock_gives_nothing_while_somebody_holds_it(path: Path) -> None:
    mine = try_lock(path)
    assert mine is not None

    assert try_lock(path) is None
    assert is_held(path)

    os.close(mine)
    assert not is_held(path)


def test_a_missing_file_is_held_by_nobody_and_not_made(path: Path) -> None:
    assert not is_held(path)
    assert not path.parent.exists()


def test_asking_whether_it_is_held_does_not_hold_it(path: Path) -> None:
    path.parent.mkdir()
    path.touch()

    assert not is_held(path)
    with hold_lock(path, timeout=0):
        pass


def test_a_process_that_was_killed_holds_nothing(path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom assetmake.storage.locks import try_lock\n"
        "assert try_lock(Path(sys.argv[1])) is not None\nprint('locked', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        assert is_held(path)
        process.kill()
        process.wait()

    assert not is_held(path)
    with hold_lock(path, timeout=0):
        pass


def test_a_lock_file_that_was_removed_while_held_is_no_lock_any_more(path: Path) -> None:
    with hold_lock(path):
        path.unlink()
        with hold_lock(path, timeout=0):
            assert is_held(path)


def test_a_place_where_no_file_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()

    with pytest.raises(StorageError, match=str(tmp_path)), hold_lock(tmp_path / "lock", timeout=0):
        pass
