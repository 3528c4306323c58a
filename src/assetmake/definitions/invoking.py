"""Calling assets and checks directly, as a test does, and the contexts for that."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import Operation, OutputSlot
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.configuring.invoking import call_directly
from assetmake.definitions.configuring.opening import HeldResources, missing_resource
from assetmake.definitions.configuring.parameters import Parameters
from assetmake.definitions.configuring.reading import read_config
from assetmake.definitions.configuring.resources import Resources, list_objects
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.interpreting import Interpreter
from assetmake.definitions.key_ranges import PartitionKeyRange
from assetmake.definitions.occurrences.runs import RUN_ID_OUTSIDE, Run
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.run_context import AssetCheckExecutionContext, OpExecutionContext
from assetmake.errors import InvariantError, InvocationError


def _nothing() -> None:
    return None


_UNBOUND = AssetsDefinition(
    (AssetSpec("asset"),),
    operation=Operation(
        "asset",
        _nothing,
        inspect.signature(_nothing),
        Parameters(False, Missing, (), ()),
        outputs=(OutputSlot("result", AssetKey("asset")),),
    ),
)


class DirectContext(OpExecutionContext):
    """A context outside of a run; `with` closes the resources that it was given."""

    __slots__ = ("_held", "given_config", "given_range")

    def __init__(
        self,
        definition: AssetsDefinition = _UNBOUND,
        *,
        held: HeldResources,
        given_config: Any = None,
        given_range: PartitionKeyRange | None = None,
        **others: Any,
    ) -> None:
        super().__init__(definition, **others)
        self._held = held
        self.given_config = given_config
        self.given_range = given_range

    @property
    def resources(self) -> Any:
        return self._held.get()

    def __enter__(self) -> Self:
        self._held.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._held.close()

    def bind(self, definition: AssetsDefinition, resources: Resources | None = None) -> Self:
        """Return the same for some assets, perhaps with more resources."""
        keys = self._given_keys
        if self.given_range is not None and definition.partitions_def is not None:
            keys = tuple(definition.partitions_def.get_partition_keys_in_range(self.given_range))
        held = self._held if resources is None else HeldResources(resources, written=_WRITTEN)
        bound = type(self)(
            definition,
            held=held,
            given_config=self.given_config,
            given_range=self.given_range,
            keys=keys,
            op_config=self.op_config,
            instance=self.instance,
            log=self.log,
            run=self.run,
        )
        bound.said, bound.events = self.said, self.events
        return bound


class DirectCheckContext(DirectContext, AssetCheckExecutionContext):
    """The same for checks."""

    __slots__ = ()


_WRITTEN = "build_asset_context(...)"


def build_asset_context(
    resources: Mapping[str, Any] | None = None,
    resources_config: Mapping[str, Any] | None = None,
    asset_config: Any = None,
    instance: Instance | None = None,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | tuple[str, str] | None = None,
    run_tags: Mapping[str, str] | None = None,
    *,
    partitions_def: PartitionsDefinition | None = None,
    op_config: Any = None,
) -> DirectContext:
    """Return a context to call an asset's function with in a test.

    Args:
        resources: Resources and plain objects by name.
        resources_config: Config of the resources, by name: {"db": {"config": {...}}}.
        asset_config, op_config: What `context.op_config` is, in plain form.
        instance: Remembers runs and events; default: one of its own.
        partition_key: The key that runs.
        partition_key_range: The first and the last of the keys that run in one call.
        run_tags: What `context.run_tags` are.
        partitions_def: What the keys are of, where no asset tells.

    Example:
        >>> build_asset_context(partition_key="2026-01-05").partition_key
        '2026-01-05'
    """
    return _build(
        DirectContext,
        resources,
        asset_config if op_config is None else op_config,
        instance,
        partition_key,
        key_range=partition_key_range,
        partitions_def=partitions_def,
        resources_config=resources_config,
        run_tags=run_tags,
    )


def build_op_context(
    resources: Mapping[str, Any] | None = None,
    op_config: Any = None,
    resources_config: Mapping[str, Any] | None = None,
    instance: Instance | None = None,
    config: Any = None,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | tuple[str, str] | None = None,
    run_tags: Mapping[str, str] | None = None,
) -> DirectContext:
    """Return a context to call an asset's function with in a test; see `build_asset_context`."""
    given = op_config if config is None else config
    return _build(
        DirectContext,
        resources,
        given,
        instance,
        partition_key,
        key_range=partition_key_range,
        resources_config=resources_config,
        run_tags=run_tags,
    )


def build_asset_check_context(
    resources: Mapping[str, Any] | None = None,
    resources_config: Mapping[str, Any] | None = None,
    asset_config: Any = None,
    instance: Instance | None = None,
    partition_key: str | None = None,
) -> DirectCheckContext:
    """Return a context to call a check's function with in a test; see `build_asset_context`."""
    return _build(
        DirectCheckContext, resources, asset_config, instance, partition_key, resources_config=resources_config
    )


_Kind = TypeVar("_Kind", bound=DirectContext)


def _build(
    kind: type[_Kind],
    resources: Mapping[str, Any] | None,
    config: Any,
    instance: Instance | None,
    partition_key: str | None,
    *,
    key_range: PartitionKeyRange | tuple[str, str] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    resources_config: Mapping[str, Any] | None = None,
    run_tags: Mapping[str, str] | None = None,
) -> _Kind:
    if partition_key is not None and key_range is not None:
        raise InvariantError("Must not provide both partition_key and partition_key_range")
    where = instance or Instance.ephemeral()
    given_range = PartitionKeyRange(*key_range) if key_range is not None else None
    definition = _UNBOUND if partitions_def is None else _UNBOUND.with_partitions(partitions_def)
    context = kind(
        definition,
        held=HeldResources(resources or {}, instance=where, written=_WRITTEN, config=resources_config),
        given_config=config,
        given_range=given_range,
        keys=() if partition_key is None else (partition_key,),
        op_config=config,
        instance=where,
        run=Run("", RUN_ID_OUTSIDE, tags=run_tags or {}),
    )
    return context if partitions_def is None or given_range is None else context.bind(definition)


def invoke(definition: AssetsDefinition, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call the function of a definition as a test does, and return the plain value, or the generator.

    Raises:
        InvocationError: an argument is missing or too many.
        DefinitionError: a resource is missing.
    """
    operation = definition.node_def
    given = list(args)
    named = dict(kwargs)
    context = _find_context(given, named)
    if context is not None:
        bound = _bind(definition, context, named if len(given) < 2 else None)
        given = [bound if each is context else each for each in given]
        named = {name: bound if each is context else each for name, each in named.items()}
    result = call_directly(
        operation.function,
        given,
        named,
        context_type=OpExecutionContext,
        show_resources=lambda found, opened: found.bind(
            definition, Resources({**list_objects(found.resources), **list_objects(opened)})
        ),
        parameters=operation.parameters,
    )
    return _check(definition, result)


def _find_context(args: Sequence[Any], kwargs: Mapping[str, Any]) -> DirectContext | None:
    for each in (*args[:1], *kwargs.values()):
        if isinstance(each, DirectContext):
            return each
    return None


def _bind(definition: AssetsDefinition, context: DirectContext, named: Mapping[str, Any] | None) -> DirectContext:
    """Return the context for a definition; `named` has all other arguments, None: some have only a position."""
    operation = definition.node_def
    held = list_objects(context.resources)
    twice = sorted(held.keys() & definition.resource_defs.keys())
    if twice:
        raise InvocationError(
            f"Error invoking {operation.name}: resource '{twice[0]}' provided on both the definition and invocation "
            "context. Please provide on only one or the other."
        )
    own = dict(definition.resource_defs)
    passed = operation.parameters.resources if named is None else named.keys()
    needed = set(operation.resource_keys) - set(passed)
    for name in sorted(needed - held.keys() - own.keys()):
        raise missing_resource(name, by=f" by op '{operation.name}'", known=[*held, *own])
    resources = None
    if own:
        opened = HeldResources(own, instance=context.instance, written=_WRITTEN)
        resources = Resources({**list_objects(opened.get()), **held})
    bound = context.bind(definition, resources)
    if operation.config_schema is not None:
        given = context.given_config if context.given_config is not None else Missing
        bound.op_config = read_config(operation.config_schema, given, node=operation.name)
    return bound


def _check(definition: AssetsDefinition, result: Any) -> Any:
    """Check what a function gave as a run would, and return it as it was given.

    Raises:
        InvariantError: it gave something that it does not declare, or not what it declares.
        ValueTypeError: a value is of another type than is declared.
    """
    if inspect.iscoroutine(result) or inspect.isasyncgen(result) or definition.is_observation:
        return result
    interpreter = Interpreter(definition, caller="Invocation of")
    if inspect.isgenerator(result):
        return _check_each(interpreter, result)
    for _ in interpreter.read(result):
        pass
    return result


def _check_each(interpreter: Interpreter, results: Iterator[Any]) -> Iterator[Any]:
    for result in results:
        for _ in interpreter.read_item(result):
            pass
        yield result
    for _ in interpreter.complete():
        pass
