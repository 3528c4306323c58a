"""@io_manager: a function that makes an IO manager when a run starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

from assetmake.definitions.configuring.resource_definition import (
    ResourceDefinition,
    ResourceFunction,
    declare_resource,
    is_function,
)
from assetmake.definitions.keeping.io_manager import IOManager
from assetmake.errors import DefinitionError


class IOManagerDefinition(ResourceDefinition):
    """A resource that is an IO manager, made by a function.

    Args:
        resource_fn: Takes the InitResourceContext, or nothing; returns the IO manager.
        config_schema: What its config may be; default: anything.
        description: For people.
        required_resource_keys: Names of the resources that it needs.
        version: Kept, and decides nothing.
        input_config_schema, output_config_schema: What config an input or an output may have.
    """

    def __init__(
        self,
        resource_fn: ResourceFunction,
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Iterable[str] | None = None,
        version: str | None = None,
        input_config_schema: Any = None,
        output_config_schema: Any = None,
    ) -> None:
        super().__init__(resource_fn, config_schema, description, required_resource_keys, version)
        self.input_config_schema = input_config_schema
        self.output_config_schema = output_config_schema

    @staticmethod
    def hardcoded_io_manager(value: IOManager, description: str | None = None) -> IOManagerDefinition:
        """Return a resource that is a given IO manager.

        Raises:
            DefinitionError: the object is none.
        """
        if not isinstance(value, IOManager):
            raise DefinitionError(f"{value!r} is no IOManager")
        return IOManagerDefinition(lambda _: value, description=description)


@overload
def io_manager(config_schema: ResourceFunction) -> IOManagerDefinition: ...


@overload
def io_manager(
    config_schema: Any = None,
    description: str | None = None,
    output_config_schema: Any = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Callable[[ResourceFunction], IOManagerDefinition]: ...


def io_manager(
    config_schema: Any = None,
    description: str | None = None,
    output_config_schema: Any = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Declare an IO manager: the decorated function makes it when a run starts.

    Args:
        config_schema: What its config may be; default: anything.
        description: Default: the docstring.
        output_config_schema, input_config_schema: What config an output or an input may have.
        required_resource_keys: Names of the resources that it needs.
        version: Kept, and decides nothing.
    """
    if is_function(config_schema):
        return declare_resource(IOManagerDefinition, config_schema)
    return lambda function: declare_resource(
        IOManagerDefinition,
        function,
        config_schema=config_schema,
        description=description,
        required_resource_keys=required_resource_keys,
        version=version,
        input_config_schema=input_config_schema,
        output_config_schema=output_config_schema,
    )
