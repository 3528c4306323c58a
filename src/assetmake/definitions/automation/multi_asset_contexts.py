"""MultiAssetSensorEvaluationContext: what is new of several assets, and how far a sensor has dealt with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.automation.asset_cursors import (
    NO_CURSOR,
    Advances,
    AssetCursor,
    advance,
    name_key,
    read_cursors,
    write_cursors,
)
from assetmake.definitions.automation.event_log import fetch_latest, fetch_materializations
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext, find_repository
from assetmake.definitions.occurrences.event_log import EventLogRecord
from assetmake.definitions.occurrences.queries import AssetRecordsFilter
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.resolution import infer_mapping
from assetmake.definitions.selecting.selectable import SelectableGraph, collect_graph, list_asset_keys
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import InvariantError, InvocationError


class MultiAssetSensorEvaluationContext(SensorEvaluationContext):
    """Given to the function of a sensor of several assets; built by `build_multi_asset_sensor_context`.

    Its cursor tells of each asset the last event that was dealt with, and of up to 25 partitions an event before it
    that was not. Events count as dealt with when they are passed to `advance_cursor`, all of them after
    `advance_all_cursors`.
    """

    def __init__(self, *, monitored_assets: Sequence[AssetKey] | AssetSelection, **options: Any) -> None:
        super().__init__(**options)
        self._graph: SelectableGraph = collect_graph(self.repository_def.asset_graph)
        if isinstance(monitored_assets, AssetSelection):
            monitored_assets = sorted(monitored_assets.resolve(self._graph))
        self._keys = list(monitored_assets)
        self._cursors = read_cursors(self.cursor)
        self._advances = Advances()

    @property
    def asset_keys(self) -> Sequence[AssetKey]:
        """The assets that the sensor watches."""
        return self._keys

    @property
    def assets_defs_by_key(self) -> Mapping[AssetKey, Any]:
        """The definitions of the watched assets; None of one that is made elsewhere."""
        found = {key: each for each in self.repository_def.asset_graph.assets_defs for key in list_asset_keys(each)}
        return {key: found.get(key) for key in self._keys}

    def latest_materialization_records_by_key(
        self, asset_keys: Sequence[AssetKey] | None = None
    ) -> Mapping[AssetKey, EventLogRecord | None]:
        """Return the last materialization of each asset after its cursor, None where there is none."""
        keys = self._keys if asset_keys is None else asset_keys
        return {key: fetch_latest(self.instance, key, after=self._cursor_of(key).event_id) for key in keys}

    def materialization_records_for_key(self, asset_key: AssetKey, limit: int | None = None) -> list[EventLogRecord]:
        """Return the materializations of an asset after its cursor, the earliest first."""
        self._check_watched(asset_key)
        wanted = AssetRecordsFilter(asset_key, after_storage_id=self._cursor_of(asset_key).event_id)
        return fetch_materializations(self.instance, wanted, limit)

    def get_trailing_unconsumed_events(self, asset_key: AssetKey) -> list[EventLogRecord]:
        """Return the events before the cursor that were not dealt with, the earliest first."""
        ids = sorted(self._cursor_of(asset_key).trailing.values())
        if not ids:
            return []
        return fetch_materializations(self.instance, AssetRecordsFilter(asset_key, storage_ids=ids))

    def latest_materialization_records_by_partition(
        self, asset_key: AssetKey, after_cursor_partition: bool | None = False
    ) -> dict[str, EventLogRecord]:
        """Return the last event of each partition that was not dealt with, in the order in which they were recorded.

        Args:
            asset_key: A watched asset with partitions.
            after_cursor_partition: Only partitions after that of the cursor.
        """
        self._check_watched(asset_key)
        definition = self._partitions_of(asset_key)
        with self.reading_partitions():
            keys = list(definition.get_partition_keys())
        partition = self._cursor_of(asset_key).partition
        if after_cursor_partition and partition in keys:
            keys = keys[keys.index(partition) + 1 :]
        wanted = AssetRecordsFilter(
            asset_key, asset_partitions=keys, after_storage_id=self._cursor_of(asset_key).event_id
        )
        known = set(keys)
        found: dict[str, EventLogRecord] = {}
        new = fetch_materializations(self.instance, wanted)
        for record in (*self.get_trailing_unconsumed_events(asset_key), *new):
            if record.partition_key is not None and record.partition_key in known:
                found.pop(record.partition_key, None)  # it moves to the end
                found[record.partition_key] = record
        return found

    def latest_materialization_records_by_partition_and_asset(self) -> dict[str, dict[AssetKey, EventLogRecord]]:
        """Return the last events that were not dealt with by partition, and in it by asset.

        Raises:
            InvocationError: the watched assets do not share their partitions.
        """
        definitions = [
            self._graph.selectables[key].partitions_def for key in self._keys if key in self._graph.selectables
        ]
        if not definitions or None in definitions or any(each != definitions[0] for each in definitions):
            raise InvocationError("All assets must be partitioned and share the same partitions definition")
        found: dict[str, dict[AssetKey, EventLogRecord]] = {}
        for key in self._keys:
            for partition, record in self.latest_materialization_records_by_partition(key).items():
                found.setdefault(partition, {})[key] = record
        return found

    def get_cursor_partition(self, asset_key: AssetKey | None) -> str | None:
        """Return the partition of the last event of an asset that was dealt with."""
        if asset_key is None and len(self._keys) == 1:
            asset_key = self._keys[0]
        if asset_key is None:
            raise InvocationError("Asset key must be provided when multiple assets are defined")
        self._check_watched(asset_key)
        return self._cursor_of(asset_key).partition

    def all_partitions_materialized(self, asset_key: AssetKey, partitions: Sequence[str] | None = None) -> bool:
        """Tell whether partitions, or all that there are, were ever made."""
        if partitions is not None and not partitions:
            raise InvocationError("Must provide at least one partition in list")
        if partitions is None:
            self._check_watched(asset_key)
            with self.reading_partitions():
                partitions = self._partitions_of(asset_key).get_partition_keys()
        return set(partitions) <= set(self.instance.get_materialized_partitions(asset_key))

    def get_downstream_partition_keys(
        self, partition_key: str, from_asset_key: AssetKey, to_asset_key: AssetKey
    ) -> list[str]:
        """Return the partitions of an asset that read a partition of another one."""
        upstream, downstream = self._partitions_of(from_asset_key), self._partitions_of(to_asset_key)
        given = self._find_mapping(from_asset_key, to_asset_key)
        mapping = infer_mapping(given, upstream=upstream, downstream=downstream)
        with self.reading_partitions():
            read = upstream.empty_subset().with_partition_keys([partition_key])
            return list(
                mapping.get_downstream_partitions_for_partitions(read, upstream, downstream).get_partition_keys()
            )

    def advance_cursor(self, materialization_records_by_key: Mapping[AssetKey, EventLogRecord | None]) -> None:
        """Say that events were dealt with: they, and earlier ones of their partitions, are not given again."""
        self._advances.add(materialization_records_by_key)
        self._cursor_updated = True

    def advance_all_cursors(self) -> None:
        """Say that all events so far were dealt with."""
        self._advances.add(self.latest_materialization_records_by_key())
        self._advances.all = True
        self._cursor_updated = True

    def update_cursor_after_evaluation(self) -> None:
        """Write the cursor, once the function has returned."""
        if self._advances:
            self._cursors = {name_key(key): self._advance(key) for key in self._keys}
            self._cursor = write_cursors(self._cursors)
            self._advances = Advances()

    def _advance(self, key: AssetKey) -> AssetCursor:
        cursor, done = self._cursor_of(key), self._advances.records.get(key)
        if not done:
            return cursor
        if self._advances.all:
            return advance(cursor, done, None)
        between = AssetRecordsFilter(key, after_storage_id=cursor.event_id, before_storage_id=max(done))
        passed = [*self.get_trailing_unconsumed_events(key), *fetch_materializations(self.instance, between)]
        return advance(cursor, done, passed)

    def _cursor_of(self, key: AssetKey) -> AssetCursor:
        return self._cursors.get(name_key(key), NO_CURSOR)

    def _check_watched(self, key: AssetKey) -> None:
        if key not in self._keys:
            raise InvocationError(f"Asset key {key} not monitored by sensor.")

    def _partitions_of(self, key: AssetKey) -> PartitionsDefinition:
        asset = self._graph.selectables.get(key)
        if asset is None:
            raise InvocationError(f"Asset key {key} does not exist in the definitions of this sensor")
        if asset.partitions_def is None:
            raise InvariantError(f"Asset key {key} is not partitioned. Cannot get partition keys.")
        definition: PartitionsDefinition = asset.partitions_def
        return definition

    def _find_mapping(self, upstream: AssetKey, downstream: AssetKey) -> Any:
        for each in self.repository_def.asset_graph.assets_defs:
            for dependency in getattr(each, "dependencies", ()) if downstream in list_asset_keys(each) else ():
                if dependency.key == upstream:
                    return dependency.mapping
        return None


def build_multi_asset_sensor_context(
    *,
    monitored_assets: Sequence[AssetKey] | AssetSelection,
    repository_def: Any = None,
    instance: Any = None,
    cursor: str | None = None,
    repository_name: str | None = None,
    cursor_from_latest_materializations: bool = False,
    resources: Mapping[str, Any] | None = None,
    definitions: Any = None,
    last_sensor_start_time: float | None = None,
) -> MultiAssetSensorEvaluationContext:
    """Return a context to call or to evaluate a sensor of several assets with, as a test does.

    Args:
        monitored_assets: The assets that are watched.
        repository_def, definitions: Where they are found; either of them.
        instance: Knows what was made.
        cursor: What an earlier evaluation left.
        cursor_from_latest_materializations: Everything that was made so far counts as dealt with.
        resources, repository_name, last_sensor_start_time: As for build_sensor_context.

    Raises:
        InvocationError: there is a cursor already, or no instance, for cursor_from_latest_materializations.
    """
    if cursor_from_latest_materializations:
        if cursor:
            raise InvocationError("Cannot provide both cursor and cursor_from_latest_materializations objects.")
        if instance is None:
            raise InvocationError(
                "Cannot provide cursor_from_latest_materializations object without a Dagster instance."
            )
    context = MultiAssetSensorEvaluationContext(
        monitored_assets=monitored_assets,
        repository_def=find_repository(repository_def, definitions, needed=True),
        instance=instance,
        cursor=cursor,
        repository_name=repository_name,
        resources=resources,
        last_sensor_start_time=last_sensor_start_time,
    )
    if cursor_from_latest_materializations:
        context.advance_all_cursors()
        context.update_cursor_after_evaluation()
        context.mark_cursor_as_given()
    return context
