"""The tags that say something to other programs: their names are those that users' code looks up."""

from __future__ import annotations

from collections.abc import Mapping

from assetmake.errors import DefinitionError

DATA_VERSION_TAG = "dagster/data_version"
CODE_VERSION_TAG = "dagster/code_version"
PARTITION_TAG = "dagster/partition"
PARTITION_RANGE_START_TAG = "dagster/asset_partition_range_start"
PARTITION_RANGE_END_TAG = "dagster/asset_partition_range_end"
PARENT_RUN_TAG = "dagster/parent_run_id"
ROOT_RUN_TAG = "dagster/root_run_id"
RUN_KEY_TAG = "dagster/run_key"
SCHEDULE_NAME_TAG = "dagster/schedule_name"
SENSOR_NAME_TAG = "dagster/sensor_name"


def check_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Return the tags of an event.

    Raises:
        DefinitionError: One is no text.
    """
    for name, value in (tags or {}).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise DefinitionError(f"tag {name!r}: {value!r} is not a text", hint="tags map texts to texts")
    return dict(tags or {})
