"""UPathIOManager: what IO managers have in common that keep one file for each asset or partition."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.io_manager import IOManager
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.keeping.value_context import ValueContext
from assetmake.definitions.metadata import MetadataValue
from assetmake.errors import InvariantError

ALLOW_MISSING = "allow_missing_partitions"


def open_path(*parts: Any, **options: Any) -> Any:
    """Return a path: one of universal-pathlib, also for URLs, where that is installed, else one of the file system."""
    try:
        from upath import UPath
    except ImportError:
        return Path(*parts)
    return UPath(*parts, **options)


class UPathIOManager(IOManager):
    """Keeps each asset, or each partition of one, in a file of its own below a folder.

    Subclass it with `dump_to_path` and `load_from_path`; the other methods may be replaced too.

    Attributes:
        extension: The suffix of the files, with its dot.

    Example:
        >>> class Texts(UPathIOManager):
        ...     extension: str = ".txt"
        ...     def dump_to_path(self, context, obj, path) -> None:
        ...         path.write_text(obj)
        ...     def load_from_path(self, context, path):
        ...         return path.read_text()
    """

    extension: str | None = None

    def __init__(self, base_path: Any = None) -> None:
        if self.extension and "." not in self.extension:
            raise InvariantError(f"{type(self).__name__}.extension is {self.extension!r}, and needs a dot")
        self._base_path = open_path(".") if base_path is None else base_path

    @abstractmethod
    def dump_to_path(self, context: OutputContext, obj: Any, path: Any) -> None:
        """Write a value to a file."""

    @abstractmethod
    def load_from_path(self, context: InputContext, path: Any) -> Any:
        """Read a value from a file. It may be `async`: then several partitions are read at the same time."""

    def get_metadata(self, context: OutputContext, obj: Any) -> Mapping[str, Any]:  # noqa: ARG002 - subclasses use them
        """Return facts to record with a value; for subclasses."""
        return {}

    def unlink(self, path: Any) -> None:
        """Remove a file; for backends that need another way."""
        path.unlink()

    def path_exists(self, path: Any) -> bool:
        """Tell whether there is a file; for backends that need another way."""
        return bool(path.exists())

    def make_directory(self, path: Any) -> None:
        """Make a folder; for backends that have none."""
        path.mkdir(parents=True, exist_ok=True)

    def has_output(self, context: OutputContext) -> bool:
        """Tell whether there is a file for an output."""
        return self.path_exists(self._get_path(context))

    def get_asset_relative_path(self, context: ValueContext) -> Any:
        """Return where an asset is kept below the base, without partition and suffix."""
        return open_path(*context.asset_key.parts)

    def get_op_output_relative_path(self, context: Any) -> Any:
        """Return where a value is kept that is no asset's."""
        return open_path(*context.get_identifier())

    def get_path_for_partition(self, context: ValueContext, path: Any, partition: str) -> Any:  # noqa: ARG002
        """Return where a partition is kept, without the suffix.

        Args:
            context: What is kept or read.
            path: Where the asset is kept.
            partition: The key; the parts of a key of several dimensions stand between slashes.
        """
        return self.make_safe_partition_path(path, partition)

    def make_safe_partition_path(self, base_path: Any, partition: str) -> Any:
        """Return a path below the base, also for a key that starts with a slash.

        A subclass for a file system escapes segments that lead upward, too: see `escape_upward`.
        """
        return base_path / escape_leading_slash(partition)

    @property
    def fs(self) -> Any:
        """The file system of fsspec that the base is on."""
        return self._base_path.fs

    @property
    def storage_options(self) -> dict[str, Any]:
        """What the file system was opened with."""
        return dict(getattr(self._base_path, "storage_options", {}))

    def _with_extension(self, path: Any) -> Any:
        return path.with_suffix(path.suffix + self.extension) if self.extension else path

    def _get_path_without_extension(self, context: ValueContext) -> Any:
        found = (
            self.get_asset_relative_path(context)
            if context.has_asset_key
            else self.get_op_output_relative_path(context)
        )
        return self._base_path.joinpath(*list_relative_parts(found))

    def _get_path(self, context: ValueContext) -> Any:
        return self._with_extension(self._get_path_without_extension(context))

    def _get_paths_for_partitions(self, context: ValueContext) -> dict[str, Any]:
        folder = self._get_path_without_extension(context)
        return {
            key: self._with_extension(self.get_path_for_partition(context, folder, _write_key(key)))
            for key in context.asset_partition_keys
        }

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Write a value to its file, and record the path.

        Raises:
            InvariantError: the value is of several partitions.
        """
        if context.has_asset_partitions:
            path = self._find_only_path(context)
            self._make_room(context, path.parent)
        else:
            path = self._get_path(context)
        self.make_directory(path.parent)
        context.log.debug("Writing file at: %s using %s...", path, type(self).__name__)
        self.dump_to_path(context=context, obj=obj, path=path)
        # A function that returns None mostly keeps its result by itself, and elsewhere.
        facts = {} if obj is None else {"path": MetadataValue.path(str(path))}
        context.add_output_metadata({**facts, **self.get_metadata(context=context, obj=obj)})

    def _find_only_path(self, context: OutputContext) -> Any:
        paths = list(self._get_paths_for_partitions(context).values())
        if len(paths) != 1:
            raise InvariantError(
                f"The current IO manager {type(self)} does not support persisting an output associated with multiple "
                "partitions.",
                hint="build one partition at a time, or annotate the function -> None and let it keep its result",
            )
        return paths[0]

    def _make_room(self, context: OutputContext, folder: Any) -> None:
        """Remove the file of an asset that had no partitions before, where its folder is wanted now."""
        if folder.exists() and folder.is_file():
            context.log.warning("Removing %s, which %s had before it was partitioned.", folder, context.asset_key)
            folder.unlink(missing_ok=True)

    def load_input(self, context: InputContext) -> Any:
        """Return a value, a dict by key where several partitions are read, or None where there is none to read.

        Raises:
            FileNotFoundError: there is no file, and the input's metadata does not say that it may be missing.
        """
        if not context.has_asset_key or not context.has_asset_partitions:
            path = self._get_path(context)
            context.log.debug("Loading file from: %s using %s...", path, type(self).__name__)
            found = self.load_from_path(context=context, path=path)
            return _run(found) if inspect.iscoroutine(found) else found
        if not context.asset_partition_keys:
            return None
        if inspect.iscoroutinefunction(self.load_from_path):
            return self.load_partitions_async(context)
        return self.load_partitions(context)

    def load_partitions(self, context: InputContext) -> Any:
        """Return the value of one partition, or those of several by key; for subclasses that read several at once."""
        paths = self._get_paths_for_partitions(context)
        found = {key: self._load_partition(context, key, path) for key, path in paths.items()}
        if len(paths) == 1:
            return next(iter(found.values()))
        return {key: value for key, value in found.items() if value is not None}

    def _load_partition(self, context: InputContext, key: str, path: Any) -> Any:
        context.log.debug("Loading partition %s from %s using %s...", key, path, type(self).__name__)
        try:
            return self.load_from_path(context=context, path=path)
        except FileNotFoundError:
            if not context.definition_metadata.get(ALLOW_MISSING):
                raise
            context.log.warning("Skipped partition %s, which is missing, as %s allows.", key, ALLOW_MISSING)
            return None

    def load_partitions_async(self, context: InputContext) -> Any:
        """Return what `load_partitions` does, where `load_from_path` is async.

        Raises:
            RuntimeError: partitions could not be read; the log says which.
        """
        paths = self._get_paths_for_partitions(context)

        async def gather() -> list[Any]:
            import asyncio

            reads = [self.load_from_path(context=context, path=path) for path in paths.values()]
            return await asyncio.gather(*reads, return_exceptions=True)

        found = {}
        failed = []
        for key, value in zip(paths, _run(gather()), strict=True):
            if not isinstance(value, BaseException):
                found[key] = value
            elif isinstance(value, FileNotFoundError) and context.definition_metadata.get(ALLOW_MISSING):
                context.log.warning("Skipped partition %s, which is missing, as %s allows.", key, ALLOW_MISSING)
            else:
                context.log.error("partition %s: %s", key, value)
                failed.append(value)
        if failed:
            raise RuntimeError(f"{len(failed)} partitions could not be loaded") from failed[0]
        return next(iter(found.values()), None) if len(paths) == 1 else found


def _run(coroutine: Any) -> Any:
    import asyncio  # takes longer to import than the rest

    return asyncio.run(coroutine)


def _write_key(key: str) -> str:
    """Return a key as the path below the asset's folder: that of several dimensions is a folder for each."""
    dimensions = getattr(key, "keys_by_dimension", None)
    return key if dimensions is None else "/".join(dimensions[name] for name in sorted(dimensions))


def escape_leading_slash(text: str) -> str:
    """Return a text that joined to a path does not replace it."""
    return "%2F" + text[1:] if text.startswith("/") else text


def escape_upward(text: str) -> str:
    """Return a text none of whose segments leads upward."""
    return "/".join("%2E%2E" if part == ".." else part for part in text.split("/"))


def list_relative_parts(path: Any) -> tuple[str, ...]:
    """Return the parts of a path so that joined to another they stay below it."""
    parts = tuple(part for part in path.parts if part != "/")
    return ("%2F" + parts[0], *parts[1:]) if path.is_absolute() and parts else parts
