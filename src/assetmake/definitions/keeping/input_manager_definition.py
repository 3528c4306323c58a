"""@input_manager: a function that loads what an asset reads, in place of the IO manager that kept it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, overload

from assetmake.definitions.configuring.resource_definition import ResourceDefinition, is_function
from assetmake.definitions.keeping.io_manager import InputManager


class InputManagerDefinition(ResourceDefinition):
    """A resource that loads inputs; for `AssetIn(input_manager_key=)`.

    Args:
        resource_fn: Takes the InitResourceContext, or nothing; returns an InputManager.
        config_schema: What its config may be; default: anything.
        description: For people.
        input_config_schema: What config an input may have.
        required_resource_keys: Names of the resources that it needs.
        version: Kept, and decides nothing.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        input_config_schema: Any = None,
        required_resource_keys: Iterable[str] | None = None,
        version: str | None = None,
    ) -> None:
        super().__init__(resource_fn, config_schema, description, required_resource_keys, version)
        self.input_config_schema = input_config_schema


class LoadingFunction(InputManager):
    """Loads inputs by a function, which returns the value, or an InputManager that loads it.

    Args:
        function: Takes the InputContext, or nothing.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._takes_context = bool(inspect.signature(function).parameters)

    def load_input(self, context: Any) -> Any:
        """Return what the function gives."""
        loaded = self._function(context) if self._takes_context else self._function()
        return loaded.load_input(context) if isinstance(loaded, InputManager) else loaded


@overload
def input_manager(config_schema: Callable[..., Any]) -> InputManagerDefinition: ...


@overload
def input_manager(
    config_schema: Any = None,
    description: str | None = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Callable[[Callable[..., Any]], InputManagerDefinition]: ...


def input_manager(
    config_schema: Any = None,
    description: str | None = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Declare that a function loads inputs: it is given the InputContext, and returns the value.

    Args:
        config_schema: What the config of the resource may be; default: anything.
        description: Default: the docstring.
        input_config_schema: What config an input may have.
        required_resource_keys: Names of the resources that the function finds in `context.resources`.
        version: Kept, and decides nothing.

    Example:
        >>> @input_manager
        ... def fixed(context):
        ...     return 5
        >>> fixed.description is None
        True
    """

    def declare(function: Callable[..., Any]) -> InputManagerDefinition:
        made = InputManagerDefinition(
            lambda _: LoadingFunction(function),
            None if is_function(config_schema) else config_schema,
            description or function.__doc__,
            input_config_schema,
            required_resource_keys,
            version,
        )
        functools.update_wrapper(made, function)
        return made

    return declare(config_schema) if is_function(config_schema) else declare
