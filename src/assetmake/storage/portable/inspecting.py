"""inspect_state: does what is recorded hold together, and are the outputs what it says?"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assetmake.storage.migrations import read_version
from assetmake.storage.places import HAS_FILE, IS_UNSEEN
from assetmake.storage.portable.choosing import BATCH, Files, Folders, Progress, read_candidates
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb


_PROBLEMS = {
    "traces of an asset that has no name": "from state.traces t anti join state.assets a on a.id = t.asset",
    "traces without a fingerprint": "from state.traces t anti join state.fingerprints f on f.id = t.fingerprint",
    "nodes with more than one trace": "from (select asset, part from state.traces group by all having count(*) > 1)",
    "fingerprints of an asset that has no name": "from state.fingerprints f anti join state.assets a on a.id = f.asset",
    "fingerprints that read an asset that has no name": (
        "from (select unnest(upstreams) as id from state.fingerprints) anti join state.assets using (id)"
    ),
    "fingerprints without a part of their code": (
        "from (select unnest(members) as id from state.fingerprints) anti join state.members using (id)"
    ),
    "assets with one name": "from (select key from state.assets group by key having count(*) > 1)",
    "assets with one number": "from (select id from state.assets group by id having count(*) > 1)",
    "traces that are newer than the state": "from state.traces where revision > (select revision from state.meta)",
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of a state.

    Attributes:
        version: Of its schema.
        assets: How many assets have a trace.
        nodes: How many traces of assets there are.
        checks: How many traces of checks.
        problems: What does not hold together, and how often; only damage makes such.
        missing: Outputs that are not here.
        modified: Outputs that are not what was recorded.
        unseen: Nodes that an IO manager of the user's keeps, nobody knows where.
        dead_runs: Builds that were killed, and whose nodes are looked at by the next one.
        suspects: Nodes that such a build may have replaced.
    """

    version: int
    assets: int
    nodes: int
    checks: int
    problems: dict[str, int]
    missing: int
    modified: int
    unseen: int
    dead_runs: int
    suspects: int


def inspect_state(
    db: duckdb.DuckDBPyConnection, folders: Folders, *, alive: Set[str], progress: Progress = lambda *_: None
) -> Findings:
    """Look at everything that is recorded; inside a block of the state.

    Args:
        db: The state.
        folders: Where outputs are.
        alive: Runs that are alive.
        progress: Is told how many outputs were looked at.
    """
    problems = {what: _count(db, f"select count(*) {query}") for what, query in _PROBLEMS.items()}
    missing, modified = _look_at_outputs(db, Files(folders), progress)
    dead = "from state.claims where not list_contains(?, run)"
    return Findings(
        version=read_version(db, place="the state"),
        assets=_count(db, "select count(distinct asset) from state.traces where verdict is null"),
        nodes=_count(db, "select count(*) from state.traces where verdict is null"),
        checks=_count(db, "select count(*) from state.traces where verdict is not null"),
        problems={what: number for what, number in problems.items() if number},
        missing=missing,
        modified=modified,
        unseen=_count(db, f"select count(*) from state.traces where {IS_UNSEEN}"),
        dead_runs=_count(db, f"select count(distinct run) {dead} and run <> ''", sorted(alive)),
        suspects=_count(db, f"select count(*) from (select distinct asset, part {dead})", sorted(alive)),
    )


def _look_at_outputs(db: duckdb.DuckDBPyConnection, files: Files, progress: Progress) -> tuple[int, int]:
    db.execute(
        "create or replace temp table inspected as select row_number() over () as line, 0 as number, a.key as name,"
        " t.key, t.suffix, t.place, t.size, t.mtime, t.inode, t.content"
        " from state.traces t join state.assets a on a.id = t.asset"
        f" where {HAS_FILE}"
    )
    total, missing, modified = _count(db, "select count(*) from inspected"), 0, 0
    for first in range(1, total + 1, BATCH):
        progress(first - 1, total)
        for candidate in read_candidates(db, files, "inspected", first):
            if files.holds(candidate) is None:
                is_here = files.is_here(candidate.path)
                missing, modified = missing + (not is_here), modified + is_here
    db.execute("drop table temp.inspected")
    return missing, modified


def _count(db: duckdb.DuckDBPyConnection, query: str, given: list[str] | None = None) -> int:
    row = fetch_row(db, query, None if given is None else [given])
    return int(row[0]) if row else 0
