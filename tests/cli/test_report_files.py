"""--junit, --summary-md and plan -o: the streams that they name, and what their files say before a build has begun."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fake_project import FINISHED, FakeProject, call
from real_project import RealProject

from assetmake.events import RunStarted
from assetmake.reporting import early_reports
from assetmake.reporting.console import open_console
from assetmake.reporting.reports import Asked
from assetmake.reporting.written_reports import WrittenReports
from junit_schema import find_junit_faults

MODULE = "from assetmake import asset\n\n\n@asset\ndef orders() -> int:\n    return 1\n"
BUILT = (RunStarted("r1", assets=1, fresh=0, to_run=1), FINISHED)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealProject:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    project = RealProject(tmp_path)
    project.write(MODULE)
    return project


def start(*arguments: str, **streams: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "assetmake", *arguments]
    return subprocess.Popen(command, text=True, **streams)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("option", ["--junit", "--summary-md"])
def test_a_report_on_stdout_goes_where_the_stream_has_come_to_in_its_file(
    project: RealProject, option: str, name: str
) -> None:
    with open("o.txt", "w") as stream:
        print("before", file=stream, flush=True)
        assert start("build", option, name, stdout=stream, stderr=subprocess.DEVNULL).wait() == 0
        print("after", file=stream)
    lines = Path("o.txt").read_text().splitlines()
    assert lines[0] == "before"
    assert lines[-1] == "after"
    first = next(place for place, line in enumerate(lines) if line.startswith(("<?xml", "### assetmake")))
    assert lines[first - 1].startswith("Done. BUILT=1")
    assert len(lines) > first + 3


def test_a_stream_that_is_open_for_reading_only_is_told_before_anything_starts(project: RealProject) -> None:
    fake = FakeProject(events=BUILT)
    with open("assets.py") as stream:
        result = call("build", "--junit", f"/dev/fd/{stream.fileno()}", project=fake)
    assert (result.status, fake.asked) == (2, [])
    assert "cannot be written: it is open for reading only" in result.err


def test_a_page_that_is_stdout_is_written_where_it_has_come_to(
    project: RealProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/dev/stdout")
    with open("o.txt", "w") as stream:
        print("before", file=stream, flush=True)
        assert start("build", "--github", stdout=stream, stderr=subprocess.DEVNULL).wait() == 0
        print("after", file=stream)
    lines = Path("o.txt").read_text().splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "### assetmake build: done" in lines


def test_a_plan_can_be_written_to_stdout_with_nothing_else_on_it(project: RealProject) -> None:
    written = project.run("plan", "-o", "-").stdout
    assert not Path("-").exists()
    project.run("plan", "-o", "plan.json")
    documents = [json.loads(text) for text in (written, Path("plan.json").read_text())]
    for document in documents:
        del document["command"], document["seal"]
    assert documents[0] == documents[1]
    Path("piped.json").write_text(written)
    assert project.build("--plan", "piped.json").startswith("Done. BUILT=1")


def test_a_plan_and_json_do_not_share_stdout(project: RealProject) -> None:
    done = project.run("plan", "-o", "-", "--json", status=2)
    assert done.stdout == ""
    assert "error: -o - and --json both write to standard output" in done.stderr


def test_a_signal_while_modules_are_imported_leaves_no_report_of_another_build(project: RealProject) -> None:
    """They are replaced before the first module runs, so whatever comes then finds them replaced."""
    os.mkfifo("imported")
    os.mkfifo("held")
    project.edit("from", "open('imported', 'w').close()\nopen('held').close()\nfrom")
    Path("r.xml").write_text("OLD")
    Path("r.md").write_text("OLD")
    with start("build", "-q", "--junit", "r.xml", "--summary-md", "r.md", "--no-cache") as process:
        open("imported").close()
        left = [Path(name).read_text() for name in ("r.xml", "r.md")]
        process.send_signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM
    assert [Path(name).read_text() for name in ("r.xml", "r.md")] == left
    assert find_junit_faults(left[0].encode()) == []
    (error,) = ET.fromstring(left[0]).iter("error")
    assert "the build had not begun" in error.get("message", "")
    assert left[1].startswith("### assetmake build: not done\n")
    assert "the build had not begun" in left[1]


def test_once_a_build_has_begun_they_do_not_say_that_it_had_not(project: RealProject) -> None:
    reports = WrittenReports(Asked(Path("r.xml"), Path("r.md")))
    reports.open(open_console())
    assert "the build had not begun" in Path("r.md").read_text()
    reports.hear(BUILT[0])
    for name in ("r.xml", "r.md"):
        assert "it did not come to its end" in Path(name).read_text()
        assert "had not begun" not in Path(name).read_text()


@pytest.mark.parametrize(
    "written", [["--junit", "new/r.xml"], ["--junit=new/r.xml"], ["--junit", "x", "--junit", "new/r.xml"]]
)
@pytest.mark.parametrize("command", ["build", "check", "tick", "backfill", "retry"])
def test_early_reports_are_as_the_schema_says(project: RealProject, command: str, written: list[str]) -> None:
    early_reports.replace_reports(["--env", "x", command, *written])
    assert find_junit_faults(Path("new/r.xml").read_bytes()) == []
    assert not Path("x").exists()
    assert os.listdir("new") == ["r.xml"]


@pytest.mark.parametrize(
    "words",
    [
        ["build", "--junit", "r.xml", "--help"],
        ["build", "--", "--junit", "r.xml"],
        ["plan", "--junit", "r.xml"],
        ["build", "--junit", "r.xml", "--summary-md", "./r.xml"],
        ["build", "--summary-md", "page.md"],
        ["build", "--junit", "-"],
        ["build", "--junit"],
        ["build", "--junit", "folder"],
        ["build", "--junit", "r.xml/below"],
    ],
)
def test_nothing_is_replaced_early_that_a_report_would_not_replace(
    project: RealProject, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    Path("folder").mkdir()
    for name in ("r.xml", "page.md"):
        Path(name).write_text("OLD")
    before = sorted(Path().rglob("*"))
    early_reports.replace_reports(words)
    assert sorted(Path().rglob("*")) == before
    assert Path("r.xml").read_text() == Path("page.md").read_text() == "OLD"


def test_a_current_folder_that_is_gone_is_told_of_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    early_reports.replace_reports(["build", "--junit", "r.xml"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (".", "Is a directory"),
        ("/dev/full", "No space left on device"),
        ("gone/page.md", "No such file or directory"),
        ("large.md", "it has 1,000,000 bytes already"),
    ],
)
def test_a_summary_that_the_job_s_page_does_not_take_is_warned_of(
    project: RealProject, page: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("large.md").write_text("x" * 1_000_000)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", page)
    result = call("build", "--github", project=FakeProject(events=BUILT))
    assert result.status == 0
    assert f"warning: the summary is not on the job's page (GITHUB_STEP_SUMMARY={page}): {why}" in result.err
