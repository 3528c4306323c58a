"""From what was asked for to what is wanted: assets with their partitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.automation.latest_windows import find_times, leaves_out_latest
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partition_loading import DynamicPartitionsStore, partition_loading_context
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.discovery.automation_records import JobRecord, ScheduleRecord, SensorRecord
from assetmake.graph.asset_graph import AssetGraph
from assetmake.ticking.decision import Spans, Wanted
from assetmake.ticking.question import Asked

Record = ScheduleRecord | SensorRecord


def want_latest(
    graph: AssetGraph, assets: Iterable[AssetKey], times: Sequence[datetime], store: DynamicPartitionsStore
) -> dict[str, Spans | None]:
    """Return assets with the partitions that had come to be last at each of some times.

    Those whose partitions tell no time are wanted whole; those that had no partition yet are left out.
    """
    latest: dict[int, Spans | None] = {}
    found: dict[str, Spans | None] = {}
    for key in assets:
        record = graph.assets.get(key)
        if record is None:
            continue
        definition = record.partitions
        if definition is None:
            found[str(key)] = None
            continue
        if id(definition) not in latest:
            latest[id(definition)] = _find_latest(definition, times, store)
        spans = latest[id(definition)]
        if spans != ():
            found[str(key)] = spans
    return found


def want_asked(
    graph: AssetGraph,
    record: Record,
    asked: Asked,
    *,
    times: Sequence[datetime],
    store: DynamicPartitionsStore,
) -> Wanted:
    """Return what a function of the user's asked for.

    Args:
        graph: The project.
        record: What was asked.
        asked: What it said.
        times: For which time it was asked: where no partition is named, the last that there was then is meant.
        store: Knows dynamic partitions.
    """
    job = graph.jobs.get(asked.job) if asked.job else None
    own = record.assets if job is None else job.assets
    assets = own if asked.assets is None else [AssetKey.from_user_string(name) for name in asked.assets]
    kept = [key for key in assets if key in graph.assets]
    span = asked.range or ((asked.partition, asked.partition) if asked.partition else None)
    if span is not None:
        nodes: dict[str, Spans | None] = {
            str(key): None if graph.assets[key].partitions is None else (span,) for key in kept
        }
    else:
        nodes = want_latest(graph, kept, times, store)
    return Wanted(nodes, asked.job, pick_config(job, asked.config), asked.tags)


def pick_config(job: JobRecord | None, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the config of a run: what it is given, which stands for that of the job."""
    return given or ({} if job is None else job.config)


def tell_wanted(wanted: Wanted, *, most: int = 3) -> str:
    """Return what is wanted in words: assets with the same partitions together, those without last."""
    groups: dict[Spans, list[str]] = {}
    for name, spans in sorted(wanted.nodes.items(), key=lambda node: not node[1]):
        groups.setdefault(tuple(sorted(spans or ())), []).append(name)
    told = [
        _shorten(names, most) + (f"@{_tell_spans(spans, most)}" if spans else "") for spans, names in groups.items()
    ]
    return "; ".join(told[:most]) + (f"; and {len(told) - most} more" if len(told) > most else "")


def _tell_spans(spans: Spans, most: int) -> str:
    ends = {end for span in spans if span[0] != span[1] for end in span}
    spans = tuple(span for span in spans if span[0] != span[1] or span[0] not in ends)  # as two schedules ask for it
    return _shorten([first if first == last else f"{first}..{last}" for first, last in spans], most)


def _shorten(words: Sequence[str], most: int) -> str:
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def _find_latest(
    definition: PartitionsDefinition, times: Sequence[datetime], store: DynamicPartitionsStore
) -> Spans | None:
    windows = find_times(definition)
    if windows is None:
        return None
    keys: dict[str, None] = {}
    for time in times:
        with partition_loading_context(time, store):
            if leaves_out_latest(windows):
                continue
            last = windows.get_last_partition_key()
            if last is not None:
                keys.update(dict.fromkeys(_list_keys(definition, last)))
    if isinstance(definition, TimeWindowPartitionsDefinition):
        with partition_loading_context(max(times), store):
            return tuple((each.start, each.end) for each in definition.group_keys(keys))
    return tuple((key, key) for key in keys)


def _list_keys(definition: PartitionsDefinition, last: str) -> Sequence[str]:
    if isinstance(definition, MultiPartitionsDefinition):
        return list(
            map(
                str,
                definition.get_multipartition_keys_with_dimension_value(definition.time_window_dimension.name, last),
            )
        )
    return [last]
