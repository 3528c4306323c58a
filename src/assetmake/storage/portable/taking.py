"""take: what was chosen of files that were read becomes part of a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetmake.storage.columns import int32_column, shown_table
from assetmake.storage.fingerprints import intern_assets, intern_fingerprints
from assetmake.storage.portable.choosing import OWN, UNKNOWN_INODE, UNKNOWN_MTIME
from assetmake.storage.portable.reading import TABLES, Read
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb

_CHOSEN = f"(select number, mtime, inode from chosen_numbers where number <> {OWN})"


def list_chosen(db: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """Return the nodes that `take` would give another trace, by the names of their assets."""
    rows = db.execute(
        f"select name, list(part) from chosen_numbers where number <> {OWN} group by name order by name"
    ).fetchall()
    return dict(rows)


def take(db: duckdb.DuckDBPyConnection, read: Read) -> bool:
    """Put what was chosen into the state, and all else that the files say; tell whether any of it was news.

    Inside a writing block.
    """
    news = _take_traces(db, read)
    for step in (_take_decisions, _take_keys, _take_observations, _take_sources):
        news += step(db)
    if news:  # plans that were made before are to be made again
        db.execute(
            "update state.meta set revision = 1 + greatest(revision,"
            " (select coalesce(max(greatest(revision, changed)), 0) from state.traces),"
            " (select coalesce(max(changed), 0) from state.sources),"
            " (select coalesce(max(changed), 0) from state.observations))"
        )
    return news > 0


def forget_read(db: duckdb.DuckDBPyConnection) -> None:
    """Drop what was read and chosen."""
    for table in (*TABLES, "own_nodes", "unsure_nodes", "ranked_nodes", "chosen_nodes", "chosen_numbers", "looked_at"):
        db.execute(f"drop table if exists temp.{table}")


def _take_traces(db: duckdb.DuckDBPyConnection, read: Read) -> int:
    named = {number: name for name, number in read.fingerprints.items()}
    used = [
        number
        for (number,) in db.execute(
            f"select distinct fingerprint from come_nodes semi join {_CHOSEN} using (number) order by 1"
        ).fetchall()
    ]
    if not used:
        return 0
    wanted = {number: read.build_fingerprint(named[number]) for number in used}
    nodes = db.execute(f"select distinct name from come_nodes semi join {_CHOSEN} using (number) order by 1").fetchall()
    names = [asset for asset, _ in wanted.values()] + [name for (name,) in nodes]
    upstreams = [upstream for _, row in wanted.values() for upstream in row.upstreams]
    assets = intern_assets(db, sorted({*names, *upstreams}))
    pairs = {(assets[asset], row) for asset, row in wanted.values()}
    known = intern_fingerprints(db, pairs, assets)
    table = {
        "come": int32_column(list(wanted)),
        "id": int32_column([known[assets[asset], row.identity] for asset, row in wanted.values()]),
    }
    with shown_table(db, "fingerprint_ids", table):
        db.execute(
            "create or replace temp table taken as select a.id as asset, f.id as fingerprint_id, chosen.mtime,"
            f" chosen.inode, come_nodes.* from come_nodes join {_CHOSEN} chosen using (number)"
            " join state.assets a on a.key = come_nodes.name join fingerprint_ids f on f.come = come_nodes.fingerprint"
        )
    _replace_traces(db)
    (taken,) = fetch_row(db, "select count(*) from taken") or (0,)
    db.execute("drop table temp.taken")
    return int(taken)


def _replace_traces(db: duckdb.DuckDBPyConnection) -> None:
    same = "old.asset = taken.asset and old.part = taken.part"
    db.execute(f"delete from state.traces old using taken where {same}")
    db.execute(f"delete from state.failures old using taken where {same} and old.failed_at <= taken.built_at")
    db.execute(f"delete from state.claims old using taken where {same} and old.run = ''")
    db.execute("delete from state.seals where asset in (select asset from taken)")
    db.execute(
        "insert into state.traces by name select asset, part, key, fingerprint_id as fingerprint, inputs, data, suffix,"
        " size, mtime, inode, content, run, built_at, seconds, rows, metadata, revision, changed, undeclared,"
        " invalidated, verdict, place from taken order by asset, part"
    )


def _take_decisions(db: duckdb.DuckDBPyConnection) -> int:
    names = [name for (name,) in db.execute("select distinct name from come_decisions order by 1").fetchall()]
    intern_assets(db, names)
    found = fetch_row(
        db,
        "insert into state.decisions select distinct c.made_at, c.action, a.id, c.part, c.key, c.reason, c.actor"
        " from come_decisions c join state.assets a on a.key = c.name"
        " anti join state.decisions d on d.asset = a.id and d.part = c.part and d.made_at = c.made_at"
        " and d.action = c.action and d.reason = c.reason",
    )
    return int(found[0]) if found else 0


def _take_keys(db: duckdb.DuckDBPyConnection) -> int:
    """Add keys behind those that there are, in the order in which the files have them."""
    db.execute(
        "create or replace temp table more_keys as select name, key, min(position) as position,"
        " min(added_at) as added_at from come_keys anti join state.dynamic_keys using (name, key) group by name, key"
    )
    # Where nothing is in the way of the positions that a file gave, they stay: so the file is written again as it was.
    db.execute(
        "create or replace temp table crowded_names as select name from more_keys group by name"
        " having count(distinct position) < count(*) union select name from state.dynamic_keys"
    )
    found = fetch_row(
        db,
        "insert into state.dynamic_keys select name, case when name in (from crowded_names)"
        " then (select coalesce(max(position), -1) from state.dynamic_keys d where d.name = m.name)"
        " + row_number() over (partition by name order by position, added_at, key) else position end, key, added_at"
        " from more_keys m",
    )
    db.execute("drop table temp.more_keys")
    db.execute("drop table temp.crowded_names")
    return int(found[0]) if found else 0


def _take_observations(db: duckdb.DuckDBPyConnection) -> int:
    """Lay what was seen of sources beside what this state has seen, in the order in which it was."""
    news = fetch_row(
        db,
        "select count(*) from (select distinct source, key, version, seen_at from come_observations)"
        " anti join state.observations using (source, key, version, seen_at)",
    )
    if news is None or not news[0]:
        return 0
    db.execute(
        "create or replace temp table all_seen as with told as ("
        "  from state.observations semi join come_observations using (source)"
        "  union all select source, key, number, version, seen_at, changed from come_observations),"
        " once as (select source, key, version, number, max(seen_at) as seen_at,"
        "  max(changed) as changed from told group by source, key, version, number)"
        " select o.*, count(*) over (partition by source, key) as versions,"
        "  count(distinct number) over (partition by source, key) as numbers,"
        "  row_number() over (partition by source, key order by seen_at, number) as place"
        " from once o anti join (select source, max(seen_at) as seen_at from told where key = '' group by source) w"
        " on w.source = o.source and o.key <> '' and o.seen_at < w.seen_at"
    )
    db.execute("delete from state.observations old using all_seen a where old.source = a.source")
    db.execute(
        "insert into state.observations select source, key, case when numbers < versions then place else number end,"
        " version, seen_at, changed from all_seen"
    )
    db.execute("drop table temp.all_seen")
    return int(news[0])


def _take_sources(db: duckdb.DuckDBPyConnection) -> int:
    """Note what source files held of which this state knows nothing; each is read when it is first looked at."""
    found = fetch_row(
        db,
        "insert into state.sources select path, arg_max(size, changed), ?, ?, arg_max(content, changed), 0,"
        " max(changed) from come_sources anti join state.sources using (path) group by path",
        [UNKNOWN_MTIME, UNKNOWN_INODE],
    )
    return int(found[0]) if found else 0
