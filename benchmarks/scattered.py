"""A hundred hourly assets with 1 % of their nodes stale in random places: planted, and what a plan must say of them.

Run as `python -m benchmarks.scattered FOLDER NODES`, a process of its own, so that its memory is nobody else's.

No file is written: millions of them would take longer than all other rows together. The project says
`outputs = "none"`, so that none is asked for. Traces are made in the database, an asset at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isqrt
from pathlib import Path
from random import Random

import duckdb

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.graph.asset_graph import build_graph
from assetmake.planning.fingerprints import describe_fingerprint
from assetmake.storage.fingerprints import intern_assets, intern_fingerprints
from assetmake.storage.state import StateFile
from benchmarks.graphs import Layered
from benchmarks.projects import write_text

_ASSETS = 100
_END = datetime(2025, 1, 1, tzinfo=UTC)
_HOUR = 3600
_SHARE = 100
"""One node in so many is stale."""


@dataclass(frozen=True, slots=True)
class Scattered:
    """Hourly assets in layers; each but the first layer's reads the same hour of two in the layer before.

    Of each asset 1 % of the hours are stale, half of them because they have no trace, half because what they read has
    other data by now; in the first layer, which reads nothing, all for the first reason.
    """

    hours: int
    assets: int = _ASSETS
    upstreams: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        layered = Layered(self.assets)
        upstreams = {
            name: tuple(each for each in above if each in layered.upstreams)
            for name, above in layered.upstreams.items()
        }
        object.__setattr__(self, "upstreams", upstreams)

    @classmethod
    def of_nodes(cls, total: int) -> Scattered:
        """Return the project with about that many nodes in all; below 10,000 it has fewer assets, too."""
        assets = min(_ASSETS, max(1, isqrt(total)))
        return cls(max(1, round(total / assets)), assets)

    @property
    def name(self) -> str:
        return f"scattered-{self.total}"

    @property
    def total(self) -> int:
        return self.assets * self.hours

    @property
    def start(self) -> datetime:
        return _END - timedelta(hours=self.hours)

    def choose(self, asset: str) -> tuple[list[int], list[int]]:
        """Return the hours, counted from the start, that have no trace, and those whose input is another one."""
        chosen = Random(asset).sample(range(self.hours), max(1, self.hours // _SHARE))
        half = len(chosen) // 2 if self.upstreams[asset] else len(chosen)
        return chosen[:half], chosen[half:]

    def count(self) -> dict[str, int]:
        """Return what a plan must say. A set of hours is a number with a bit for each of them."""
        stale = waiting = 0
        dirty: dict[str, int] = {}
        for asset, above in self.upstreams.items():
            missing, other = (sum(1 << hour for hour in hours) for hours in self.choose(asset))
            below = 0
            for each in above:
                below |= dirty[each]
            own = missing | (other & ~below)
            dirty[asset] = own | below
            stale += own.bit_count()
            waiting += (below & ~own).bit_count()
        return {"fresh": self.total - stale - waiting, "stale": stale, "waiting": waiting}

    def write(self, folder: Path) -> None:
        """Write the project."""
        write_text(folder / "assets.toml", '[project]\nname = "scattered"\n[staleness]\noutputs = "none"\n')
        lines = [_HEAD.format(start=f"{self.start:%Y-%m-%d-%H:%M}", end=f"{_END:%Y-%m-%d-%H:%M}")]
        for name, above in self.upstreams.items():
            parameters = ", ".join(f"{each}: int" for each in above)
            body = " + ".join(above) or "1"
            lines.append(f"@asset(partitions_def=hours)\ndef {name}({parameters}) -> int:\n    return {body}\n")
        write_text(folder / "assets.py", "\n\n".join(lines))


def plant_scattered(scattered: Scattered, folder: Path) -> None:
    """Record the traces of the project in `folder`, which `write` wrote."""
    config = load_config(folder)
    graph = build_graph(build_manifest(folder, config))
    rows = {str(key): describe_fingerprint(graph, key) for key in graph.assets}
    (folder / config.state.path).parent.mkdir(parents=True, exist_ok=True)
    state = StateFile(folder / config.state.path)
    try:
        for asset, row in rows.items():
            with state.writing() as db:
                numbers = intern_assets(db, rows)
                found = intern_fingerprints(db, {(numbers[asset], row)}, numbers)
                _insert_traces(db, scattered, asset, numbers=numbers, fingerprint=next(iter(found.values())))
        with state.writing() as db:
            db.execute("update state.meta set revision = revision + 1")
    finally:
        state.close()


def _insert_traces(
    db: duckdb.DuckDBPyConnection, scattered: Scattered, asset: str, *, numbers: dict[str, int], fingerprint: int
) -> None:
    missing, other = scattered.choose(asset)
    inputs = [f"md5_number({numbers[each]} || ':' || part)::uhugeint" for each in scattered.upstreams[asset]]
    if inputs:
        inputs[0] = f"xor({inputs[0]}, (list_contains($other, hour))::utinyint::uhugeint)"
    db.execute(
        "insert into state.traces by name"
        f" with nodes as (select range as hour, $start + {_HOUR} * range as part from range($hours)"
        "  where not list_contains($missing, range))"
        " select $asset as asset, part, strftime(make_timestamp(part * 1000000), '%Y-%m-%d-%H:%M') as key,"
        f" $fingerprint as fingerprint, [{', '.join(inputs)}]::uhugeint[] as inputs,"
        " md5_number($asset || ':' || part)::uhugeint as data, '.json' as suffix, 2 as size,"
        " 1735689600000000000 + hour as mtime, 1000000 + hour as inode, 1::uhugeint as content,"
        " 'planted' as run, timestamp '2025-01-01' as built_at, 0.001 as seconds, 1 as revision, 1 as changed"
        " from nodes",
        {
            "start": int(scattered.start.timestamp()),
            "hours": scattered.hours,
            "asset": numbers[asset],
            "fingerprint": fingerprint,
            "missing": missing,
            **({"other": other} if inputs else {}),
        },
    )


_HEAD = """\
from assetmake import HourlyPartitionsDefinition, asset

hours = HourlyPartitionsDefinition(start_date="{start}", end_date="{end}")
"""

if __name__ == "__main__":
    plant_scattered(Scattered.of_nodes(int(sys.argv[2])), Path(sys.argv[1]))
