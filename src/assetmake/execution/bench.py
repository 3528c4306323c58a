"""Bench: what a worker keeps from one node of an asset to the next: its function, found once, and what it loaded."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.interpreting import Interpreter
from assetmake.definitions.occurrences.runs import Run
from assetmake.discovery.code.locality import is_project_module
from assetmake.discovery.importer import import_resources
from assetmake.errors import DefinitionError
from assetmake.execution.work import Node, Work
from assetmake.execution.worker_instance import WorkerInstance, make_run
from assetmake.storage.hashing import hash_bytes
from assetmake.storage.io_managers import Input, IOManager, Origin, Piece, Stored, open_io_manager
from assetmake.storage.io_managers.files import FileIO, Identified
from assetmake.storage.io_managers.loading import load_source
from assetmake.storage.io_managers.sharing import HandOut, find_hand_out
from assetmake.storage.unsynced import Unsynced

if TYPE_CHECKING:
    from assetmake.definitions.run_context import AssetExecutionContext
    from assetmake.execution.equipment import Equipment

FindAsset = Callable[[Work], AssetsDefinition]
FindResources = Callable[[str, Collection[AssetKey]], Mapping[str, Any]]
OpenIOManager = Callable[[str], IOManager]
_EQUIPMENT = "assetmake.execution.equipment"
_INFORMED = "assetmake.execution.informed_instance"
"""Each takes as long to import as a small node takes, and few works need any."""
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
        definition: What makes the assets, or checks them.
        open_io_manager: Opens what stores results.
        unsynced: Where files may be left that are not durable yet; None: nowhere.
        loaders: What loads its inputs, by name; opened when first needed.
        root: The project's folder.
        state: The state, or its file, for dynamic keys.
    """

    definition: AssetsDefinition
    open_io_manager: OpenIOManager = open_io_manager
    unsynced: Unsynced | None = None
    loaders: dict[str, IOManager] = field(default_factory=dict)
    root: Path | None = None
    state: Any = None
    find_upstream: Callable[[Origin], AssetsDefinition | None] = lambda _: None
    _run: Run | None = None
    _interpreter: tuple[AssetsDefinition, Interpreter] | None = None
    _asked: dict[frozenset[str], AssetsDefinition] = field(default_factory=dict)
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

    @cached_property
    def read_key(self) -> Callable[[str], str]:
        """Reads a partition's key from its text."""
        partitions_def = self.definition.partitions_def
        return str if partitions_def is None else partitions_def.get_partition_key_from_str

    @cached_property
    def instance(self) -> WorkerInstance:
        """What contexts show as the instance."""
        return WorkerInstance(self.root or Path.cwd(), state=self.state)

    def find_instance(self, work: Work) -> WorkerInstance:
        """Return what contexts show as the instance in a work."""
        if not work.made:
            return self.instance
        own = self.instance
        informed: WorkerInstance = importlib.import_module(_INFORMED).inform(own.root, work.made, state=own.state)
        return informed

    def find_run(self, work: Work) -> Run:
        """Return what contexts show as the run."""
        if self._run is None or self._run.run_id != work.run:
            self._run = make_run(work)
        return self._run

    def ask_for(self, nodes: Sequence[Node]) -> AssetsDefinition:
        """Return the definition with what a call is asked for: those of its assets and checks that are among the nodes.

        A function that makes all or nothing is asked for all.

        Raises:
            DefinitionError: it does not make one of them.
        """
        wanted = frozenset(node.output for node in nodes)
        found = self._asked.get(wanted)
        if found is None:
            found = self._asked[wanted] = _select(self.definition, wanted - {""})
        return found

    def find_interpreter(self, asked: AssetsDefinition) -> Interpreter:
        """Return what reads the results of a definition that `ask_for` has returned."""
        if self._interpreter is None or self._interpreter[0] is not asked:
            self._interpreter = asked, Interpreter(asked)
        return self._interpreter[1]

    def digest_of(self, stored: Stored | Identified) -> bytes:
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

    def identify(self, value: object, *, unordered: bool) -> tuple[bytes, int | None]:
        """Return the data hash of a value that is not stored here, and of a table its rows.

        One that cannot be told is never the same again.
        """
        try:
            found = FileIO().identify(value, unordered=unordered)
        except Exception:  # noqa: BLE001 - a connection, a lock: what cannot be pickled raises anything
            return os.urandom(16), None
        return self.digest_of(found), found.rows

    def load(self, given: Input, context: AssetExecutionContext, equipment: Equipment | None) -> object:
        """Return the value of one parameter, a new one or one that no other node can have changed."""
        if given.origin is not None:
            assert equipment is not None, "a work names what loads its inputs"
            return equipment.load(given, context, self.find_upstream)
        return self.load_stored(given)

    def load_stored(self, given: Input) -> object:
        """Return the value of a parameter that one of our IO managers stored, or that is a source's."""
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
        return self.load_as(given, self.annotations.get(given.parameter))

    def load_as(self, given: Input, annotation: Any) -> object:
        """Return the value of an input that is ours to load, as an annotation asks for it."""
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
        find_resources: Finds the resources that the definitions of a module give.
        unsynced: Where files may be left that are not durable yet.
        root: The project's folder.
        state: The state, or its file, for dynamic keys.
    """

    def __init__(
        self,
        find_asset: FindAsset,
        *,
        find_resources: FindResources = import_resources,
        unsynced: Unsynced | None = None,
        root: Path | None = None,
        state: Any = None,
    ) -> None:
        self._find = find_asset
        self._root = root
        self._state = state
        self._unsynced = unsynced
        self._find_resources = find_resources
        self._kept: tuple[tuple[object, ...], Bench] | None = None
        self._io_managers: dict[str, IOManager] = {}

    def open(self, work: Work) -> Bench:
        """Return the bench of a work's asset; what finding it raises is raised."""
        wanted = (work.asset, work.module, work.code)
        if self._kept is None or self._kept[0] != wanted:
            self._kept = None  # what it has loaded may be large
            found = self._find(work)
            definition = found if found.whole is None else replace(found.entire, operation=found.operation)

            def find_upstream(origin: Origin) -> AssetsDefinition | None:
                return self._find_any(work, origin)

            bench = Bench(
                definition,
                self._open_io_manager,
                self._unsynced,
                root=self._root,
                state=self._state,
                find_upstream=find_upstream,
            )
            self._kept = wanted, bench
        return self._kept[1]

    def equip(self, work: Work, definition: AssetsDefinition) -> Equipment | None:
        """Return what the calls of a work need of the user's, not open yet; None where that is nothing."""
        operation = definition.node_def
        takes_config = operation.parameters.takes_config or operation.config_schema is not None
        if not (work.resources or work.loaders or work.run_config or takes_config):
            return None
        found: Equipment = importlib.import_module(_EQUIPMENT).find_equipment(
            work,
            definition,
            self._find_resources,
            root=self._root,
            find_upstream=lambda origin: self._find_any(work, origin),
        )
        return found

    def _find_any(self, work: Work, origin: Origin) -> AssetsDefinition | None:
        """Return what makes an asset that is read; its code was looked at when it was made."""
        try:
            return self._find(replace(work, asset=origin.asset, module=origin.module, code=""))
        except (DefinitionError, KeyError):
            return None

    def _open_io_manager(self, name: str) -> IOManager:
        if name not in self._io_managers:
            self._io_managers[name] = open_io_manager(name, unsynced=self._unsynced)
        return self._io_managers[name]


def _select(definition: AssetsDefinition, outputs: frozenset[str]) -> AssetsDefinition:
    """Return a definition with only some of its outputs, which are named as nodes name them; none: all of it."""
    if not outputs:
        return definition
    keys = {slot.name: slot.key for slot in definition.output_slots}
    checks = {spec.key.to_user_string(): spec.key for spec in definition.check_specs}
    gone = sorted(outputs - keys.keys() - checks.keys())
    if gone:
        raise DefinitionError(f"{definition.title} no longer makes {', '.join(gone)}", hint="build again")
    if not definition.can_subset:
        return definition
    return definition.subset_for(
        [key for name, key in keys.items() if name in outputs], [key for name, key in checks.items() if name in outputs]
    )


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
