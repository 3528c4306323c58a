"""configured: a resource with its config given, or made of simpler config by a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import ConfigModel, ResourceFactory
from assetmake.definitions.configuring.parameters import resolve_annotation
from assetmake.definitions.configuring.reading import read_config
from assetmake.definitions.configuring.resource_definition import ResourceDefinition
from assetmake.definitions.refused import refuse_declared
from assetmake.errors import DefinitionError


def configured(configurable: Any, config_schema: Any = None, **options: Any) -> Callable[[Any], ResourceDefinition]:
    """Return what gives a resource its config: a dict, or a function that makes it of simpler config.

    Args:
        configurable: A @resource function, an @io_manager function, or a class of ConfigurableResource.
        config_schema: What the function takes; where its parameter is annotated with a Config class, that.
        **options: `name` and `description`, as for the method `configured`.

    Raises:
        DefinitionError: what is configured is no resource, or the function does not take one parameter.

    Example:
        >>> from assetmake.definitions.configuring.resource_definition import resource
        >>> @resource(config_schema={"prefix": str})
        ... def writer(context):
        ...     return context.resource_config["prefix"]
        >>> @configured(writer)
        ... def arrow(_):
        ...     return {"prefix": "> "}
        >>> arrow(None)
        '> '
    """
    if is_kind(configurable, ResourceFactory):
        definition = _define(configurable)
    elif isinstance(configurable, ResourceDefinition):
        definition = configurable
    else:
        refuse_declared(configurable)
        raise DefinitionError(f"configured takes a resource, got {configurable!r}")

    def give(config: Any) -> ResourceDefinition:
        if not inspect.isfunction(config):
            return definition.configured(config, config_schema=config_schema, **options)
        function, schema = _read_function(config, config_schema)
        return definition.configured(function, config_schema=schema, **options)

    return give


def _read_function(function: Callable[..., Any], schema: Any) -> tuple[Callable[[Any], Any], Any]:
    parameters = list(inspect.signature(function).parameters.values())
    if len(parameters) != 1:
        raise DefinitionError("@configured function should have exactly one parameter")
    annotation = resolve_annotation(parameters[0].annotation, function)
    if not is_kind(annotation, ConfigModel):
        return function, schema
    if schema is not None:
        raise DefinitionError("Cannot provide config_schema to @configured function with Config-annotated param")
    return lambda given: function(read_config(annotation, given, node=function.__name__)), annotation


def _define(kind: Any) -> ResourceDefinition:
    """Return a resource whose config is what makes an object of a class, or such an object."""

    def open_resource(context: Any) -> Iterator[Any]:
        given = context.resource_config
        made = kind(**given) if isinstance(given, Mapping) else given if given is not None else kind()
        with made.process_config_and_initialize_cm() as opened:
            yield opened

    return ResourceDefinition(open_resource, description=kind.__doc__)
