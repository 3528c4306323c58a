"""The key for hashes of environment variables: made once, by whoever comes first."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assetmake.errors import StateError
from assetmake.storage.env_key import keep_env_key


def test_it_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / ".assetmake"
    key = keep_env_key(folder)

    assert len(key) == 32
    assert keep_env_key(folder) == key == (folder / "env.key").read_bytes()
    assert stat.S_IMODE((folder / "env.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["env.key"], "nothing else is left"


def test_two_projects_have_different_keys(tmp_path: Path) -> None:
    assert keep_env_key(tmp_path / "one") != keep_env_key(tmp_path / "other")


def test_a_kill_while_it_was_made_leaves_nothing_that_is_taken_for_a_key(tmp_path: Path) -> None:
    (tmp_path / ".env.key.new").write_bytes(b"half")

    assert keep_env_key(tmp_path) == (tmp_path / "env.key").read_bytes()
    assert not (tmp_path / ".env.key.new").exists()


SCRIPT = """
import sys
from pathlib import Path
from assetmake.storage.env_key import keep_env_key
sys.stdin.readline()
print(keep_env_key(Path(sys.argv[1])).hex())
"""


def test_processes_that_ask_at_the_same_time_get_the_same_key(tmp_path: Path) -> None:
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "place")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for each in asking:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    keys = {each.communicate(timeout=60)[0].strip() for each in asking}

    assert keys == {(tmp_path / "place/env.key").read_bytes().hex()}


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_says_what_to_do_and_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "env.key"
    path.write_bytes(content)

    with pytest.raises(StateError, match="is damaged") as caught:
        keep_env_key(tmp_path)
    assert str(path) in caught.value.message
    assert "delete it" in caught.value.hint
    assert "stale once" in caught.value.hint
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "env.key").mkdir()  # whoever runs the tests may be allowed to read any file

    with pytest.raises(StateError, match="cannot be read") as caught:
        keep_env_key(tmp_path)
    assert "delete it" in caught.value.hint
