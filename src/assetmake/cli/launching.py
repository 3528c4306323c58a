"""A job gives the config of its runs to the assets that are built for it."""

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
        UsageError: the config of its runs is made of their partition: each partition would be of another asset.
    """
    job = find_job(graph, name)
    if job.has_partitioned_config:
        raise UsageError(
            f"job {name} ({job.place}) makes the config of its runs of their partition, which a build cannot do",
            hint=f"without the config its assets are job:{name}, as in assetmake build job:{name}",
        )
    return replace(launch, job=f"job {name} ({job.place})", job_config=job.config) if job.config else launch
