"""What a job says besides its assets, as far as a build can do it."""

from __future__ import annotations

from assetmake.errors import UsageError
from assetmake.graph.jobs import find_job
from assetmake.graph.selection import Selection
from assetmake.project import Project


def check_job(project: Project, selection: Selection) -> None:
    """Check that a build can do all that the job says that is built.

    Raises:
        SelectionError: there is no such job.
        UsageError: it has run config: without that its assets would come out otherwise than the job says.
    """
    if selection.job is None:
        return
    job = find_job(project.graph, selection.job)
    if job.config or job.has_partitioned_config:
        raise UsageError(
            f"job {job.name} ({job.place}) has config for its runs, which a build cannot give its assets yet",
            hint=f"without the config its assets are job:{job.name}, as in assetmake build job:{job.name}",
        )
