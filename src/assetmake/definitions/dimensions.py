"""What can be a dimension of partitions of several."""

from __future__ import annotations

from typing import NamedTuple

from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.definitions.multi_keys import BETWEEN_KEYS
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import DefinitionError

_RESERVED = "|,[]"


class PartitionDimensionDefinition(NamedTuple):
    """A dimension: its name and its partitions."""

    name: str
    partitions_def: PartitionsDefinition


def check_dimension(name: object, definition: object) -> None:
    """Raise DefinitionError where a definition cannot be a dimension."""
    if not isinstance(name, str) or not name:
        raise DefinitionError(f"a dimension has a name, got {name!r}")
    if not isinstance(definition, PartitionsDefinition) or hasattr(definition, "partitions_defs"):
        raise DefinitionError(
            f"dimension {name!r}: {definition!r} cannot be a dimension of a MultiPartitionsDefinition"
        )
    if isinstance(definition, DynamicPartitionsDefinition) and definition.name is None:
        raise DefinitionError(f"dimension {name!r}: a DynamicPartitionsDefinition must have a name to be a dimension")
    if isinstance(definition, StaticPartitionsDefinition):
        for key in definition.partition_keys:
            if any(character in key for character in _RESERVED):
                raise DefinitionError(
                    f"dimension {name!r}: the partition key {key!r} contains one of {' '.join(_RESERVED)}, with which"
                    " keys of several dimensions are written"
                )
    if isinstance(definition, TimeWindowPartitionsDefinition) and BETWEEN_KEYS in definition.fmt:
        raise DefinitionError(
            f"dimension {name!r}: the fmt {definition.fmt!r} contains {BETWEEN_KEYS}, which joins keys"
        )
