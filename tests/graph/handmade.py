"""Assets and graphs made by hand, for the tests of the graph."""

from __future__ import annotations

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.calendars import DailyPartitionsDefinition, MonthlyPartitionsDefinition
from assetmake.definitions.mappings import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition, StaticPartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.discovery.manifest import AssetRecord, Fingerprint, Manifest, SourceRecord
from assetmake.graph.asset_graph import AssetGraph, build_graph

DAILY = DailyPartitionsDefinition("2013-01-01")
MONTHLY = MonthlyPartitionsDefinition("2013-01-01")
COLOURS = StaticPartitionsDefinition(["red", "green", "blue"])


def make_asset(
    name: str,
    *reads: str,
    deps: tuple[str, ...] = (),
    mapping: PartitionMapping | None = None,
    partitions: PartitionsDefinition | None = None,
    file: str = "/project/assets.py",
    line: int = 1,
    **fields: object,
) -> AssetRecord:
    loaded = [Dependency(AssetKey.from_user_string(read), read.replace("/", "_"), mapping) for read in reads]
    named = [Dependency(AssetKey.from_user_string(dep), None, mapping) for dep in deps]
    return AssetRecord(
        key=AssetKey.from_user_string(name),
        module="assets",
        place=Place(file, line),
        fingerprint=Fingerprint("", "", "", ""),
        dependencies=(*loaded, *named),
        partitions=partitions,
        **fields,  # type: ignore[arg-type]
    )


def make_source(name: str, *, line: int = 1, partitions: PartitionsDefinition | None = None) -> SourceRecord:
    key = AssetKey.from_user_string(name)
    return SourceRecord(key, f"{name}.csv", Place("/project/sources.py", line), partitions)


def make_graph(*assets: AssetRecord, sources: tuple[SourceRecord, ...] = ()) -> AssetGraph:
    return build_graph(Manifest(assets, sources))


def key(name: str) -> AssetKey:
    return AssetKey.from_user_string(name)
