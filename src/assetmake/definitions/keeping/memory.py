"""InMemoryIOManager: keeps values in the process, for tests."""

from __future__ import annotations

from typing import Any

from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.io_manager import IOManager
from assetmake.definitions.keeping.io_manager_definition import io_manager
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.keeping.value_context import ValueContext

Name = tuple[str, ...]


class InMemoryIOManager(IOManager):
    """Keeps values in memory, by asset and partition; they are gone with the object.

    Attributes:
        values: What is kept.

    Example:
        >>> from assetmake import build_input_context, build_output_context
        >>> kept = InMemoryIOManager()
        >>> kept.handle_output(build_output_context(asset_key="orders"), [1, 2])
        >>> kept.load_input(build_input_context(asset_key="orders"))
        [1, 2]
    """

    def __init__(self) -> None:
        self.values: dict[Name, Any] = {}

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Keep a value; that of several partitions at once is one value."""
        names = list_names(context)
        self.values[names[0] if len(names) == 1 else name_asset(context)] = obj

    def load_input(self, context: InputContext) -> Any:
        """Return a value, or a dict by key where several partitions are read.

        Raises:
            KeyError: nothing was kept.
        """
        names = list_names(context)
        if len(names) == 1 and names[0] in self.values:
            return self.values[names[0]]
        if context.has_asset_key and (not names or name_asset(context) in self.values):
            return self.values[name_asset(context)] if names else None
        found = {name[-1]: self.values[name] for name in names}
        return next(iter(found.values())) if len(names) == 1 else found


def list_names(context: ValueContext) -> list[Name]:
    """Return the name of each value that a context is about."""
    if not context.has_asset_key:
        return [tuple(context.get_identifier())]  # type: ignore[attr-defined]  # both kinds of contexts have it
    if not context.has_asset_partitions:
        return [name_asset(context)]
    return [(*name_asset(context), key) for key in context.asset_partition_keys]


def name_asset(context: ValueContext) -> Name:
    return tuple(context.asset_key.parts)


@io_manager(description="Keeps values in memory.")
def mem_io_manager() -> InMemoryIOManager:
    """Keep values in memory."""
    return InMemoryIOManager()
