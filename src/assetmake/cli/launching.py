"""What a job gives to its assets besides: its run config, as if the command had been given it."""

from __future__ import annotations

from dataclasses import replace

from assetmake.discovery.launch import Launch
from assetmake.errors import UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.jobs import find_job


def add_job_config(graph: AssetGraph, name: str, launch: Launch) -> Launch:
    """Return what the command was given, over the config of a job.

    Args:
        graph: Has the job.
        name: Its name.
        launch: What the command was given.

    Raises:
        SelectionError: there is no such job.
        UsageError: its config is made of the partition by code, and one build makes many of them.
    """
    job = find_job(graph, name)
    if job.has_partitioned_config:
        raise UsageError(
            f"job {name} ({job.place}) has config that is made of the partition, which a build cannot do yet",
            hint=f"give config that is the same for all: --config FILE; or build its assets without: job:{name}",
        )
    return replace(launch, job=f"job {name} ({job.place})", job_config=job.config) if job.config else launch
