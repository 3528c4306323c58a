"""A state that is planted by hand, and the view of it: no asset runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from assetmake import AssetKey
from assetmake.definitions.mappings import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import MappingKind
from assetmake.discovery.code.members import SCHEME
from assetmake.discovery.manifest import Fingerprint
from assetmake.graph.asset_graph import Edge
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.opening import open_view
from assetmake.planning.plan import Parts
from assetmake.planning.view import Scope, View
from assetmake.storage.decisions import INVALIDATE, Decision, invalidate_traces
from assetmake.storage.fingerprints import FingerprintRow, MemberRow, intern_assets
from assetmake.storage.ledger import FailureRow, TraceRow, record_failures, record_traces
from assetmake.storage.state import EphemeralState

NOW = datetime(2026, 4, 10, 6, 30, tzinfo=UTC)
BY_HAND = Decision(INVALIDATE, NOW, "by hand", "somebody")
CURRENT = Fingerprint("code", "config", "io", "environment")
_DATA = count(1)
_STATE = EphemeralState()


@dataclass
class Field:
    """Assets by name, each with its partitions definition, and traces of their nodes."""

    definitions: Mapping[str, PartitionsDefinition | None]
    rows: list[TraceRow] = field(default_factory=list)
    failures: list[FailureRow] = field(default_factory=list)
    invalidated: list[tuple[str, int]] = field(default_factory=list)

    def parts(self, name: str) -> Parts:
        definition = self.definitions[name]
        return ONE_PART if definition is None else definition.parts(current_time=NOW)

    def plant(
        self,
        name: str,
        part: int = 0,
        *,
        inputs: Iterable[int] = (),
        fingerprint: Fingerprint = CURRENT,
        upstreams: Iterable[str] = (),
        invalidated: bool = False,
    ) -> int:
        """Give a node a trace; return its data hash, unlike any other."""
        data = pow(3, next(_DATA) + 100, (1 << 128) - 159)
        kept = FingerprintRow(
            fingerprint.code,
            fingerprint.config,
            fingerprint.io,
            fingerprint.environment,
            scheme=SCHEME,
            upstreams=tuple(upstreams),
            members=(MemberRow(name, fingerprint.root),),
        )
        self.rows.append(TraceRow(name, part, None, kept, tuple(inputs), data, None, 0, 0, 0, 0, 1.0, None, None))
        if invalidated:
            self.invalidated.append((name, part))
        return data

    def fail(self, name: str, part: int = 0) -> None:
        self.failures.append(FailureRow(name, part, None, "it broke", ""))

    @contextmanager
    def view(self) -> Iterator[View]:
        with _STATE.writing() as db:
            for table in ("assets", "fingerprints", "traces", "failures", "claims"):
                db.execute(f"delete from state.{table}")
            record_traces(db, self.rows, run="run", built_at=NOW)
            record_failures(db, self.failures, run="run", failed_at=NOW)
            numbers = intern_assets(db, self.definitions)
            for name, part in self.invalidated:
                invalidate_traces(db, numbers[name], f"(select {part} as part)", BY_HAND)
            db.execute("delete from state.fingerprints where code = 'unknown'")
        definitions = {AssetKey([name]): definition for name, definition in self.definitions.items()}
        parts = {AssetKey([name]): self.parts(name) for name in self.definitions}
        with _STATE.reading() as db:
            view = open_view(db, Scope(definitions, parts, {}, NOW))
            yield view
            view.forget()
            view.drop()


def key(name: str) -> AssetKey:
    return AssetKey([name])


def edge(name: str, mapping: PartitionMapping | None, kind: MappingKind) -> Edge:
    return Edge(key(name), name, mapping, kind)
