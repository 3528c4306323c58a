"""Partition sets: the named sets of partition keys that are added to and removed from while a project lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.dimensions import check_dimension
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.definitions.partition_keys import nearest_keys
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.broken import list_modules
from assetmake.storage.dynamic_keys import (
    add_dynamic_keys,
    count_dynamic_keys,
    read_dynamic_keys,
    remove_dynamic_keys,
)
from assetmake.storage.state import State

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PartitionSet:
    """A named set of keys.

    Attributes:
        name: What the keys are kept under.
        count: How many there are.
        users: The assets and sources that it partitions; none where no definition has its name any more.
    """

    name: str
    count: int
    users: tuple[AssetKey, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """Keys that were added, and those that were there already."""

    added: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartitionSets:
    """The sets of a project.

    Args:
        state: Keeps the keys.
        graph: Has the definitions.
    """

    state: State
    graph: AssetGraph

    def list_all(self) -> list[PartitionSet]:
        """Return every set that a definition names or that has keys, by name."""
        with self.state.reading() as db:
            counts = count_dynamic_keys(db)
        users = self.graph.find_dynamic()
        return [
            PartitionSet(name, counts.get(name, 0), users.get(name, ())) for name in sorted({*users, *counts.keys()})
        ]

    def list_keys(self, name: str) -> list[str]:
        """Return the keys of a set, in the order in which they were added.

        Raises:
            UsageError: there is no such set.
        """
        with self.state.reading() as db:
            self._require(name, count_dynamic_keys(db))
            return read_dynamic_keys(db, [name])[name]

    def add(self, name: str, keys: Sequence[str]) -> Added:
        """Add keys to a set, behind those that are there.

        Raises:
            UsageError: there is no such set.
            DefinitionError: one cannot be a key; then none is added.
        """
        given = list(dict.fromkeys(keys))
        with self.state.writing() as db:
            self._require(name, count_dynamic_keys(db))
            there = read_dynamic_keys(db, [name])[name]
            known = set(there).intersection(given)
            new = [key for key in given if key not in known]
            self._check(name, [*there, *new])
            add_dynamic_keys(db, name, new, now=clock.now())
        return Added(tuple(new), tuple(key for key in given if key in known))

    def remove(self, name: str, keys: Sequence[str]) -> list[str]:
        """Remove keys from a set and return them; what was built of them stays, as of nodes that are no more.

        Raises:
            UsageError: there is no such set.
            UnknownPartitionError: it does not have one of the keys; then none is removed.
        """
        given = list(dict.fromkeys(keys))
        with self.state.writing() as db:
            self._require(name, count_dynamic_keys(db))
            there = read_dynamic_keys(db, [name])[name]
            unknown = set(given).difference(there)
            if unknown:
                raise _explain_unknown(name, [key for key in given if key in unknown], there)
            remove_dynamic_keys(db, name, given)
        return given

    def _check(self, name: str, keys: Sequence[str]) -> None:
        """Let no key be kept that a plan could do nothing with: it would refuse all of them."""
        resolved = DynamicPartitionsDefinition(name=name).resolve(keys)
        resolved.parts()
        for dimension in self._list_dimensions(name):
            check_dimension(dimension, resolved)

    def _list_dimensions(self, name: str) -> set[str]:
        """Return the dimensions that a set partitions."""
        users = self.graph.find_dynamic().get(name, ())
        records = [self.graph.assets.get(key) or self.graph.sources[key] for key in users]
        return {
            dimension
            for record in records
            if isinstance(record.partitions, MultiPartitionsDefinition)
            for dimension, definition in record.partitions.partitions_defs
            if name in definition.dynamic_names
        }

    def _require(self, name: str, kept: Mapping[str, int]) -> None:
        known = sorted({*self.graph.find_dynamic(), *kept})
        if name in known:
            return
        hint = suggest(find_nearest(name, known)) or (
            f"there are {', '.join(known[:_SHOWN])}"
            if known
            else f"declare it: @asset(partitions_def=DynamicPartitionsDefinition(name={name!r}))"
        )
        if self.graph.broken:
            hint += f"; it may be in a module that did not import ({list_modules(self.graph.broken)})"
        raise UsageError(f"there are no dynamic partitions {name!r}", hint=hint)


def _explain_unknown(name: str, unknown: Sequence[str], there: Sequence[str]) -> UnknownPartitionError:
    shown = ", ".join(map(repr, unknown[:_SHOWN]))
    more = f" and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
    near = nearest_keys(unknown[0], there)
    return UnknownPartitionError(
        f"{name} has no partition {shown}{more}; nothing was removed",
        hint=f"did you mean {' or '.join(near)}?" if near else "it has no keys at all",
    )
