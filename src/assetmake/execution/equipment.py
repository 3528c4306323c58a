"""Equipment: the config, the resources and the IO managers of the user's that the calls of a work need."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import InputSlot, Operation, OutputSlot
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.opening import ResourcePlan, missing_resource, plan_resources
from assetmake.definitions.configuring.plain_values import make_plain
from assetmake.definitions.configuring.reading import read_config
from assetmake.definitions.configuring.resources import list_objects
from assetmake.definitions.configuring.run_config import GivenConfig, read_run_config
from assetmake.definitions.configuring.schema_types import Field, Missing
from assetmake.definitions.configuring.scope import Scope
from assetmake.definitions.configuring.walking import list_variables
from assetmake.definitions.keeping.memory import InMemoryIOManager
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.occurrences.runs import Run
from assetmake.definitions.run_context import AssetExecutionContext
from assetmake.errors import DefinitionError
from assetmake.execution.bench import FindResources
from assetmake.execution.elsewhere import Kept, describe_output, keep_value, list_present, load_value
from assetmake.execution.work import Work
from assetmake.execution.worker_instance import WorkerInstance, make_run
from assetmake.storage.io_managers import Input, Origin

LOG = logging.getLogger("assetmake.asset")
Source = tuple[str, str]
"""The name of a resource, and the module that gives it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Resources that are opened together: of one name each, and what they may need in turn."""

    wanted: tuple[Source, ...]
    declared: Mapping[str, Any]


@dataclass(slots=True)
class Equipment:
    """What a work's calls are given besides what they read; `find_equipment` makes it, `open` opens it.

    Attributes:
        own: The names of what its function asks for, and of what stores its results.
        config: What the function is given as `config`, or finds as `context.op_config`; Missing where it has none.
        objects: The resources that are open, by name and module, IO managers among them.
        variables: The environment variables that all this reads; their values are secret.
        instance: What contexts show as the instance.
        is_open: It was opened, and not closed.
    """

    operation: Operation
    own: frozenset[str]
    groups: tuple[Group, ...]
    given: GivenConfig
    run: Run
    variables: frozenset[str]
    instance: WorkerInstance
    config: Any = Missing
    objects: dict[Source, Any] = field(default_factory=dict)
    is_open: bool = False
    _scopes: list[Scope] = field(default_factory=list)

    def open(self) -> None:
        """Read all config, then open the resources; nothing, where they are open.

        Raises:
            RunConfigError: some config does not fit.
            ResourceFunctionError: one could not be opened.
        """
        if self.is_open:
            return
        self.config = self._read_config()
        plans = [(group, self._plan(group)) for group in self.groups]
        try:
            for group, plan in plans:
                resources, scope = plan.open(instance=self.instance, run=self.run, log=LOG)
                self._scopes.append(scope)
                objects = list_objects(resources)
                self.objects |= {source: objects[source[0]] for source in group.wanted}
        except BaseException:
            self.close()
            raise
        self.is_open = True

    def close(self) -> None:
        """Close what is open. What fails is told in the log, and changes nothing about results."""
        self.is_open = False
        self.objects.clear()
        while self._scopes:
            self._scopes.pop().close(LOG.warning)

    @property
    def by_name(self) -> dict[str, Any]:
        """What is open, by name: of two of one name that which the function asks for."""
        return {name: each for (name, _), each in reversed(self.objects.items())}

    @property
    def op_config(self) -> Any:
        """The config in plain form."""
        return None if self.config is Missing else make_plain(self.config)

    def find_manager(self, name: str, giver: str | None = None) -> Any:
        """Return an IO manager of the user's, as it is open.

        Args:
            name: Its name.
            giver: The module that gives it; default: as for what the function asks for.

        Raises:
            DefinitionError: it keeps values where no other process finds them.
        """
        manager = self.by_name[name] if giver is None else self.objects[name, giver]
        if isinstance(manager, InMemoryIOManager):
            raise DefinitionError(
                f"the IO manager {name!r} is an InMemoryIOManager, which keeps values in one process, and a build runs "
                "each asset in any of several",
                hint="leave it to tests, and give the build one that writes, as FilesystemIOManager does",
            )
        return manager

    def load(
        self,
        given: Input,
        context: AssetExecutionContext,
        find_upstream: Callable[[Origin], AssetsDefinition | None],
        *,
        slot: InputSlot | None = None,
    ) -> Any:
        """Return the value of an input that an IO manager of the user's loads; `slot`: of one without parameter."""
        assert given.origin is not None
        name, giver = find_source(given, self.operation)
        return load_value(
            self.find_manager(name, giver),
            given,
            slot=slot or self.operation.ins[given.parameter],
            producer=find_upstream(given.origin),
            key=given.origin.asset,
            context=context,
        )

    def keeps(self, slot: OutputSlot) -> bool:
        """Tell whether an IO manager of the user's keeps an output."""
        return slot.io_manager_key in self.own

    def keep(
        self,
        value: Any,
        slot: OutputSlot,
        context: AssetExecutionContext,
        said: Mapping[str, MetadataValue],
        root: Path | None,
    ) -> Kept:
        """Have the IO manager of the user's keep an output."""
        manager = self.find_manager(slot.io_manager_key)
        return keep_value(manager, value, slot=slot, context=context, said=said, root=root)

    def list_present(self, slot: OutputSlot, context: AssetExecutionContext, keys: Sequence[str]) -> set[str]:
        """Return those keys of an output of which its IO manager says that they are there."""
        manager = self.find_manager(slot.io_manager_key)
        return list_present(manager, keys, lambda some: describe_output(slot, context, some, {}))

    def _read_config(self) -> Any:
        operation = self.operation
        own = self.given.ops.get(operation.name, Missing)
        if operation.parameters.takes_config:
            return read_config(operation.parameters.config, own, node=operation.name)
        if operation.config_schema is not None or own is not Missing:
            schema = operation.config_schema if operation.config_schema is not None else dict
            return read_config(schema, own, node=operation.name)
        return Missing

    def _plan(self, group: Group) -> ResourcePlan:
        given = {name: {"config": each} for name, each in self.given.resources.items() if name in group.declared}
        return plan_resources(
            group.declared, run_config={"resources": given}, needed=[name for name, _ in group.wanted]
        )


def find_source(given: Input, operation: Operation) -> Source:
    """Return what loads an input: what an asset brings along is the upstream's, unless the parameter names it."""
    assert given.origin is not None
    giver = given.origin.giver
    if not giver and not (given.is_argument and operation.ins[given.parameter].input_manager_key):
        giver = f"asset {given.origin.asset}"
    return str(given.io_manager), giver


def find_equipment(
    work: Work,
    definition: AssetsDefinition,
    find: FindResources,
    *,
    root: Path | None,
    find_upstream: Callable[[Origin], AssetsDefinition | None],
) -> Equipment:
    """Return what a work needs, not open yet.

    Args:
        work: The work.
        definition: What it runs.
        find: Imports a module and returns the resources that its definitions give.
        root: The project's folder.
        find_upstream: Finds what makes an asset that is read.

    Raises:
        DefinitionError: a resource is not given where the plan found it.
    """
    keys = definition.keys or {spec.asset_key for spec in definition.check_specs}
    own = definition.resource_defs
    loaders = [(name, module) for name, module in work.loaders if module or name in own]
    wanted = tuple(dict.fromkeys((*work.resources, *loaders)))
    given: dict[str, Mapping[str, Any]] = {module: find(module, keys) for _, module in wanted if module}
    given[""] = own
    for each in work.nodes[0].inputs if work.inputs is None else work.inputs:
        if each.origin is not None and (source := find_source(each, definition.node_def)) not in wanted:
            upstream = find_upstream(each.origin)
            given[source[1]] = upstream.resource_defs if upstream else {}
            wanted = (*wanted, source)
    for name, module in wanted:
        if name not in given[module]:
            raise missing_resource(name, by=f" by op '{definition.node_def.name}'", known=given[module])
    groups = tuple(_group(wanted, given))
    config = read_run_config(work.run_config)
    declared = [each for group in groups for each in group.declared.values()]
    defaults = _list_defaults(definition.node_def.parameters.config)
    return Equipment(
        operation=definition.node_def,
        own=frozenset(name for name, _ in work.resources),
        groups=groups,
        given=config,
        run=make_run(work),
        variables=list_variables([*declared, *config.ops.values(), *config.resources.values(), *defaults]),
        instance=WorkerInstance(root or Path.cwd()),
    )


def _group(wanted: Sequence[Source], given: Mapping[str, Mapping[str, Any]]) -> Iterator[Group]:
    """Yield what is opened together: all, unless two modules give different things one name."""
    chosen = {name: given[module][name] for name, module in reversed(wanted)}
    everything = {name: each for module in given.values() for name, each in module.items()} | chosen
    if all(given[module][name] is chosen[name] for name, module in wanted):
        yield Group(tuple(wanted), everything)
        return
    for module in dict.fromkeys(module for _, module in wanted):
        yield Group(tuple(each for each in wanted if each[1] == module), {**everything, **given[module]})


def _list_defaults(schema: Any) -> Iterator[Any]:
    """Yield what the fields of an asset's config are where nothing is given."""
    if isinstance(schema, Field):
        yield getattr(schema, "default_value", None)
        schema = schema.config_type
    if isinstance(schema, type) and issubclass(schema, ConfigModel):
        yield from (each.default for each in schema.model_fields.values())  # type: ignore[attr-defined]
