"""Keeper: what a call of a function gave becomes the outputs of its nodes, each in a file of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.operation import OutputSlot
from assetmake.definitions.interpreting import Checked, Made, Result
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.metadata.reading import write_plain
from assetmake.definitions.occurrences.asset_events import AssetMaterialization
from assetmake.definitions.results import DataVersion, DataVersionsByPartition, MaterializeResult, Nothing, Output
from assetmake.definitions.run_context import AssetExecutionContext
from assetmake.errors import DefinitionError
from assetmake.execution.bench import Bench
from assetmake.execution.sharing_out import share_out
from assetmake.execution.work import CheckAnswer, Node, Success, Work
from assetmake.storage.hashing import hash_bytes, hash_file, place_digest
from assetmake.storage.places import ANY_SIZE, FOUND

if TYPE_CHECKING:
    from assetmake.execution.elsewhere import Kept
    from assetmake.execution.equipment import Equipment

_Facts = Mapping[str, MetadataValue]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What became of a node, without what was told of it: that may come later."""

    success: Success
    slot: OutputSlot | None = None
    said: _Facts = field(default_factory=dict)
    found: _Facts = field(default_factory=dict)


class Keeper:
    """Stores what one call gives.

    Args:
        work: What the nodes are of.
        nodes: What the call is for.
        bench: Has the function, and what stores its results.
        context: The function's.
        equipment: Has the IO managers of the user's.
    """

    def __init__(
        self,
        work: Work,
        nodes: Sequence[Node],
        bench: Bench,
        context: AssetExecutionContext,
        equipment: Equipment | None,
    ) -> None:
        self._work = work
        self._all = nodes
        self._bench = bench
        self._context = context
        self._equipment = equipment
        self._of: dict[str, list[Node]] = {}
        for node in nodes:
            self._of.setdefault(node.output, []).append(node)
        self._stored: dict[int, _Stored] = {}
        self._noted = 0
        self._looked = False
        self._scratch: Path | None = None
        self._written: Path | None = None
        policy = bench.definition.backfill_policy
        self._makes_ranges = policy is not None and policy.makes_ranges

    def is_typed(self, slot: OutputSlot) -> bool:
        """Tell whether what the function gives for an output is to be of the type that it declares.

        A dict of values by key is not, nor is what it returns besides the file that it wrote.
        """
        if not slot.stores or self._is_elsewhere(slot):
            return True
        return not self._makes_ranges and self._find_written() is None

    def take(self, result: Result) -> None:
        """Store one of the results of the function.

        Raises:
            DefinitionError: it has not a value for each node of a range, or there is more than one.
            StorageError: it cannot be stored.
        """
        self._take_events()
        match result:
            case Checked(spec, answer):
                metadata = _write(check_metadata(answer.metadata))
                found = CheckAnswer(answer.passed, answer.severity.value, answer.description or "", metadata)
                digest = hash_bytes(f"check\0{found.passed}\0{found.severity}".encode())
                for node in self._find_nodes(spec.key.to_user_string()):
                    self._stored[node.number] = _Stored(Success(digest, check=found))
            case Made():
                self._make(result)
            case _:
                self._note(result.event)

    def observe(
        self, key: AssetKey, metadata: Mapping[str, Any], version: DataVersion | DataVersionsByPartition | None
    ) -> None:
        """Take what a function saw of an asset that others make.

        Raises:
            DefinitionError: it looks at no such asset.
        """
        slot = next((each for each in self._context.op.outputs if each.key == key), None)
        if slot is None:
            raise DefinitionError(f"the function told of {key}, which it does not declare that it looks at")
        match version:
            case None:
                versions = None
            case DataVersion():
                versions = {"": version.value}
            case DataVersionsByPartition():
                versions = {name: each.value for name, each in version.versions.items()}
        for node in self._find_nodes(slot.name):
            self._stored[node.number] = _Stored(Success(b"", versions=versions), slot, check_metadata(metadata))

    def finish(self) -> list[Success]:
        """Return what became of each node; of what the function need not give and did not, that it is absent."""
        self._take_events()
        return [self._complete(self._stored.get(node.number)) for node in self._all]

    def _complete(self, stored: _Stored | None) -> Success:
        if stored is None:
            return Success(b"", absent=True)
        if stored.slot is None:
            return stored.success
        metadata = {**stored.said, **self._context.said.get(stored.slot.name, {}), **stored.found}
        return replace(stored.success, metadata=_write(metadata)) if metadata else stored.success

    def _find_nodes(self, name: str) -> Sequence[Node]:
        """Return the nodes of an output or a check; none where it was not asked for."""
        return self._of.get(name, self._of.get("", ()) if len(self._of) == 1 else ())

    def _is_elsewhere(self, slot: OutputSlot) -> bool:
        return self._equipment is not None and self._equipment.keeps(slot)

    def _make(self, made: Made) -> None:
        slot = made.slot
        nodes = self._find_nodes(slot.name)
        if not nodes:
            return
        value, said = made.value, check_metadata(made.metadata)
        version = made.version or self._context.versions.get(slot.key)
        written = self._find_written()
        if written is not None:
            if value is not None and value is not Nothing and not isinstance(value, Path):
                raise DefinitionError(
                    f"{self._name(nodes[0])} both wrote {written.name} to context.output_path and returned a value"
                )
            if self._is_elsewhere(slot):
                raise DefinitionError(
                    f"{self._name(nodes[0])} wrote {written.name} to context.output_path, which is for assets that are "
                    f"kept here; its values are kept by the IO manager {slot.io_manager_key!r}",
                    hint="return the value",
                )
            value = written
        if value is Nothing:
            for node in nodes:
                self._stored[node.number] = _Stored(self._make_unstored(version), slot, said)
        elif self._is_elsewhere(slot):
            self._keep_elsewhere(slot, value, version, said, nodes)
        else:
            self._store_each(slot, value, version, said, nodes)

    def _store_each(
        self, slot: OutputSlot, value: Any, version: DataVersion | None, said: _Facts, nodes: Sequence[Node]
    ) -> None:
        values: Iterable[Any] = [value] * len(nodes)
        if self._makes_ranges:
            values = share_out(value, [str(node.key) for node in nodes], slot.key)
        for node, each in zip(nodes, values, strict=True):
            own, own_version, own_said = each, version, said
            if isinstance(each, Output | MaterializeResult):
                own, own_version = each.value, each.data_version or version
                own_said = {**said, **check_metadata(each.metadata or {})}
            stored = self._make_unstored(own_version) if own is Nothing else self._store(slot, own, own_version, node)
            self._stored[node.number] = _Stored(stored, slot, own_said)

    def _make_unstored(self, version: DataVersion | None) -> Success:
        """Return what stands for a result that the function keeps by itself: without a version each is another one."""
        made = Success(_digest_version(version) or os.urandom(16))
        path = os.path.normpath(os.path.join(self._bench.root or Path.cwd(), self._context.place))
        if not self._context.place or not os.path.exists(path):
            return made
        return replace(made, place=path, size=ANY_SIZE, is_elsewhere=True)

    def _store(self, slot: OutputSlot, value: Any, version: DataVersion | None, node: Node) -> Success:
        bench = self._bench
        stored = bench.open_io_manager(slot.io_manager_key).save(
            value,
            temporary=Path(node.temporary),
            unordered=self._work.unordered,
            scratch=self._scratch,
            asset=self._name(node),
        )
        content = stored.content or hash_file(stored.temporary)
        seen = None if bench.unsynced is not None and node.temporary in bench.unsynced else os.stat(node.temporary)
        return Success(
            digest=_digest_version(version) or bench.digest_of(stored),
            suffix=stored.suffix,
            size=seen.st_size if seen else stored.size,
            mtime=seen.st_mtime_ns if seen else 0,
            inode=seen.st_ino if seen else 0,
            content=int.from_bytes(content, "big"),
            rows=stored.rows,
            profile=stored.profile,
        )

    def _keep_elsewhere(
        self, slot: OutputSlot, value: Any, version: DataVersion | None, said: _Facts, nodes: Sequence[Node]
    ) -> None:
        """Have an IO manager of the user's keep a value: that of a range at once, as the function gave it."""
        assert self._equipment is not None
        told = {**said, **self._context.said.get(slot.name, {})}
        kept = self._equipment.keep(value, slot, self._context, told, self._bench.root)
        for event in kept.events:
            self._note(event)
        success = self._identify(kept, value, version)
        for node in nodes:
            known = replace(success, content=FOUND) if node.key in kept.found else success
            self._stored[node.number] = _Stored(known, slot, said, kept.metadata)

    def _identify(self, kept: Kept, value: Any, version: DataVersion | None) -> Success:
        """Return what a value is known by: its version, else the file that was written, else the value itself."""
        digest, place, rows = _digest_version(version), kept.place, None
        if digest is None and place is not None and place.content is not None:
            digest = place_digest(place.content)
        elif digest is None:
            digest, rows = self._bench.identify(value, unordered=self._work.unordered)
        if place is None:
            return Success(digest, rows=rows, is_elsewhere=True)
        return Success(
            digest,
            rows=rows,
            size=place.size,
            mtime=place.mtime,
            inode=place.inode,
            content=int.from_bytes(place.content or b"", "big"),
            place=place.path,
            is_elsewhere=True,
        )

    def _take_events(self) -> None:
        for event in self._context.events[self._noted :]:
            self._note(event)
        self._noted = len(self._context.events)

    def _note(self, event: Any) -> None:
        """Take an event: what it tells of an asset that the call makes is told of that; a build keeps no others."""
        slots = {slot.key: slot for slot in self._context.definition.output_slots}
        slot = slots.get(getattr(event, "asset_key", None))  # type: ignore[arg-type]
        if slot is not None and isinstance(event, AssetMaterialization):
            self._context.said.setdefault(slot.name, {}).update(event.metadata)
            return
        about = getattr(event, "asset_key", event)
        self._context.log.warning("%s of %s is not kept: a build keeps no events", type(event).__name__, about)

    def _name(self, node: Node) -> str:
        key = self._work.asset
        if node.output:
            slots = {slot.name: slot.key for slot in self._bench.definition.output_slots}
            key = slots.get(node.output, key)
        return str(key) if node.key is None else f"{key}@{node.key}"

    def _find_written(self) -> Path | None:
        """Return the file that the function wrote to `context.output_path`; looked for once it has given something."""
        if self._looked:
            return self._written
        self._looked = True
        folder = self._all[0].scratch
        if not os.path.isdir(folder):
            return None
        self._scratch = Path(folder)
        files = [path for path in self._scratch.iterdir() if path.name.startswith("output")]
        if len(files) > 1:
            raise DefinitionError(
                f"{self._name(self._all[0])} wrote {len(files)} files to context.output_path; an asset's output is one "
                "file"
            )
        self._written = files[0] if files else None
        return self._written


def _digest_version(version: DataVersion | None) -> bytes | None:
    return None if version is None else f"version:{version.value}".encode("utf-8", "surrogatepass")


def _write(metadata: _Facts) -> dict[str, tuple[str, object]] | None:
    return {name: (each.kind, write_plain(each)) for name, each in metadata.items()} or None
