"""A job gives the config of its runs to the assets that are built for it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from itertools import islice

from assetmake.discovery.launch import Launch
from assetmake.errors import UsageError
from assetmake.graph.jobs import find_job, read_job
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.project import Project

_MOST = 3
"""Commands that are written out."""


def add_job_config(project: Project, given: str, launch: Launch, *, keys: KeyOptions, command: str) -> Launch:
    """Return what the command was given, over the config of a job.

    Args:
        project: Has the job.
        given: Its name, or NAME@KEY for the run of one partition.
        launch: What the command was given.
        keys: Which partitions the command is about.
        command: What it is called, for messages.

    Raises:
        SelectionError: there is no such job.
        UsageError: the config of its runs is made of their partition, and it is not said of which one.
    """
    name, key = read_job(given)
    job = find_job(project.graph, name)
    if not job.has_partitioned_config:
        return replace(launch, job=f"job {name} ({job.place})", job_config=job.config) if job.config else launch
    if key is not None:
        return replace(launch, job=f"job {name}@{key} ({job.place})", job_name=name, partition=key)
    told = f"job {name} ({job.place}) makes the config of each of its runs of the partition"
    chosen = _list_keys(project, Selection(keys=keys, job=name)) if keys != KeyOptions() else []
    if not chosen:
        hint = f"--job {name}@KEY, once for each; without the config its assets are job:{name}"
        raise UsageError(f"{told}: say of which one", hint=hint)
    commands = [f"assetmake {command} --job {shlex.quote(f'{name}@{each}')}" for each in chosen[:_MOST]]
    more = [f"and so on for the other {len(chosen) - _MOST:,}"] if len(chosen) > _MOST else []
    raise UsageError(
        f"{told}, so each of the {len(chosen):,} that are selected is a command of its own",
        hint="; ".join([*commands, *more]),
    )


def _list_keys(project: Project, selection: Selection) -> list[str]:
    """Return the keys that a selection has of the partitioned assets of a job."""
    with project.state.reading() as db:
        seen = project.look(db, selection=selection)
        found: dict[str, None] = {}
        for asset, parts in seen.find_targets(selection).items():
            definition = seen.view.scope.definitions[asset]
            if definition is not None:
                found.update(dict.fromkeys(map(definition.key_of, islice(parts, 10_000))))
    return list(found)
