"""run_work: load the inputs of a node, call the asset's function, store what it returns, tell what became of it."""

from __future__ import annotations

import inspect
import os
import shutil
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from assetmake.definitions.context import AssetExecutionContext
from assetmake.definitions.metadata import check_metadata
from assetmake.definitions.results import DataVersion, MaterializeResult, Nothing, Output
from assetmake.discovery.failures import describe_error, format_user_traceback, is_user_frame
from assetmake.errors import AssetmakeError, DefinitionError
from assetmake.execution.bench import Bench, Benches
from assetmake.execution.capture import Capture
from assetmake.execution.masking import Mask, make_mask
from assetmake.execution.reads import ReadWatch
from assetmake.execution.work import Failure, Node, Outcome, Success, Work
from assetmake.storage.hashing import hash_file

_STANDARD_LIBRARY = os.path.dirname(os.__file__)

_RAW_ENVIRONMENT: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001
"""Undecoded: to compare the whole environment costs a node two microseconds so, and half a millisecond through
`os.environ`."""


def run_work(
    work: Work,
    benches: Benches,
    capture: Capture,
    *,
    nodes: Iterable[Node] | None = None,
    reads: ReadWatch | None = None,
    start: Callable[[], None] = lambda: None,
) -> Iterator[Outcome]:
    """Run the nodes of a work one after the other; whatever user code raises becomes a Failure.

    Args:
        work: The nodes.
        benches: Opens the asset's. Of files that it leaves to be made durable, outcomes do not tell what they are.
        capture: Keeps what a node prints.
        nodes: Those of the work that are to run, if not all; asked for one by one.
        reads: Notes what a node reads without having declared it.
        start: Called when what a node needs was imported, right before the node runs.
    """
    bench: Bench | None = None
    surroundings: Surroundings | None = None
    mask = make_mask(work.env_vars, os.environ)
    for node in work.nodes if nodes is None else nodes:
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
                result: Success | Failure = _run_node(work, node, bench, reads)
        except BaseException as error:  # noqa: BLE001 - a node's SystemExit or KeyboardInterrupt is its own
            result = describe_failure(error)
            capture.write(result.traceback or result.message)
        logged = _keep_log(capture, node.log, keep=isinstance(result, Failure), mask=mask)
        yield Outcome(node.number, time.perf_counter() - started, mask.hide_in(result), logged)


def _keep_log(capture: Capture, log: str, *, keep: bool, mask: Mask) -> bool:
    try:
        return capture.end(log, keep=keep, mask=mask)
    except OSError:
        return False  # a full disk under the logs changes nothing about the result


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


def _run_node(work: Work, node: Node, bench: Bench, reads: ReadWatch | None) -> Success:
    definition = bench.definition
    context = AssetExecutionContext(
        asset_key=definition.key,
        run_id=work.run,
        partitions_def=definition.partitions_def,
        keys=() if node.key is None else (node.key,),
        output_folder=Path(node.scratch),
    )
    try:
        arguments = {given.parameter: bench.load(given) for given in node.inputs}
        positional = (context,) if definition.takes_context else ()
        with nullcontext() if reads is None else reads.noting():
            returned = _settle(definition.function(*positional, **arguments))
        undeclared = () if reads is None else _list_undeclared(reads, work, node)
        made = _store(returned, work, node, bench, context)
        return replace(made, undeclared=undeclared) if undeclared else made
    finally:
        if os.path.isdir(node.scratch):
            shutil.rmtree(node.scratch, ignore_errors=True)


def _list_undeclared(reads: ReadWatch, work: Work, node: Node) -> tuple[str, ...]:
    return reads.list_undeclared(work.declared, (piece.path for given in node.inputs for piece in given.pieces))


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


def _store(returned: object, work: Work, node: Node, bench: Bench, context: AssetExecutionContext) -> Success:
    value, version = returned, None
    if isinstance(returned, Output | MaterializeResult):
        value, version = returned.value, returned.data_version
        context.output_metadata.update(check_metadata(returned.metadata))
    name = str(work.asset) if node.key is None else f"{work.asset}@{node.key}"
    written = _find_written(node.scratch, name)
    if written is not None:
        if value is not None and value is not Nothing and not isinstance(value, Path):
            raise DefinitionError(f"{name} both wrote {written.name} to context.output_path and returned a value")
        value = written
    metadata = {key: (each.kind, each.value) for key, each in context.output_metadata.items()} or None
    if value is Nothing or (not bench.definition.stores and written is None):
        if value is not None and value is not Nothing:
            raise DefinitionError(
                f"{name} is annotated -> None and returned a {type(value).__name__}",
                hint="drop the annotation to have the value stored",
            )
        return Success(_version_digest(version) or os.urandom(16), metadata=metadata)
    stored = bench.io_manager.save(
        value, temporary=Path(node.temporary), unordered=work.unordered, scratch=context.output_folder, asset=name
    )
    content = stored.content or hash_file(stored.temporary)
    seen = None if bench.unsynced is not None and node.temporary in bench.unsynced else os.stat(node.temporary)
    return Success(
        digest=_version_digest(version) or stored.digest,
        suffix=stored.suffix,
        size=seen.st_size if seen else stored.size,
        mtime=seen.st_mtime_ns if seen else 0,
        inode=seen.st_ino if seen else 0,
        content=int.from_bytes(content, "big"),
        rows=stored.rows,
        metadata=metadata,
    )


def _version_digest(version: DataVersion | None) -> bytes | None:
    return None if version is None else f"version:{version.value}".encode()


def _find_written(folder: str, name: str) -> Path | None:
    if not os.path.isdir(folder):
        return None
    files = [path for path in Path(folder).iterdir() if path.name.startswith("output")]
    if len(files) > 1:
        raise DefinitionError(f"{name} wrote {len(files)} files to context.output_path; an asset's output is one file")
    return files[0] if files else None


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
