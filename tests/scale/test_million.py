"""A million partitions: counts are exact, and memory stays far below one object for each."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, resource, sys, time
from datetime import UTC, datetime
from assetmake import DailyPartitionsDefinition, HourlyPartitionsDefinition, asset, clock
from assetmake.planning.plan import decode
from assetmake.discovery.fingerprint import SCHEME
from assetmake.testing import Sandbox

HOURS = 1_000_008
hours = HourlyPartitionsDefinition(start_date="1990-01-01-00:00")
days = DailyPartitionsDefinition(start_date="1990-01-01")
clock.now = lambda: datetime.fromtimestamp(hours.part_of("1990-01-01-00:00") + HOURS * 3600, UTC)

@asset(partitions_def=hours)
def hourly() -> None: ...

@asset(partitions_def=days, deps=[hourly])
def daily() -> None: ...

@asset(deps=[daily])
def report() -> None: ...

sandbox = Sandbox([hourly, daily, report])

def plan():
    start = time.perf_counter()
    view = sandbox.plan()
    seconds = time.perf_counter() - start
    found = {}
    for key, verdicts in view.plan:
        found[str(key)] = {
            "total": verdicts.total, "stale": verdicts.stale, "waiting": verdicts.waiting,
            "reasons": {reason.value: count for reason, count in verdicts.count_reasons().items()},
            "keys": list(view.ranges(key, verdicts.parts)),
        }
    print(f"{seconds:.2f} s", file=sys.stderr)
    return found

report_missing = plan()
with sandbox.project.state.writing() as db:
    db.execute("insert into state.assets values (1, 'hourly'), (2, 'daily'), (3, 'report')")
    for number, record in enumerate(sandbox.project.graph.assets.values(), 1):
        found = record.fingerprint
        db.execute("insert into state.fingerprints (id, asset, scheme, code, config, io, environment)"
                   " values (?, ?, ?, ?, ?, ?, ?)",
                   [number, number, SCHEME, found.code, found.config, found.io, found.environment])
    first = hours.part_of("1990-01-01-00:00")
    columns = "(asset, part, fingerprint, inputs, data, size, mtime, inode, content, run, built_at, seconds)"
    tail = "0, 0, 0, 0, 'run', timestamp '2026-01-01', 0.1"
    db.execute(f"insert into state.traces {columns} select 1, {first} + range * 3600, 1, [],"
               f" md5_number(range::varchar)::uhugeint, {tail} from range({HOURS})")
    day = f"part - (part - {first}) % 86400"
    db.execute(f"insert into state.traces {columns} select 2, {day}, 2, [bit_xor(data)],"
               f" md5_number('d' || min(part))::uhugeint, {tail} from state.traces group by {day}")
    db.execute(f"insert into state.traces {columns} select 3, 0, 3, [bit_xor(data)], 9, {tail}"
               " from state.traces where asset = 2")
fresh = plan()
with sandbox.project.state.writing() as db:
    for key in ("1990-01-01-00:00", "2013-05-05-11:00", "2013-05-05-12:00"):
        db.execute("update state.traces set data = data + 1 where asset = 1 and part = ?", [hours.part_of(key)])
changed = plan()
with sandbox.project.state.writing() as db:
    for key in ("1990-01-01-00:00", "2013-05-05-11:00", "2013-05-05-12:00"):
        db.execute("delete from state.traces where asset = 1 and part = ?", [hours.part_of(key)])
removed = plan()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps({"missing": report_missing, "fresh": fresh, "changed": changed, "removed": removed,
                  "memory": memory * unit}))
"""
HOURS, DAYS = 1_000_008, 41_667


@pytest.fixture(scope="module")
def measured() -> dict[str, dict]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_all_are_missing_at_first(measured: dict[str, dict]) -> None:
    found = measured["missing"]

    assert found["hourly"]["reasons"] == {"missing": HOURS}
    assert found["daily"]["reasons"] == {"missing": DAYS}
    assert len(found["hourly"]["keys"]) == 1


def test_all_are_fresh_where_every_trace_agrees(measured: dict[str, dict]) -> None:
    found = measured["fresh"]

    assert {name: (each["total"], each["stale"] + each["waiting"]) for name, each in found.items()} == {
        "hourly": (HOURS, 0),
        "daily": (DAYS, 0),
        "report": (1, 0),
    }


def test_days_whose_hours_have_other_data_are_stale_and_no_others(measured: dict[str, dict]) -> None:
    found = measured["changed"]

    assert found["hourly"]["stale"] == 0
    assert found["daily"]["reasons"] == {"upstream": 2}
    assert found["daily"]["stale"] == 2
    assert found["daily"]["keys"] == ["1990-01-01", "2013-05-05"]
    assert found["report"]["waiting"] == 1


def test_hours_without_a_trace_are_stale_and_their_days_wait(measured: dict[str, dict]) -> None:
    found = measured["removed"]

    assert found["hourly"]["keys"] == ["1990-01-01-00:00", "2013-05-05-11:00..2013-05-05-12:00"]
    assert found["hourly"]["reasons"] == {"missing": 3}
    assert found["daily"]["keys"] == ["1990-01-01", "2013-05-05"]
    assert (found["daily"]["stale"], found["daily"]["waiting"]) == (0, 2)


def test_memory_stays_below_a_gigabyte(measured: dict[str, dict]) -> None:
    assert measured["memory"] < 1 << 30
