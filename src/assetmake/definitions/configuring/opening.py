"""Opens the resources of a run: the config of all first, then one after the other; closes them in reverse."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

from assetmake.definitions.configuring.init_context import LOGGER
from assetmake.definitions.configuring.kinds import Openable, ResourceFactory
from assetmake.definitions.configuring.resources import Resources, list_objects
from assetmake.definitions.configuring.run_config import RunConfig, read_run_config
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.definitions.configuring.scope import Declared, Prepared, Report, Scope
from assetmake.errors import AssetmakeError, DefinitionError, InvariantError, ResourceFunctionError, RunConfigError


@singledispatch
def prepare_resource(resource: Any, given: Any, *, declared: Declared, path: str) -> Prepared:  # noqa: ARG001 - kinds use it
    """Return how a resource is opened; its config is read, and its environment variables are resolved, now.

    A plain object is its own resource. Each kind of resource registers how it is prepared where it is defined.

    Args:
        resource: What was declared.
        given: Its run config; Missing where there is none.
        declared: Everything declared, for what the resource needs of it.
        path: Where its config stands in the run config.

    Raises:
        RunConfigError: the config does not fit.
        DefinitionError: it needs a resource that is not declared.
    """
    if given is not Missing:
        raise RunConfigError(f"Error in config: the resource at path {path} is a plain object, which takes no config")
    return Prepared(open=lambda _: resource)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a resource is made with: its config, and the resources that it needs."""

    config: Any = None
    resources: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourcePlan:
    """Resources whose config is known, in the order in which they are opened."""

    declared: Declared
    prepared: Mapping[str, Prepared]
    shown: tuple[str, ...]

    def list_surroundings(self, scope: Scope) -> dict[str, Surroundings]:
        """Return what each resource that is open was made with, by its name: for the contexts of IO managers."""
        return {
            name: Surroundings(prepared.config, {need: scope.opened[need] for need in prepared.needs})
            for name, prepared in self.prepared.items()
        }

    def open(
        self, *, instance: Any = None, run: Any = None, log: logging.Logger | None = None
    ) -> tuple[Resources, Scope]:
        """Open them, and return the objects with the scope that closes them.

        Raises:
            ResourceFunctionError: one could not be opened; those opened before it are closed again.
        """
        scope = Scope(self.declared, instance=instance, run=run, log=log or logging.getLogger(LOGGER))
        try:
            for name, prepared in self.prepared.items():
                scope.opened[name] = _open_one(name, prepared, scope)
        except BaseException:
            scope.close(scope.log.warning)
            raise
        return Resources({name: scope.opened[name] for name in self.shown}), scope


def _open_one(name: str, prepared: Prepared, scope: Scope) -> Any:
    try:
        return prepared.open(scope)
    except AssetmakeError:
        raise
    except Exception as error:
        raise ResourceFunctionError(
            f"Error executing resource_fn on ResourceDefinition {name}: {type(error).__name__}: {error}"
        ) from error


def plan_resources(
    declared: Mapping[str, Any],
    *,
    run_config: RunConfig | Mapping[str, Any] | None = None,
    needed: Iterable[str] | None = None,
) -> ResourcePlan:
    """Read the config of the resources that are needed, and of those that these need; open nothing.

    Args:
        declared: Every resource there is: resource classes' objects, @resource functions, plain objects.
        run_config: The config of the run; its `resources` count here.
        needed: Names; default: all.

    Raises:
        DefinitionError: a resource that is needed is not declared, or is nested and must be.
        InvariantError: resources need each other in a circle.
        RunConfigError: config does not fit; the message has the path of each entry.
    """
    objects = dict(declared)
    config = read_run_config(run_config).resources
    unknown = sorted(config.keys() - objects.keys())
    if unknown:
        expected = ", ".join(sorted(objects)) or "no entries"
        raise RunConfigError(
            f'Error in config: Received unexpected config entry "{unknown[0]}" at path root:resources. '
            f"Expected: {expected}"
        )
    plan = _Planning(Declared(objects, config))
    shown = tuple(objects if needed is None else dict.fromkeys(needed))
    for name in shown:
        plan.add(name, asked_by=None)
    return ResourcePlan(plan.declared, plan.prepared, shown)


@dataclass(slots=True)
class _Planning:
    declared: Declared
    prepared: dict[str, Prepared] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)

    def add(self, name: str, *, asked_by: str | None) -> None:
        if name in self.prepared:
            return
        if name in self._under_way:
            raise InvariantError(f'Resource key "{name}" transitively depends on itself.')
        if name not in self.declared.objects:
            by = f" by resource with key '{asked_by}'" if asked_by else ""
            raise missing_resource(name, by=by, known=self.declared.objects)
        self._under_way.append(name)
        path = f"root:resources:{name}:config"
        given = self.declared.given.get(name, Missing)
        prepared = prepare_resource(self.declared.objects[name], given, declared=self.declared, path=path)
        for need in prepared.needs:
            self.add(need, asked_by=name)
        self._under_way.pop()
        self.prepared[name] = prepared


def missing_resource(name: str, *, by: str = "", known: Iterable[str] = ()) -> DefinitionError:
    """Return the error that says that a resource was not given; `by` names who needs it, with a space in front."""
    given = ", ".join(sorted(known)) or "none"
    return DefinitionError(
        f"resource with key '{name}' required{by} was not provided. Resources that are given: {given}",
        hint=f'give it: Definitions(resources={{"{name}": ...}})',
    )


def check_resources(declared: Mapping[str, Any], needed: Mapping[str, Iterable[str]]) -> None:
    """Check that every resource that a node needs is declared, or that another one holds and run config configures.

    Args:
        declared: Every resource there is.
        needed: The names that each node needs, by the node's name.

    Raises:
        DefinitionError: naming the resource and the node.
    """
    for node, names in needed.items():
        for name in sorted(set(names) - declared.keys()):
            raise missing_resource(name, by=f" by op '{node}'", known=declared)
    for resource in declared.values():
        _check_nested(resource, Declared(declared))


def _check_nested(resource: Any, declared: Declared) -> None:
    if not isinstance(resource, Openable):
        return
    for field_name, nested in getattr(resource, "nested_resources", {}).items():
        if is_partial(nested):
            find_declared(nested, declared, holder=resource, field_name=field_name)
        else:
            _check_nested(nested, declared)


def is_partial(resource: Any) -> bool:
    """Tell whether a resource cannot be opened without run config."""
    if not isinstance(resource, Openable) or isinstance(resource, ResourceFactory):
        return False
    needs: Any = getattr(resource, "needs_run_config", None)
    return needs is not None and bool(needs())


def find_declared(nested: Any, declared: Declared, *, holder: Any, field_name: str) -> str:
    """Return the name under which a nested resource is declared.

    Raises:
        DefinitionError: it is not.
    """
    found = declared.find_name(nested)
    if found is None:
        kind = getattr(holder, "resource_cls", type(holder))
        raise DefinitionError(
            f"Failed to resolve resource nested at {kind.__name__}.{field_name}. "
            "Any partially configured, nested resources must be provided as a top level resource.",
            hint="give the same object to Definitions(resources=...) under a name of its own",
        )
    return found


@contextmanager
def open_resources(
    declared: Mapping[str, Any],
    *,
    run_config: RunConfig | Mapping[str, Any] | None = None,
    needed: Iterable[str] | None = None,
    instance: Any = None,
    run: Any = None,
    log: logging.Logger | None = None,
    report: Report | None = None,
) -> Iterator[Resources]:
    """Open the resources that are needed, and close them in reverse at the end.

    Args:
        declared: Every resource there is, by name.
        run_config: The config of the run.
        needed: The names to open, with what these need; default: all.
        instance, run, log: What resources are told of the run.
        report: Is told what went wrong while closing, which fails no run; default: a warning in the log.

    Raises:
        DefinitionError: a resource is missing.
        RunConfigError: config does not fit.
        ResourceFunctionError: a resource could not be opened.

    Example:
        >>> with open_resources({"greeting": "hello"}) as resources:
        ...     resources.greeting
        'hello'
    """
    plan = plan_resources(declared, run_config=run_config, needed=needed)
    resources, scope = plan.open(instance=instance, run=run, log=log)
    try:
        yield resources
    finally:
        scope.close(report or scope.log.warning)


@contextmanager
def build_resources(
    resources: Mapping[str, Any],
    instance: Any = None,
    resource_config: Mapping[str, Any] | None = None,
    dagster_run: Any = None,
    log_manager: logging.Logger | None = None,
) -> Iterator[Resources]:
    """Open resources outside of a run, as a script or a test does.

    Args:
        resources: Resources and plain objects by name.
        instance: What resources are told of the instance.
        resource_config: Config by name: {"db": {"config": {...}}}.
        dagster_run, log_manager: What resources are told of the run.

    Example:
        >>> with build_resources({"greeting": "hello"}) as resources:
        ...     resources.greeting
        'hello'
    """
    given = {"resources": dict(resource_config or {})}
    with open_resources(resources, run_config=given, instance=instance, run=dagster_run, log=log_manager) as opened:
        yield opened


class HeldResources:
    """Resources that a context for tests holds open: closed with the context, or when nobody has it any more.

    Args:
        given: Resources and plain objects by name.
        instance: What resources are told of the instance.
        written: How the context is made, for the message where it has to be a context manager.
        config: Config by name: {"db": {"config": {...}}}.
        needed: The names to open; default: all.
    """

    def __init__(
        self,
        given: Mapping[str, Any] | Resources | None,
        *,
        instance: Any = None,
        written: str,
        config: Mapping[str, Any] | None = None,
        needed: Iterable[str] | None = None,
    ) -> None:
        self._written = written
        self._entered = False
        self._scope: Scope | None = None
        if isinstance(given, Resources):
            self._resources = given
        else:
            plan = plan_resources(given or {}, run_config={"resources": dict(config or {})}, needed=needed)
            self._resources, self._scope = plan.open(instance=instance)

    def get(self) -> Resources:
        """Return them.

        Raises:
            InvariantError: something has to be closed, and no `with` will do it.
        """
        if self._scope is not None and self._scope.holds and not self._entered:
            raise InvariantError(
                "At least one provided resource is a generator, but attempting to access resources outside of context "
                "manager scope. You can use the following syntax to open a context manager: "
                f"`with {self._written} as context:`"
            )
        return self._resources

    def list_names(self) -> tuple[str, ...]:
        return tuple(list_objects(self._resources))

    def enter(self) -> None:
        self._entered = True

    def close(self) -> None:
        if self._scope is not None:
            self._scope.close(self._scope.log.warning)

    def __del__(self) -> None:
        if getattr(self, "_scope", None) is not None and not self._entered:
            self.close()
