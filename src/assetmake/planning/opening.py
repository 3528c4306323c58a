"""open_view(): what is recorded, as a plan looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.fingerprints import read_fingerprints
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.view import Recorded, Scope, View
from assetmake.storage.confirmations import Confirmations, find_missing
from assetmake.storage.ledger import DEAD
from assetmake.storage.rows import join_halves, split_halves, split_list_halves

if TYPE_CHECKING:
    import duckdb


def open_view(
    db: duckdb.DuckDBPyConnection,
    scope: Scope,
    *,
    is_alive: Callable[[str], bool] = lambda _: False,
    homes: Mapping[AssetKey, AssetKey] | None = None,
    confirmations: Confirmations | None = None,
) -> View:
    """Read what is small - names, fingerprints, the traces of assets without partitions - and return the view.

    Args:
        db: A connection inside a reading block of the state.
        scope: What the plan is made over.
        is_alive: Tells of a run whether its process lives.
        homes: Of assets whose records are under a former name: that name.
        confirmations: What IO managers of the user's said of what they keep.
    """
    db.execute("create or replace temp view state_shape as select * from " + _SHAPE)
    numbers: dict[str, int] = dict(db.execute("select key, id from state.assets").fetchall())
    homes = homes or {}
    numbers.update({str(key): numbers[str(home)] for key, home in homes.items()})
    own = [numbers[str(key)] for key in scope.parts if str(key) in numbers]
    failed = frozenset(row[0] for row in db.execute("select distinct asset from state.failures").fetchall())
    suspects = _read_suspects(db, scope, numbers, is_alive)
    singles = _read_singles(db, scope, numbers)
    fingerprints, upstreams = read_fingerprints(db, own)
    told = confirmations or Confirmations()
    missing = {
        key: frozenset(find_missing(db, told.missing, str(key))) for key in scope.parts if told.missing.get(str(key))
    }
    return View(
        db, scope, numbers, fingerprints, singles, failed, suspects, upstreams, homes, missing, dict(told.sights)
    )


_SHAPE = (
    "(select null::bigint as part, null::varchar as key, null::integer as fingerprint, null::uhugeint[] as inputs,"
    " null::uhugeint as data, null::varchar as suffix, null::bigint as size, null::bigint as mtime,"
    " null::ubigint as inode, null::uhugeint as content, null::varchar as invalidated, null::varchar as verdict,"
    " null::varchar as place"
    " where false)"
)


def _read_singles(db: duckdb.DuckDBPyConnection, scope: Scope, numbers: Mapping[str, int]) -> dict[AssetKey, Recorded]:
    wanted = {
        numbers[str(key)]: key
        for key, parts in scope.parts.items()
        if parts is ONE_PART and key not in scope.sources and str(key) in numbers
    }
    if not wanted:
        return {}
    rows = db.execute(
        f"select asset, fingerprint, {split_list_halves('inputs')}, {split_halves('data')}, {split_halves('content')},"
        " suffix, size, mtime, inode, seconds, invalidated, verdict, place from state.traces"
        " semi join (select unnest(?::integer[]) as asset) using (asset) where part = 0",
        [list(wanted)],
    ).fetchall()
    return {wanted[row[0]]: _read_recorded(row[1:]) for row in rows}


def _read_recorded(row: Sequence[Any]) -> Recorded:
    fingerprint, inputs_high, inputs_low, data_high, data_low, content_high, content_low, *rest = row
    suffix, size, mtime, inode, seconds, invalidated, verdict, place = rest
    return Recorded(
        fingerprint=fingerprint,
        inputs=tuple(map(join_halves, inputs_high, inputs_low)),
        data=join_halves(data_high, data_low),
        suffix=suffix,
        size=size,
        mtime=mtime,
        inode=inode,
        content=join_halves(content_high, content_low),
        seconds=seconds,
        invalidated=invalidated,
        verdict=verdict,
        place=place,
    )


def _read_suspects(
    db: duckdb.DuckDBPyConnection, scope: Scope, numbers: Mapping[str, int], is_alive: Callable[[str], bool]
) -> dict[AssetKey, frozenset[int]]:
    """Return nodes claimed by builds that died: their outputs may have been replaced without a record."""
    runs = [row[0] for row in db.execute("select distinct run from state.claims").fetchall()]
    dead = [run for run in runs if run == DEAD or not is_alive(run)]
    if not dead:
        return {}
    keys = {numbers[str(key)]: key for key in scope.parts if str(key) in numbers}
    found: dict[AssetKey, set[int]] = {}
    for asset, part in db.execute(
        "select asset, part from state.claims where list_contains(?, run)", [dead]
    ).fetchall():
        if asset in keys:
            found.setdefault(keys[asset], set()).add(part)
    return {key: frozenset(parts) for key, parts in found.items()}
