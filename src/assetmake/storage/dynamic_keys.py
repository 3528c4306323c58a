"""Dynamic keys: the partition keys that were added by hand or while something ran, by the name of their definition.

Every function takes the connection of an open `State` block.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assetmake.storage.columns import int64_column, shown_table, text_column

if TYPE_CHECKING:
    import duckdb


def read_dynamic_keys(db: duckdb.DuckDBPyConnection, names: Collection[str]) -> dict[str, list[str]]:
    """Return the keys that are kept under names, in the order in which they were added; none where none were."""
    found: dict[str, list[str]] = {name: [] for name in names}
    if found:
        rows = db.execute(
            "select name, list(key order by position) from state.dynamic_keys where list_contains(?, name)"
            " group by name",
            [list(found)],
        ).fetchall()
        found.update(rows)
    return found


def count_dynamic_keys(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many keys are kept under each name that has any."""
    return dict(db.execute("select name, count(*) from state.dynamic_keys group by name order by name").fetchall())


def add_dynamic_keys(db: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str], *, now: datetime) -> None:
    """Keep keys under a name, after those that are there; none of them is there yet. Inside a writing block."""
    if not keys:
        return
    _begin(db)
    table = {"place": int64_column(range(len(keys))), "key": text_column(keys)}
    with shown_table(db, "added", table):
        db.execute(
            "insert into state.dynamic_keys select $name, place + 1 +"
            " (select coalesce(max(position), -1) from state.dynamic_keys where name = $name), key, $now from added",
            {"name": name, "now": now.astimezone(UTC).replace(tzinfo=None)},
        )


def remove_dynamic_keys(db: duckdb.DuckDBPyConnection, name: str, keys: Sequence[str]) -> None:
    """Keep keys no longer; what was built of them stays recorded. Inside a writing block."""
    if not keys:
        return
    _begin(db)
    with shown_table(db, "removed", {"key": text_column(keys)}):
        db.execute("delete from state.dynamic_keys where name = ? and key in (select key from removed)", [name])


def _begin(db: duckdb.DuckDBPyConnection) -> None:
    """Let plans that were made before be made again: they know nothing of what is added, and too much of the rest."""
    db.execute("update state.meta set revision = revision + 1")
