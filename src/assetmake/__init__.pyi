"""The public names, as a type checker sees them; at run time each is loaded on first use."""

from assetmake.definitions.asset import AssetDep as AssetDep
from assetmake.definitions.asset import AssetIn as AssetIn
from assetmake.definitions.asset import AssetsDefinition as AssetsDefinition
from assetmake.definitions.asset import asset as asset
from assetmake.definitions.asset_key import AssetKey as AssetKey
from assetmake.definitions.automation.asset_sensors import AssetSensorDefinition as AssetSensorDefinition
from assetmake.definitions.automation.asset_sensors import asset_sensor as asset_sensor
from assetmake.definitions.automation.condition_sensors import (
    AutomationConditionSensorDefinition as AutomationConditionSensorDefinition,
)
from assetmake.definitions.automation.conditions import AutomationCondition as AutomationCondition
from assetmake.definitions.automation.event_log import AssetRecordsFilter as AssetRecordsFilter
from assetmake.definitions.automation.event_log import RunStatusChangeRecordsFilter as RunStatusChangeRecordsFilter
from assetmake.definitions.automation.freshness import FreshnessPolicy as FreshnessPolicy
from assetmake.definitions.automation.freshness import LegacyFreshnessPolicy as LegacyFreshnessPolicy
from assetmake.definitions.automation.jobs import define_asset_job as define_asset_job
from assetmake.definitions.automation.multi_asset_contexts import (
    MultiAssetSensorEvaluationContext as MultiAssetSensorEvaluationContext,
)
from assetmake.definitions.automation.multi_asset_contexts import (
    build_multi_asset_sensor_context as build_multi_asset_sensor_context,
)
from assetmake.definitions.automation.multi_asset_sensors import (
    MultiAssetSensorDefinition as MultiAssetSensorDefinition,
)
from assetmake.definitions.automation.multi_asset_sensors import multi_asset_sensor as multi_asset_sensor
from assetmake.definitions.automation.partitioned_schedules import (
    build_schedule_from_partitioned_job as build_schedule_from_partitioned_job,
)
from assetmake.definitions.automation.policies import AutoMaterializePolicy as AutoMaterializePolicy
from assetmake.definitions.automation.requests import RunRequest as RunRequest
from assetmake.definitions.automation.requests import SensorResult as SensorResult
from assetmake.definitions.automation.requests import SkipReason as SkipReason
from assetmake.definitions.automation.run_status import RunFailureSensorContext as RunFailureSensorContext
from assetmake.definitions.automation.run_status import RunStatus
from assetmake.definitions.automation.run_status import RunStatusSensorContext as RunStatusSensorContext
from assetmake.definitions.automation.run_status import (
    build_run_status_sensor_context as build_run_status_sensor_context,
)
from assetmake.definitions.automation.run_status_sensors import RunStatusSensorDefinition as RunStatusSensorDefinition
from assetmake.definitions.automation.run_status_sensors import run_failure_sensor as run_failure_sensor
from assetmake.definitions.automation.run_status_sensors import run_status_sensor as run_status_sensor
from assetmake.definitions.automation.schedule_contexts import ScheduleEvaluationContext as ScheduleEvaluationContext
from assetmake.definitions.automation.schedule_contexts import build_schedule_context as build_schedule_context
from assetmake.definitions.automation.schedules import DefaultScheduleStatus as DefaultScheduleStatus
from assetmake.definitions.automation.schedules import ScheduleDefinition as ScheduleDefinition
from assetmake.definitions.automation.schedules import schedule as schedule
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext as SensorEvaluationContext
from assetmake.definitions.automation.sensor_contexts import build_sensor_context as build_sensor_context
from assetmake.definitions.automation.sensors import DefaultSensorStatus as DefaultSensorStatus
from assetmake.definitions.automation.sensors import SensorDefinition as SensorDefinition
from assetmake.definitions.automation.sensors import sensor as sensor
from assetmake.definitions.backfill import BackfillPolicy as BackfillPolicy
from assetmake.definitions.calendars import DailyPartitionsDefinition as DailyPartitionsDefinition
from assetmake.definitions.calendars import HourlyPartitionsDefinition as HourlyPartitionsDefinition
from assetmake.definitions.calendars import MonthlyPartitionsDefinition as MonthlyPartitionsDefinition
from assetmake.definitions.calendars import WeeklyPartitionsDefinition as WeeklyPartitionsDefinition
from assetmake.definitions.context import AssetExecutionContext as AssetExecutionContext
from assetmake.definitions.definitions import Definitions as Definitions
from assetmake.definitions.mappings import AllPartitionMapping as AllPartitionMapping
from assetmake.definitions.mappings import IdentityPartitionMapping as IdentityPartitionMapping
from assetmake.definitions.mappings import LastPartitionMapping as LastPartitionMapping
from assetmake.definitions.mappings import PartitionMapping as PartitionMapping
from assetmake.definitions.mappings import SpecificPartitionsPartitionMapping as SpecificPartitionsPartitionMapping
from assetmake.definitions.mappings import StaticPartitionMapping as StaticPartitionMapping
from assetmake.definitions.mappings import TimeWindowPartitionMapping as TimeWindowPartitionMapping
from assetmake.definitions.metadata import MetadataValue as MetadataValue
from assetmake.definitions.partitions import PartitionKeyRange as PartitionKeyRange
from assetmake.definitions.partitions import PartitionsDefinition as PartitionsDefinition
from assetmake.definitions.partitions import StaticPartitionsDefinition as StaticPartitionsDefinition
from assetmake.definitions.partitions import TimeWindow as TimeWindow
from assetmake.definitions.results import DataVersion as DataVersion
from assetmake.definitions.results import MaterializeResult as MaterializeResult
from assetmake.definitions.results import Output as Output
from assetmake.definitions.retry import Backoff as Backoff
from assetmake.definitions.retry import Jitter as Jitter
from assetmake.definitions.retry import RetryPolicy as RetryPolicy
from assetmake.definitions.selecting.selection import AssetSelection as AssetSelection
from assetmake.definitions.source import FileSource as FileSource
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition as TimeWindowPartitionsDefinition
from assetmake.errors import AssetmakeError as AssetmakeError
from assetmake.errors import DefinitionError, InvariantError, InvocationError, SelectionError, UnknownPartitionError
from assetmake.testing import build_asset_context as build_asset_context
from assetmake.testing import materialize as materialize

DagsterError = AssetmakeError
DagsterInvalidDefinitionError = DefinitionError
DagsterInvalidInvocationError = InvocationError
DagsterInvalidSubsetError = SelectionError
DagsterInvariantViolationError = InvariantError
DagsterRunStatus = RunStatus
DagsterUnknownPartitionError = UnknownPartitionError

__version__: str
