"""A head start: the project is imported while the command loads, and only where it will be asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetmake.cli import ahead
from assetmake.cli.shortcut import asks_for_project, find_root
from assetmake.discovery.config import load_config
from assetmake.discovery.recall import discover as discovering

ASSETS = "from assetmake import asset\n\n\n@asset\ndef one() -> int:\n    return 1\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    root = tmp_path.resolve()
    (root / "assets.toml").write_text("")
    (root / "assets.py").write_text(ASSETS)
    monkeypatch.chdir(root)
    yield root
    ahead.forget()


def count_children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return a list to which each process is added that is started to import the project."""
    started: list[subprocess.Popen[bytes]] = []

    class Counted(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: object) -> None:
            started.append(self)
            super().__init__(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(discovering.subprocess, "Popen", Counted)
    return started


def find_names(root: Path, *, fresh: bool = False) -> list[str]:
    found = ahead.discover(root, load_config(root), fresh=fresh, meanwhile=lambda: None)
    return [str(record.key) for record in found.manifest.assets]


def test_what_was_begun_is_what_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = count_children(monkeypatch)
    ahead.begin(["build"])
    assert len(started) == 1
    assert find_names(root) == ["one"]
    assert len(started) == 1


def test_nothing_is_imported_ahead_where_all_is_remembered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_names(root)
    started = count_children(monkeypatch)
    ahead.begin(["plan"])
    assert find_names(root) == ["one"]
    assert started == []


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["build", "-h"],
        ["build", "--no-cache"],
        ["build", "-c", "a.b=1"],
        ["why", "a", "--config=run.toml"],
        ["--env", "prod", "build"],
        ["--env=prod", "build"],
        ["validate"],
        ["--version"],
        ["completion", "fish"],
        ["mv", "plan", "list"],
        ["nonsense"],
        [],
    ],
    ids=" ".join,
)
def test_nothing_is_begun_that_may_not_be_asked_for(words: list[str]) -> None:
    assert not asks_for_project(words)


@pytest.mark.parametrize(
    "words", [["build"], ["-x", "build"], ["--project", "list", "plan"], ["--project=x", "why", "a"], ["ls", "a", "-q"]]
)
def test_commands_that_open_the_project_begin_ahead(words: list[str]) -> None:
    assert asks_for_project(words)


def test_completion_and_closed_streams_begin_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("_ASSETMAKE_COMPLETE", "bash_complete")
        assert not asks_for_project(["build"])
    monkeypatch.setattr(sys, "stdout", None)
    assert not asks_for_project(["build"])


def test_of_several_projects_the_last_is_meant(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "other").mkdir()
    (root / "other/assets.toml").write_text("")
    monkeypatch.chdir(root / "other")
    assert find_root(["--project=..", "build", "--project", "."]) == str(root / "other")
    assert find_root(["--project", ".", "build", "--project=.."]) == str(root)


def test_a_project_that_is_not_there_or_wrong_is_left_to_the_command(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "assets.toml").write_text("[nonsense")
    ahead.begin(["build"])
    (root / "assets.toml").unlink()
    ahead.begin(["build"])
    (root / "assets.toml").write_text("")
    monkeypatch.setattr(ahead, "Discovery", None)  # whatever goes wrong
    ahead.begin(["build"])
    assert ahead._begun is None


def test_another_configuration_is_discovered_anew(root: Path) -> None:
    ahead.begin(["build"])
    (root / "more").mkdir()
    (root / "more/two.py").write_text(ASSETS.replace("one", "two"))
    (root / "assets.toml").write_text('[project]\nmodules = ["more/*.py"]\n')
    assert find_names(root) == ["two"]


def test_who_wants_it_fresh_is_not_given_what_was_begun(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = count_children(monkeypatch)
    ahead.begin(["build"])
    (root / "assets.py").write_text(ASSETS.replace("one", "two"))
    assert find_names(root, fresh=True) == ["two"]
    assert len(started) == 2


def test_what_nobody_asked_for_ends(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "assets.py").write_text("import time\ntime.sleep(600)\n")
    started = count_children(monkeypatch)
    ahead.begin(["build"])
    (child,) = started
    assert child.poll() is None
    ahead.forget()
    assert child.poll() is not None


def test_a_wrong_option_does_not_wait_for_what_was_begun(root: Path) -> None:
    (root / "assets.py").write_text("import time\ntime.sleep(600)\n")
    command = [sys.executable, "-m", "assetmake", "build", "--nonsense"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False, env=os.environ)
    assert done.returncode == 2
    assert "nonsense" in done.stderr


def test_who_interrupts_the_loading_sees_no_traceback(root: Path) -> None:
    code = (
        "import assetmake.cli as cli, assetmake.cli.ahead as ahead\n"
        "def begin(_): raise KeyboardInterrupt\n"
        "ahead.begin = begin\n"
        "cli.main(['plan'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
