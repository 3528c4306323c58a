"""Calling: a function of assets or checks is given what it asks for, and what it gives is read and stored."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.configuring.resources import Resources
from assetmake.definitions.current_context import running_with
from assetmake.definitions.interpreting import call, read_observation
from assetmake.definitions.partition_context import Reads
from assetmake.definitions.run_context import LOGGER, AssetCheckExecutionContext, AssetExecutionContext
from assetmake.execution.bench import Bench
from assetmake.execution.reading_by_key import ReadingByKey
from assetmake.execution.reads import ReadWatch
from assetmake.execution.storing import Keeper
from assetmake.execution.work import Node, Success, Work
from assetmake.storage.io_managers import Input

if TYPE_CHECKING:
    from assetmake.execution.equipment import Equipment

_LOG = logging.getLogger(LOGGER)


def run_call(
    work: Work, nodes: Sequence[Node], bench: Bench, equipment: Equipment | None, reads: ReadWatch | None
) -> list[Success]:
    """Call a function, and return what became of each of the nodes that the call is for.

    Args:
        work: What the nodes are of.
        nodes: Assets and checks, each of one or several partitions.
        bench: Has the function.
        equipment: What the user's own managers and resources are, open; None where nothing of that kind is needed.
        reads: Notes what is read without having been declared.

    Raises:
        Exception: what the function, or an IO manager, raised; or it gave something else than it declares.
    """
    asked = bench.ask_for(nodes)
    if work.sought is not None:
        return [_seek(work, nodes, asked, bench, equipment)]
    inputs = nodes[0].inputs if work.inputs is None else work.inputs
    loading = ReadingByKey(inputs, asked, bench, equipment, reads)
    context = loading.context = _make_context(work, nodes, inputs, asked, bench, equipment, loading)
    arguments = _load(inputs, asked, bench, context, equipment)
    positional = (context,) if asked.takes_context else ()
    watch = nullcontext() if reads is None else reads.noting()
    with watch, running_with(context):
        returned = call(asked.function, *positional, **arguments)
    keeper = Keeper(work, nodes, bench, context, equipment)
    if asked.is_observation:
        for key, metadata, version in read_observation(asked, returned):
            keeper.observe(key, metadata, version)
    else:
        noted = returned if reads is None else _note(returned, reads)
        interpreter = bench.find_interpreter(asked)
        interpreter.is_typed = keeper.is_typed
        with running_with(context):
            for result in interpreter.read(noted):
                keeper.take(result)
    made = keeper.finish()
    undeclared = () if reads is None else _list_undeclared(reads, work, inputs)
    return [replace(each, undeclared=undeclared) for each in made] if undeclared else made


def _seek(
    work: Work, nodes: Sequence[Node], asked: AssetsDefinition, bench: Bench, equipment: Equipment | None
) -> Success:
    """Ask the IO manager that keeps an asset what of it is not there any more; no function is called."""
    assert equipment is not None, "a work names what is to be opened"
    assert work.sought is not None
    context = _make_context(work, nodes, (), asked, bench, equipment, ReadingByKey((), asked, bench, equipment))
    slot = next(each for each in asked.output_slots if each.key == work.asset)
    keys = [bench.read_key(key) for key in work.sought if key is not None]
    present = equipment.list_present(slot, context, keys)
    return Success(b"", missing=tuple(key for key in work.sought if (key or "") not in present))


def _make_context(
    work: Work,
    nodes: Sequence[Node],
    inputs: Sequence[Input],
    asked: AssetsDefinition,
    bench: Bench,
    equipment: Equipment | None,
    loading: ReadingByKey,
) -> AssetExecutionContext:
    read_key = bench.read_key
    resources = None
    if equipment is not None and (names := asked.node_def.resource_keys):
        resources = Resources({name: each for name, each in equipment.by_name.items() if name in names})
    kind = AssetCheckExecutionContext if isinstance(asked, AssetChecksDefinition) else AssetExecutionContext
    return kind(
        asked,
        keys=[read_key(key) for key in dict.fromkeys([node.key for node in nodes]) if key is not None],
        run=bench.find_run(work),
        resources=resources,
        op_config=None if equipment is None else equipment.op_config,
        instance=bench.find_instance(work),
        log=_LOG,
        inputs=_Inputs([each for each in inputs if each.is_argument], asked, bench),
        retry_number=nodes[0].attempt - 1,
        load=loading,
        output_folder=nodes[0].scratch,
    )


def _load(
    inputs: Sequence[Input],
    asked: AssetsDefinition,
    bench: Bench,
    context: AssetExecutionContext,
    equipment: Equipment | None,
) -> dict[str, Any]:
    """Return the arguments of a call but for the context."""
    parameters = asked.node_def.parameters
    found = {given.parameter: bench.load(given, context, equipment) for given in inputs if given.is_argument}
    if equipment is not None:
        if parameters.takes_config:
            found["config"] = equipment.config
        if parameters.resources:
            opened = equipment.by_name
            found |= {name: opened[name] for name in parameters.resources}
    return found


def _note(returned: Any, reads: ReadWatch) -> Any:
    """Return what a function gave; where that comes bit by bit, each bit is waited for under the watch."""
    return _note_each(returned, reads.noting) if inspect.isgenerator(returned) else returned


def _note_each(results: Iterator[Any], noting: Any) -> Iterator[Any]:
    while True:
        watch: AbstractContextManager[None] = noting(also=True)
        with watch:
            try:
                result = next(results)
            except StopIteration:
                return
        yield result


def _list_undeclared(reads: ReadWatch, work: Work, inputs: Sequence[Input]) -> tuple[str, ...]:
    return reads.list_undeclared(work.declared, (piece.path for given in inputs for piece in given.pieces))


@dataclass(frozen=True, slots=True)
class _Inputs(Mapping[str, Reads]):
    """What a context tells of inputs, found when it is asked for."""

    inputs: Sequence[Input]
    definition: AssetsDefinition
    bench: Bench

    def __getitem__(self, name: str) -> Reads:
        given = next((each for each in self.inputs if each.parameter == name), None)
        if given is None:
            raise KeyError(name)
        key = self.definition.node_def.ins[name].key
        upstream = None if given.origin is None else self.bench.find_upstream(given.origin)
        keys = [piece.key for piece in given.pieces if piece.key is not None]
        return key, upstream.partitions_def if upstream else None, keys

    def __iter__(self) -> Iterator[str]:
        return (each.parameter for each in self.inputs)

    def __len__(self) -> int:
        return len(self.inputs)
