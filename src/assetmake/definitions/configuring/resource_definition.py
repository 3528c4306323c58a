"""@resource and ResourceDefinition: a function that makes a resource."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar, overload

from assetmake.definitions.configuring.applying import apply_config
from assetmake.definitions.configuring.init_context import InitResourceContext
from assetmake.definitions.configuring.kinds import Openable
from assetmake.definitions.configuring.opening import missing_resource, prepare_resource
from assetmake.definitions.configuring.resources import list_objects
from assetmake.definitions.configuring.schema_reading import read_by_schema
from assetmake.definitions.configuring.schema_types import ConfigType, Field, Missing
from assetmake.definitions.configuring.scope import Declared, Prepared, Scope
from assetmake.errors import DefinitionError, InvocationError, RunConfigError

ResourceFunction = Callable[..., Any]


def _make_mock(_context: Any) -> Any:
    from unittest import mock  # takes long to import, and is for tests

    return mock.MagicMock()


class ResourceDefinition(Openable):
    """A resource that a function makes when a run starts.

    Args:
        resource_fn: Takes the InitResourceContext, or nothing; returns the resource, or yields it once.
        config_schema: What its config may be; default: anything.
        description: For people.
        required_resource_keys: Names of the resources that it needs.
        version: Kept, and decides nothing: the code of the function is what counts.
    """

    def __init__(
        self,
        resource_fn: ResourceFunction,
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Iterable[str] | None = None,
        version: str | None = None,
    ) -> None:
        if not callable(resource_fn):
            raise DefinitionError(f"resource_fn is {resource_fn!r}, not a function")
        self.resource_fn = resource_fn
        self.config_schema = config_schema
        self.description = description
        self.required_resource_keys = frozenset(required_resource_keys or ())
        self.version = version
        self.given_config: Any = None
        self._fixed: Callable[[Any, str], Any] | None = None

    @staticmethod
    def hardcoded_resource(value: Any, description: str | None = None) -> ResourceDefinition:
        """Return a resource that is a given object."""
        return ResourceDefinition(lambda _: value, description=description)

    @staticmethod
    def none_resource(description: str | None = None) -> ResourceDefinition:
        """Return a resource that is None."""
        return ResourceDefinition.hardcoded_resource(None, description)

    @staticmethod
    def mock_resource(description: str | None = None) -> ResourceDefinition:
        """Return a resource that is a MagicMock, another one for each run."""
        return ResourceDefinition(_make_mock, description=description)

    @staticmethod
    def string_resource(description: str | None = None) -> ResourceDefinition:
        """Return a resource that is the text it is configured with."""
        return ResourceDefinition(lambda context: context.resource_config, config_schema=str, description=description)

    def configured(
        self,
        config_or_config_fn: Any,
        name: str | None = None,  # noqa: ARG002 - accepted for compatibility
        config_schema: Any = None,
        description: str | None = None,
    ) -> Self:
        """Return the resource with its config given.

        Args:
            config_or_config_fn: The config, or a function that makes it of simpler config.
            name: Accepted for compatibility; a resource's name is the one that it is declared under.
            config_schema: What the function takes.
            description: For people.
        """
        if callable(config_or_config_fn) and not isinstance(config_or_config_fn, type):
            changed = {
                "config_schema": config_schema,
                "_fixed": lambda given, path: self.read_config(config_or_config_fn(given), path=path),
            }
        else:
            changed = {
                "config_schema": Missing,
                "given_config": config_or_config_fn,
                "_fixed": lambda _, path: self.read_config(config_or_config_fn, path=path),
            }
        made = type(self).__new__(type(self))
        made.__dict__.update({**self.__dict__, "description": description or self.description, **changed})
        return made

    def read_config(self, given: Any, *, path: str, about: str = "resource") -> Any:
        """Return what the function finds as its config.

        Raises:
            RunConfigError: what is given does not fit the schema.
        """
        if self._fixed is not None:
            value = given
            if self.config_schema is Missing:
                if given not in (Missing, {}):
                    raise RunConfigError(f"Error in config for {about}: it is configured already (path {path})")
            else:
                value = self._read(given, path=path, about=about)
            try:
                return self._fixed(value, path)
            except RunConfigError as error:
                raise RunConfigError(f"Error when applying config mapping for resource: {error.message}") from None
        return self._read(given, path=path, about=about)

    def _read(self, given: Any, *, path: str, about: str) -> Any:
        if self.config_schema is None:
            return None if given is Missing else given
        return read_by_schema(self.config_schema, given, path=path, about=about)

    def read_given(self, given: Any, *, path: str) -> Any:
        """Return its own config as its schema reads it; a function that makes it of other config is not called."""
        if self._fixed is not None and self.config_schema is not Missing:
            return self._read(given, path=path, about="resource")
        return self.read_config(given, path=path)

    def needs_run_config(self) -> bool:
        """Tell whether it cannot be opened without run config."""
        if self.config_schema is Missing:
            return False
        try:
            self.read_config(Missing, path="root")
        except RunConfigError as error:
            return "Missing required config entry" in error.message
        return False

    def takes_context(self) -> bool:
        """Tell whether the function takes the context."""
        return bool(inspect.signature(self.resource_fn).parameters)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function as a test does, with the context that `build_init_resource_context` makes."""
        if not self.takes_context():
            if args or kwargs:
                raise InvocationError(
                    "Attempted to invoke resource with argument, but underlying function has no context argument. "
                    "Either specify a context argument on the resource function, or remove the passed-in argument."
                )
            return self.resource_fn()
        name = next(iter(inspect.signature(self.resource_fn).parameters))
        if not args and not kwargs:
            raise InvocationError(
                "Resource initialization function has context argument, but no context was provided when invoking."
            )
        if len(args) + len(kwargs) > 1:
            raise InvocationError("Initialization of resource received multiple arguments: it takes a context only.")
        if kwargs and name not in kwargs:
            raise InvocationError(f"Resource initialization expected argument '{name}'.")
        return self.resource_fn(self._bind(args[0] if args else kwargs[name]))

    def _bind(self, context: InitResourceContext | None) -> InitResourceContext:
        """Return the context with the config as the schema reads it."""
        if context is None and self.required_resource_keys:
            raise InvocationError("Resource has required resources, but no context was provided.")
        if context is None and self.needs_run_config():
            raise InvocationError("Resource has required config schema, but no context was provided.")
        given = Missing if context is None or not context.resource_config else context.resource_config
        config = self.read_config(given, path="root:config")
        if context is None:
            return InitResourceContext(resource_config=config, resource_def=self)
        for name in sorted(self.required_resource_keys - list_objects(context.resources).keys()):
            raise missing_resource(name)
        return context.replace_config(config)


D = TypeVar("D", bound=ResourceDefinition)


@apply_config.register
def _apply(resource: ResourceDefinition, given: Any, *, path: str) -> Any:
    return {"resource": resource, "given": resource.read_given(given, path=path)}


@prepare_resource.register
def _prepare(resource: ResourceDefinition, given: Any, *, declared: Declared, path: str) -> Prepared:  # noqa: ARG001
    config = resource.read_config(given, path=path, about=f"resource at {path}")
    needs = tuple(sorted(resource.required_resource_keys))

    def open_resource(scope: Scope) -> Any:
        if not resource.takes_context():
            return scope.enter(resource.resource_fn())
        return scope.enter(resource.resource_fn(scope.make_context(resource, config, needs=needs)))

    return Prepared(open_resource, needs, config)


@overload
def resource(config_schema: ResourceFunction) -> ResourceDefinition: ...


@overload
def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Callable[[ResourceFunction], ResourceDefinition]: ...


def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Declare a resource: the decorated function makes it when a run starts.

    A function that yields it is resumed when the run is over.

    Args:
        config_schema: What its config may be; default: anything.
        description: Default: the docstring.
        required_resource_keys: Names of the resources that it needs.
        version: Kept, and decides nothing.

    Example:
        >>> @resource(config_schema={"prefix": str})
        ... def writer(context):
        ...     return context.resource_config["prefix"]
        >>> writer.configured({"prefix": "> "})(None)
        '> '
    """
    if is_function(config_schema):
        return declare_resource(ResourceDefinition, config_schema)
    return lambda function: declare_resource(
        ResourceDefinition,
        function,
        config_schema=config_schema,
        description=description,
        required_resource_keys=required_resource_keys,
        version=version,
    )


def is_function(value: object) -> bool:
    """Tell a decorated function from a schema."""
    return callable(value) and not isinstance(value, (type, ConfigType, Field))


def declare_resource(kind: type[D], function: ResourceFunction, **options: Any) -> D:
    """Make the resource that a decorated function declares.

    Raises:
        DefinitionError: the function wants more than the context.
    """
    required = [
        each.name
        for each in list(inspect.signature(function).parameters.values())[1:]
        if each.default is each.empty and each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
    ]
    if required:
        raise DefinitionError(
            f"@resource decorated function '{getattr(function, '__name__', function)}' expects only a single "
            f"positional required argument. Got required extra params {', '.join(required)}"
        )
    description = options.pop("description", None) or inspect.getdoc(function)
    made = kind(resource_fn=function, description=description, **options)
    functools.update_wrapper(made, function)
    return made


def make_values_resource(**kwargs: Any) -> ResourceDefinition:
    """Return a resource that is the config it is given.

    Args:
        **kwargs: The entries of its config and their types; default: anything.
    """
    return ResourceDefinition(lambda context: context.resource_config, config_schema=kwargs or None)


def bind_config(resources: Mapping[str, Any], config_by_name: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return resources of which some have their config given, as `with_resources` takes it: {"db": {"config": ...}}.

    Raises:
        RunConfigError: the config of a resource is not {"config": ...}, or is for one that takes none.
    """
    bound = dict(resources)
    for name, entry in (config_by_name or {}).items():
        if name not in bound:
            continue
        if not isinstance(entry, Mapping) or "config" not in entry:
            raise RunConfigError(f"Error with config for resource key '{name}': write {{'config': ...}}")
        if not isinstance(bound[name], ResourceDefinition):
            raise RunConfigError(f"Error with config for resource key '{name}': it takes no config")
        bound[name] = bound[name].configured(entry["config"])
    return bound
