"""File sources in a run: their files, as the parameters that read them ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.file_partitions import FilePartitionsDefinition
from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.io_manager import IOManager
from assetmake.definitions.source import FileSource, fill_template, has_magic, split_template
from assetmake.errors import InvariantError, StorageError
from assetmake.storage.io_managers import Piece
from assetmake.storage.io_managers.loading import load_source
from assetmake.storage.sources import list_files, list_template_keys


def describe_file_source(source: FileSource) -> AssetsDefinition:
    """Return the definition of an asset that others make, which is loaded from the source's files."""
    name = f"{source.key.to_python_identifier()}__files"
    partitions_def = source.partitions_def
    if isinstance(partitions_def, FilePartitionsDefinition):
        partitions_def = partitions_def.resolve(sorted(_list_keys(source)))
    spec = AssetSpec(
        source.key, description=source.description or None, partitions_def=partitions_def, io_manager_key=name
    )
    return AssetsDefinition((spec,), resource_defs={name: _Files(source)}, place=source.place)


def _list_keys(source: FileSource) -> Mapping[str, str]:
    return list_template_keys(Path.cwd(), *split_template(source.path))


@dataclass(frozen=True, slots=True)
class _Files(IOManager):
    """Loads the files of a source; relative paths are those of the current folder."""

    source: FileSource

    def handle_output(self, context: Any, obj: Any) -> NoReturn:  # noqa: ARG002
        raise InvariantError(f"the source {self.source.key} is written by others")

    def load_input(self, context: InputContext) -> Any:
        """Return the files as the parameter's annotation asks for them.

        Raises:
            StorageError: one is not there.
        """
        pieces = self._list_pieces(context)
        for piece in pieces:
            if not piece.path.exists():
                raise StorageError(f"source {self.source.key}: there is no file {piece.path}")
        several = len(pieces) > 1 or has_magic(self.source.path)
        return load_source(pieces, getattr(context.dagster_type, "typing_type", None), several)

    def _list_pieces(self, context: InputContext) -> list[Piece]:
        root, source = Path.cwd(), self.source
        if not context.has_asset_partitions:
            found = list_files(root, source.path) if has_magic(source.path) else [source.path]
            return [Piece(None, root / path) for path in found]
        keys = context.asset_partition_keys
        if isinstance(source.partitions_def, FilePartitionsDefinition):
            known = _list_keys(source)
            return [Piece(key, root / known[key]) for key in keys]
        assert source.partitions_def is not None
        return [
            Piece(key, root / fill_template(source.path, key, partitions_def=source.partitions_def)) for key in keys
        ]
