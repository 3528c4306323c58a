"""Decision: whether a schedule, a sensor or a rule of an asset is due, why, and what it then asks for. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from assetmake.project import Project
from assetmake.storage.automation_book import Known
from assetmake.storage.state import Database

__all__ = ["Answer", "Decision", "KeysChange", "Kind", "Known", "Request", "Rule", "Sighting", "Spans", "Wanted"]

Spans: TypeAlias = tuple[tuple[str, str], ...]
"""Partitions as ranges of keys, both ends included; one key is the range from it to itself."""


class Kind(StrEnum):
    """What asks for work."""

    SCHEDULE = "schedule"
    SENSOR = "sensor"
    CONDITION = "condition"
    FRESHNESS = "freshness"


class Answer(StrEnum):
    """What was decided of one of them.

    Attributes:
        DUE: It asks for something.
        NOT_DUE: It does not, for now.
        HELD: It would, and what it asked for before is still being built: it is asked again when that has ended.
        FAILED: It could not be asked: the user's code raised, or it is declared wrongly.
        STOPPED: It is not active.
        LATE: It is older than it may be; nothing is asked for.
        WARNED: It is about to be: older than its policy warns of.
    """

    DUE = "due"
    NOT_DUE = "not_due"
    HELD = "held"
    FAILED = "failed"
    STOPPED = "stopped"
    LATE = "late"
    WARNED = "warned"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be brought up to date, as a build is asked for it.

    Attributes:
        nodes: Assets by name, each with its partitions; None for all of it, or where it has none.
        job: The job that they are of, if they are of one.
        config: The run config; what it says is laid over what assets.toml says.
        tags: Put on the run.
    """

    nodes: Mapping[str, Spans | None]
    job: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that was asked for.

    Attributes:
        wanted: What.
        run_key: What was asked for under this text before, by the same name, is not asked for again; empty: no such
            text.
        occurred_at: The time of the schedule that it is for.
    """

    wanted: Wanted
    run_key: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeysChange:
    """Dynamic partitions that are to be there, or are not."""

    name: str
    keys: tuple[str, ...]
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a sensor tells of an asset that others make.

    Attributes:
        key: Of the partition; empty for all of it.
        version: Its data version; empty where the event has none.
        is_made: It was made; else it was looked at.
    """

    asset: str
    key: str = ""
    version: str = ""
    is_made: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one schedule, sensor or rule.

    Attributes:
        name: The schedule's, the sensor's, or the asset's.
        reason: Why, in words.
        requests: What it asks for; only where it is due.
        next_at: When it may be due next, as far as a clock decides that.
        detail: More lines for `--explain`, and the traceback where it failed.
        known: What is to be kept of it for the next tick; None: what is kept stays.
        changes: Dynamic partitions that come and go with it, before anything is built.
        sightings: What it tells of assets that others make, each with a version.
    """

    kind: Kind
    name: str
    answer: Answer
    reason: str
    requests: tuple[Request, ...] = ()
    next_at: datetime | None = None
    detail: tuple[str, ...] = ()
    known: Known | None = None
    changes: tuple[KeysChange, ...] = ()
    sightings: tuple[Sighting, ...] = ()


Rule: TypeAlias = Callable[[Project, Database, Mapping[str, Known], datetime], Iterable[Decision]]
"""Decides about all assets of a project that have a rule of one kind, without running any code of the user's: given the
project, the connection of an open block of the state, what is known of each by its name, and now."""
