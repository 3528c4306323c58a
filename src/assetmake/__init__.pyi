"""The public names, as a type checker sees them; at run time each is loaded on first use."""

from assetmake.definitions.asset import AssetDep as AssetDep
from assetmake.definitions.asset import AssetIn as AssetIn
from assetmake.definitions.asset import AssetsDefinition as AssetsDefinition
from assetmake.definitions.asset import asset as asset
from assetmake.definitions.asset_key import AssetKey as AssetKey
from assetmake.definitions.backfill import BackfillPolicy as BackfillPolicy
from assetmake.definitions.calendars import DailyPartitionsDefinition as DailyPartitionsDefinition
from assetmake.definitions.calendars import HourlyPartitionsDefinition as HourlyPartitionsDefinition
from assetmake.definitions.calendars import MonthlyPartitionsDefinition as MonthlyPartitionsDefinition
from assetmake.definitions.calendars import WeeklyPartitionsDefinition as WeeklyPartitionsDefinition
from assetmake.definitions.checking.keys import AssetCheckKey as AssetCheckKey
from assetmake.definitions.checking.keys import AssetCheckSeverity as AssetCheckSeverity
from assetmake.definitions.context import AssetExecutionContext as AssetExecutionContext
from assetmake.definitions.definitions import Definitions as Definitions
from assetmake.definitions.instance.instance import Instance as Instance
from assetmake.definitions.instance.instance import instance_for_test as instance_for_test
from assetmake.definitions.mappings import AllPartitionMapping as AllPartitionMapping
from assetmake.definitions.mappings import IdentityPartitionMapping as IdentityPartitionMapping
from assetmake.definitions.mappings import LastPartitionMapping as LastPartitionMapping
from assetmake.definitions.mappings import PartitionMapping as PartitionMapping
from assetmake.definitions.mappings import SpecificPartitionsPartitionMapping as SpecificPartitionsPartitionMapping
from assetmake.definitions.mappings import StaticPartitionMapping as StaticPartitionMapping
from assetmake.definitions.mappings import TimeWindowPartitionMapping as TimeWindowPartitionMapping
from assetmake.definitions.metadata.tables import TableColumn as TableColumn
from assetmake.definitions.metadata.tables import TableColumnConstraints as TableColumnConstraints
from assetmake.definitions.metadata.tables import TableColumnDep as TableColumnDep
from assetmake.definitions.metadata.tables import TableColumnLineage as TableColumnLineage
from assetmake.definitions.metadata.tables import TableConstraints as TableConstraints
from assetmake.definitions.metadata.tables import TableRecord as TableRecord
from assetmake.definitions.metadata.tables import TableSchema as TableSchema
from assetmake.definitions.metadata.values import AssetMetadataValue, JobMetadataValue, RunMetadataValue
from assetmake.definitions.metadata.values import BoolMetadataValue as BoolMetadataValue
from assetmake.definitions.metadata.values import FloatMetadataValue as FloatMetadataValue
from assetmake.definitions.metadata.values import IntMetadataValue as IntMetadataValue
from assetmake.definitions.metadata.values import JsonMetadataValue as JsonMetadataValue
from assetmake.definitions.metadata.values import MarkdownMetadataValue as MarkdownMetadataValue
from assetmake.definitions.metadata.values import MetadataValue as MetadataValue
from assetmake.definitions.metadata.values import NotebookMetadataValue as NotebookMetadataValue
from assetmake.definitions.metadata.values import NullMetadataValue as NullMetadataValue
from assetmake.definitions.metadata.values import PathMetadataValue as PathMetadataValue
from assetmake.definitions.metadata.values import PoolMetadataValue as PoolMetadataValue
from assetmake.definitions.metadata.values import PythonArtifactMetadataValue as PythonArtifactMetadataValue
from assetmake.definitions.metadata.values import TableColumnLineageMetadataValue as TableColumnLineageMetadataValue
from assetmake.definitions.metadata.values import TableMetadataValue as TableMetadataValue
from assetmake.definitions.metadata.values import TableSchemaMetadataValue as TableSchemaMetadataValue
from assetmake.definitions.metadata.values import TextMetadataValue as TextMetadataValue
from assetmake.definitions.metadata.values import TimestampMetadataValue as TimestampMetadataValue
from assetmake.definitions.metadata.values import UrlMetadataValue as UrlMetadataValue
from assetmake.definitions.occurrences.asset_events import AssetMaterialization as AssetMaterialization
from assetmake.definitions.occurrences.asset_events import AssetObservation as AssetObservation
from assetmake.definitions.occurrences.asset_records import AssetCheckExecutionRecord as AssetCheckExecutionRecord
from assetmake.definitions.occurrences.asset_records import (
    AssetCheckExecutionRecordStatus as AssetCheckExecutionRecordStatus,
)
from assetmake.definitions.occurrences.asset_records import AssetPartitionStatus as AssetPartitionStatus
from assetmake.definitions.occurrences.asset_records import AssetRecord as AssetRecord
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation as AssetCheckEvaluation
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluationPlanned as AssetCheckEvaluationPlanned
from assetmake.definitions.occurrences.check_events import (
    AssetCheckEvaluationTargetMaterializationData as AssetCheckEvaluationTargetMaterializationData,
)
from assetmake.definitions.occurrences.event_log import EventLogEntry as EventLogEntry
from assetmake.definitions.occurrences.event_log import EventLogRecord as EventLogRecord
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import AssetRecordsFilter as AssetRecordsFilter
from assetmake.definitions.occurrences.queries import EventRecordsFilter as EventRecordsFilter
from assetmake.definitions.occurrences.queries import EventRecordsResult as EventRecordsResult
from assetmake.definitions.occurrences.queries import RunStatusChangeRecordsFilter as RunStatusChangeRecordsFilter
from assetmake.definitions.occurrences.run_status import RunStatus
from assetmake.definitions.occurrences.runs import Run
from assetmake.definitions.occurrences.runs import RunRecord as RunRecord
from assetmake.definitions.occurrences.runs import RunsFilter as RunsFilter
from assetmake.definitions.occurrences.step_event import StepEvent
from assetmake.definitions.partitions import PartitionKeyRange as PartitionKeyRange
from assetmake.definitions.partitions import PartitionsDefinition as PartitionsDefinition
from assetmake.definitions.partitions import StaticPartitionsDefinition as StaticPartitionsDefinition
from assetmake.definitions.partitions import TimeWindow as TimeWindow
from assetmake.definitions.results import DataVersion as DataVersion
from assetmake.definitions.results import MaterializeResult as MaterializeResult
from assetmake.definitions.results import ObserveResult as ObserveResult
from assetmake.definitions.results import Output as Output
from assetmake.definitions.retry import Backoff as Backoff
from assetmake.definitions.retry import Jitter as Jitter
from assetmake.definitions.retry import RetryPolicy as RetryPolicy
from assetmake.definitions.selecting.selection import AssetSelection as AssetSelection
from assetmake.definitions.source import FileSource as FileSource
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition as TimeWindowPartitionsDefinition
from assetmake.errors import AssetmakeError as AssetmakeError
from assetmake.errors import InvalidMetadataError, InvariantError, InvocationError
from assetmake.testing import build_asset_context as build_asset_context
from assetmake.testing import materialize as materialize

DagsterAssetMetadataValue = AssetMetadataValue
DagsterEvent = StepEvent
DagsterEventType = EventType
DagsterInstance = Instance
DagsterInvalidInvocationError = InvocationError
DagsterInvalidMetadata = InvalidMetadataError
DagsterInvariantViolationError = InvariantError
DagsterJobMetadataValue = JobMetadataValue
DagsterRun = Run
DagsterRunMetadataValue = RunMetadataValue
DagsterRunStatus = RunStatus

__version__: str
