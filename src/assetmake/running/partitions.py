"""The partitions that a run is for, for each definition of partitions that its assets have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.multi_keys import MultiPartitionKey
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.occurrences.tags import PARTITION_RANGE_END_TAG, PARTITION_RANGE_START_TAG, PARTITION_TAG
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.definitions.partitions import PartitionKeyRange, PartitionsDefinition
from assetmake.errors import UnknownPartitionError


@dataclass(frozen=True, slots=True)
class RunKeys:
    """The keys of a run.

    Attributes:
        by_definition: Those of each set of partitions; none where no partition was asked for.
        tags: What the run is tagged with.
    """

    by_definition: Mapping[PartitionsDefinition | None, Sequence[str]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def read_keys(
    asked: str | tuple[str, str] | None, definitions: Sequence[AssetsDefinition], *, instance: Any, now: datetime
) -> RunKeys:
    """Return the keys that each set of partitions runs for.

    Args:
        asked: A key, or the first and the last of a range.
        definitions: What runs.
        instance: Knows the keys of dynamic partitions.
        now: Decides which time windows exist.

    Raises:
        UnknownPartitionError: no set has such a key.
    """
    if asked is None:
        return RunKeys()
    sets = list(dict.fromkeys(each.partitions_def for each in definitions if each.partitions_def is not None))
    found: dict[PartitionsDefinition | None, Sequence[str]] = {}
    with partition_loading_context(now, instance):
        for partitions_def in sets:
            found[partitions_def] = _read_one(partitions_def, asked)
    if isinstance(asked, tuple):
        return RunKeys(found, {PARTITION_RANGE_START_TAG: asked[0], PARTITION_RANGE_END_TAG: asked[1]})
    return RunKeys(found, {PARTITION_TAG: str(asked)})


def _read_one(partitions_def: PartitionsDefinition, asked: str | tuple[str, str]) -> Sequence[str]:
    if isinstance(asked, tuple):
        return tuple(partitions_def.get_partition_keys_in_range(PartitionKeyRange(*asked)))
    if not partitions_def.has_partition_key(asked):
        raise UnknownPartitionError(
            f"There is no PartitionsDefinition partition with the key `{asked}` for {partitions_def!r}",
            hint="ask for one of its keys",
        )
    if isinstance(partitions_def, MultiPartitionsDefinition) and not isinstance(asked, MultiPartitionKey):
        return (partitions_def.get_partition_key_from_str(asked),)
    return (asked,)
