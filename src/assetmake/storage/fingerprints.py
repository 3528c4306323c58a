"""Fingerprints as they are kept: once for all traces that share them, with what each of them was made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assetmake.storage.columns import Columns, int32_column, int32_lists_column, shown_table, text_column
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One definition of a code closure; `facts` and `links` are JSON objects."""

    name: str
    source: str
    facts: str = "{}"
    links: str = "{}"


@dataclass(frozen=True, slots=True)
class FingerprintRow:
    """The parts of a fingerprint.

    Attributes:
        code, config, io, environment: A hex digest each.
        scheme: The version of how they are made.
        upstreams: The assets and sources that are read, in the order of a trace's inputs.
        members: What `code` was made of, the asset's own function first.
        details: What the other parts were made of, as a JSON object.
    """

    code: str
    config: str
    io: str
    environment: str
    scheme: int = 0
    upstreams: tuple[str, ...] = ()
    members: tuple[MemberRow, ...] = ()
    details: str = ""

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from others of the same asset; members and details follow from that."""
        return (self.scheme, self.code, self.config, self.io, self.environment, self.upstreams)


def intern_assets(db: duckdb.DuckDBPyConnection, keys: Iterable[str]) -> dict[str, int]:
    """Return the state's numbers of some assets and sources, giving one to each key that has none."""
    wanted = list(dict.fromkeys(keys))
    known: dict[str, int] = dict(
        db.execute(
            "select key, id from state.assets semi join (select unnest(?::varchar[]) as key) using (key)", [wanted]
        ).fetchall()
    )
    fresh = [key for key in wanted if key not in known]
    if fresh:
        first = _next_number(db, "assets")
        numbers = dict(zip(fresh, range(first, first + len(fresh)), strict=True))
        insert_rows(db, "assets", {"id": int32_column(numbers.values()), "key": text_column(list(numbers))})
        known.update(numbers)
    return known


def intern_fingerprints(
    db: duckdb.DuckDBPyConnection, wanted: Collection[tuple[int, FingerprintRow]], numbers: dict[str, int]
) -> dict[tuple[int, tuple[object, ...]], int]:
    """Return the state's number of each fingerprint, keeping those that are new.

    Args:
        db: A connection inside a writing block.
        wanted: An asset's number and its fingerprint, each.
        numbers: Of all assets and sources, by key; as `intern_assets` returns them.

    Returns:
        By the asset's number and the fingerprint's identity.
    """
    names = {number: key for key, number in numbers.items()}
    rows = db.execute(
        "select id, asset, scheme, code, config, io, environment, upstreams from state.fingerprints"
        " where list_contains(?, asset)",
        [sorted({asset for asset, _ in wanted})],
    ).fetchall()
    known: dict[tuple[int, tuple[object, ...]], int] = {
        (asset, (*parts, tuple(names.get(each, "") for each in upstreams or ()))): number
        for number, asset, *parts, upstreams in rows
    }
    fresh = {(asset, row.identity): (asset, row) for asset, row in wanted if (asset, row.identity) not in known}
    if fresh:
        pairs = [fresh[key] for key in sorted(fresh, key=repr)]
        first = _next_number(db, "fingerprints")
        members = _intern_members(db, {member for _, row in pairs for member in row.members})
        table = {
            "id": int32_column(range(first, first + len(pairs))),
            "asset": int32_column([asset for asset, _ in pairs]),
            "scheme": int32_column([row.scheme for _, row in pairs]),
            "members": int32_lists_column([[members[member] for member in row.members] for _, row in pairs]),
            "upstreams": int32_lists_column([[numbers[key] for key in row.upstreams] for _, row in pairs]),
        }
        for name in ("code", "config", "io", "environment", "details"):
            table[name] = text_column([getattr(row, name) for _, row in pairs])
        insert_rows(db, "fingerprints", table)
        known.update(((asset, row.identity), number) for number, (asset, row) in enumerate(pairs, start=first))
    return known


def read_members(db: duckdb.DuckDBPyConnection, fingerprint: int) -> tuple[MemberRow, ...]:
    """Return what the code part of a kept fingerprint was made of, the asset's own function first."""
    rows = db.execute(
        "select m.name, m.source, m.facts, m.links from (select unnest(members) as id,"
        " generate_subscripts(members, 1) as place from state.fingerprints where id = ?) wanted"
        " join state.members m using (id) order by wanted.place",
        [fingerprint],
    ).fetchall()
    return tuple(MemberRow(*row) for row in rows)


def has_outdated(db: duckdb.DuckDBPyConnection, *, scheme: int) -> bool:
    """Tell whether a fingerprint of another scheme is kept."""
    found = fetch_row(db, "select count(*) from state.fingerprints where scheme is distinct from ?", [scheme])
    return found is not None and found[0] > 0


def read_outdated(db: duckdb.DuckDBPyConnection, *, scheme: int) -> dict[int, tuple[tuple[MemberRow, ...], str]]:
    """Return what each fingerprint of another scheme was made of, by its number: its members and details."""
    rows = db.execute(
        "select f.id, f.details, m.name, m.source, m.facts, m.links from (select id, details,"
        " unnest(members) as member, generate_subscripts(members, 1) as place from state.fingerprints"
        " where scheme is distinct from ?) f"
        " join state.members m on m.id = f.member order by f.id, f.place",
        [scheme],
    ).fetchall()
    found: dict[int, list[MemberRow]] = {}
    told: dict[int, str] = {}
    for number, details, *parts in rows:
        found.setdefault(number, []).append(MemberRow(*parts))
        told[number] = details or ""
    return {number: (tuple(members), told[number]) for number, members in found.items()}


def replace_codes(db: duckdb.DuckDBPyConnection, parts: Mapping[int, tuple[str, str | None]], *, scheme: int) -> None:
    """Give fingerprints the code and io parts that they have in another scheme, by their number.

    The io part is None where it has nothing to do with code.
    """
    if not parts:
        return
    table = {
        "id": int32_column(parts),
        "code": text_column([code for code, _ in parts.values()]),
        "io": text_column([io or "" for _, io in parts.values()]),
    }
    with shown_table(db, "codes_in", table):
        db.execute(
            "update state.fingerprints old set code = codes_in.code, scheme = ?,"
            " io = case when codes_in.io = '' then old.io else codes_in.io end"
            " from codes_in where old.id = codes_in.id",
            [scheme],
        )


def insert_rows(db: duckdb.DuckDBPyConnection, name: str, columns: Columns) -> None:
    """Append columns to a table of the state, by the names of its columns."""
    with shown_table(db, "rows_in", columns):
        db.execute(f"insert into state.{name} by name select * from rows_in")


def _intern_members(db: duckdb.DuckDBPyConnection, wanted: Collection[MemberRow]) -> dict[MemberRow, int]:
    rows = db.execute(
        "select id, name, source, facts, links from state.members where list_contains(?, name)",
        [sorted({member.name for member in wanted})],
    ).fetchall()
    known = {MemberRow(*parts): number for number, *parts in rows}
    fresh = sorted(set(wanted) - set(known), key=repr)
    if fresh:
        first = _next_number(db, "members")
        numbered = dict(zip(fresh, range(first, first + len(fresh)), strict=True))
        table = {"id": int32_column(numbered.values())}
        for name in ("name", "source", "facts", "links"):
            table[name] = text_column([getattr(member, name) for member in fresh])
        insert_rows(db, "members", table)
        known.update(numbered)
    return known


def _next_number(db: duckdb.DuckDBPyConnection, name: str) -> int:
    row = fetch_row(db, f"select coalesce(max(id), 0) + 1 from state.{name}")
    return int(row[0]) if row else 1
