"""assetmake: make for data assets.

Public names load on first use, so that importing the package costs little and loads neither DuckDB nor Arrow. For
type checkers they stand once more in `__init__.pyi`; a test compares the two.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from typing import Any as Loaded

_MODULES = {
    "definitions.asset": ("AssetDep", "AssetIn", "AssetsDefinition", "asset"),
    "definitions.asset_key": ("AssetKey",),
    "definitions.backfill": ("BackfillPolicy",),
    "definitions.calendars": (
        "DailyPartitionsDefinition",
        "HourlyPartitionsDefinition",
        "MonthlyPartitionsDefinition",
        "WeeklyPartitionsDefinition",
    ),
    "definitions.checking.keys": ("AssetCheckKey", "AssetCheckSeverity"),
    "definitions.context": ("AssetExecutionContext",),
    "definitions.definitions": ("Definitions",),
    "definitions.instance.instance": ("Instance", "instance_for_test"),
    "definitions.mappings": (
        "AllPartitionMapping",
        "IdentityPartitionMapping",
        "LastPartitionMapping",
        "PartitionMapping",
        "SpecificPartitionsPartitionMapping",
        "StaticPartitionMapping",
        "TimeWindowPartitionMapping",
    ),
    "definitions.metadata.tables": (
        "TableColumn",
        "TableColumnConstraints",
        "TableColumnDep",
        "TableColumnLineage",
        "TableConstraints",
        "TableRecord",
        "TableSchema",
    ),
    "definitions.metadata.values": (
        "BoolMetadataValue",
        "FloatMetadataValue",
        "IntMetadataValue",
        "JsonMetadataValue",
        "MarkdownMetadataValue",
        "MetadataValue",
        "NotebookMetadataValue",
        "NullMetadataValue",
        "PathMetadataValue",
        "PoolMetadataValue",
        "PythonArtifactMetadataValue",
        "TableColumnLineageMetadataValue",
        "TableMetadataValue",
        "TableSchemaMetadataValue",
        "TextMetadataValue",
        "TimestampMetadataValue",
        "UrlMetadataValue",
    ),
    "definitions.occurrences.asset_events": ("AssetMaterialization", "AssetObservation"),
    "definitions.occurrences.asset_records": (
        "AssetCheckExecutionRecord",
        "AssetCheckExecutionRecordStatus",
        "AssetPartitionStatus",
        "AssetRecord",
    ),
    "definitions.occurrences.check_events": (
        "AssetCheckEvaluation",
        "AssetCheckEvaluationPlanned",
        "AssetCheckEvaluationTargetMaterializationData",
    ),
    "definitions.occurrences.event_log": ("EventLogEntry", "EventLogRecord"),
    "definitions.occurrences.queries": (
        "AssetRecordsFilter",
        "EventRecordsFilter",
        "EventRecordsResult",
        "RunStatusChangeRecordsFilter",
    ),
    "definitions.occurrences.runs": ("RunRecord", "RunsFilter"),
    "definitions.partitions": (
        "PartitionKeyRange",
        "PartitionsDefinition",
        "StaticPartitionsDefinition",
        "TimeWindow",
    ),
    "definitions.results": ("DataVersion", "MaterializeResult", "ObserveResult", "Output"),
    "definitions.retry": ("Backoff", "Jitter", "RetryPolicy"),
    "definitions.selecting.selection": ("AssetSelection",),
    "definitions.source": ("FileSource",),
    "definitions.time_windows": ("TimeWindowPartitionsDefinition",),
    "errors": ("AssetmakeError",),
    "testing": ("build_asset_context", "materialize"),
}
# What other names are for: people's code is written with them.
_ALIASES = {
    "DagsterAssetMetadataValue": "definitions.metadata.values.AssetMetadataValue",
    "DagsterEvent": "definitions.occurrences.step_event.StepEvent",
    "DagsterEventType": "definitions.occurrences.event_types.EventType",
    "DagsterInstance": "definitions.instance.instance.Instance",
    "DagsterInvalidInvocationError": "errors.InvocationError",
    "DagsterInvalidMetadata": "errors.InvalidMetadataError",
    "DagsterInvariantViolationError": "errors.InvariantError",
    "DagsterJobMetadataValue": "definitions.metadata.values.JobMetadataValue",
    "DagsterRun": "definitions.occurrences.runs.Run",
    "DagsterRunMetadataValue": "definitions.metadata.values.RunMetadataValue",
    "DagsterRunStatus": "definitions.occurrences.run_status.RunStatus",
}
_HOMES = {name: f"{module}.{name}" for module, names in _MODULES.items() for name in names} | _ALIASES
__all__ = [*sorted(_HOMES), "__version__"]  # noqa: PLE0604 - names come from the table


def __getattr__(name: str) -> Loaded:
    if name not in _HOMES:
        raise AttributeError(f"module 'assetmake' has no attribute {name!r}")
    module, _, own_name = _HOMES[name].rpartition(".")
    value = getattr(importlib.import_module(f"assetmake.{module}"), own_name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
