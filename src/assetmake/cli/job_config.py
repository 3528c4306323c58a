"""A job gives the config of its runs to the assets that are built for it."""

from __future__ import annotations

import click

from assetmake.cli.opening import Opened, open_here
from assetmake.errors import UsageError
from assetmake.graph.jobs import find_job
from assetmake.graph.selection import Selection


def open_for(ctx: click.Context, selection: Selection) -> Opened:
    """Open the project for a command, with the config of the job that is selected.

    Raises:
        SelectionError: there is no such job.
        UsageError: the config of its runs is made of their partition: each partition would be of another asset.
    """
    opened = open_here(ctx)
    if selection.job is None:
        return opened
    job = find_job(opened.project.graph, selection.job)
    if job.has_partitioned_config:
        raise UsageError(
            f"job {job.name} ({job.place}) makes the config of its runs of their partition, which a build cannot do",
            hint=f"without the config its assets are job:{job.name}, as in assetmake build job:{job.name}",
        )
    return open_here(ctx, job=job) if job.config else opened
