"""`build` and `plan`: what is asked of the project, what is printed, and the exit status."""

from __future__ import annotations

import dataclasses
import json
import signal

import pytest
from fake_project import ASSETS, FINISHED, FakeProject, Result, call, make_asset, send_to_self

from assetmake.cli.stopping import Stopping
from assetmake.discovery.manifest import ModuleFailure
from assetmake.errors import LockTimeout, StateError
from assetmake.events import AssetFinished, NodeFailed, RunStarted
from assetmake.execution.asked import BuildOptions
from assetmake.planning.plan import Reason, Verdict

MISSING = (Verdict.STALE, Reason.MISSING)
WAITING = (Verdict.WAITING, Reason.UPSTREAM)
BROKEN = ModuleFailure("more", "more.py", "ValueError: x", 'Traceback:\n  File "more.py"\nValueError: x\n')
STARTED = RunStarted("r1", assets=3, fresh=31, to_run=2)
BUILT = (
    STARTED,
    AssetFinished("orders", 1, 0, 0, 0, 0, "code", "", 1.5),
    dataclasses.replace(FINISHED, built=1, fresh=32),
)
FAILED = (
    STARTED,
    NodeFailed("orders", "", "ValueError: boom", "Traceback:\nValueError: boom\n", ".assetmake/logs/r1/orders.log"),
    AssetFinished("orders", 0, 0, 0, 1, 0, "code", "", 1.5),
    dataclasses.replace(FINISHED, failed=1, fresh=32),
)


def options_of(*arguments: str) -> BuildOptions:
    project = FakeProject()
    assert call("build", *arguments, project=project).status == 0
    return dataclasses.replace(project.asked[-1][1], command="")  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], BuildOptions()),
        (["-j", "3", "-k"], BuildOptions(jobs=3)),
        (["-x"], BuildOptions(fail_fast=True)),
        (["-f", "--only"], BuildOptions(force=True, only=True)),
        (["--no-wait", "--lock-timeout", "2m"], BuildOptions(wait=False, lock_timeout=120.0)),
        (["--strict"], BuildOptions(strict=True)),
        (["--no-strict"], BuildOptions(strict=False)),
    ],
)
def test_options_reach_the_project(arguments: list[str], options: BuildOptions) -> None:
    assert options_of(*arguments) == options


@pytest.mark.parametrize("arguments", [["-j", "0"], ["--lock-timeout", "soon"], ["--latest", "x"], ["--nonsense"]])
def test_a_wrong_option_is_an_error_in_two_lines(arguments: list[str]) -> None:
    result = call("build", *arguments)
    error, hint = result.err.splitlines()
    assert (result.status, result.out) == (2, "")
    assert error.startswith("assetmake: error: ")
    assert hint == "  hint: `assetmake build --help` tells what can be given"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "up to date: 3 assets, 31 partitions (0.18s)\n"),
        (["-q"], ""),
    ],
)
def test_nothing_to_do_is_exactly_one_line(arguments: list[str], line: str) -> None:
    assert call("build", *arguments) == Result(0, line, "")


def test_of_a_selection_only_its_own_partitions_are_counted() -> None:
    project = FakeProject(events=(RunStarted("", assets=2, fresh=32, to_run=0, partitions=31), FINISHED))
    assert call("build", "daily", project=project).out == "up to date: 2 assets, 31 partitions (0.18s)\n"


def test_a_build_prints_a_line_for_each_asset_and_one_that_sums_up() -> None:
    assert call("build", project=FakeProject(events=BUILT)) == Result(
        0,
        "built     orders                  code      1.5s\nDone. BUILT=1 UNCHANGED=0 FRESH=32 FAILED=0 SKIPPED=0\n",
        "",
    )


def test_a_failure_is_told_twice_and_ends_in_1() -> None:
    result = call("build", project=FakeProject(events=FAILED))
    assert result.status == 1
    assert result.out.splitlines() == [
        "FAILED    orders  ValueError: boom",
        "Done. BUILT=0 UNCHANGED=0 FRESH=32 FAILED=1 SKIPPED=0",
    ]
    assert result.err.splitlines()[1:] == [
        "FAILED orders",
        "  Traceback:",
        "  ValueError: boom",
        "  log: .assetmake/logs/r1/orders.log",
        "",
    ]


def test_json_is_a_line_for_each_event_and_nothing_else() -> None:
    result = call("build", "--json", project=FakeProject(events=FAILED))
    events = [json.loads(line) for line in result.out.splitlines()]
    assert [event["event"] for event in events] == ["run_started", "node_failed", "asset_finished", "run_finished"]
    assert events[-1]["failed"] == 1
    assert (result.status, result.err) == (1, "")


def test_a_failed_check_ends_in_1() -> None:
    events = (STARTED, dataclasses.replace(FINISHED, checks_failed=1))
    assert call("build", project=FakeProject(events=events)).status == 1


@pytest.mark.parametrize(
    ("error", "status"), [(LockTimeout("held", hint="wait"), 4), (StateError("damaged", hint="wait"), 3)]
)
def test_errors_end_in_their_exit_code(error: LockTimeout | StateError, status: int) -> None:
    result = call("build", project=FakeProject(error=error))
    assert result == Result(status, "", f"assetmake: error: {error.message}\n  hint: wait\n")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["plan"], 0),
        (["plan", "--exit-code"], 5),
        (["build", "-n"], 0),
        (["build", "--check"], 5),
    ],
)
def test_work_that_is_needed_is_shown_and_not_done(arguments: list[str], status: int) -> None:
    project = FakeProject(stale={"daily": MISSING, "report": WAITING})
    assert call(*arguments, project=project) == Result(
        status,
        "daily   1 stale, 30 fresh  missing             2026-01-01\n"
        "report  waiting            waits for upstream\n"
        "≤ 2 to run: 1 stale, 1 waiting, 31 fresh\n",
        "",
    )


@pytest.mark.parametrize(
    "arguments",
    [["plan", "--exit-code"], ["plan", "-q", "--exit-code"], ["build", "--check"], ["build", "--check", "-q"]],
)
def test_no_work_is_no_reason_for_5(arguments: list[str]) -> None:
    assert call(*arguments).status == 0


def test_a_quiet_plan_is_an_exit_code() -> None:
    project = FakeProject(stale={"daily": MISSING})
    assert call("plan", "-q", "--exit-code", project=project) == Result(5, "", "")


@pytest.mark.parametrize("arguments", [["plan", "--json"], ["build", "-n", "--json"], ["status", "--json"]])
def test_the_plan_is_one_document(arguments: list[str]) -> None:
    result = call(*arguments, project=FakeProject(stale={"daily": MISSING}))
    document = json.loads(result.out)
    assert document["counts"] == {"fresh": 32, "stale": 1, "waiting": 0}
    assert document["assets"][1]["stale_keys"] == ["2026-01-01"]


@pytest.mark.parametrize(
    ("command", "status"), [("build", 1), ("plan", 1), ("status", 0), ("list", 0), ("validate", 2)]
)
def test_a_module_that_does_not_import_is_told_first(command: str, status: int) -> None:
    result = call(command, project=FakeProject(failures=(BROKEN,)))
    assert result.status == status
    assert result.err == (
        'cannot import more (more.py): ValueError: x\n  Traceback:\n    File "more.py"\n  ValueError: x\n'
    )


def test_what_cannot_be_built_is_told_in_one_line_for_all_that_need_it_and_at_the_end() -> None:
    broken = dataclasses.replace(BROKEN, defines=("lost",))
    left_out = (make_asset("first", "lost"), make_asset("second", "first"))
    result = call("build", project=FakeProject(failures=(broken,), assets=(*ASSETS, *left_out)))
    assert result.err.splitlines()[-1] == "unavailable: first, second need lost in more, which did not import"
    assert result.out == (
        "up to date: 3 assets, 31 partitions (0.18s)\n"
        "unavailable: the assets of more, which did not import, and 2 assets that need them\n"
    )


def test_a_plan_ends_with_what_cannot_be_built() -> None:
    result = call("plan", project=FakeProject(failures=(BROKEN,)))
    assert result.out.splitlines()[-1] == "unavailable: the assets of more, which did not import"


def test_where_no_module_imports_nothing_is_started() -> None:
    project = FakeProject(failures=(BROKEN,), assets=())
    result = call("build", project=project)
    assert (result.status, result.out) == (2, "")
    assert "assetmake: error: nothing could be loaded: 1 module did not import\n" in result.err


def test_a_signal_is_noted_and_the_handlers_are_put_back(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    stopping = Stopping()
    with stopping.listen():
        assert not stopping()
        send_to_self(signal.SIGTERM)
        assert stopping()
    assert stopping.signal is signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before
    assert capfd.readouterr().err == "stopping: ending what runs; once more to end at once\n"


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_second_signal_ends_it_at_once_and_leaves_the_cursor_to_be_seen(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    died: list[signal.Signals] = []
    monkeypatch.setattr("assetmake.cli.stopping.die_of", died.append)
    stopping = Stopping()
    with stopping.listen():
        send_to_self(signal.SIGTERM)
        capfd.readouterr()
        monkeypatch.setattr("os.isatty", lambda _: is_terminal)
        send_to_self(signal.SIGTERM)
    assert died == [signal.SIGTERM]
    in_place = "\r\x1b[2K\x1b[?25h" if is_terminal else ""
    assert capfd.readouterr().err == f"{in_place}ended at once; what was finished is recorded\n"


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stopping = Stopping()
        with stopping.listen():
            send_to_self(signal.SIGHUP)
        assert not stopping()
    finally:
        signal.signal(signal.SIGHUP, before)
