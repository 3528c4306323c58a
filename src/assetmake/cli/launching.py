"""A job gives the config of its runs to the assets that are built for it."""

from __future__ import annotations

from dataclasses import replace

from assetmake.discovery.launch import Launch
from assetmake.errors import UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.jobs import find_job, read_job


def add_job_config(graph: AssetGraph, given: str, launch: Launch) -> Launch:
    """Return what the command was given, over the config of a job.

    Args:
        graph: Has the job.
        given: Its name, or NAME@KEY for the run of one partition.
        launch: What the command was given.

    Raises:
        SelectionError: there is no such job.
        UsageError: the config of its runs is made of their partition, and it is not said of which.
    """
    name, key = read_job(given)
    job = find_job(graph, name)
    if not job.has_partitioned_config:
        return replace(launch, job=f"job {name} ({job.place})", job_config=job.config) if job.config else launch
    if key is None:
        raise UsageError(
            f"job {name} ({job.place}) makes the config of each of its runs of the partition: say of which one",
            hint=f"--job {name}@KEY, once for each; without the config its assets are job:{name}",
        )
    return replace(launch, job=f"job {name}@{key} ({job.place})", job_name=name, partition=key)
