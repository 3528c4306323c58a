"""Records of jobs, schedules and sensors as plain data: what they are called, when they are due, what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.discovery.rule_records import RUNNING, STOPPED, FreshnessRecord, RuleRecord

__all__ = ["CODE", "RUNNING", "STOPPED", "TARGET", "Automation", "JobRecord", "ScheduleRecord", "SensorRecord"]

TARGET, CODE = "target", "code"
"""How a schedule says what it asks for: it does not, which means what it is declared for, of partitions those that have
come to be last; or by functions of the user's."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job.

    Attributes:
        module: What is imported to find it.
        selection: What it selects, as a text; where the syntax has no words for it, as it is put together.
        assets: What that means in the project, in order of their keys.
        checks: The checks that it means, as `asset:check`.
        partitions: Those that its assets share, or that it declares.
        config: The run config of all its runs; empty where it has none.
        has_partitioned_config: Its run config is made of the partition, by code.
        tags: Describe it.
        run_tags: Are put on its runs.
        problem: Why its selection means nothing, in words; empty where it does.
    """

    name: str
    module: str
    place: Place
    selection: str
    assets: tuple[AssetKey, ...] = ()
    checks: tuple[str, ...] = ()
    partitions: PartitionsDefinition | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    has_partitioned_config: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    run_tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    owners: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """One schedule.

    Attributes:
        module: What is imported to find it.
        cron: One or several cron expressions.
        timezone: An IANA name; empty for UTC.
        job: The job that it asks for; empty where it asks for assets.
        selection: What of them, as of a job.
        assets: What its job, or its selection, means in the project.
        status: RUNNING, or STOPPED: whether it is active.
        is_partitioned: What it asks for has partitions.
        catch_up: Which of its times count that no tick came at: `all`, `latest` or `none`.
        asks: TARGET or CODE: how it says what it asks for.
        config: The run config of all its runs; empty where it has none, or where code says it.
        problem: Why it can ask for nothing; empty where it can.
    """

    name: str
    module: str
    place: Place
    cron: tuple[str, ...]
    timezone: str = ""
    job: str = ""
    selection: str = ""
    assets: tuple[AssetKey, ...] = ()
    status: str = RUNNING
    is_partitioned: bool = False
    catch_up: str = "latest"
    asks: str = CODE
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    owners: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SensorRecord:
    """One sensor.

    Attributes:
        module: What is imported to find it.
        kind: sensor, asset, multi_asset, run_status or automation_condition: what it looks at.
        jobs: The jobs that it may ask for.
        selection: The assets that it may ask for, as of a job.
        assets: What its jobs, and its selection, mean in the project.
        watches: The assets, or the names of jobs, that it looks at; none where it does not say.
        minimum_interval: Seconds between evaluations, at least.
        status: RUNNING, or STOPPED: whether it is active.
        problem: Why it can ask for nothing; empty where it can.
    """

    name: str
    module: str
    place: Place
    kind: str = "sensor"
    jobs: tuple[str, ...] = ()
    selection: str = ""
    assets: tuple[AssetKey, ...] = ()
    watches: tuple[str, ...] = ()
    minimum_interval: int = 30
    status: str = RUNNING
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    owners: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Automation:
    """All that asks for runs, and how old assets may become."""

    jobs: tuple[JobRecord, ...] = ()
    schedules: tuple[ScheduleRecord, ...] = ()
    sensors: tuple[SensorRecord, ...] = ()
    conditions: tuple[RuleRecord, ...] = ()
    policies: tuple[FreshnessRecord, ...] = ()

    def restrict(self, assets: Iterable[AssetKey]) -> Automation:
        """Return what asks for any of some assets."""
        wanted = frozenset(assets)
        return Automation(
            tuple(each for each in self.jobs if wanted.intersection(each.assets)),
            tuple(each for each in self.schedules if wanted.intersection(each.assets)),
            tuple(each for each in self.sensors if wanted.intersection(each.assets)),
            tuple(each for each in self.conditions if each.asset in wanted),
            tuple(each for each in self.policies if each.asset in wanted),
        )
