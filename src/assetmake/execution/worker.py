"""run_work: load the inputs, call the asset's function, have stored what it returns, tell what became of its nodes."""

from __future__ import annotations

import inspect
import os
import shutil
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from assetmake.definitions.context import AssetExecutionContext, running_with
from assetmake.definitions.results import MaterializeResult, Output
from assetmake.discovery.failures import describe_error, format_user_traceback, is_user_frame
from assetmake.errors import AssetmakeError, DefinitionError
from assetmake.execution.bench import Bench, Benches
from assetmake.execution.capture import Capture, share_log
from assetmake.execution.masking import Mask, make_mask
from assetmake.execution.reads import ReadWatch
from assetmake.execution.storing import store_results
from assetmake.execution.work import Failure, Node, Outcome, Success, Work
from assetmake.storage.io_managers import Input

_STANDARD_LIBRARY = os.path.dirname(os.__file__)

_RAW_ENVIRONMENT: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001
"""Undecoded: to compare the whole environment costs a node two microseconds so, and half a millisecond through
`os.environ`."""


def run_work(
    work: Work,
    benches: Benches,
    capture: Capture,
    *,
    calls: Iterable[tuple[Node, ...]] | None = None,
    reads: ReadWatch | None = None,
    start: Callable[[], None] = lambda: None,
) -> Iterator[list[Outcome]]:
    """Run the calls of a work one after the other; whatever user code raises becomes a Failure of all their nodes.

    Args:
        work: The nodes.
        benches: Opens the asset's. Of files that it leaves to be made durable, outcomes do not tell what they are.
        capture: Keeps what a call prints.
        calls: Those of the work that are to run, if not all, each with its nodes; asked for one by one.
        reads: Notes what a call reads without having declared it.
        start: Called when what a call needs was imported, right before it runs.

    Returns:
        For each call what became of its nodes.
    """
    bench: Bench | None = None
    surroundings: Surroundings | None = None
    mask = make_mask(work.env_vars, os.environ)
    for nodes in work.calls if calls is None else calls:
        started = time.perf_counter()
        capture.begin()
        try:
            if bench is None:
                bench = benches.open(work)
            if surroundings is None:
                surroundings = Surroundings()
            start()
            started = time.perf_counter()  # to import a module takes what it takes, whichever node comes first
            with surroundings:
                results: Sequence[Success | Failure] = _run_call(work, nodes, bench, reads)
        except BaseException as error:  # noqa: BLE001 - a node's SystemExit or KeyboardInterrupt is its own
            failure = describe_failure(error)
            capture.write(failure.traceback or failure.message)
            results = [failure] * len(nodes)
        logged = _keep_log(capture, nodes, keep=isinstance(results[0], Failure), mask=mask)
        seconds = (time.perf_counter() - started) / len(nodes)
        yield [
            Outcome(node.number, seconds, mask.hide_in(result), logged)
            for node, result in zip(nodes, results, strict=True)
        ]


def _keep_log(capture: Capture, nodes: Sequence[Node], *, keep: bool, mask: Mask) -> bool:
    first, *others = nodes
    try:
        if not capture.end(first.log, keep=keep, mask=mask):
            return False
        share_log(first.log, (node.log for node in others))
    except OSError:
        return False  # a full disk under the logs changes nothing about the result
    return True


def describe_failure(error: BaseException) -> Failure:
    """Return an exception as text, from the user's frames on."""
    try:
        return _describe(error)
    except Exception:  # noqa: BLE001 - the user's exception cannot even be turned into text
        return Failure(type(error).__name__)


def _describe(error: BaseException) -> Failure:
    if isinstance(error, AssetmakeError):
        message = f"{error.message} ({error.hint})" if error.hint else error.message
        return Failure(message, retryable=not isinstance(error, DefinitionError))
    match error:
        case SystemExit():
            message = f"SystemExit: it called sys.exit({error.code!r})"
        case _:
            message = describe_error(error)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_user_frame(frame)]
    own = [frame for frame in frames if not _is_installed(frame.filename)] or frames
    file, line = (own[-1].filename, own[-1].lineno or 0) if own else ("", 0)
    return Failure(message, format_user_traceback(error), file, line)


def _is_installed(filename: str) -> bool:
    return "site-packages" in filename or filename.startswith(_STANDARD_LIBRARY)


def _run_call(work: Work, nodes: Sequence[Node], bench: Bench, reads: ReadWatch | None) -> list[Success]:
    definition, scratch = bench.definition, nodes[0].scratch
    inputs = nodes[0].inputs if work.inputs is None else work.inputs
    partitions_def = definition.partitions_def
    read_key = str if partitions_def is None else partitions_def.get_partition_key_from_str
    context = AssetExecutionContext(
        asset_key=definition.key,
        run_id=work.run,
        partitions_def=partitions_def,
        keys=tuple(read_key(node.key) for node in nodes if node.key is not None),
        output_folder=Path(scratch),
    )
    try:
        arguments = {given.parameter: bench.load(given) for given in inputs}
        positional = (context,) if definition.takes_context else ()
        with running_with(context), nullcontext() if reads is None else reads.noting():
            returned = _settle(definition.function(*positional, **arguments))
        undeclared = () if reads is None else _list_undeclared(reads, work, inputs)
        made = store_results(returned, work, nodes, bench=bench, context=context)
        return [replace(each, undeclared=undeclared) for each in made] if undeclared else made
    finally:
        if os.path.isdir(scratch):
            shutil.rmtree(scratch, ignore_errors=True)


def _list_undeclared(reads: ReadWatch, work: Work, inputs: Iterable[Input]) -> tuple[str, ...]:
    return reads.list_undeclared(work.declared, (piece.path for given in inputs for piece in given.pieces))


def _settle(returned: object) -> object:
    """Run a coroutine to its end and a generator to its last result."""
    if inspect.iscoroutine(returned):
        import asyncio  # as long to import as a hundred small nodes take

        return asyncio.run(returned)
    if not inspect.isgenerator(returned):
        return returned
    results = [result for result in returned if isinstance(result, Output | MaterializeResult)]
    if len(results) != 1:
        raise DefinitionError(f"a generator asset yields one Output or MaterializeResult, this one {len(results)}")
    return results[0]


class Surroundings:
    """Undoes what a node does to the process: its folder, its environment, its umask. As they are when it is made."""

    def __init__(self) -> None:
        self._folder = os.getcwd()
        self._environment = dict(_RAW_ENVIRONMENT)
        self._umask = os.umask(0o022)
        os.umask(self._umask)

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        os.umask(self._umask)
        if self._environment != _RAW_ENVIRONMENT:
            os.environ.clear()
            os.environb.update(self._environment)
        os.chdir(self._folder)  # without asking first: the node may have removed the folder it stood in
