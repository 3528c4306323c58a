"""run_work: load the inputs of a node, call the asset's function, store what it returns, tell what became of it."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import time
import traceback
import typing
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from assetmake.definitions.asset import AssetsDefinition
from assetmake.definitions.context import AssetExecutionContext
from assetmake.definitions.metadata import check_metadata
from assetmake.definitions.results import DataVersion, MaterializeResult, Nothing, Output
from assetmake.discovery.failures import describe_error, format_user_traceback, is_user_frame
from assetmake.errors import AssetmakeError, DefinitionError
from assetmake.execution.capture import Capture
from assetmake.execution.masking import Mask, make_mask
from assetmake.execution.reads import ReadWatch
from assetmake.execution.work import Failure, Node, Outcome, Success, Work
from assetmake.storage.hashing import hash_file
from assetmake.storage.io_managers import Input, IOManager, open_io_manager
from assetmake.storage.io_managers.loading import load_source

_STANDARD_LIBRARY = os.path.dirname(os.__file__)

_RAW_ENVIRONMENT: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001
"""Undecoded: to compare the whole environment costs a node two microseconds so, and half a millisecond through
`os.environ`."""

FindAsset = Callable[[Work], AssetsDefinition]


@dataclass
class Bench:
    """What a worker keeps from one node to the next: the asset's function, resolved once.

    Attributes:
        definition: The asset.
        io_manager: What stores its result.
    """

    definition: AssetsDefinition
    io_manager: IOManager
    _loaders: dict[str, IOManager] = field(default_factory=dict)

    @cached_property
    def annotations(self) -> dict[str, Any]:
        """The annotations of the function, resolved; those that cannot be are left out."""
        function = inspect.unwrap(self.definition.function)
        try:
            return typing.get_type_hints(function)
        except Exception:  # noqa: BLE001 - a name that exists only for type checkers is no failure here
            return dict(_evaluate_each(function))

    def load(self, given: Input) -> object:
        """Return the value of one parameter."""
        annotation = self.annotations.get(given.parameter)
        if given.io_manager is None:
            return load_source(given.pieces, annotation, given.several or len(given.pieces) > 1)
        if given.io_manager not in self._loaders:
            self._loaders[given.io_manager] = open_io_manager(given.io_manager)
        return self._loaders[given.io_manager].load(
            given.pieces, annotation=annotation, partitioned=given.partitioned, several=given.several
        )


def _evaluate_each(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    namespace = getattr(function, "__globals__", {})
    for name, value in getattr(function, "__annotations__", {}).items():
        if not isinstance(value, str):
            yield name, value
            continue
        try:
            yield name, eval(value, namespace)  # noqa: S307 - the user's own annotation, in their own module
        except Exception:  # noqa: BLE001, S112
            continue


def open_bench(work: Work, find_asset: FindAsset) -> Bench:
    return Bench(find_asset(work), open_io_manager(work.io_manager))


def run_work(
    work: Work, find_asset: FindAsset, capture: Capture, *, reads: ReadWatch | None = None
) -> Iterator[Outcome]:
    """Run the nodes of a work one after the other; whatever user code raises becomes a Failure.

    Args:
        work: The nodes.
        find_asset: Finds the asset's definition.
        capture: Keeps what a node prints.
        reads: Notes what a node reads without having declared it.
    """
    bench: Bench | None = None
    mask = make_mask(work.env_vars, os.environ)
    for node in work.nodes:
        started = time.perf_counter()
        capture.begin()
        try:
            if bench is None:
                bench = open_bench(work, find_asset)
            with _restored_surroundings():
                result: Success | Failure = _run_node(work, node, bench, reads)
        except BaseException as error:  # noqa: BLE001 - a node's SystemExit or KeyboardInterrupt is its own
            result = describe_failure(error)
            capture.write(result.traceback or result.message)
        logged = _keep_log(capture, node.log, keep=isinstance(result, Failure), mask=mask)
        yield Outcome(node.number, time.perf_counter() - started, mask.hide_in(result), logged)


def _keep_log(capture: Capture, log: Path, *, keep: bool, mask: Mask) -> bool:
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
        output_folder=node.scratch,
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
        if node.scratch.exists():
            shutil.rmtree(node.scratch, ignore_errors=True)


def _list_undeclared(reads: ReadWatch, work: Work, node: Node) -> tuple[str, ...]:
    return reads.list_undeclared(work.declared, (piece.path for given in node.inputs for piece in given.pieces))


def _settle(returned: object) -> object:
    """Run a coroutine to its end and a generator to its last result."""
    if inspect.iscoroutine(returned):
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
    written = _find_written(context, name)
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
        value, temporary=node.temporary, unordered=work.unordered, scratch=context.output_folder, asset=name
    )
    seen = os.stat(stored.temporary)
    return Success(
        digest=_version_digest(version) or stored.digest,
        suffix=stored.suffix,
        size=seen.st_size,
        mtime=seen.st_mtime_ns,
        inode=seen.st_ino,
        content=int.from_bytes(hash_file(stored.temporary), "big"),
        rows=stored.rows,
        metadata=metadata,
    )


def _version_digest(version: DataVersion | None) -> bytes | None:
    return None if version is None else f"version:{version.value}".encode()


def _find_written(context: AssetExecutionContext, name: str) -> Path | None:
    folder = context.output_folder
    if folder is None or not folder.is_dir():
        return None
    files = [path for path in folder.iterdir() if path.name.startswith("output")]
    if len(files) > 1:
        raise DefinitionError(f"{name} wrote {len(files)} files to context.output_path; an asset's output is one file")
    return files[0] if files else None


class _restored_surroundings:  # noqa: N801 - reads as a statement
    """Undo what a node does to the process: its folder, its environment, its umask."""

    def __enter__(self) -> None:
        self._folder = os.getcwd()
        self._environment = dict(_RAW_ENVIRONMENT)
        self._umask = os.umask(0o022)
        os.umask(self._umask)

    def __exit__(self, *_: object) -> None:
        os.umask(self._umask)
        if self._environment != _RAW_ENVIRONMENT:
            os.environ.clear()
            os.environb.update(self._environment)
        os.chdir(self._folder)  # without asking first: the node may have removed the folder it stood in
