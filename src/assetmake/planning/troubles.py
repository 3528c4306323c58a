"""Troubles: nodes that failed when last tried, checks that stand as failed, and which of them a run has mended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from assetmake.storage.verdicts import FAILED

if TYPE_CHECKING:
    import duckdb

Nodes = Mapping[str, Mapping[int, str]]
"""Partition keys by part, for each asset or check by its name; empty for one that is not partitioned."""


def read_troubles(db: duckdb.DuckDBPyConnection) -> Nodes:
    """Return all nodes that failed when they were last tried, and all checks that stand as failed."""
    found: dict[str, dict[int, str]] = {}
    for name, part, key in db.execute(
        "select a.key, n.part, n.key from ("
        " select asset, part, key from state.failures"
        " union all select asset, part, key from state.traces where verdict = ?"
        ") n join state.assets a on a.id = n.asset order by a.key, n.part",
        [FAILED],
    ).fetchall():
        found.setdefault(name, {})[part] = key or ""
    return found


def find_mended(db: duckdb.DuckDBPyConnection, troubles: Nodes, runs: Collection[str]) -> Nodes:
    """Return which of some nodes some runs have made, or checked, with success."""
    mended: dict[str, dict[int, str]] = {}
    for name, part in db.execute(
        "select a.key, t.part from state.traces t join state.assets a on a.id = t.asset"
        " where a.key in (select unnest(?::varchar[])) and t.run in (select unnest(?::varchar[]))"
        " and t.verdict is distinct from ?"
        " and not exists (from state.failures f where f.asset = t.asset and f.part = t.part)"
        " order by a.key, t.part",
        [list(troubles), list(runs), FAILED],
    ).fetchall():
        key = troubles[name].get(part)
        if key is not None:
            mended.setdefault(name, {})[part] = key
    return mended
