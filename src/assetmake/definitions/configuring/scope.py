"""Scope: the resources of a run that are open, what the next one is told, and how they are closed again."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ContextDecorator, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assetmake.definitions.configuring.init_context import LOGGER, InitResourceContext
from assetmake.definitions.configuring.resources import Resources
from assetmake.errors import InvariantError

if TYPE_CHECKING:
    import asyncio

Report = Callable[[str], None]
_EXHAUSTED = object()


@dataclass(frozen=True, slots=True)
class Declared:
    """The resources that a run may open, and the run's config for them."""

    objects: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)

    def find_name(self, resource: object) -> str | None:
        """Return the name under which this very object is declared."""
        return next((name for name, each in self.objects.items() if each is resource), None)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A resource whose config is known.

    Attributes:
        open: Gives the object, and tells the scope what is to be closed again.
        needs: Names of the resources that are opened before it.
        config: Its config.
    """

    open: Callable[[Scope], Any]
    needs: tuple[str, ...] = ()
    config: Any = None


@dataclass(slots=True)
class Scope:
    """Resources that are open.

    Attributes:
        opened: Their objects by name.
        holds: Something is open that needs to be closed.
    """

    declared: Declared = field(default_factory=Declared)
    instance: Any = None
    run: Any = None
    log: logging.Logger = field(default_factory=lambda: logging.getLogger(LOGGER))
    opened: dict[str, Any] = field(default_factory=dict)
    holds: bool = False
    _closers: list[AbstractContextManager[Any]] = field(default_factory=list)
    _runner: asyncio.Runner | None = None

    def make_context(self, resource: object, config: Any, *, needs: Iterable[str] = ()) -> InitResourceContext:
        """Return what a resource is told when it is opened."""
        return InitResourceContext(
            resource_config=config,
            opened=Resources({name: self.opened[name] for name in needs if name in self.opened}),
            resource_def=resource,
            instance=self.instance,
            run=self.run,
            log=self.log,
            all_resource_defs=self.declared.objects,
        )

    def enter(self, value: Any) -> Any:
        """Return what a function gave: what it yields where it yields, else the value itself."""
        held = hold(value)
        return value if held is None else self.enter_manager(held)

    def enter_manager(
        self, manager: AbstractContextManager[Any] | AbstractAsyncContextManager[Any], *, plain: bool = False
    ) -> Any:
        """Enter a context manager; `plain` says that leaving it does nothing."""
        held = manager if isinstance(manager, AbstractContextManager) else _run_async(manager, self._await)
        entered = held.__enter__()
        self._closers.append(held)
        self.holds = self.holds or not plain
        return entered

    def _await(self, awaitable: Any) -> Any:
        if self._runner is None:
            import asyncio  # takes long, and is rarely needed

            self._runner = asyncio.Runner()
        return self._runner.run(awaitable)

    def close(self, report: Report) -> None:
        """Close everything in reverse. What fails is reported, and does not stop the rest."""
        while self._closers:
            held = self._closers.pop()
            try:
                # A failure of the run is none of the resource's: each is closed as after a run that went well.
                held.__exit__(None, None, None)
            except Exception as error:  # noqa: BLE001 - the user's own code, and others wait to be closed
                report(f"Teardown of resources {sorted(self.opened)} failed: {type(error).__name__}: {error}")
        if self._runner is not None:
            self._runner.close()
            self._runner = None


def hold(value: Any) -> AbstractContextManager[Any] | None:
    """Return a context manager around what a function gave, or None where that is a plain value.

    An object that merely happens to be a context manager is a plain value.
    """
    if inspect.isgenerator(value):
        return _run_generator(value)
    return value if isinstance(value, ContextDecorator) and isinstance(value, AbstractContextManager) else None


@contextmanager
def _run_generator(generator: Any) -> Iterator[Any]:
    try:
        value = next(generator)
    except StopIteration:
        raise InvariantError("Resource generator must yield one item.") from None
    try:
        yield value
    finally:
        if next(generator, _EXHAUSTED) is not _EXHAUSTED:
            raise InvariantError("Resource generator yielded more than one item.")


@contextmanager
def _run_async(manager: AbstractAsyncContextManager[Any], run: Callable[[Any], Any]) -> Iterator[Any]:
    value = run(manager.__aenter__())
    try:
        yield value
    finally:
        run(manager.__aexit__(None, None, None))
