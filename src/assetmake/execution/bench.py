"""Bench: what a worker keeps from one node of an asset to the next: its function, found once, and what it loaded."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.code.locality import is_project_module
from assetmake.execution.work import Work
from assetmake.storage.hashing import hash_bytes
from assetmake.storage.io_managers import Input, IOManager, Piece, Stored, open_io_manager
from assetmake.storage.io_managers.loading import load_source
from assetmake.storage.io_managers.sharing import HandOut, find_hand_out
from assetmake.storage.unsynced import Unsynced

FindAsset = Callable[[Work], AssetsDefinition]
_Identities = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """A value that was loaded.

    Attributes:
        pieces: What it was loaded from.
        identities: Size, mtime and inode of each file, from before it was read.
    """

    pieces: tuple[Piece, ...]
    identities: _Identities
    value: object
    hand_out: HandOut


@dataclass
class Bench:
    """What the nodes of an asset have in common.

    Attributes:
        definition: The asset.
        io_manager: What stores its result.
        unsynced: Where files may be left that are not durable yet; None: nowhere.
        loaders: What loads its inputs, by name; opened when first needed.
        root: The project's folder.
    """

    definition: AssetsDefinition
    io_manager: IOManager
    unsynced: Unsynced | None = None
    loaders: dict[str, IOManager] = field(default_factory=dict)
    root: Path | None = None
    _shared: dict[str, _Shared] = field(default_factory=dict)
    _code: dict[tuple[object, ...], str] = field(default_factory=dict)

    @cached_property
    def annotations(self) -> dict[str, Any]:
        """The annotations of the function, resolved; those that cannot be are left out."""
        function = inspect.unwrap(self.definition.function)
        try:
            return typing.get_type_hints(function)
        except Exception:  # noqa: BLE001 - a name that exists only for type checkers is no failure here
            return dict(_evaluate_each(function))

    def digest_of(self, stored: Stored) -> bytes:
        """Return the data hash of what was stored.

        An object is what its class makes of it, so the project's own code that a pickle names counts with it.
        """
        named = tuple(each for each in stored.named if is_project_module(sys.modules.get(each.__module__)))
        if not named:
            return stored.digest
        if named not in self._code:
            # All that reads code takes long to import, and is rarely needed here.
            fingerprinting = importlib.import_module("assetmake.discovery.fingerprint")
            self._code[named] = fingerprinting.fingerprint_function(named, root=self.root)
        return hash_bytes(stored.digest + self._code[named].encode())

    def load(self, given: Input) -> object:
        """Return the value of one parameter, a new one or one that no other node can have changed."""
        if not given.shared or (identities := _identify(given.pieces)) is None:
            return self._load(given)
        kept = self._shared.get(given.parameter)
        if kept is not None and kept.pieces == given.pieces and kept.identities == identities:
            return kept.hand_out(kept.value)
        self._shared.pop(given.parameter, None)  # before the next is loaded: two may be more than fits
        value = self._load(given)
        hand_out = find_hand_out(value)
        if hand_out is None:
            return value
        self._shared[given.parameter] = _Shared(given.pieces, identities, value, hand_out)
        return hand_out(value)

    def _load(self, given: Input) -> object:
        annotation = self.annotations.get(given.parameter)
        if given.io_manager is None:
            return load_source(given.pieces, annotation, given.several or len(given.pieces) > 1)
        if given.io_manager not in self.loaders:
            self.loaders[given.io_manager] = open_io_manager(given.io_manager)
        return self.loaders[given.io_manager].load(
            given.pieces, annotation=annotation, partitioned=given.partitioned, several=given.several
        )


class Benches:
    """Opens benches, and keeps the last one: what comes next is often of the same asset.

    Args:
        find_asset: Finds a work's asset.
        unsynced: Where files may be left that are not durable yet.
        root: The project's folder.
    """

    def __init__(self, find_asset: FindAsset, *, unsynced: Unsynced | None = None, root: Path | None = None) -> None:
        self._find = find_asset
        self._root = root
        self._unsynced = unsynced
        self._kept: tuple[tuple[object, ...], Bench] | None = None
        self._io_managers: dict[str, IOManager] = {}

    def open(self, work: Work) -> Bench:
        """Return the bench of a work's asset; what finding it raises is raised."""
        wanted = (work.asset, work.module, work.code, work.io_manager)
        if self._kept is None or self._kept[0] != wanted:
            self._kept = None  # what it has loaded may be large
            definition = self._find(work)
            io_manager = self._open_io_manager(work.io_manager)
            self._kept = wanted, Bench(definition, io_manager, self._unsynced, root=self._root)
        return self._kept[1]

    def _open_io_manager(self, name: str) -> IOManager:
        if name not in self._io_managers:
            self._io_managers[name] = open_io_manager(name, unsynced=self._unsynced)
        return self._io_managers[name]


def _identify(pieces: tuple[Piece, ...]) -> _Identities | None:
    try:
        seen = [os.stat(piece.path) for piece in pieces]
    except OSError:
        return None
    return tuple((each.st_size, each.st_mtime_ns, each.st_ino) for each in seen)


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
