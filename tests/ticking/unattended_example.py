"""A copy of the example, ticked: commands run in this process, or in others that can be killed.

What is added to the copy: its raw files come from an inbox, in which there is nothing of January; a module says what is
made when; and each function tells when it is called. The plot is left out: loading what plots takes longer than
a week does.
"""

from __future__ import annotations

import ast
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from assetmake.cli.entry import run
from assetmake.clock import set_clock
from assetmake.discovery.code.syntax import parse_source
from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.importer import find_asset, load_modules
from assetmake.discovery.launch import Launch
from assetmake.discovery.loader import uninstall
from assetmake.execution.executors.inline import Inline
from assetmake.project import Project
from assetmake.storage.state import StateFile
from assetmake.ticking.evaluator import Evaluator
from assetmake.ticking.instance import TickInstance
from assetmake.ticking.question import Question, Reply
from fork_client import run_forked
from fresh import FRAMES, start_fresh

CHECKOUT = Path(__file__).resolve().parents[2]
NEW_YORK = ZoneInfo("America/New_York")
NOTIFY = """
[notify]
command = "cat >> told; echo >> told"
"""
UNATTENDED = '''
"""What is made without anybody asking for it."""

from __future__ import annotations

import json
from hashlib import sha256

from assetmake import RunRequest, ScheduleDefinition, SensorResult, SkipReason, sensor
from flights.sources import data_file

ZONE = "America/New_York"
nightly = ScheduleDefinition("nightly", cron_schedule="30 2 * * *", execution_timezone=ZONE, target="carrier_delays")
monthly = ScheduleDefinition("monthly", cron_schedule="0 8 1 * *", execution_timezone=ZONE, target="monthly_carriers")
halves = ScheduleDefinition("fortnightly", cron_schedule="0 6 1,15 * *", execution_timezone=ZONE, target="headlines")
hourly = ScheduleDefinition("hourly", cron_schedule="0 * * * *", target="weather")


@sensor(target=["daily_weather", "carrier_delays"], minimum_interval_seconds=60)
def weather_arrived(context):
    """Ask for the days of which there is other weather than before: it came, came late, or was corrected."""
    days = {}
    for row in data_file("weather.csv").read_text().splitlines()[1:]:
        year, month, day = row.split(",")[1:4]
        days.setdefault(f"{year}-{month:0>2}-{day:0>2}", []).append(row)
    there = {day: sha256("".join(rows).encode()).hexdigest()[:8] for day, rows in days.items()}
    cursor = json.dumps(there, sort_keys=True)
    if context.cursor is None:
        return SensorResult(skip_reason=SkipReason("what is there at first is no news"), cursor=cursor)
    seen = json.loads(context.cursor)
    new = [day for day in there if there[day] != seen.get(day)]
    if not new:
        return SkipReason("no other weather than before")
    requests = [RunRequest(partition_key=day) for day in new]  # a run_key would ask once for what is put back
    return SensorResult(run_requests=requests, cursor=cursor)
'''
TELLING = '''
import os
from pathlib import Path

from assetmake import AssetExecutionContext

HERE = Path(__file__).parents[2]


def tell(asset):
    """Note that a node is being made; where a test waits for it, wait for the test."""
    context = AssetExecutionContext.get()
    node = f"{asset}@{context.partition_key}" if context.has_partition_key else asset
    descriptor = os.open(HERE / "called", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{node}\\n".encode())
    os.close(descriptor)
    gate = HERE / "gates" / node
    if gate.exists():
        (gate / "began").write_text(str(os.getppid()))
        with open(gate / "end", "rb", buffering=0) as end:
            end.read(1)
'''
_IMPORT = "from assetmake import AssetExecutionContext, asset\n"
_EAGER = "automation_condition=AutomationCondition.eager()"
_IN_TIME = "freshness_policy=FreshnessPolicy.time_window(timedelta(hours=60))"
_PLACE = '(package.submodule_search_locations[0], "data", name)'
_IN_INBOX = '(__file__).parents[2] / "inbox" / name'


def _import_too(name: str) -> tuple[str, str]:
    return _IMPORT, _IMPORT.replace("asset\n", f"{name}, asset\n")


def _declare(asset: str, keyword: str) -> tuple[str, str]:
    return f")\ndef {asset}(", f", {keyword})\ndef {asset}("


EDITS: dict[str, list[tuple[str, str]]] = {
    "sources.py": [(_PLACE, _IN_INBOX)],
    "partitions.py": [
        (f'{each}PartitionsDefinition("2013-01-01"', f'{each}PartitionsDefinition("2013-02-01"')
        for each in ("Daily", "Monthly")
    ],
    "daily.py": [
        _import_too("FreshnessPolicy"),
        ("from datetime import date\n", "from datetime import date, timedelta\n"),
        _declare("carrier_delays", _IN_TIME),
    ],
    "monthly.py": [_import_too("AutomationCondition"), _declare("monthly_destinations", _EAGER)],
    "reports.py": [_import_too("AutomationCondition"), _declare("plane_report", _EAGER)],
}
KILLED_BEFORE_IT_BUILDS = """
import os, signal, sys
from assetmake.cli import main, tick

tick.build_requested = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sys.exit(main())
"""


def at(text: str) -> datetime:
    """Return a time in New York by its day since the end of February 2013, as `10 03:30`; 32 is the first of April."""
    day, _, time = text.partition(" ")
    date = datetime(2013, 3, 1) + timedelta(days=int(day) - 1)
    return datetime.fromisoformat(f"{date:%Y-%m-%d}T{time}").replace(tzinfo=NEW_YORK).astimezone(UTC)


def copy_example(folder: Path) -> None:
    """Write the example to a folder, with what makes it unattended."""
    shutil.copy(CHECKOUT / "assets.toml", folder)
    package = folder / "examples/flights"
    shutil.copytree(CHECKOUT / "examples/flights", package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("inbox", "gates"):
        (folder / name).mkdir()
    (package / "unattended.py").write_text(UNATTENDED)
    (package / "telling.py").write_text(TELLING)
    replace_once(folder / "assets.toml", '"flights.plots"', '"flights.unattended"')
    with open(folder / "assets.toml", "a") as config:
        config.write(NOTIFY)
    for name, edits in EDITS.items():
        for old, new in edits:
            replace_once(package / name, old, new)
    assert sum(map(have_functions_tell, package.glob("*.py"))) == 12  # of which the one that plots is left out


def replace_once(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} in {path.name}"
    path.write_text(text.replace(old, new))


def have_functions_tell(path: Path) -> int:
    """Have each asset of a module tell when it is called; return how many there are."""
    text = path.read_text()
    lines = text.splitlines(keepends=True)
    tree = parse_source(text)
    assert tree is not None
    made = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.decorator_list]
    assets = [each for each in made if "asset" in ast.dump(each.decorator_list[0])]
    for each in reversed(assets):
        lines.insert(each.body[1].lineno - 1, f'    tell("{each.name}")\n')  # the first is what it says of itself
    if assets:
        place = lines.index("from __future__ import annotations\n") + 1
        lines.insert(place, "\nfrom flights.telling import tell\n")
    path.write_text("".join(lines))
    return len(assets)


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str = ""

    @property
    def lines(self) -> list[str]:
        """What it printed, without what only aligns it."""
        return [" ".join(line.split()) for line in self.out.splitlines()]

    def says(self, beginning: str) -> bool:
        return any(line.startswith(beginning) for line in self.lines)


class Held:
    """A tick in another process, in the middle of making a node."""

    def __init__(self, gate: Path, start: Callable[[], int]) -> None:
        self._gate, self._statuses = gate, list[int]()
        gate.mkdir()
        for name in ("began", "end"):
            os.mkfifo(gate / name)
        self._began, self._end = (os.open(gate / name, os.O_RDWR) for name in ("began", "end"))
        self._thread = threading.Thread(target=lambda: self._statuses.append(start()))
        self._thread.start()
        assert select.select([self._began], [], [], 120)[0], "the node was never made"
        self.pid = int(os.read(self._began, 100))

    def end(self) -> int:
        """Have the node be made, and return how the tick ended."""
        os.write(self._end, b"x")
        return self._wait()

    def kill(self) -> int:
        os.kill(self.pid, signal.SIGKILL)
        return self._wait()

    def _wait(self) -> int:
        self._thread.join()
        for descriptor in (self._began, self._end):
            os.close(descriptor)
        shutil.rmtree(self._gate)
        return self._statuses[0]


class Example:
    """The copy.

    Attributes:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        copy_example(folder)
        self._config = load_config(folder)
        modules, _ = load_modules(folder, self._config)
        self._manifest = build_manifest(folder, self._config)
        self._evaluator = Evaluator(modules, {}, TickInstance(self._open_state(), folder), folder)

    def close(self) -> None:
        uninstall()

    # ------------------------------------------------------------------ commands in this process

    def run(self, *arguments: str, now: datetime, status: int = 0) -> Ran:
        """Run a command at a time."""
        out, err = io.StringIO(), io.StringIO()
        sys.argv[:] = ["assetmake", *arguments]
        with set_clock(now), chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            ran = run(list(arguments), obj=self._open)
        assert ran == status, out.getvalue() + err.getvalue()
        return Ran(int(ran), out.getvalue(), err.getvalue())

    def tick(self, now: datetime, *arguments: str, status: int = 0) -> Ran:
        """Tick at a time, which is given on the command line."""
        return self.run("tick", "--at", now.isoformat(), *arguments, now=now, status=status)

    def read(self, *arguments: str, now: datetime) -> Any:
        return json.loads(self.run(*arguments, "--json", now=now).out)

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        """Have the sensor answer here."""
        return [self._evaluator.answer(each) for each in questions]

    def _open(self, *, env: str | None, project: Path | None, fresh: bool, launch: Launch | None) -> Project:
        del env, project, fresh, launch
        state = self._open_state()

        def open_executor(_: int, __: Path) -> Inline:
            return Inline(lambda work: find_asset(work.module, work.asset), state=state, root=self.folder)

        return Project(self.folder, self._config, self._manifest, state, open_executor, state_file=self._state_path)

    @property
    def _state_path(self) -> Path:
        return self.folder / ".assetmake/state.duckdb"

    def _open_state(self) -> StateFile:
        return StateFile(self._state_path, lock_timeout=60)

    # ------------------------------------------------------------------ ticks in other processes

    def hold_tick(self, now: datetime, node: str) -> Held:
        """Have a tick run in another process until it makes a node."""
        arguments = ["tick", "--at", now.isoformat()]

        def start() -> int:
            with open(self.folder / "held.log", "w") as log, open(os.devnull) as nothing:
                streams = nothing.fileno(), log.fileno(), log.fileno()
                return run_forked(start_fresh(*FRAMES).socket, arguments, folder=str(self.folder), streams=streams)

        return Held(self.folder / "gates" / node, start)

    def wait_until_recorded(self, asset: str) -> None:
        """Return when no living build holds an asset any more: what it makes is recorded from time to time."""
        claimed = "select 1 from state.claims c join state.assets a on a.id = c.asset where a.key = ?"
        while True:
            with self._open_state().reading() as db:
                if not db.execute(claimed, [asset]).fetchall():
                    return

    def kill_tick_before_it_builds(self, now: datetime) -> str:
        """Have a tick decide, and be killed then; return what it printed."""
        command = [sys.executable, "-c", KILLED_BEFORE_IT_BUILDS, "tick", "--at", now.isoformat()]
        done = subprocess.run(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        return done.stdout

    # ------------------------------------------------------------------ what is left

    def take_notices(self) -> list[dict[str, Any]]:
        """Return what `[notify]` was told since it was last asked."""
        file = self.folder / "told"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [json.loads(line) for line in lines if line]

    def count_calls(self) -> Counter[str]:
        return Counter((self.folder / "called").read_text().split())

    def read_attempts(self, now: datetime) -> dict[str, list[tuple[str, str]]]:
        """Return of each node how it was made, or could not be, and why it was: what `history` shows, oldest first."""
        found: dict[str, list[tuple[str, str]]] = {}
        for asset in [str(record.key) for record in self._manifest.assets]:
            for each in reversed(self.read("history", asset, "-n", "10000", now=now)["attempts"]):
                node = asset if each["key"] is None else f"{asset}@{each['key']}"
                found.setdefault(node, []).append((each["outcome"], each["reason"]))
        return found

    def read_outputs(self) -> dict[str, bytes]:
        data = self.folder / "data"
        return {str(file.relative_to(data)): file.read_bytes() for file in data.rglob("*") if file.is_file()}
