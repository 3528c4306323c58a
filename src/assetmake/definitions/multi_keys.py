"""Keys of several dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assetmake.errors import DefinitionError

BETWEEN_KEYS = "|"
"""Stands between the keys of the dimensions, in the text of a key."""


class PartitionDimensionKey(NamedTuple):
    """The key of one dimension."""

    dimension_name: str
    partition_key: str


class MultiPartitionKey(str):
    """A key of several dimensions: as a text, theirs joined by `|`, in the order of the dimensions' names.

    >>> key = MultiPartitionKey({"date": "2024-01-01", "colour": "red"})
    >>> key
    'red|2024-01-01'
    >>> key.keys_by_dimension["date"]
    '2024-01-01'
    """

    dimension_keys: list[PartitionDimensionKey]

    def __new__(cls, keys_by_dimension: Mapping[str, str]) -> MultiPartitionKey:
        if not isinstance(keys_by_dimension, Mapping):
            raise DefinitionError(f"MultiPartitionKey needs a key for each dimension, got {keys_by_dimension!r}")
        keys = [PartitionDimensionKey(name, keys_by_dimension[name]) for name in sorted(keys_by_dimension)]
        made = super().__new__(cls, BETWEEN_KEYS.join([key.partition_key for key in keys]))
        made.dimension_keys = keys
        return made

    @property
    def keys_by_dimension(self) -> dict[str, str]:
        return dict(self.dimension_keys)

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.keys_by_dimension,)
