"""--json, --junit, --github and --summary-md: what is written where, however a command ends."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fake_project import FINISHED, FakeProject, call, make_asset, send_to_self
from real_project import RealProject

from assetmake.discovery.manifest import ModuleFailure
from assetmake.errors import LockTimeout, StateError
from assetmake.events import AssetFinished, Event, NodeFailed, NodesBuilt, RunStarted, Warned
from ci_server import Command, read_commands
from junit_schema import find_junit_faults

EVIL = "x\n::error::owned\n  ::set-env name=PATH::owned ##[add-mask]owned"
STARTED = RunStarted("r1", assets=3, fresh=31, to_run=2)
BUILT: tuple[Event, ...] = (
    STARTED,
    NodesBuilt("orders", 1, 0, 1.5),
    AssetFinished("orders", 1, 0, 0, 0, 0, "code", "", 1.5),
    dataclasses.replace(FINISHED, built=1, fresh=32),
)
FAILED: tuple[Event, ...] = (
    STARTED,
    Warned(EVIL),
    NodeFailed("orders", "", f"ValueError: {EVIL}", f"Traceback:\nValueError: {EVIL}\n", "orders.log"),
    AssetFinished("orders", 0, 0, 0, 1, 0, "code", "", 1.5),
    dataclasses.replace(FINISHED, failed=1, fresh=32),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


def read_cases(path: str = "j.xml") -> dict[str, str]:
    """Return the cases of a report that is as the schema says, and of each how it ended."""
    document = Path(path).read_bytes()
    assert find_junit_faults(document) == []
    cases = ET.fromstring(document).iter("testcase")
    return {
        case.get("name", ""): next((child.tag for child in case if child.tag != "system-out"), "passed")
        for case in cases
    }


@pytest.mark.parametrize("command", ["build", "check"])
def test_what_is_asked_for_is_written_and_what_is_printed_stays(command: str) -> None:
    plain = call(command, project=FakeProject(events=BUILT))
    told = call(command, "--junit", "j.xml", "--summary-md", "s.md", project=FakeProject(events=BUILT))
    assert told == plain
    assert read_cases() == {"orders": "passed"}
    assert Path("s.md").read_text().startswith(f"### assetmake {command}: done\n\n1 built, 32 fresh (0.18s)\n")
    assert sorted(os.listdir()) == ["j.xml", "s.md"]


@pytest.mark.parametrize(
    ("project", "status", "cases"),
    [
        (FakeProject(), 0, {"up to date": "passed"}),
        (FakeProject(events=BUILT), 0, {"orders": "passed"}),
        (FakeProject(events=FAILED), 1, {"orders": "failure"}),
        (FakeProject(error=LockTimeout("run r2 has it", hint="wait")), 4, {"assetmake build": "error"}),
        (FakeProject(error=StateError("it is damaged")), 3, {"assetmake build": "error"}),
        (FakeProject(error=RuntimeError("a bug")), 70, {"assetmake build": "error"}),
        (
            FakeProject(events=BUILT, failures=(ModuleFailure("more", "more.py", "ValueError: x", ""),)),
            1,
            {"orders": "passed", "more": "error"},
        ),
    ],
)
def test_a_report_says_how_it_ended(project: FakeProject, status: int, cases: dict[str, str]) -> None:
    result = call("build", "--junit", "new/folder/j.xml", "--summary-md", "s.md", "--github", project=project)
    assert result.status == status
    assert read_cases("new/folder/j.xml") == cases
    assert ("failed" in Path("s.md").read_text() or "not done" in Path("s.md").read_text()) == (status != 0)
    errors = [each for each in read_commands(result.out + result.err) if each.name == "error"]
    assert len(errors) == (status != 0)


def test_a_project_that_cannot_be_opened_is_reported_too() -> None:
    result = call("build", "--junit", "j.xml", error=StateError("no project"))
    assert result.status == 3
    assert read_cases() == {"assetmake build": "error"}


def test_an_error_of_ours_is_no_command_either() -> None:
    project = FakeProject(error=StateError(EVIL))
    result = call("build", "--github", project=project)
    assert [each.name for each in read_commands(result.out)] == ["error"]
    assert read_commands(result.err) == []


@pytest.mark.parametrize("flags", [[], ["-q"], ["-v"]])
def test_nothing_that_is_printed_is_a_command_but_ours(flags: list[str]) -> None:
    result = call("build", "--github", *flags, project=FakeProject(events=FAILED))
    assert read_commands(result.err) == []
    assert [(each.name, each.properties["title"]) for each in read_commands(result.out)] == [
        ("error", "orders failed"),
        ("warning", "assetmake"),
    ]
    assert "owned" in result.err
    assert read_commands(call("build", project=FakeProject(events=FAILED)).err) != []


def test_with_json_stdout_is_json_and_commands_go_to_stderr() -> None:
    result = call("build", "--github", "--json", "--junit", "j.xml", "-q", project=FakeProject(events=FAILED))
    events = [json.loads(line) for line in result.out.splitlines()]
    assert [event["event"] for event in events] == [
        "run_started", "warned", "node_failed", "asset_finished", "run_finished",
    ]  # fmt: skip
    assert events[1]["message"] == EVIL
    assert read_commands(result.out) == []
    assert [each.name for each in read_commands(result.err)] == ["error", "warning"]
    assert read_cases() == {"orders": "failure"}


@pytest.mark.parametrize("command", ["build", "check"])
def test_the_last_line_of_json_is_as_scripts_know_it(command: str) -> None:
    last = json.loads(call(command, "--json", project=FakeProject(events=BUILT)).out.splitlines()[-1])
    assert last["event"] == "run_finished"
    names = ("built", "unchanged", "fresh", "failed", "skipped", "cached", "checks_passed", "checks_failed", "seconds")
    assert [last[name] for name in names] == [1, 0, 32, 0, 0, 0, 0, 0, 0.18]


def test_the_page_of_the_job_is_appended_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    Path("page.md").write_text("# before\n")
    call("build", "--summary-md", "s.md", project=FakeProject(events=BUILT))
    assert Path("page.md").read_text() == "# before\n"
    call("build", "--summary-md", "s.md", "--github", project=FakeProject(events=BUILT))
    assert Path("page.md").read_text() == "# before\n" + Path("s.md").read_text()


@pytest.mark.parametrize("flags", [[], ["--github"]])
def test_the_page_given_as_the_summary_is_written_to_once(flags: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    Path("page.md").write_text("# before\n")
    assert call("build", "--summary-md", "page.md", *flags, project=FakeProject(events=BUILT)).status == 0
    assert Path("page.md").read_text().startswith("# before\n### assetmake build: done")
    assert Path("page.md").read_text().count("###") == 1


def test_a_page_that_has_no_room_left_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    Path("page.md").write_text("x" * 1_000_000)
    assert call("build", "--github", project=FakeProject(events=BUILT)).status == 0
    assert Path("page.md").stat().st_size == 1_000_000


def test_a_page_that_cannot_be_written_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "gone/page.md")
    assert call("build", "--github", project=FakeProject(events=BUILT)).status == 0


@pytest.mark.parametrize("option", ["--junit", "--summary-md"])
@pytest.mark.parametrize("name", ["folder", "file/below.xml"])
def test_a_file_that_cannot_be_written_is_told_before_anything_starts(option: str, name: str) -> None:
    Path("folder").mkdir()
    Path("file").touch()
    project = FakeProject(events=BUILT)
    result = call("build", option, name, project=project)
    assert (result.status, result.out, project.asked) == (2, "", [])
    assert result.err.startswith(f"assetmake: error: {option} {name} cannot be written: ")
    assert "\n  hint: " in result.err
    assert sorted(os.listdir()) == ["file", "folder"]


def test_two_reports_in_one_file_are_refused() -> None:
    result = call("build", "--junit", "x", "--summary-md", "./x")
    assert result.status == 2
    assert "--junit and --summary-md name the same file" in result.err
    assert os.listdir() == []


@pytest.mark.parametrize("option", ["--dry-run", "--check"])
@pytest.mark.parametrize("wanted", [["--junit", "j.xml"], ["--github"], ["--summary-md", "s.md"]])
def test_there_is_nothing_to_report_where_nothing_runs(option: str, wanted: list[str]) -> None:
    result = call("build", option, *wanted)
    assert result.status == 2
    assert f"error: {wanted[0]} tells what ran, and with {option} nothing runs" in result.err


def test_a_report_that_was_there_is_replaced_before_anything_runs() -> None:
    """Who is killed must not leave the report of another build."""
    seen: list[dict[str, str]] = []
    Path("j.xml").write_text("<testsuites/>")
    project = FakeProject(events=BUILT, during=lambda _: seen.append(read_cases()))
    call("build", "--junit", "j.xml", project=project)
    assert seen == [{"assetmake build": "error"}]
    assert read_cases() == {"orders": "passed"}


def test_a_signal_comes_after_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies of it, so what is not written by then is never written."""
    seen: list[dict[str, str]] = []
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    monkeypatch.setattr("assetmake.cli.stopping.die_of", lambda _: seen.append(read_cases()))
    stopped = (*BUILT[:-1], dataclasses.replace(FINISHED, built=1, interrupted=True))
    project = FakeProject(events=stopped, during=lambda _: send_to_self(signal.SIGTERM))
    result = call("build", "--junit", "j.xml", "--github", project=project)
    assert seen == [{"orders": "passed", "assetmake build": "error"}]
    assert read_commands(result.out + result.err) == []
    assert Path("page.md").read_text().count("### assetmake build: stopped before the end") == 1


class ClosedPipe:
    """A stdout that nobody reads."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def writelines(self, lines: object) -> None:
        raise BrokenPipeError

    def flush(self) -> None:
        return

    def isatty(self) -> bool:
        return False


def test_nobody_who_reads_is_no_reason_to_report_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    real = sys.stdout

    def close(_: object) -> None:
        sys.stdout = ClosedPipe()  # type: ignore[assignment]

    project = FakeProject(events=FAILED, during=close)
    try:
        call("build", "--junit", "j.xml", "--summary-md", "s.md", "--github", project=project)
    finally:
        sys.stdout = real
    assert read_cases() == {"orders": "failure"}
    assert Path("page.md").read_text() == Path("s.md").read_text() != ""


def test_a_pipe_can_be_named() -> None:
    reading, writing = os.pipe()
    assert call("build", "--junit", f"/dev/fd/{writing}", project=FakeProject(events=BUILT)).status == 0
    os.close(writing)
    with open(reading, "rb") as stream:
        document = stream.read()
    assert find_junit_faults(document) == []
    assert [case.get("name") for case in ET.fromstring(document).iter("testcase")] == ["orders"]


def test_a_wrong_definition_is_an_error_at_its_line(here: Path) -> None:
    project = RealProject(here)
    project.write("from assetmake import asset\n\n\n@asset\ndef orders(nobody: int) -> int:\n    return 1\n")
    done = project.run("build", "--github", "--junit", "j.xml", status=2)
    (told,) = read_commands(done.stderr + done.stdout)
    assert (told.properties["file"], told.properties["line"]) == ("assets.py", "4")
    assert "nobody" in told.data
    assert read_cases() == {"assetmake build": "error"}


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_stdout_can_be_named_and_a_file_behind_it_stays_the_same_file(here: Path, name: str) -> None:
    project = RealProject(here)
    project.write("from assetmake import asset\n\n\n@asset\ndef orders() -> int:\n    return 1\n")
    lines = project.run("build", "--junit", name).stdout.splitlines()
    assert lines[0].startswith("built")
    assert lines[1].startswith("Done. BUILT=1 ")
    assert lines[2].startswith("<?xml")
    assert lines[-1] == "</testsuites>"
    assert find_junit_faults("\n".join(lines[2:]).encode()) == []
    assert sorted(each.name for each in here.iterdir()) == [".assetmake", "assets.py", "assets.toml", "data"]


def test_an_asset_that_is_the_user_s_own_word_is_no_command() -> None:
    evil = make_asset("orders")
    events = (
        STARTED,
        NodesBuilt("::error::x", 1, 0, 1.0),
        AssetFinished("::error::x", 1, 0, 0, 0, 0, "", "", 1.0),
        FINISHED,
    )
    result = call("build", "--github", "-v", project=FakeProject(assets=(evil,), events=events))
    assert read_commands(result.out) == []


PROJECT = """
    import sys
    from assetmake import AssetCheckResult, AssetCheckSeverity, DailyPartitionsDefinition, asset, asset_check

    print("::error::owned while it is imported")
    print("##[add-mask]owned", file=sys.stderr)
    DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-06")


    def divide(number):
        return 1 / number


    @asset
    def orders() -> int:
        return 3


    @asset(partitions_def=DAYS)
    def daily(context, orders: int) -> float:
        print("::error::owned while it runs")
        if context.partition_key == "2026-01-04":
            raise ValueError("\\n::error::owned")
        return divide(orders)


    @asset
    def report(daily: dict[str, float]) -> float:
        return sum(daily.values())


    @asset_check(asset=orders)
    def few(orders: int):
        return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN, description="only 3")
"""


def test_a_build_as_a_server_reads_it(here: Path) -> None:
    (here / ".git").mkdir()
    (here / "shop").mkdir()
    project = RealProject(here / "shop", {"GITHUB_STEP_SUMMARY": str(here / "page.md")})
    project.write(PROJECT)
    done = project.run("build", "--github", "--junit", "j.xml", "--summary-md", "s.md", status=1)
    assert "owned while it is imported" in done.stderr
    commands = read_commands(done.stderr + done.stdout)
    group, end, error, warning = commands
    assert (group.name, end.name) == ("group", "endgroup")
    assert group.data.startswith("log of daily@2026-01-04 (.assetmake/logs/")
    lines = (here / "shop/assets.py").read_text().splitlines()
    raised = next(str(number) for number, line in enumerate(lines, start=1) if "raise ValueError" in line)
    assert error.properties == {"file": "shop/assets.py", "line": raised, "title": "daily@2026-01-04 failed"}
    assert warning == Command(
        "warning",
        "only 3",
        {"file": "shop/assets.py", "line": warning.properties["line"], "title": "check orders:few warned"},
    )
    assert read_cases(str(here / "shop/j.xml")) == {
        "orders": "passed",
        "daily": "passed",
        "daily@2026-01-04": "failure",
        "report": "skipped",
        "orders:few": "passed",
    }
    summary = (here / "shop/s.md").read_text()
    assert summary == (here / "page.md").read_text()
    assert "<code>daily</code> | **failed** | 4 built, 1 failed | missing |" in summary
    again = project.run("build", "orders", "--github", "--junit", "j.xml")
    (standing,) = read_commands(again.stderr + again.stdout)
    assert re.fullmatch(r"only 3 \(stands since \d{4}-\d\d-\d\d \d\d:\d\d\)", standing.data)
    assert standing == dataclasses.replace(warning, data=standing.data)
    assert read_cases(str(here / "shop/j.xml")) == {"orders:few": "passed"}
