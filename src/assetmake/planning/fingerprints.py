"""Fingerprints between the graph and the state: what is kept of one, and what is read back."""

from __future__ import annotations

import json
from collections.abc import Iterable

import duckdb

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.fingerprint import SCHEME
from assetmake.discovery.members import CodeGraph, Form, Member, read_again
from assetmake.graph.asset_graph import AssetGraph
from assetmake.storage.fingerprints import FingerprintRow, MemberRow, read_members


def describe_fingerprint(graph: AssetGraph, key: AssetKey) -> FingerprintRow:
    """Return an asset's fingerprint as the state keeps it."""
    found = graph.assets[key].fingerprint
    return FingerprintRow(
        code=found.code,
        config=found.config,
        io=found.io,
        environment=found.environment,
        scheme=SCHEME,
        upstreams=tuple(str(edge.upstream) for edge in graph.upstream[key]),
        members=tuple(map(_write_member, graph.code.reach(found.root))),
        details=found.details,
    )


def read_kept_members(db: duckdb.DuckDBPyConnection, fingerprint: int) -> tuple[Member, ...]:
    """Return the code closure behind a kept fingerprint, the asset's own function first."""
    return tuple(map(_read_member, read_members(db, fingerprint)))


def digest_kept(members: Iterable[Member]) -> str:
    """Return the code part that kept members have in today's scheme; "" for none."""
    again = [read_again(member) for member in members]
    graph = CodeGraph({member.name: member for member in again})
    return graph.digest_all()[again[0].name] if again else ""


def _write_member(member: Member) -> MemberRow:
    facts = {"form": member.form.value, "parts": member.parts, "facts": member.facts, "identity": member.identity}
    return MemberRow(member.name, member.source, json.dumps(facts), json.dumps(dict(member.links)))


def _read_member(row: MemberRow) -> Member:
    kept = json.loads(row.facts)
    return Member(
        name=row.name,
        source=row.source,
        form=Form(kept.get("form", Form.DEFINITION.value)),
        identity=kept.get("identity", ""),
        parts=tuple(kept.get("parts", ())),
        facts=kept.get("facts", {}),
        links=json.loads(row.links),
    )
