"""Plant partitions: write outputs and record traces as a build would, in a minute instead of an hour.

Run as `python -m benchmarks.plant FOLDER chain-98`, a process of its own, so that its memory is nobody else's.
What it plants is held to be true by `assetmake plan` before anything is measured.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
from benchmarks.graphs import Chain, Keys

_BATCH = 100_000
_HOUR = 3600
_RUN = "planted"
_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class _Node:
    """A node to be recorded.

    Attributes:
        inputs: What its trace carries for each of its upstreams: the XOR of the data that it read.
    """

    asset: str
    part: int
    key: str
    value: int
    inputs: tuple[int, ...] = ()


def plant(project: Chain | Keys, folder: Path) -> None:
    """Make every partition of the project in `folder`, which `write_project` wrote, look as built."""
    config = load_config(folder)
    graph = build_graph(build_manifest(folder, config))
    records = {str(key): record for key, record in graph.assets.items()}
    root = folder / config.storage.root
    nodes = _list_chain(project, records) if isinstance(project, Chain) else _list_keys(project, records)
    rows = _write_nodes(nodes, graph, records, root)
    (folder / config.state.path).parent.mkdir(parents=True, exist_ok=True)
    state = StateFile(folder / config.state.path)
    try:
        while batch := list(islice(rows, _BATCH)):
            with state.writing() as db:
                record_traces(db, batch, run=_RUN, built_at=datetime.now(UTC))
        with state.writing() as db:
            numbers = intern_assets(db, records)
            for name, record in records.items():
                seal_folder(db, numbers[name], output_stem(root, record.key.parts, None))
    finally:
        state.close()


def _list_chain(chain: Chain, records: Mapping[str, AssetRecord]) -> Iterator[_Node]:
    midnights = {day: _find_part(records["daily"], day.isoformat()) for day in chain.each_day()}
    for asset, day, hour in chain.nodes():
        yield _Node(
            asset=asset,
            part=midnights[day] + _HOUR * (hour or 0),
            key=day.isoformat() if hour is None else f"{day.isoformat()}-{hour:02}:00",
            value=chain.value(asset, day, hour),
            inputs=_digest_inputs(chain, asset, day, hour, midnight=midnights[day]),
        )


def _list_keys(keys: Keys, records: Mapping[str, AssetRecord]) -> Iterator[_Node]:
    for key, value in keys.nodes():
        yield _Node("value", _find_part(records["value"], key), key, value)


def _write_nodes(
    nodes: Iterable[_Node], graph: AssetGraph, records: Mapping[str, AssetRecord], root: Path
) -> Iterator[TraceRow]:
    fingerprints = {name: describe_fingerprint(graph, record.key) for name, record in records.items()}
    stems = {name: output_stem(root, record.key.parts, None) for name, record in records.items()}
    for stem in stems.values():
        stem.mkdir(parents=True)
    for node in nodes:
        text = str(node.value).encode()
        seen = _write_file(f"{stems[node.asset]}{os.sep}{encode_key(node.key)}{_SUFFIX}", text)
        yield TraceRow(
            asset=node.asset,
            part=node.part,
            key=node.key,
            fingerprint=fingerprints[node.asset],
            inputs=node.inputs,
            data=hash_node(node.part, _digest(node.value)),
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
    if asset == "raw":
        return ()
    upstream, hours = ("clean", range(chain.hours)) if hour is None else ("raw", range(hour, hour + 1))
    read = (hash_node(midnight + _HOUR * each, _digest(chain.value(upstream, day, each))) for each in hours)
    return (reduce(xor, read),)


@cache
def _digest(value: int) -> bytes:
    return json_digest(value)


def _find_part(record: AssetRecord, key: str) -> int:
    assert record.partitions is not None
    return record.partitions.part_of(key)


def _write_file(path: str, content: bytes) -> os.stat_result:
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    try:
        os.write(descriptor, content)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    kind, _, size = sys.argv[2].partition("-")
    plant(Chain.of_partitions(int(size)) if kind == "chain" else Keys(int(size)), Path(sys.argv[1]))
