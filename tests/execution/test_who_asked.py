"""Who asked for a build is told from the environment, the terminal and what started it; the commit from git's files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from assetmake.execution.git_head import read_head
from assetmake.execution.who_asked import Asked, Asker, find_asker

GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "us/flights",
    "GITHUB_RUN_ID": "17",
    "GITHUB_REF_NAME": "7/merge",
    "GITHUB_HEAD_REF": "fix",
}


def ask(
    project: Path,
    environ: dict[str, str] | None = None,
    *,
    terminal: bool = False,
    above: tuple[str, ...] = ("bash",),
    purpose: str = "",
) -> Asked:
    return find_asker(
        project, environ or {}, purpose=purpose, is_terminal=lambda: terminal, list_ancestors=lambda: list(above)
    )


def test_somebody_at_a_terminal_is_a_person(tmp_path: Path) -> None:
    asked = ask(tmp_path, {"INVOCATION_ID": "of the desktop's session"}, terminal=True)

    assert asked.by is Asker.PERSON
    assert asked.user


@pytest.mark.parametrize(
    ("environ", "above"), [({}, ("sh", "flock", "sh", "cron")), ({"INVOCATION_ID": "1f"}, ("systemd",))]
)
def test_what_cron_or_a_timer_started(tmp_path: Path, environ: dict[str, str], above: tuple[str, ...]) -> None:
    assert ask(tmp_path, environ, above=above).by is Asker.CRON


def test_without_a_terminal_and_without_a_sign_it_is_a_program(tmp_path: Path) -> None:
    assert ask(tmp_path, {"CI": "false"}).by is Asker.PROGRAM


def test_a_job_is_told_with_where_it_is_shown(tmp_path: Path) -> None:
    asked = ask(tmp_path, GITHUB, terminal=True)

    assert (asked.by, asked.service, asked.ref) == (Asker.CI, "GitHub Actions", "fix")
    assert asked.url == "https://github.com/us/flights/actions/runs/17"


def test_an_address_of_which_a_piece_is_missing_is_none(tmp_path: Path) -> None:
    asked = ask(tmp_path, {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "17", "GITHUB_REF_NAME": "main"})

    assert (asked.url, asked.ref) == ("", "main")


def test_a_rule_asks_wherever_it_is_evaluated(tmp_path: Path) -> None:
    asked = ask(tmp_path, GITHUB, purpose="schedule nightly, of 2026-01-05")

    assert (asked.by, asked.purpose) == (Asker.TICK, "schedule nightly, of 2026-01-05")


def test_only_what_is_known_is_written(tmp_path: Path) -> None:
    assert set(json.loads(ask(tmp_path).write())) == {"by", "user"}


def test_the_processes_above_are_found(tmp_path: Path) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc")
    found = find_asker(tmp_path, {}, is_terminal=lambda: False)

    assert found.by in {Asker.PROGRAM, Asker.CRON}


class Repository:
    """A repository that git made, if there is git."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str) -> str:
        names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment = {**clean, **names, "GIT_COMMITTER_EMAIL": "a@b", "GIT_CONFIG_GLOBAL": "/dev/null"}
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    if shutil.which("git") is None:
        pytest.skip("no git")
    made = Repository(tmp_path / "repository")
    made.folder.mkdir()
    made.git("init", "-q", "-b", "main")
    made.git("commit", "-q", "--allow-empty", "-m", "first")
    return made


def test_the_commit_is_what_git_says(repository: Repository, tmp_path: Path) -> None:
    head = repository.git("rev-parse", "HEAD")
    below = repository.folder / "data" / "project"
    below.mkdir(parents=True)

    assert read_head(repository.folder) == read_head(below) == head

    repository.git("pack-refs", "--all")
    assert not (repository.folder / ".git/refs/heads/main").exists()
    assert read_head(below) == head

    other = tmp_path / "other"
    repository.git("worktree", "add", "-q", "-b", "topic", str(other))
    Repository(other).git("commit", "-q", "--allow-empty", "-m", "second")
    second = Repository(other).git("rev-parse", "HEAD")
    assert read_head(other) == second != head
    repository.git("pack-refs", "--all")
    assert read_head(other) == second

    repository.git("checkout", "-q", "--detach", "topic")
    assert read_head(repository.folder) == second


def test_without_a_commit_there_is_none(repository: Repository, tmp_path: Path) -> None:
    assert read_head(tmp_path) is None
    (repository.folder / ".git/HEAD").write_text("ref: refs/heads/unborn\n")
    assert read_head(repository.folder) is None
    (repository.folder / ".git/HEAD").write_bytes(b"\xff\xfe")
    assert read_head(repository.folder) is None
