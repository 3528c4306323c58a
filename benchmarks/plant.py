"""Plant a chain: write outputs and record traces as a build would, in a minute instead of an hour.

Run as `python -m benchmarks.plant FOLDER DAYS`, a process of its own, so that its memory is nobody else's.
What it plants is held to be true by `assetmake plan` before anything is measured.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache, reduce
from itertools import islice
from operator import xor
from pathlib import Path

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.manifest import AssetRecord
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.planning.fingerprints import describe_fingerprint
from assetmake.storage.data_hash import hash_node
from assetmake.storage.fingerprints import intern_assets
from assetmake.storage.hashing import hash_bytes, json_digest
from assetmake.storage.ledger import TraceRow, record_traces
from assetmake.storage.paths import encode_key, output_stem
from assetmake.storage.seals import seal_folder
from assetmake.storage.state import StateFile
from benchmarks.graphs import HOURS, Chain

_BATCH = 100_000
_HOUR = 3600
_RUN = "planted"
_SUFFIX = ".json"


def plant_chain(chain: Chain, folder: Path) -> None:
    """Make every partition of the project in `folder`, which `write_chain` wrote, look as built."""
    config = load_config(folder)
    graph = build_graph(build_manifest(folder, config))
    records = {str(key): record for key, record in graph.assets.items()}
    root = folder / config.storage.root
    rows = _write_nodes(chain, graph, records, root)
    (folder / config.state.path).parent.mkdir(parents=True, exist_ok=True)
    state = StateFile(folder / config.state.path)
    try:
        while batch := list(islice(rows, _BATCH)):
            with state.writing() as db:
                record_traces(db, batch, run=_RUN, built_at=datetime.now(UTC))
        with state.writing() as db:
            numbers = intern_assets(db, records)
            for name, record in records.items():
                seal_folder(db, numbers[name], output_stem(root, record.key.path, None))
    finally:
        state.close()


def _write_nodes(chain: Chain, graph: AssetGraph, records: Mapping[str, AssetRecord], root: Path) -> Iterator[TraceRow]:
    fingerprints = {name: describe_fingerprint(graph, record.key) for name, record in records.items()}
    stems = {name: output_stem(root, record.key.path, None) for name, record in records.items()}
    for stem in stems.values():
        stem.mkdir(parents=True)
    midnights = {day: _find_midnight(records["daily"], day) for day in chain.each_day()}
    for asset, day, hour in chain.nodes():
        key = day.isoformat() if hour is None else f"{day.isoformat()}-{hour:02}:00"
        text = str(chain.value(asset, day, hour)).encode()
        path = f"{stems[asset]}{os.sep}{encode_key(key)}{_SUFFIX}"
        seen = _write_file(path, text)
        part = midnights[day] + _HOUR * (hour or 0)
        yield TraceRow(
            asset=asset,
            part=part,
            key=key,
            fingerprint=fingerprints[asset],
            inputs=_digest_inputs(chain, asset, day, hour, midnight=midnights[day]),
            data=hash_node(part, _digest(chain.value(asset, day, hour))),
            suffix=_SUFFIX,
            size=seen.st_size,
            mtime=seen.st_mtime_ns,
            inode=seen.st_ino,
            content=int.from_bytes(hash_bytes(text), "big"),
            seconds=0.001,
            rows=None,
            metadata=None,
        )


def _digest_inputs(chain: Chain, asset: str, day: date, hour: int | None, *, midnight: int) -> tuple[int, ...]:
    """Return what a node's trace carries for each of its upstreams: the XOR of the data that it read."""
    if asset == "raw":
        return ()
    upstream, hours = ("clean", range(HOURS)) if hour is None else ("raw", range(hour, hour + 1))
    read = (hash_node(midnight + _HOUR * each, _digest(chain.value(upstream, day, each))) for each in hours)
    return (reduce(xor, read),)


@cache
def _digest(value: int) -> bytes:
    return json_digest(value)


def _find_midnight(record: AssetRecord, day: date) -> int:
    assert record.partitions is not None
    return record.partitions.part_of(day.isoformat())


def _write_file(path: str, content: bytes) -> os.stat_result:
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    try:
        os.write(descriptor, content)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    plant_chain(Chain(int(sys.argv[2])), Path(sys.argv[1]))
