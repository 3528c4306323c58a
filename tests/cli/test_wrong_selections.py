"""Selections that mean nothing, or nothing that there is: said clearly, exit 2, and nothing is started."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from real_project import RealProject

from assetmake import clock
from assetmake.cli.entry import run
from assetmake.testing import ProjectSandbox
from repository import start_repository

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
ASSETS = """
from assetmake import DailyPartitionsDefinition, LastPartitionMapping, AssetIn, StaticPartitionsDefinition, asset


@asset(partitions_def=DailyPartitionsDefinition("2026-01-01"), tags={"often": ""})
def daily() -> int:
    return 1


@asset(partitions_def=StaticPartitionsDefinition(["red", "green", "blue"]), group_name="colours")
def paint() -> int:
    return 1


@asset
def report(daily: dict[str, int]) -> int:
    return 1


@asset(ins={"daily": AssetIn(partition_mapping=LastPartitionMapping())})
def newest(daily: int) -> int:
    return daily


@asset
def apart() -> int:
    return 1
"""
CONFIG = """
[selectors]
often = "tag:often"
idle = "status:failed and selector:often"
"""


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    sandbox: ProjectSandbox

    def __call__(self, *words: str) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = run(list(words), obj=lambda **_: self.sandbox.project)
        return Said(int(status), out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    root = tmp_path_factory.mktemp("wrong") / "project"
    root.mkdir()
    (root / "assets.toml").write_text(CONFIG)
    (root / "assets.py").write_text(ASSETS)
    start_repository(root)
    with ProjectSandbox(root, place=tmp_path_factory.mktemp("place")) as sandbox:
        yield Shell(sandbox)


@pytest.fixture(autouse=True)
def at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


WRONG = [
    (("dayly",), "no asset is named 'dayly'", "did you mean daily"),
    (("day*x",), "no asset matches 'day*x'", "daily"),
    (("daily,paint",), "selects nothing", "a comma means both"),
    (("daily", "--exclude", "daily+ daily"), "nothing is selected", "selected and excluded: daily"),
    (("tag:oftn",), "no asset has tag:oftn", "often"),
    (("file:asets.py",), "no asset has file:asets.py", "assets.py"),
    (("selector:oftn",), "no saved selection 'oftn'", "often"),
    (("daily@2026-13-45",), "2026-13-45", "the first is 2026-01-01"),
    (("paint@rde",), "rde", "red"),
    (("paint", "--partition", "rde"), "rde", "red"),
    (("daily@2026-01-20",), "there is no partition 2026-01-20 yet", "the last is 2026-01-09"),
    (("daily", "--partition", "2026-01-20"), "there is no partition 2026-01-20 yet", "the last is 2026-01-09"),
    (("daily@2025-12-31",), "it is before the first one", "the first is 2026-01-01"),
    (("daily@2025-01-01..2025-02-01",), "no partition begins in 2025-01-01..2025-02-01", "the first is 2026-01-01"),
    (("daily", "--from", "2027-01-01"), "no partition begins in 2027-01-01..", "the last is 2026-01-09"),
    (("daily@2025-12-31..2026-01-02",), "begins before the first partition", "the first is 2026-01-01"),
    (("daily", "--from", "2025-12-01"), "the range 2025-12-01.. begins before", "the first on is 2026-01-01.."),
    (("daily@2026-01-05..2026-01-02",), "is empty", "did you mean 2026-01-02..2026-01-05?"),
    (("daily", "--partition-range", "2026-01-05"), "is not a range", "FIRST...LAST"),
    (("paint@red..violet",), "violet", ""),
    (("partition:rde",), "rde", ""),
    (("report", "--latest", "3"), "no selected asset has any", ""),
    (("daily and",), "a term is missing here", ""),
    (("daily", "and", "paint"), "`and` stands between two terms", "put it in quotes"),
    (("+@night.txt",), "@night.txt: a file of terms stands alone", "selector:NAME"),
    (("daily or @night.txt",), "@night.txt: a file of terms stands alone", "one more selection"),
    (("@night.txt and daily",), "@night.txt: a file of terms stands alone", ""),
    (("@night.txt,daily",), "@night.txt: a file of terms stands alone", ""),
    (("@night.txt",), "there is no file 'night.txt'", ""),
    (("status:stael",), "no status 'stael'", "stale"),
    (("changed:nowhere",), "git knows no commit 'nowhere' here", ""),
]  # fmt: skip


@pytest.mark.parametrize("command", ["build", "plan", "status", "list"])
@pytest.mark.parametrize(("words", "message", "hint"), WRONG, ids=[" ".join(words) for words, _, _ in WRONG])
def test_what_is_wrong_is_said_and_nothing_is_started(
    shell: Shell, command: str, words: tuple[str, ...], message: str, hint: str
) -> None:
    said = shell(command, *words)
    assert said.status == 2, said
    assert said.out == ""
    assert message in said.err
    assert hint in said.err
    with shell.sandbox.project.state.reading() as db:
        assert db.execute("select count(*) from state.runs").fetchall() == [(0,)]


@pytest.mark.parametrize("command", ["build", "plan", "status", "list"])
@pytest.mark.parametrize("term", ["status:failed", "result:built", "state:modified", "changed:HEAD", "selector:idle"])
def test_what_depends_on_the_world_may_be_nothing(shell: Shell, command: str, term: str) -> None:
    said = shell(command, term)
    assert (said.status, said.err) == (0, "")
    assert len(said.out.splitlines()) == 1
    assert "nothing" in said.out.lower() or "up to date" in said.out


def test_a_file_of_terms_is_named_with_the_line(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_text('# nightly\ndaily@2026-01-05 # one\n\npaint@"a #b"\ndayly\n')
    assert f"{file}:5: no asset is named 'dayly'" in shell("plan", f"@{file}").err
    file.write_text("daily and\n")
    assert f"{file}:1: a term is missing here" in shell("plan", "report", "--exclude", f"@{file}").err
    file.write_text("@other.txt\n")
    assert f"{file}:1: @other.txt: a file of terms stands alone" in shell("plan", f"@{file}").err
    file.write_text("daily and not paint # both\npaint@red\n")
    assert shell("list", f"@{file}").out.split()[0] == "daily"


def test_all_saved_selections_are_checked_by_validate(shell: Shell) -> None:
    said = shell("validate")
    assert (said.status, said.out) == (0, "valid: 5 assets, 2 saved selections\n")


def test_all_that_is_wrong_with_saved_selections_is_told_at_once(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(ASSETS)
    saved = '[selectors]\nfirst = "daly"\nsecond = "daily and"\nthird = "selector:first"\nfine = "daily"\n'
    (project.folder / "assets.toml").write_text(saved)
    done = project.run("validate", status=2)
    assert "error: 2 saved selections are wrong\n" in done.stderr
    assert "assets.toml: selectors.first: " in done.stderr
    assert "assets.toml: selectors.second: a term is missing here" in done.stderr
    (project.folder / "assets.toml").write_text('[selectors]\nfirst = "daly"\n')
    done = project.run("validate", status=2)
    assert "error: assets.toml: selectors.first: no asset is named 'daly'" in done.stderr


def test_partitions_that_a_reader_of_all_asks_for_again_are_told(shell: Shell) -> None:
    said = shell("plan", "daily", "report", "--latest", "2")
    assert "report has no partitions and reads all of daily: 9 partitions" in said.err
    assert "not only the 2" in said.err
    assert "reads all" not in shell("plan", "daily", "--latest", "2").err
    assert "reads all" not in shell("plan", "daily", "newest", "--latest", "2").err
    assert "reads all" not in shell("plan", "daily", "report").err
