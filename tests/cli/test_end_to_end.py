"""The whole way, in processes of their own: a project is made, built, edited, asked about and stopped."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fresh import FRAMES, run_command

COMMAND = (sys.executable, "-m", "assetmake")
UNSET = ("NO_COLOR", "FORCE_COLOR", "ASSETMAKE_ENV")
ENVIRON = {name: value for name, value in os.environ.items() if name not in UNSET} | {"COLUMNS": "100"}


def run(folder: Path, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    return run_command(folder, *arguments, environment=ENVIRON, status=status, libraries=FRAMES)


def run_alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command, and all that it starts, from nothing."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, env=ENVIRON, check=True, timeout=120
    )


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "assets.py"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    run(tmp_path, "init", "shop")
    return tmp_path / "shop"


def test_a_new_project_builds_and_then_is_up_to_date(project: Path) -> None:
    built = run_alone(project, "build")
    assert built.stdout.splitlines()[-1] == "Done. BUILT=7 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
    assert re.sub(r"\d+\.\d+s", "0s", built.stdout).splitlines()[0].split() == ["built", "sales", "missing", "0s"]
    again = run_alone(project, "build")
    assert re.fullmatch(r"up to date: 3 assets, 5 partitions \(\d+\.\d+s\)\n", again.stdout)
    assert again.stderr == ""
    assert json.loads(run(project, "show", "totals").stdout) == {"days": 5, "amount": 71.5}
    assert "2026-01-02: 1 sales" in run(project, "log", "daily_sales@2026-01-02").stdout


def test_an_edit_is_planned_explained_and_built(project: Path) -> None:
    run(project, "build", "-q")
    edit(project, '"amount": sum(amounts)}', '"amount": sum(amounts) * 2}')
    assert run(project, "plan", "--exit-code", status=5).stdout.splitlines() == [
        "daily_sales  5 stale  code changed        2026-01-01..2026-01-05",
        "totals       waiting  waits for upstream",
        "≤ 6 to run: 5 stale, 1 waiting, 1 fresh",
    ]
    why = json.loads(run(project, "why", "daily_sales@2026-01-03", "--json").stdout)
    assert why["reason"] == "code"
    assert [line.strip() for line in why["added"]] == ["return {'sales': len(amounts), 'amount': sum(amounts) * 2}"]
    run(project, "build", "daily_sales", "--latest", "2")
    (sales, daily) = json.loads(run(project, "status", "sales", "daily_sales", "--json").stdout)["assets"]
    assert sales["fresh"] == 1
    assert daily["stale_keys"] == ["2026-01-01..2026-01-03"]


def test_data_that_comes_out_the_same_spares_what_is_below(project: Path) -> None:
    run(project, "build", "-q")
    edit(project, 'float(row["amount"])', 'float(row["amount"]) + 0')
    lines = run(project, "build").stdout.splitlines()
    assert lines[-2:] == [
        "1 rebuilt to the same data, 6 downstream spared",
        "Done. BUILT=0 UNCHANGED=1 FRESH=6 FAILED=0 SKIPPED=0",
    ]


def test_a_failing_partition_shows_the_users_own_traceback_and_log(project: Path) -> None:
    edit(project, "    amounts = ", '    assert context.partition_key != "2026-01-03", "no sales"\n    amounts = ')
    done = run(project, "build", status=1)
    assert done.stdout.splitlines()[-1] == "Done. BUILT=5 UNCHANGED=0 FRESH=0 FAILED=1 SKIPPED=1"
    assert "AssertionError: no sales" in done.stderr
    assert "execution/worker.py" not in done.stderr
    log = re.search(r"log: (\.assetmake/\S+)", done.stderr)
    assert log is not None
    assert (project / log[1]).is_file()


def test_events_are_json_lines_that_end_in_the_summary(project: Path) -> None:
    events = [json.loads(line) for line in run(project, "build", "--json").stdout.splitlines()]
    assert (events[-1]["event"], events[-1]["built"], events[-1]["failed"]) == ("run_finished", 7, 0)


def test_a_selection_by_state_may_be_empty(project: Path) -> None:
    assert run(project, "build", "status:failed").stdout == "nothing is selected: no asset is in that state now\n"


def test_a_folder_above_is_a_folder_of_the_project(project: Path) -> None:
    assert run(project / "raw", "list").stdout == run(project.parent, "--project", "shop", "list").stdout


def test_a_closed_stdout_ends_quietly(project: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as stdout:
        done = subprocess.run(
            [*COMMAND, "list"], cwd=project, stdout=stdout, stderr=subprocess.PIPE, env=ENVIRON, check=False
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_without_a_stdout_nothing_else_is_written_into(project: Path) -> None:
    line = " ".join([*COMMAND, "build", "-q", ">&-"])
    done = subprocess.run(["sh", "-c", line], cwd=project, capture_output=True, env=ENVIRON, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    run(project, "build", "--check")


STUCK = """

@asset
def stuck() -> int:
    with open(BEGAN, "w") as pipe:
        pipe.write("x")
    with open(BEGAN.replace("began", "never")) as pipe:
        return len(pipe.read())
"""


@pytest.fixture
def waiting(project: Path) -> Iterator[subprocess.Popen[str]]:
    """A build of an asset that waits for ever, and says when it does: both by named pipes."""
    began = project / "began"
    os.mkfifo(began)
    os.mkfifo(project / "never")
    with (project / "assets.py").open("a") as file:
        file.write(STUCK.replace("BEGAN", repr(str(began))))
    build = subprocess.Popen(
        [*COMMAND, "build", "stuck"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRON,
    )
    # Opened for both ways, so that a build that fails is waited for in select() only, not in open().
    pipe = os.open(began, os.O_RDWR)
    assert select.select([pipe], [], [], 60)[0], "the asset did not begin"
    os.close(pipe)
    yield build
    build.kill()
    build.communicate()


def test_a_build_dies_of_the_signal_that_stops_it(waiting: subprocess.Popen[str], project: Path) -> None:
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == -signal.SIGINT
    assert out.splitlines()[-1] == "Done. BUILT=0 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=1"
    assert err == "stopping: ending what runs; once more to end at once\n"
    assert json.loads(run(project, "status", "stuck", "--json").stdout)["counts"]["stale"] == 1
