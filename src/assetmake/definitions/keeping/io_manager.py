"""IOManager: keeps what an asset's function returns, and gives it to those that read it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class InputManager(ABC):
    """Gives what an asset reads."""

    @abstractmethod
    def load_input(self, context: Any) -> Any:
        """Return what was kept of the asset that the InputContext names."""


class IOManager(InputManager):
    """Keeps values and gives them back: subclass it, or `ConfigurableIOManager` for one with config.

    One that keeps values where no file tells of them may have two methods more, which a build asks before it takes
    them as fresh: `has_output(context) -> bool`, whether what an OutputContext names is still there, and, so that many
    partitions take one question, `list_outputs(context)`, which of `context.asset_partition_keys` are.

    Example:
        >>> class Kept(IOManager):
        ...     def __init__(self):
        ...         self.values = {}
        ...     def handle_output(self, context, obj):
        ...         self.values[context.asset_key] = obj
        ...     def load_input(self, context):
        ...         return self.values[context.asset_key]
    """

    @abstractmethod
    def handle_output(self, context: Any, obj: Any) -> Any:
        """Keep a value for the asset that the OutputContext names."""
