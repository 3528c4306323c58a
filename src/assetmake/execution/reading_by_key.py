"""Reading by key: what `context.load_asset_value` gives in a build, out of what the function is known to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import InputSlot
from assetmake.definitions.assets.value_types import read_type
from assetmake.errors import InvariantError, LoadInputError, ValueTypeError
from assetmake.execution.bench import Bench
from assetmake.execution.reads import ReadWatch
from assetmake.storage.io_managers import Input

if TYPE_CHECKING:
    from assetmake.definitions.run_context import AssetExecutionContext
    from assetmake.execution.equipment import Equipment

_SHOWN = 3


@dataclass(slots=True)
class ReadingByKey:
    """Loads what a function asks for, where it is recorded that the function reads that.

    Attributes:
        inputs: What the call reads; those that may be asked for have an upstream.
        asked: The function with what it is called for.
        bench, equipment: Load it.
        reads: Notes what the function reads by itself.
        context: The function's, once it is there.
    """

    inputs: Sequence[Input]
    asked: AssetsDefinition
    bench: Bench
    equipment: Equipment | None
    reads: ReadWatch | None = None
    context: AssetExecutionContext | None = None

    def __call__(self, key: AssetKey, python_type: Any, partition_key: str | None) -> Any:
        """Return the value of an asset.

        Raises:
            InvariantError: the function does not depend on it, or not on this partition of it.
            LoadInputError: nothing is there to be loaded.
            ValueTypeError: it is of another type.
        """
        with nullcontext() if self.reads is None else self.reads.pausing():
            return self._load(key, python_type, partition_key)

    def _load(self, key: AssetKey, python_type: Any, partition_key: str | None) -> Any:
        given = next((each for each in self.inputs if each.upstream == key), None)
        if given is None:
            raise self._refuse(key)
        if given.partitioned:
            given = self._choose(given, key, partition_key)
        if given.origin is not None:
            return self._load_with_manager(given, key, python_type)
        if not given.pieces:
            raise LoadInputError(
                f"load_asset_value: nothing of {key} is kept where assetmake could load it",
                hint="return a value there, or read it from where it is kept",
            )
        value = self.bench.load_as(given, python_type)
        wanted = read_type(python_type)
        if not wanted.accepts(value):
            kind = type(value).__name__
            raise ValueTypeError(f"load_asset_value: {key} is no {wanted.display_name}, but a {kind}")
        return value

    def _load_with_manager(self, given: Input, key: AssetKey, python_type: Any) -> Any:
        assert self.equipment is not None, "a work names what loads its inputs"
        assert self.context is not None, "nobody asks before the function runs"
        slot = InputSlot("value", key, dagster_type=read_type(python_type))
        return self.equipment.load(given, self.context, self.bench.find_upstream, slot=slot)

    def _choose(self, given: Input, key: AssetKey, partition_key: str | None) -> Input:
        """Return an input with one of its partitions only."""
        if partition_key is None:
            raise InvariantError(
                f"load_asset_value: {key} is partitioned, and no partition_key says which of them",
                hint=f"{self.asked.title} reads {_show(each.key for each in given.pieces)}",
            )
        pieces = tuple(each for each in given.pieces if each.key == partition_key)
        if not pieces:
            raise InvariantError(
                f"load_asset_value: {self.asked.title} does not read partition {partition_key} of {key}, but "
                f"{_show(each.key for each in given.pieces)}",
                hint=f'say which it reads: deps=[AssetDep("{key}", partition_mapping=...)]',
            )
        return replace(given, pieces=pieces, several=False)

    def _refuse(self, key: AssetKey) -> InvariantError:
        title = self.asked.title
        entire = self.asked.entire
        if key in entire.keys:
            return InvariantError(
                f"load_asset_value: {title} asks for what it makes itself, so what it makes would depend on how often "
                "it was made",
                hint="make it of all that it depends on; what only grows is kept in partitions, each made once",
            )
        if key not in entire.upstream_keys:
            return InvariantError(
                f"load_asset_value: {title} does not depend on {key}: it would not be made anew where {key} changes",
                hint=f'write deps=["{key}"], or take it as a parameter',
            )
        if len(entire.specs) + len(entire.check_specs) > 1:
            return InvariantError(
                f"load_asset_value: not all that {title} makes depends on {key}",
                hint=f'write deps=["{key}"] for each of them',
            )
        return InvariantError(
            f"load_asset_value: {title} asks for {key} in code that cannot be followed from its function",
            hint="call it in the function, or in one of the project that this calls by its name; or take "
            f"{key} as a parameter",
        )


def _show(keys: Iterable[str | None]) -> str:
    found = [key for key in keys if key is not None]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more if found else "none"
