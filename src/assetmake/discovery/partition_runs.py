"""Partition runs: the config and tags that a job's functions make of the partition that its run is of."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assetmake.definitions.automation.jobs import UnresolvedAssetJob, read_partition_config, read_partition_tags
from assetmake.definitions.automation.partitioned_config import PartitionedConfig
from assetmake.definitions.configuring.plain_values import write_run_config
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.discovery.automation_records import Automation
from assetmake.discovery.describing_automation import list_jobs
from assetmake.discovery.failures import describe_error, is_user_frame
from assetmake.discovery.finding_automation import Found
from assetmake.discovery.importer import show_path
from assetmake.discovery.launch import Launch
from assetmake.errors import AssetmakeError, RunConfigError


@dataclass(frozen=True, slots=True)
class _AnyKeys:
    """A store that takes each dynamic key for known: which there are, whoever selects partitions looks up."""

    key: str

    def get_dynamic_partitions(self, _name: str, /) -> Sequence[str]:
        return [self.key]

    def has_dynamic_partition(self, _name: str, _key: str, /) -> bool:
        return True


def settle_run(launch: Launch, found: Sequence[Found], *, root: Path) -> Launch:
    """Return a launch with what its job makes of its partition.

    Args:
        launch: Names a job and a partition.
        found: The jobs of the project.
        root: What files are named relative to.

    Raises:
        RunConfigError: the job's functions raise, or give no run config.
    """
    job = next((each.declared for each in list_jobs(found) if each.declared.name == launch.job_name), None)
    if not isinstance(job, UnresolvedAssetJob) or not isinstance(job.config, PartitionedConfig):
        return launch  # its module did not import this time, which is told
    key = job.config.partitions_def.get_partition_key_from_str(launch.partition)
    try:
        with partition_loading_context(None, _AnyKeys(key)):
            config = write_run_config(read_partition_config(job.config, key))
            tags = read_partition_tags(job.config, key)
        written: dict[str, Any] = json.loads(json.dumps(config))
    except AssetmakeError as error:
        raise RunConfigError(f"{launch.job}: {error.message}", hint=error.hint) from None
    except Exception as error:  # noqa: BLE001 - whatever the user's functions raise
        message = f"{launch.job}: its config cannot be made: {describe_error(error)}{_tell_place(error, root)}"
        raise RunConfigError(message) from None
    return replace(launch, job_config={name: value for name, value in written.items() if value}, job_tags=tags)


def tell_run(automation: Automation, launch: Launch) -> Automation:
    """Return the records of a project in which the job of a launch is what it is for its partition."""
    jobs = tuple(
        replace(job, config=launch.job_config, run_tags={**job.run_tags, **launch.job_tags})
        if job.name == launch.job_name
        else job
        for job in automation.jobs
    )
    return replace(automation, jobs=jobs)


def _tell_place(error: Exception, root: Path) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_user_frame(frame)]
    return f" ({show_path(frames[-1].filename, root=root)}:{frames[-1].lineno})" if frames else ""
