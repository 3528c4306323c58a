"""validate_run_config: whether config fits a job, without running it; for tests of schedules and sensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assetmake.definitions.automation.jobs import read_partition_config
from assetmake.definitions.configuring.run_config import RunConfig
from assetmake.definitions.refused import refuse_declared
from assetmake.errors import DefinitionError
from assetmake.running.jobs import ResolvedJob, list_selected
from assetmake.running.run import Asked, check_config


def validate_run_config(job_def: Any, run_config: RunConfig | Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the config that a run of a job would have, as a dict.

    Args:
        job_def: A job with its assets, as `Definitions.resolve_job_def` gives it.
        run_config: The config of the run; default: the job's.

    Raises:
        RunConfigError: it does not fit.
        DefinitionError: this is no such job.
    """
    refuse_declared(job_def)
    if not isinstance(job_def, ResolvedJob):
        raise DefinitionError(
            f"{getattr(job_def, 'name', job_def)} is no job with its assets",
            hint="use definitions.resolve_job_def(name)",
        )
    keys, checks = list_selected(job_def.assembly, job_def.declared.selection)
    config = read_partition_config(job_def.config, None) if run_config is None else run_config
    asked = Asked(keys=keys, checks=checks, resources=job_def.resources, run_config=config, job_name=job_def.name)
    return check_config(job_def.assembly, asked)
