"""What a backfill is about: the partitions of a selection, in a range of which both ends are there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.key_rules import KeyOptions, KeyRange, OneKey
from assetmake.graph.targets import resolve_rules
from assetmake.planning.plan import Parts
from assetmake.planning.view import Scope

_SHOWN = 3


def take_partitioned(targets: Mapping[AssetKey, Parts], keys: KeyOptions, scope: Scope) -> dict[AssetKey, Parts]:
    """Return the targets that have partitions.

    Args:
        targets: The nodes that a selection means.
        keys: The options that chose partitions.
        scope: Which there are.

    Raises:
        UsageError: none of them has any.
        UnknownPartitionError: an end of the range is written as a partition, and none of them has that.
    """
    definitions = {key: scope.definitions[key] for key in targets}
    found = {key: definition for key, definition in definitions.items() if definition is not None}
    if targets and not found:
        names = ", ".join(map(str, list(targets)[:_SHOWN])) + (" ..." if len(targets) > _SHOWN else "")
        raise UsageError(
            f"a backfill is for partitions, and nothing that is selected has any: {names}",
            hint="`assetmake build` brings assets without partitions up to date",
        )
    rule = keys.to_rule()
    if isinstance(rule, KeyRange):
        for end in (rule.start, rule.end):
            if end is not None:
                _require_end(end, found, scope.now)
    return {key: parts for key, parts in targets.items() if key in found}


def _require_end(end: str, definitions: Mapping[AssetKey, PartitionsDefinition], now: datetime) -> None:
    """Refuse an end of a range that reads as a partition which no asset has, or not yet; a date may lie anywhere."""
    refused: list[tuple[AssetKey, UnknownPartitionError]] = []
    for key, definition in {id(each): (key, each) for key, each in definitions.items()}.values():
        try:
            definition.part_of(end)
        except UnknownPartitionError:
            return  # not as a partition of this one
        try:
            resolve_rules(definition, [OneKey(end)], current_time=now)
        except UnknownPartitionError as error:
            refused.append((key, error))
        else:
            return
    if refused:
        key, first = refused[0]
        raise UnknownPartitionError(f"asset {key}: {first.message}", hint=first.hint)
