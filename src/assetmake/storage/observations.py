"""Observations: the versions that were seen of assets that others make, with those that were seen before.

Every function takes the connection of an open `State` block. A version without a key is that of the whole asset.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assetmake.storage.columns import int64_column, shown_table, text_column

if TYPE_CHECKING:
    import duckdb

_KEPT = 20
"""Versions of each source and key. Older ones are only needed to tell of a node that was long not built."""
WHOLE = ""
"""The key of what has no partitions, and of a version that counts for all of them."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was last seen of one source.

    Attributes:
        versions: By key.
        seen_at: Nanoseconds since 1970.
    """

    versions: Mapping[str, str]
    seen_at: int


def read_observations(db: duckdb.DuckDBPyConnection, sources: Collection[str]) -> dict[str, Observed]:
    """Return what was last seen of sources, by name; those that were never seen are left out."""
    if not sources:
        return {}
    rows = db.execute(
        "select source, list(key), list(version), max(seen_at) from ("
        "  select source, key, arg_max(version, number) as version, max(seen_at) as seen_at"
        "  from state.observations where list_contains(?, source) group by source, key"
        ") group by source",
        [list(sources)],
    ).fetchall()
    return {
        source: Observed(dict(zip(keys, versions, strict=True)), seen_at) for source, keys, versions, seen_at in rows
    }


def read_former_versions(db: duckdb.DuckDBPyConnection, source: str, key: str) -> Sequence[str]:
    """Return the versions that were seen of a source under a key, the last one first."""
    rows = db.execute(
        "select version from state.observations where source = ? and key = ? order by number desc", [source, key]
    ).fetchall()
    return [version for (version,) in rows]


def find_changed_keys(db: duckdb.DuckDBPyConnection, source: str, *, since: int) -> set[str]:
    """Return the keys of a source whose version became another one after a revision of the state."""
    rows = db.execute(
        "select key from state.observations where source = ? group by key having max(changed) > ?", [source, since]
    ).fetchall()
    return {key for (key,) in rows}


def record_observations(db: duckdb.DuckDBPyConnection, seen: Mapping[str, Observed]) -> None:
    """Keep what was seen of sources; of keys that were not seen now the last version stands. Inside a writing block.

    A version of a whole source takes the place of those of its keys.
    """
    rows = [
        (source, key, version, each.seen_at) for source, each in seen.items() for key, version in each.versions.items()
    ]
    if not rows:
        return
    sources, keys, versions, moments = zip(*rows, strict=True)
    table = {
        "source": text_column(sources),
        "key": text_column(keys),
        "version": text_column(versions),
        "seen_at": int64_column(moments),
    }
    last = (
        "(select source, key, arg_max(version, number) as version, max(number) as number"
        " from state.observations group by source, key)"
    )
    with shown_table(db, "seen", table):
        db.execute(
            "create or replace temp table sighted as select seen.*, coalesce(last.number, 0) + 1 as number,"
            " last.version is not distinct from seen.version as is_same"
            f" from seen left join {last} last using (source, key)"
        )
    db.execute("update state.meta set revision = revision + 1")
    db.execute(
        "update state.observations old set seen_at = sighted.seen_at from sighted"
        " where is_same and old.source = sighted.source and old.key = sighted.key and old.number = sighted.number - 1"
    )
    db.execute(
        "insert into state.observations select source, key, number, version, seen_at,"
        " (select revision from state.meta) from sighted where not is_same"
    )
    db.execute(
        "delete from state.observations old using sighted"
        f" where old.source = sighted.source and old.key = sighted.key and old.number <= sighted.number - {_KEPT}"
    )
    db.execute(
        "delete from state.observations old using sighted"
        " where old.source = sighted.source and sighted.key = ? and old.key <> ?",
        [WHOLE, WHOLE],
    )
    db.execute("drop table temp.sighted")
