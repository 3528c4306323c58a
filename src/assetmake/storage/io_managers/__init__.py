"""IO managers: a value comes in and a durable temporary file goes out; stored files come in, a value out.

Which one an asset uses is a name in `IO_MANAGERS`, a table of import paths, so that an optional dependency
is imported only where it is used; third parties join by the entry-point group `assetmake.io_managers`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Protocol, cast

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.entry_points import IO_MANAGERS as ENTRY_POINTS
from assetmake.definitions.entry_points import list_entries, load_entry
from assetmake.errors import ConfigError

if TYPE_CHECKING:
    from assetmake.storage.unsynced import Unsynced

IO_MANAGERS = {
    "io_manager": "assetmake.storage.io_managers.files:FileIO",
    "parquet": "assetmake.storage.io_managers.files:ParquetIO",
    "json": "assetmake.storage.io_managers.files:JsonIO",
    "pickle": "assetmake.storage.io_managers.files:PickleIO",
}
"""Name -> where its class stands; called with `unsynced`, where an entry point's is called without arguments."""


class Kind(StrEnum):
    """What a stored file is: decides how it is read back where no annotation does."""

    TABLE = "table"
    JSON = "json"
    PICKLE = "pickle"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Stored:
    """A value that was written, durable under a temporary name.

    Attributes:
        temporary: Where it stands until it is published.
        suffix: What is to be appended to the output's stem: `.parquet`, `.tar.gz`, or nothing.
        digest: The data hash: logical for tables and JSON, of bytes and suffix for files. Equal ones are the same to
            every reader, whatever it is annotated with.
        size: In bytes.
        rows: Of a table, else None.
        kind: What it was written as.
        content: The hash of the file's bytes, where it is known without reading them back.
        named: Classes and functions that the file only names: readers get those that the project has then.
        profile: What the data looks like, where that is known for nothing: see `profiles`.
    """

    temporary: Path
    suffix: str
    digest: bytes
    size: int
    rows: int | None
    kind: Kind
    content: bytes | None = None
    named: tuple[type | FunctionType, ...] = ()
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One stored upstream node: its partition key (None for an unpartitioned asset) and its file.

    `kind` is what it was stored as; where that is not known, the file tells.
    """

    key: str | None
    path: Path
    kind: Kind | None = None

    def __reduce__(self) -> tuple[Callable[..., Piece], tuple[object, ...]]:
        return _restore_piece, (self.key, str(self.path), self.kind)  # as a text, a path takes half as long to read


def _restore_piece(key: str | None, path: str, kind: Kind | None) -> Piece:
    return Piece(key, Path(path), kind)


@dataclass(frozen=True, slots=True)
class Origin:
    """The asset that an IO manager of the user's loads: that asks for an asset, where ours read files.

    Attributes:
        asset: Its key.
        module: What to import to find it; empty: the project does not make it.
        giver: The module whose definitions give the IO manager; empty: an asset brings it along.
    """

    asset: AssetKey
    module: str = ""
    giver: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """What one parameter of a node is loaded from.

    Attributes:
        parameter: Its name; of what is loaded only where the function asks for it, `name_asked` of the asset.
        io_manager: What loads it; None for files of a source.
        partitioned: Whether the upstream asset is.
        several: Whether the mapping can give several keys.
        pieces: The upstream nodes, in the order of their keys.
        shared: All nodes of the asset that run load the same.
        origin: The upstream asset, where an IO manager of the user's loads it: of the pieces only the keys count then.
        upstream: The upstream asset, where the function may ask for it by its key.
    """

    parameter: str
    io_manager: str | None
    partitioned: bool
    several: bool
    pieces: tuple[Piece, ...]
    shared: bool = False
    origin: Origin | None = None
    upstream: AssetKey | None = None

    def __reduce__(self) -> tuple[type[Input], tuple[object, ...]]:
        plain = self.parameter, self.io_manager, self.partitioned, self.several, self.pieces, self.shared
        if self.origin is None and self.upstream is None:
            return Input, plain
        return Input, (*plain, self.origin, self.upstream)

    @property
    def is_argument(self) -> bool:
        """Tell whether a parameter is given it."""
        return not is_asked(self.parameter)


_ASKED = "deps "


def name_asked(upstream: AssetKey) -> str:
    """Return how an input is called that no parameter is given: as no parameter can be called."""
    return f"{_ASKED}{upstream}"


def is_asked(name: str) -> bool:
    """Tell whether an input of this name is given to no parameter."""
    return name.startswith(_ASKED)


NOWHERE = Path(os.devnull)
"""The path of a piece that has no file of ours."""


class IOManager(Protocol):
    """Writes and reads the values of assets."""

    def identity(self) -> str:
        """Return what decides how values are written; part of the fingerprints of the assets that use it."""

    def save(
        self,
        value: object,
        *,
        temporary: Path,
        unordered: bool = False,
        scratch: Path | None = None,
        asset: str = "",
    ) -> Stored:
        """Write a value to a new file and make it durable.

        Args:
            value: What the asset returned.
            temporary: The file to create, in the folder of the final one.
            unordered: The order of a table's rows does not count in its hash.
            scratch: A file in this folder may be moved instead of copied.
            asset: The node's name, for messages.

        Raises:
            StorageError: The value cannot be held, or the file system refuses; the temporary file is gone.
        """

    def load(
        self, pieces: Sequence[Piece], *, annotation: object, partitioned: bool, several: bool | None = None
    ) -> object:
        """Read what was stored, as the annotation of the parameter asks for it.

        Args:
            pieces: The upstream nodes, in the order of their keys.
            annotation: A resolved type, or None.
            partitioned: Whether the upstream asset is.
            several: Whether the mapping can give several keys; None: as many as there are pieces.

        Raises:
            StorageError: The file is missing or damaged, or cannot be what the annotation asks for.
        """

    def matches(self, path: Path, digest: bytes, *, unordered: bool = False) -> bool:
        """Whether a file holds the data of which `save` returned this digest (it reads the file)."""


def open_io_manager(name: str, *, unsynced: Unsynced | None = None) -> IOManager:
    """Return the IO manager of that name.

    Args:
        name: As in the table, or of a third party.
        unsynced: Makes files durable that ours leaves to it; third parties' make theirs durable themselves.

    Raises:
        ConfigError: There is none.
    """
    if name in IO_MANAGERS:
        module, _, attribute = IO_MANAGERS[name].partition(":")
        return cast("IOManager", getattr(importlib.import_module(module), attribute)(unsynced=unsynced))
    return _third_party(name)


def writes_files(name: str) -> bool:
    """Tell whether what a distribution offers under a name writes files for us to publish, as our IO managers do."""
    offered = load_entry(ENTRY_POINTS, name)
    return isinstance(offered, type) and hasattr(offered, "save")


def _third_party(name: str) -> IOManager:
    from difflib import get_close_matches  # takes longer to import than all the rest, and is rarely needed

    if writes_files(name):
        return cast("IOManager", load_entry(ENTRY_POINTS, name)())
    known = [*IO_MANAGERS, *list_entries(ENTRY_POINTS)]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    raise ConfigError(f"there is no IO manager {name!r}", hint=hint)
