"""ConfigurableResource: a resource that is a model of its own config."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, Generic, Self, cast

from pydantic import PrivateAttr
from typing_extensions import TypeVar

from assetmake.definitions.configuring.applying import apply_config
from assetmake.definitions.configuring.config import Config
from assetmake.definitions.configuring.init_context import InitResourceContext
from assetmake.definitions.configuring.kinds import Openable, ResourceFactory, ResourceModel
from assetmake.definitions.configuring.models import build_model, has_own_variables, read_model
from assetmake.definitions.configuring.opening import find_declared, is_partial, plan_resources, prepare_resource
from assetmake.definitions.configuring.plain_values import is_resource_field, list_given, make_plain
from assetmake.definitions.configuring.resource_definition import ResourceDefinition
from assetmake.definitions.configuring.resources import list_objects
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.definitions.configuring.scope import Declared, Prepared, Scope, hold
from assetmake.errors import InvariantError

T = TypeVar("T", default=Any)
F = TypeVar("F", bound="ConfigurableResourceFactory[Any]")


class ConfigurableResourceFactory(Config, ResourceFactory, Generic[T], ABC):
    """A model of config that makes a resource of another type.

    Example:
        >>> class Greeting(ConfigurableResourceFactory[str]):
        ...     name: str
        ...     def create_resource(self, context) -> str:
        ...         return f"hello {self.name}"
        >>> Greeting(name="you").process_config_and_initialize()
        'hello you'
    """

    _opened_in: InitResourceContext | None = PrivateAttr(default=None)

    @abstractmethod
    def create_resource(self, context: InitResourceContext) -> T:
        """Return what functions are given."""

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Prepare for the run; for subclasses. Nested resources are open already."""

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Clean up after the run, also after one that failed; for subclasses. Not called where setup failed."""

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[T]:
        """Set up, yield the resource, tear down; a subclass that replaces it does all three itself."""
        self.setup_for_execution(context)
        try:
            made = self.create_resource(context)
            with hold(made) or nullcontext(made) as value:
                yield value
        finally:
            self.teardown_after_execution(context)

    @classmethod
    def configure_at_launch(cls, **kwargs: Any) -> Any:
        """Return the resource with some of its config, a PartialResource; run config gives the rest.

        For type checkers it is anything, as a field of the resource's type takes it.
        """
        return PartialResource(cls, kwargs)

    @property
    def nested_resources(self) -> Mapping[str, Any]:
        """The resources that it holds, by field."""
        return list_nested(self)

    def get_resource_context(self) -> InitResourceContext:
        """Return the context that it was opened with.

        Raises:
            InvariantError: it is not open.
        """
        if self._opened_in is None:
            raise InvariantError("Attempted to get context before resource was initialized.")
        return self._opened_in

    def __getstate__(self) -> dict[Any, Any]:
        # What a resource knows of its run stays in the process that runs it.
        state = super().__getstate__()
        private = state["__pydantic_private__"]
        return {**state, "__pydantic_private__": private and {**private, "_opened_in": None}}

    def with_replaced_resource_context(self, resource_context: InitResourceContext) -> Self:
        """Return a copy that has this context."""
        made = make_copy(self)
        made._opened_in = resource_context  # noqa: SLF001 - a copy of this object
        return made

    with_resource_context = with_replaced_resource_context

    def process_config_and_initialize(self) -> T:
        """Return the resource outside of a run: its config read, its nested resources open.

        Raises:
            InvariantError: it has something to tear down; use process_config_and_initialize_cm.
        """
        _check_plain(type(self))
        return cast("T", plan_resources({"resource": self}).open()[0].resource)

    @contextmanager
    def process_config_and_initialize_cm(self) -> Iterator[T]:
        """Open the resource outside of a run, and close it at the end."""
        resources, scope = plan_resources({"resource": self}).open()
        try:
            yield list_objects(resources)["resource"]
        finally:
            scope.close(scope.log.warning)

    @classmethod
    def from_resource_context(
        cls, context: InitResourceContext, nested_resources: Mapping[str, Any] | None = None
    ) -> T:
        """Return the resource that a context's config describes, as a @resource function may do.

        Raises:
            InvariantError: it has something to tear down; use from_resource_context_cm.
        """
        _check_plain(cls, what="from_resource_context_cm")
        return cast("T", _open_in(cls, context, nested_resources)[0])

    @classmethod
    @contextmanager
    def from_resource_context_cm(
        cls, context: InitResourceContext, nested_resources: Mapping[str, Any] | None = None
    ) -> Iterator[T]:
        """Open the resource that a context's config describes, and close it at the end."""
        value, scope = _open_in(cls, context, nested_resources)
        try:
            yield value
        finally:
            scope.close(scope.log.warning)


class ConfigurableResource(ConfigurableResourceFactory[T], ResourceModel):
    """A model of config that is the resource itself: functions get it where a parameter has its type.

    Example:
        >>> class Writer(ConfigurableResource):
        ...     prefix: str
        ...     def write(self, text: str) -> str:
        ...         return self.prefix + text
        >>> Writer(prefix="> ").write("hello")
        '> hello'
    """

    def create_resource(self, context: InitResourceContext) -> T:  # noqa: ARG002 - subclasses use it
        """Return what functions are given: this object."""
        return cast("T", self)


class PartialResource(Openable, Generic[F]):
    """A resource of which run config gives the rest of the config."""

    def __init__(self, resource_cls: type[F], data: Mapping[str, Any]) -> None:
        self.resource_cls = resource_cls
        self.data = dict(data)

    @property
    def nested_resources(self) -> Mapping[str, Any]:
        """The resources that it holds, by entry."""
        return {name: value for name, value in self.data.items() if isinstance(value, Openable)}

    def needs_run_config(self) -> bool:
        """Tell whether it has to be declared where another resource holds it: always."""
        return True

    def __repr__(self) -> str:
        return f"{self.resource_cls.__name__}.configure_at_launch()"


class ConfigurableLegacyResourceAdapter(ConfigurableResource[T]):
    """A model of config for a resource that a @resource function makes."""

    @property
    @abstractmethod
    def wrapped_resource(self) -> ResourceDefinition:
        """The @resource function, which gets this model's config."""

    def create_resource(self, context: InitResourceContext) -> T:
        return cast("T", self.wrapped_resource(context.replace_config(make_plain(self))))


def list_nested(resource: Any) -> dict[str, Any]:
    """Return the resources that one holds, by the field's name."""
    return {
        name: getattr(resource, name)
        for name, field in type(resource).model_fields.items()
        if is_resource_field(field) and isinstance(getattr(resource, name), Openable)
    }


def make_copy(resource: F) -> F:
    """Return a copy that shares nothing that methods have cached."""
    made = resource.model_copy()
    for name in made.__dict__.keys() - type(made).model_fields.keys():
        if name not in (made.model_extra or {}):
            del made.__dict__[name]
    return made


def has_lifecycle(kind: type[ConfigurableResourceFactory[Any]]) -> bool:
    """Tell whether there is something to do when a resource is closed."""
    plain = ConfigurableResourceFactory
    return (
        kind.yield_for_execution is not plain.yield_for_execution
        or kind.teardown_after_execution is not plain.teardown_after_execution
        or inspect.isgeneratorfunction(kind.create_resource)
        or any(is_resource_field(field) for field in kind.model_fields.values())
    )


def _check_plain(
    kind: type[ConfigurableResourceFactory[Any]], *, what: str = "process_config_and_initialize_cm"
) -> None:
    if has_lifecycle(kind):
        raise InvariantError(
            f"Use {what} for resources which have custom teardown behavior, "
            "e.g. overriding yield_for_execution or teardown_after_execution"
        )


def _open_in(kind: type[F], context: InitResourceContext, nested: Mapping[str, Any] | None) -> tuple[Any, Scope]:
    declared = Declared(context.all_resource_defs)
    resource = read_model(kind, context.resource_config or {}, path="root:config", before=nested)
    scope = Scope(declared, instance=context.instance, run=context.run, log=context.log)
    scope.opened.update(list_objects(context.resources))
    return prepare_resource(resource, Missing, declared=declared, path="root:config").open(scope), scope


@apply_config.register(PartialResource)
def _apply_partial(resource: PartialResource[Any], given: Any, *, path: str) -> Any:
    return read_model(resource.resource_cls, given if given is not Missing else {}, path=path, before=resource.data)


@apply_config.register(ConfigurableResourceFactory)
def _apply(resource: ConfigurableResourceFactory[Any], given: Any, *, path: str) -> Any:
    if given is Missing or not given:
        return resource
    return read_model(type(resource), given, path=path, before=list_given(resource))


@prepare_resource.register(PartialResource)
def _prepare_partial(resource: PartialResource[Any], given: Any, *, declared: Declared, path: str) -> Prepared:
    given = {} if given is Missing or given is None else given
    made = read_model(resource.resource_cls, given, path=path, before=resource.data)
    return prepare_resource(made, Missing, declared=declared, path=path)


@prepare_resource.register(ConfigurableResourceFactory)
def _prepare(resource: ConfigurableResourceFactory[Any], given: Any, *, declared: Declared, path: str) -> Prepared:
    if given is not Missing and given:
        configured = read_model(type(resource), given, path=path, before=list_given(resource))
    elif has_own_variables(resource):
        configured = build_model(type(resource), list_given(resource), path=path)
    else:
        configured = make_copy(resource)
    nested, needs = _prepare_nested(configured, declared=declared, path=path)

    def open_resource(scope: Scope) -> Any:
        opened = {
            name: scope.opened[each] if isinstance(each, str) else each.open(scope) for name, each in nested.items()
        }
        context = scope.make_context(resource, make_plain(configured), needs=needs)
        ready = configured.model_copy(update=opened)
        ready._opened_in = context  # noqa: SLF001 - any public name might be a field's
        return scope.enter_manager(ready.yield_for_execution(context), plain=not has_lifecycle(type(ready)))

    return Prepared(open_resource, needs)


def _prepare_nested(
    resource: ConfigurableResourceFactory[Any], *, declared: Declared, path: str
) -> tuple[dict[str, str | Prepared], tuple[str, ...]]:
    """Return how each nested resource is opened, or its name where it is one of the run's; and the names needed."""
    nested: dict[str, str | Prepared] = {}
    needs: dict[str, None] = {}
    for name, value in list_nested(resource).items():
        if is_partial(value):
            found = find_declared(value, declared, holder=resource, field_name=name)
            nested[name] = found
            needs[found] = None
        else:
            prepared = prepare_resource(value, Missing, declared=declared, path=f"{path}:{name}")
            nested[name] = prepared
            needs.update(dict.fromkeys(prepared.needs))
    return nested, tuple(needs)
