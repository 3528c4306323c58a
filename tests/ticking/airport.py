"""A project made like the example, and its cron: commands run in this process, or in others that can be killed.

What its assets read is written day by day, and each tells when it is called.
"""

from __future__ import annotations

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
from fresh import start_fresh

NEW_YORK = ZoneInfo("America/New_York")
CONFIG = """
[notify]
command = "cat >> told; echo >> told"
"""
ASSETS = '''
import csv
import json
import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from assetmake import (
    AssetExecutionContext,
    AutomationCondition,
    DailyPartitionsDefinition,
    FileSource,
    FreshnessPolicy,
    RunRequest,
    ScheduleDefinition,
    SensorResult,
    SkipReason,
    WeeklyPartitionsDefinition,
    asset,
    sensor,
)

HERE = Path(__file__).parent
ZONE = "America/New_York"
DAYS = DailyPartitionsDefinition("2013-03-01", timezone=ZONE)
WEEKS = WeeklyPartitionsDefinition("2013-03-03", timezone=ZONE)

flights_csv = FileSource("flights_csv", "inbox/flights/{partition_key}.csv", partitions_def=DAYS)
weather_csv = FileSource("weather_csv", "inbox/weather/{partition_key}.csv", partitions_def=DAYS)
airlines_csv = FileSource("airlines_csv", "inbox/airlines.csv")
gates_csv = FileSource("gates_csv", "inbox/gates.csv")


def tell(node):
    """Note that a node is being made; where a test waits for it, wait for the test."""
    descriptor = os.open(HERE / "called", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{node}\\n".encode())
    os.close(descriptor)
    gate = HERE / "gates" / node
    if gate.exists():
        (gate / "began").write_text(str(os.getppid()))
        with open(gate / "end", "rb", buffering=0) as end:
            end.read(1)


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@asset(partitions_def=DAYS)
def daily_flights(context: AssetExecutionContext, flights_csv: Path) -> list:
    tell(f"daily_flights@{context.partition_key}")
    return [{"carrier": row["carrier"], "delay": int(row["delay"])} for row in read(flights_csv)]


@asset(partitions_def=DAYS)
def daily_weather(context: AssetExecutionContext, weather_csv: Path) -> list:
    tell(f"daily_weather@{context.partition_key}")
    return [int(row["wind"]) for row in read(weather_csv)]


@asset(partitions_def=DAYS, freshness_policy=FreshnessPolicy.time_window(timedelta(hours=60)))
def carrier_delays(context: AssetExecutionContext, daily_flights: list, daily_weather: list) -> dict:
    tell(f"carrier_delays@{context.partition_key}")
    delays = {}
    for flight in daily_flights:
        delays[flight["carrier"]] = delays.get(flight["carrier"], 0) + flight["delay"]
    return {"delays": delays, "windy": max(daily_weather) > 20}


CORRECTED = AutomationCondition.any_deps_updated() & ~AutomationCondition.missing()


@asset(partitions_def=WEEKS, automation_condition=CORRECTED)
def weekly_carriers(context: AssetExecutionContext, carrier_delays: dict) -> dict:
    tell(f"weekly_carriers@{context.partition_key}")
    total = {}
    for day in carrier_delays.values():
        for carrier, delay in day["delays"].items():
            total[carrier] = total.get(carrier, 0) + delay
    return total


@asset(automation_condition=AutomationCondition.eager())
def airline_names(airlines_csv: Path) -> dict:
    tell("airline_names")
    return {row["carrier"]: row["name"] for row in read(airlines_csv)}


@asset
def board(gates_csv: Path, airline_names: dict) -> dict:
    tell("board")
    return {row["gate"]: airline_names[row["carrier"]] for row in read(gates_csv)}


nightly = ScheduleDefinition("nightly", cron_schedule="30 2 * * *", execution_timezone=ZONE, target="carrier_delays")
weekly = ScheduleDefinition("weekly", cron_schedule="0 6 * * 1", execution_timezone=ZONE, target="weekly_carriers")
hourly = ScheduleDefinition("hourly", cron_schedule="0 * * * *", target="board")


@sensor(target=["daily_weather", "carrier_delays"], minimum_interval_seconds=60)
def weather_arrived(context):
    """Ask for the weather of each day whose file is new; for more of it where the night that needs it is over."""
    seen = json.loads(context.cursor or "{}")
    there = {file.stem: sha256(file.read_bytes()).hexdigest()[:8] for file in (HERE / "inbox/weather").iterdir()}
    new = sorted(day for day, digest in there.items() if seen.get(day) != digest)
    if not new:
        return SkipReason("no other weather than before")
    last = DAYS.get_last_partition_key() or ""
    requests = [
        RunRequest(
            run_key=f"{day}-{there[day]}",
            partition_key=day,
            asset_selection=["daily_weather"] if day >= last else ["daily_weather", "carrier_delays"],
        )
        for day in new
    ]
    return SensorResult(run_requests=requests, cursor=json.dumps(there, sort_keys=True))
'''
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


class Airport:
    """The project.

    Attributes:
        folder: Where it is.
        ticks: When it was ticked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ticks: list[datetime] = []
        for name in ("flights", "weather"):
            (folder / "inbox" / name).mkdir(parents=True)
        (folder / "gates").mkdir()
        (folder / "assets.toml").write_text(CONFIG)
        (folder / "assets.py").write_text(ASSETS)
        self._config = load_config(folder)
        modules, _ = load_modules(folder, self._config)
        self._manifest = build_manifest(folder, self._config)
        self._evaluator = Evaluator(modules, {}, TickInstance(self._open_state(), folder), folder)

    def close(self) -> None:
        uninstall()

    def write(self, name: str, text: str) -> None:
        """Write a file of the inbox, in one piece."""
        beside = self.folder / "beside"
        beside.write_text(text)
        beside.rename(self.folder / "inbox" / name)

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
        self.ticks.append(now)
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
        self.ticks.append(now)
        arguments = ["tick", "--at", now.isoformat()]

        def start() -> int:
            with open(self.folder / "held.log", "w") as log, open(os.devnull) as nothing:
                streams = nothing.fileno(), log.fileno(), log.fileno()
                return run_forked(start_fresh().socket, arguments, folder=str(self.folder), streams=streams)

        return Held(self.folder / "gates" / node, start)

    def kill_tick_before_it_builds(self, now: datetime) -> str:
        """Have a tick decide, and be killed then; return what it printed."""
        self.ticks.append(now)
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

    def count_attempts(self, now: datetime) -> Counter[str]:
        """Return how often each node was made, or could not be, by what `history` shows."""
        found: Counter[str] = Counter()
        for asset in [str(record.key) for record in self._manifest.assets]:
            for each in self.read("history", asset, "-n", "1000", now=now)["attempts"]:
                found[asset if each["key"] is None else f"{asset}@{each['key']}"] += 1
        return found

    def read_outputs(self) -> dict[str, str]:
        data = self.folder / "data"
        return {str(file.relative_to(data)): file.read_text() for file in data.rglob("*") if file.is_file()}
