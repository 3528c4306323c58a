"""The cache file of a manifest: written and read as a whole, and read without running anybody's code.

Pickles can call whatever is importable, and a cache folder may come from elsewhere; so of what a file names only the
plain classes of `_ALLOWED` are looked up. The code of assets, which few commands ask for, has a file of its own, named
by its content.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

from assetmake.discovery.code.members import CodeGraph, Member
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.inputs import Inputs
from assetmake.discovery.recall.plain_values import Row, read_manifest, read_members, write_manifest, write_members
from assetmake.storage.cache_files import read_cache, read_sealed, write_cache, write_sealed
from assetmake.storage.hashing import hash_bytes

_CODE_PREFIX = "code-"
_KEPT_FILES = 8
_ALLOWED = {
    "builtins": ("str",),
    "assetmake.definitions.assets.dependency": ("Dependency",),
    "assetmake.definitions.asset_key": ("AssetKey",),
    "assetmake.definitions.backfill": ("BackfillPolicy",),
    "assetmake.definitions.cadence": ("Cadence",),
    "assetmake.definitions.calendars": (
        "DailyPartitionsDefinition",
        "HourlyPartitionsDefinition",
        "MonthlyPartitionsDefinition",
        "WeeklyPartitionsDefinition",
    ),
    "assetmake.definitions.checking.asked": ("Asked",),
    "assetmake.definitions.cron": ("Cron",),
    "assetmake.definitions.dynamic_partitions": ("DynamicPartitionsDefinition",),
    "assetmake.definitions.file_partitions": ("FilePartitionsDefinition",),
    "assetmake.definitions.mappings": (
        "AllPartitionMapping",
        "IdentityPartitionMapping",
        "LastPartitionMapping",
        "SpecificPartitionsPartitionMapping",
        "StaticPartitionMapping",
    ),
    "assetmake.definitions.multi_mappings": (
        "DimensionPartitionMapping",
        "MultiPartitionMapping",
        "MultiToSingleDimensionPartitionMapping",
    ),
    "assetmake.definitions.multi_partitions": ("MultiPartitionsDefinition",),
    "assetmake.definitions.partitions": ("StaticPartitionsDefinition",),
    "assetmake.definitions.metadata.code_references": (
        "CodeReferencesMetadataValue",
        "LocalFileCodeReference",
        "UrlCodeReference",
    ),
    "assetmake.definitions.metadata.tables": (
        "TableColumn",
        "TableColumnConstraints",
        "TableColumnDep",
        "TableColumnLineage",
        "TableConstraints",
        "TableRecord",
        "TableSchema",
    ),
    "assetmake.definitions.metadata.values": (
        "AssetMetadataValue",
        "BoolMetadataValue",
        "FloatMetadataValue",
        "IntMetadataValue",
        "JobMetadataValue",
        "JsonMetadataValue",
        "MarkdownMetadataValue",
        "NotebookMetadataValue",
        "NullMetadataValue",
        "PathMetadataValue",
        "PoolMetadataValue",
        "PythonArtifactMetadataValue",
        "RunMetadataValue",
        "TableColumnLineageMetadataValue",
        "TableMetadataValue",
        "TableSchemaMetadataValue",
        "TextMetadataValue",
        "TimestampMetadataValue",
        "UrlMetadataValue",
    ),
    "assetmake.definitions.place": ("Place",),
    "assetmake.definitions.retry": ("Backoff", "Jitter", "RetryPolicy"),
    "assetmake.definitions.time_windows": ("TimeWindowPartitionsDefinition", "restore_windows"),
    "assetmake.definitions.window_mapping": ("TimeWindowPartitionMapping",),
    "assetmake.definitions.window_schedules": ("Exclusions",),
    "assetmake.discovery.automation_records": ("Automation", "JobRecord", "ScheduleRecord", "SensorRecord"),
    "assetmake.discovery.code.members": ("CodeGraph",),
    "assetmake.discovery.manifest": (
        "AssetRecord",
        "External",
        "Fingerprint",
        "Inspection",
        "Manifest",
        "ModuleFailure",
        "SourceRecord",
        "Unmet",
    ),
    "assetmake.discovery.recall.inputs": ("Inputs", "Seen"),
    "assetmake.discovery.recall.reads": ("Reads",),
    "assetmake.discovery.rule_records": ("ConditionRecord", "FreshnessRecord", "RuleRecord"),
}


_PLAIN = frozenset({object, type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset})


class ForeignObjectError(Exception):
    """Something is part of a manifest that is not ours, such as a project's own kind of partitions."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A manifest with all that decided it."""

    inputs: Inputs
    manifest: Manifest


def encode(value: object) -> bytes:
    """Return plain data as bytes.

    Raises:
        ForeignObjectError: it cannot be told without code of the project.
    """
    stream = io.BytesIO()
    try:
        _PlainPickler(stream, protocol=5).dump(value)
    except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
        raise ForeignObjectError(str(error)) from None
    return stream.getvalue()


def decode(content: bytes) -> Any:
    """Return what `encode` was given.

    Raises:
        ForeignObjectError: it names something that is not allowed.
    """
    return _PlainUnpickler(io.BytesIO(content)).load()


class _PlainPickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, str):  # a member of an enumeration, say: what counts of a name is its text
            return str, (str.__str__(value),)
        kind: Any = value if isinstance(value, type | FunctionType) else type(value)
        if kind not in _PLAIN and kind.__qualname__ not in _ALLOWED.get(kind.__module__, ()):
            raise ForeignObjectError(f"{kind.__module__}.{kind.__qualname__}")
        return NotImplemented


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:
        if global_name not in _ALLOWED.get(module_name, ()):
            raise ForeignObjectError(f"{module_name}.{global_name}")
        found: Any = importlib.import_module(module_name)
        for name in global_name.split("."):
            found = getattr(found, name)
        return found


class KeptMembers(Mapping[str, Member]):
    """The members of a code graph, read when they are first asked for.

    Args:
        file: Where they are.
        seal: What the file is sealed with.
        find: Finds them by other means, where the file is gone or damaged; it is written anew then.
    """

    def __init__(self, file: Path, *, seal: str, find: Callable[[], Mapping[str, Member]]) -> None:
        self._file = file
        self._seal = seal
        self._find = find

    @cached_property
    def _members(self) -> Mapping[str, Member]:
        rows = read_cache(self._file, key=self._seal)
        if rows is not None:
            return read_members(rows)
        found = self._find()
        rows = write_members(found)
        if _name_code(rows) == self._file.name:  # else the project has changed since it was found to be as it was
            write_cache(self._file, rows, key=self._seal)
        return found

    def __getitem__(self, name: str) -> Member:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def read_kept(file: Path, *, seal: str, find: Callable[[], Manifest]) -> Kept | None:
    """Return what `write_kept` wrote; None where there is nothing, or it is damaged or of another seal.

    Args:
        file: Where it is.
        seal: What it was sealed with.
        find: Discovers the project; asked for the code of the assets where the file of that is gone.
    """
    content = read_sealed(file, key=seal)
    found = None if content is None else _decode_or_none(content)
    if not (isinstance(found, tuple) and len(found) == 4):
        return None
    inputs, rest, written, code_name = found
    members = KeptMembers(file.with_name(code_name), seal=seal, find=lambda: find().code.members)
    return Kept(inputs, read_manifest(rest, written, CodeGraph(members)))


def write_kept(file: Path, kept: Kept, *, seal: str) -> None:
    """Keep a manifest and its inputs; where it cannot be written, nothing is."""
    code = write_members(kept.manifest.code.members)
    code_file = file.with_name(_name_code(code))
    if read_cache(code_file, key=seal) is None:
        write_cache(code_file, code, key=seal)
    write_sealed(file, encode((kept.inputs, *write_manifest(kept.manifest), code_file.name)), key=seal)
    _forget_oldest(file.parent)


def _name_code(rows: list[Row]) -> str:
    return f"{_CODE_PREFIX}{hash_bytes(json.dumps(rows).encode()).hex()}"


def _decode_or_none(content: bytes) -> Any:
    try:
        return decode(content)
    except Exception:  # noqa: BLE001 - what is sealed and cannot be read is of another version
        return None


def _forget_oldest(folder: Path) -> None:
    """Remove all but the last few files: one for each environment and version of Python would gather."""
    for prefix in ("manifest-", _CODE_PREFIX):
        found = sorted(folder.glob(f"{prefix}*"), key=_date, reverse=True)
        for old in found[_KEPT_FILES:]:
            with suppress(OSError):
                os.unlink(old)


def _date(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
