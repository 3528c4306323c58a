"""Contexts: what a schedule or a sensor is evaluated with, and how their functions are called with it."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from assetmake.definitions.automation.signatures import Signature
from assetmake.definitions.configuring.opening import HeldResources
from assetmake.definitions.configuring.resources import list_objects
from assetmake.definitions.partition_loading import partition_loading_context
from assetmake.errors import DefinitionError, InvariantError, InvocationError


class Repository(Protocol):
    """What contexts need of the definitions that a schedule or a sensor belongs to."""

    @property
    def asset_graph(self) -> Any:
        """All assets and checks, in a form in which selections are resolved, with the definitions as `assets_defs`."""

    def get_job(self, name: str, /) -> Any:
        """Return a job by its name, with the partitions of its assets."""


class EvaluationContext:
    """What contexts of schedules and of sensors have in common; built by the `build_..._context` functions.

    Attributes:
        log: A logger.
        resource_config: Config of resources by name; nothing of those that have none.
        needed: The resources to open; None: all.
        on_refused: Is told of each request that cannot be taken, and why, so that the others are; None: the first one
            raises. Where it is given, partitions that came to be since the scheduled time are known, too.
    """

    _written = "build_sensor_context(...)"
    _declared: dict[str, Any]
    _held: HeldResources | None
    _merged: list[EvaluationContext]

    def __init__(
        self,
        *,
        instance: Any = None,
        resources: Mapping[str, Any] | None = None,
        repository_def: Repository | None = None,
        logger: logging.Logger | None = None,
        resource_config: Mapping[str, Any] | None = None,
        needed: Iterable[str] | None = None,
        on_refused: Callable[[Exception], None] | None = None,
    ) -> None:
        self._instance = instance
        self._entered = False
        self.resource_config = dict(resource_config or {})
        self.needed = None if needed is None else frozenset(needed)
        self.on_refused = on_refused
        self._start_resources(resources or {})
        self._repository_def = repository_def
        self.log = logger or logging.getLogger("assetmake.automation")

    @property
    def instance(self) -> Any:
        """The instance that it was built with.

        Raises:
            InvariantError: it was built without one.
        """
        if self._instance is None:
            raise InvariantError(
                "Attempted to initialize dagster instance, but no instance reference was provided.",
                hint="give the build_..._context function an instance",
            )
        return self._instance

    @property
    def has_instance(self) -> bool:
        return self._instance is not None

    @property
    def repository_def(self) -> Any:
        """The Repository of the definitions that it belongs to; None where it was built without."""
        return self._repository_def

    @property
    def resource_defs(self) -> Mapping[str, Any]:
        """The resources as they were given."""
        return self._declared

    @property
    def resources(self) -> Any:
        """The resources, opened when they are first asked for.

        Raises:
            InvariantError: something has to be closed, and no `with` statement will do it.
        """
        if self._held is None:
            needed = None if self.needed is None else sorted(self.needed)
            self._held = HeldResources(
                self._declared,
                instance=self._instance,
                written=self._written,
                config=self.resource_config,
                needed=needed,
            )
        if self._entered:
            self._held.enter()
        return self._held.get()

    @contextmanager
    def reading_partitions(self, time: datetime | None = None) -> Iterator[None]:
        """Read partitions as of a time, now by default, and dynamic ones as the instance knows them."""
        with partition_loading_context(time, self._instance):
            yield

    def merge_resources(self, resources: Mapping[str, Any]) -> Self:
        """The same with more resources."""
        merged = copy.copy(self)
        merged._start_resources({**self._declared, **resources})  # noqa: SLF001 - it is one of these
        self._merged.append(merged)
        return merged

    def _start_resources(self, declared: Mapping[str, Any]) -> None:
        self._declared = dict(declared)
        self._held = None
        self._merged = []

    def __enter__(self) -> Self:
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()
        self._entered = False

    def _close(self) -> None:
        for merged in self._merged:
            merged._close()  # noqa: SLF001 - what a call was given by keyword is open as long as this
        if self._held is not None:
            self._held.close()
        self._held, self._merged = None, []


Context = TypeVar("Context", bound=EvaluationContext)


def take_context(
    signature: Signature,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    noun: str,
    kind: type[Context],
    build: Callable[[], Context | None],
) -> Context | None:
    """Return the context that a direct call was given, with the resources that it was given by keyword.

    Args:
        signature: What the function takes.
        args, kwargs: What it was called with.
        noun: What is called, a schedule or a sensor.
        kind: The class of its context.
        build: Makes one where the call gave none.

    Raises:
        InvocationError: the call has other arguments than a context, and resources by keyword.
    """
    resources = {name: value for name, value in kwargs.items() if name in signature.resources}
    named = signature.context
    if len(args) + len(kwargs) - len(resources) > 1:
        raise InvocationError(
            f"{noun.capitalize()} invocation received multiple non-resource arguments. Only a first positional context "
            "parameter should be provided when invoking."
        )
    if args:
        given = args[0]
    elif kwargs:
        if named is not None and named not in kwargs:
            raise InvocationError(f"{noun.capitalize()} invocation expected argument '{named}'.")
        given = kwargs.get(named or "context")
    elif named is not None:
        raise InvocationError(
            f"{noun.capitalize()} evaluation function expected context argument, but no context argument was provided "
            "when invoking."
        )
    else:
        given = None
    context = build() if given is None else _check_kind(given, signature, noun=noun, kind=kind)
    return context.merge_resources(resources) if resources and context is not None else context


def _check_kind(given: Any, signature: Signature, *, noun: str, kind: type[Context]) -> Context:
    if isinstance(given, kind):
        return given
    if signature.resources and not isinstance(given, EvaluationContext):
        raise InvocationError(
            f"If directly invoking a {noun}, you may not provide resources as positional arguments, only as keyword "
            "arguments."
        )
    raise InvocationError(f"this {noun} is called with a {kind.__name__}, got {given!r}")


def pick_resources(context: EvaluationContext | None, names: Iterable[str], *, noun: str, name: str) -> dict[str, Any]:
    """Return the resources of a context by their names.

    Raises:
        DefinitionError: one was not provided.
    """
    wanted = tuple(names)
    if not wanted:
        return {}
    available = {} if context is None else list_objects(context.resources)
    for key in wanted:
        if key not in available:
            raise DefinitionError(
                f"Resource with key '{key}' required by {noun} '{name}' was not provided.",
                hint=f'give it in resources={{"{key}": ...}}',
            )
    return {key: available[key] for key in wanted}


def call_function(
    function: Callable[..., Any],
    signature: Signature,
    *values: Any,
    resources: Mapping[str, Any],
) -> Any:
    """Call a function with values for its parameters that are no resources, as many as it has, and with resources."""
    given = dict(zip(signature.others, values, strict=False))
    return function(**given, **{name: resources[name] for name in signature.resources})
