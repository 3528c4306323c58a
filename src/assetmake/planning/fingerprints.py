"""Fingerprints between the graph and the state: what is kept of one, and what is read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.code.first_scheme import read_first_scheme
from assetmake.discovery.code.members import SCHEME, CodeGraph, Form, Member, digest_members, read_again
from assetmake.discovery.conditions import digest_keeping
from assetmake.discovery.manifest import Fingerprint
from assetmake.graph.asset_graph import AssetGraph
from assetmake.storage.fingerprints import (
    FingerprintRow,
    MemberRow,
    has_outdated,
    read_members,
    read_outdated,
    replace_codes,
)

if TYPE_CHECKING:
    import duckdb


def describe_fingerprint(graph: AssetGraph, key: AssetKey) -> FingerprintRow:
    """Return an asset's fingerprint as the state keeps it."""
    found = graph.records[key].fingerprint
    return FingerprintRow(
        code=found.code,
        config=found.config,
        io=found.io,
        environment=found.environment,
        scheme=SCHEME,
        upstreams=tuple(str(edge.upstream) for edge in graph.upstream[key]),
        members=tuple(map(_write_member, graph.code.reach(found.root, *found.keepers))),
        details=found.details,
    )


def read_fingerprints(
    db: duckdb.DuckDBPyConnection, assets: Sequence[int]
) -> tuple[dict[int, dict[int, Fingerprint]], dict[int, tuple[int, ...]]]:
    """Return the kept fingerprints of some assets, with code in today's scheme, and the upstreams behind each.

    Args:
        db: A connection inside a block of the state.
        assets: Their numbers.

    Returns:
        Fingerprints by the number of their asset and their own; and by their own the numbers of what is read.
    """
    outdated = _digest_outdated(db)
    found: dict[int, dict[int, Fingerprint]] = {}
    upstreams: dict[int, tuple[int, ...]] = {}
    for number, asset, read, code, config, io, environment in db.execute(
        "select id, asset, upstreams, code, config, io, environment from state.fingerprints"
        " semi join (select unnest(?::integer[]) as asset) using (asset)",
        [assets],
    ).fetchall():
        new_code, new_io = outdated.get(number, (code, None))
        found.setdefault(asset, {})[number] = Fingerprint(new_code, config, new_io or io, environment)
        upstreams[number] = tuple(read or ())
    return found, upstreams


def is_behind(db: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether `refresh_fingerprints` has something to do."""
    return has_outdated(db, scheme=SCHEME)


def refresh_fingerprints(db: duckdb.DuckDBPyConnection) -> None:
    """Write the code of fingerprints that another scheme made in today's, so that it is not asked for again."""
    replace_codes(db, _digest_outdated(db), scheme=SCHEME)


def read_kept_members(db: duckdb.DuckDBPyConnection, fingerprint: int) -> tuple[Member, ...]:
    """Return the code closure behind a kept fingerprint, in today's scheme; the asset's own function first."""
    return tuple(map(read_kept, read_members(db, fingerprint)))


def digest_kept(members: Iterable[Member]) -> str:
    """Return the code part that members have together, of which the first is the asset's own; "" for none."""
    graph = {member.name: member for member in members}
    return CodeGraph(graph).digest_all()[next(iter(graph))] if graph else ""


def read_kept(row: MemberRow) -> Member:
    """Return a member as today's scheme reads what was kept of it."""
    kept: dict[str, Any] = json.loads(row.facts)
    if "form" not in kept:
        return read_first_scheme(row.source)
    member = Member(
        name=row.name,
        source=row.source,
        form=Form(kept["form"]),
        identity=kept["identity"],
        parts=tuple(kept["parts"]),
        facts=kept["facts"],
        links=json.loads(row.links),
    )
    return read_again(member)


def _digest_outdated(db: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, str | None]]:
    """Return the code and the io part that fingerprints of another scheme have in today's; None: as it is."""
    read = cache(read_kept)  # most members are part of many fingerprints
    return {
        number: _digest_parts([read(member) for member in members], details)
        for number, (members, details) in read_outdated(db, scheme=SCHEME).items()
    }


def _digest_parts(members: Sequence[Member], details: str) -> tuple[str, str | None]:
    told = json.loads(details) if '"managers"' in details else {}
    if "managers" not in told:
        return digest_kept(members), None
    digests = CodeGraph({member.name: member for member in members}).digest_all()
    managers = {
        use: {**each, "code": digest_members(each["members"], digests)} for use, each in told["managers"].items()
    }
    return digests[members[0].name], digest_keeping(told["io"], managers)


def _write_member(member: Member) -> MemberRow:
    facts = {"form": member.form.value, "parts": member.parts, "facts": member.facts, "identity": member.identity}
    return MemberRow(member.name, member.source, json.dumps(facts), json.dumps(dict(member.links)))
