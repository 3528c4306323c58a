"""Storing: what a call of an asset's function returned becomes the outputs of its nodes, each in a file of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assetmake.definitions.context import AssetExecutionContext
from assetmake.definitions.metadata.reading import check_metadata, write_plain
from assetmake.definitions.metadata.values import MetadataValue
from assetmake.definitions.results import DataVersion, MaterializeResult, Nothing, Output
from assetmake.errors import DefinitionError
from assetmake.execution.bench import Bench
from assetmake.execution.work import Node, Success, Work
from assetmake.storage.hashing import hash_file

_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Given:
    """A value, with what was said of it."""

    value: object
    version: DataVersion | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


def store_results(
    returned: object, work: Work, nodes: Sequence[Node], *, bench: Bench, context: AssetExecutionContext
) -> list[Success]:
    """Store what a call returned, and tell for each of its nodes what that made of it.

    Raises:
        DefinitionError: it is not what the asset declares, or has not a value for each node of a range.
    """
    whole = _open(returned)
    context.output_metadata.update(whole.metadata)
    several = _share_out(whole, work, nodes, bench)
    return [_store(given, work, node, bench, context) for given, node in zip(several, nodes, strict=True)]


def _open(returned: object) -> _Given:
    if isinstance(returned, Output | MaterializeResult):
        return _Given(returned.value, returned.data_version, check_metadata(returned.metadata))
    return _Given(returned)


def _share_out(whole: _Given, work: Work, nodes: Sequence[Node], bench: Bench) -> list[_Given]:
    """Return what was given for each node: of a range, its own value in the dict that was returned."""
    policy, value = bench.definition.backfill_policy, whole.value
    if policy is None or not policy.makes_ranges or not bench.definition.stores or value is Nothing:
        return [whole] * len(nodes)
    keys = [str(node.key) for node in nodes]
    if len(keys) == 1 and not (isinstance(value, Mapping) and set(value) == set(keys)):
        # Whoever writes for one key may return its value. Whoever writes for ranges gets one of one key, too.
        return [whole]
    _check_keys(value, keys, f"{work.asset}@{keys[0]}..{keys[-1]}")
    assert isinstance(value, Mapping)
    several = [_open(value[key]) for key in keys]
    return [_Given(each.value, each.version or whole.version, each.metadata) for each in several]


def _check_keys(value: object, keys: Sequence[str], name: str) -> None:
    if not isinstance(value, Mapping):
        raise DefinitionError(
            f"{name} made {len(keys)} partitions in one call and returned a {type(value).__name__}",
            hint="return a dict with a value for each of context.partition_keys, or annotate it -> None",
        )
    known = set(keys)
    missing, extra = [key for key in keys if key not in value], [key for key in value if key not in known]
    if missing or extra:
        told = [f"no value for {_name(missing)}"] if missing else []
        told += [f"a value for {_name(extra)}, which it was not called for"] if extra else []
        raise DefinitionError(
            f"{name} returned {' and '.join(told)}", hint="the keys are those of context.partition_keys"
        )


def _name(keys: Sequence[object]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(map(str, keys[:_NAMED])) + more


def _store(given: _Given, work: Work, node: Node, bench: Bench, context: AssetExecutionContext) -> Success:
    value, version = given.value, given.version
    name = str(work.asset) if node.key is None else f"{work.asset}@{node.key}"
    written = _find_written(node.scratch, name)
    if written is not None:
        if value is not None and value is not Nothing and not isinstance(value, Path):
            raise DefinitionError(f"{name} both wrote {written.name} to context.output_path and returned a value")
        value = written
    said = {**context.output_metadata, **given.metadata}
    metadata = {key: (each.kind, write_plain(each)) for key, each in said.items()} or None
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
        digest=_version_digest(version) or bench.digest_of(stored),
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
