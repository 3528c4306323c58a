"""Question and Reply: what crosses the border between a tick and the process that runs the user's functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assetmake.execution.work import Failure
from assetmake.ticking.decision import KeysChange, Kind, Sighting


@dataclass(frozen=True, slots=True)
class Question:
    """What a schedule is asked at one of its times, or a sensor.

    Attributes:
        module: What is imported to find it.
        now: When it is asked.
        time: The schedule's time.
        cursor: What the sensor left.
        last_asked_at: When the sensor was asked before.
        last_run_key: What it last asked for something under.
        timeout: Seconds that it may take.
    """

    kind: Kind
    name: str
    module: str
    now: datetime
    time: datetime | None = None
    cursor: str | None = None
    last_asked_at: datetime | None = None
    last_run_key: str | None = None
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One run that was asked for.

    Attributes:
        job: The name of a job; empty where it asks for its assets.
        assets: Only these of the job's, by name; None: all of them.
        partition: The partition; empty where none is named.
        range: The first and the last of several.
        config: A run config; empty: that of the job.
    """

    run_key: str = ""
    job: str = ""
    assets: tuple[str, ...] | None = None
    partition: str = ""
    range: tuple[str, str] | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a question.

    Attributes:
        failure: Why there is no answer.
        refused: Why requests cannot be taken, one for each; the others are.
        skipped: Why nothing is asked for, in the user's words.
        cursor: What the sensor leaves.
        changes: Dynamic partitions that it adds and removes, before anything runs.
        sightings: What it tells of assets that others make.
        notes: What a person should know besides: errors of a sensor of runs, events that are not kept.
        output: What was printed.
    """

    asked: tuple[Asked, ...] = ()
    failure: Failure | None = None
    refused: tuple[Failure, ...] = ()
    skipped: str = ""
    cursor: str | None = None
    changes: tuple[KeysChange, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    notes: tuple[str, ...] = ()
    output: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """The project was imported; the values of these variables are written nowhere."""

    variables: frozenset[str]
