"""Jobs, schedules, sensors and checks as lists for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.automation_records import STOPPED, JobRecord, ScheduleRecord, SensorRecord
from assetmake.discovery.manifest import AssetRecord
from assetmake.graph.asset_graph import inspected
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import shorten


def list_jobs(records: Iterable[JobRecord], *, paint: Paint = PLAIN) -> list[str]:
    """Return a line for each job: its name, its assets, its selection, the first line of its description."""
    return _align(
        [
            [
                Cell(display(each.name), "bold"),
                Cell(_tell_size(each)),
                Cell(display(each.selection)),
                _tell(each.description),
            ]
            for each in records
        ],
        paint,
    )


def list_schedules(records: Iterable[ScheduleRecord], *, paint: Paint = PLAIN) -> list[str]:
    """Return a line for each schedule: its name, when it is due, what it asks for, its description."""
    return _align(
        [
            [
                Cell(display(each.name), "bold"),
                Cell(display(", ".join(each.cron))),
                Cell(display(each.timezone or "UTC"), "dim"),
                Cell(_name_target([each.job] if each.job else [], each.assets)),
                _tell_status(each.status),
                _tell(each.description),
            ]
            for each in records
        ],
        paint,
    )


def list_sensors(records: Iterable[SensorRecord], *, paint: Paint = PLAIN) -> list[str]:
    """Return a line for each sensor: its name, how often it looks at what, what it asks for, its description."""
    return _align(
        [
            [
                Cell(display(each.name), "bold"),
                Cell(f"every {each.minimum_interval}s"),
                Cell(display(f"{each.kind} {shorten(each.watches)}".strip()), "dim"),
                Cell(_name_target(each.jobs, each.assets)),
                _tell_status(each.status),
                _tell(each.description),
            ]
            for each in records
        ],
        paint,
    )


def list_checks(records: Iterable[AssetRecord], *, paint: Paint = PLAIN) -> list[str]:
    """Return a line for each check: its asset and name, whether it stops what is below, its description."""
    return _align(
        [
            [
                Cell(display(f"{inspected(each).asset}:{inspected(each).name}"), "bold"),
                Cell("blocking" if inspected(each).blocking else ""),
                _tell(each.description),
            ]
            for each in records
        ],
        paint,
    )


def _align(rows: Sequence[Sequence[Cell]], paint: Paint) -> list[str]:
    return align(rows, paint=paint) if rows else []


def _tell_size(job: JobRecord) -> str:
    assets = [count(len(job.assets), "asset")] if job.assets or not job.checks else []
    return ", ".join([*assets, *([count(len(job.checks), "check")] if job.checks else [])])


def _name_target(jobs: Sequence[str], assets: Sequence[AssetKey]) -> str:
    if jobs:
        return display(f"job {shorten(jobs)}")
    return display(shorten([str(key) for key in assets])) or "-"


def _tell_status(status: str) -> Cell:
    return Cell("stopped", "yellow") if status == STOPPED else Cell("active")


def _tell(description: str) -> Cell:
    return Cell(display(description.strip().partition("\n")[0]), "dim")
