"""The public names, as a type checker sees them; at run time each is loaded on first use."""

from assetmake import components as components
from assetmake.definitions.asset_key import AssetKey as AssetKey
from assetmake.definitions.assets.declared_types import (
    DeclaredType,
    PythonObjectType,
    check_type,
    declare_python_type,
    declares_type,
)
from assetmake.definitions.assets.declared_types import TypeCheck as TypeCheck
from assetmake.definitions.assets.declared_types import TypeCheckContext as TypeCheckContext
from assetmake.definitions.assets.decorators import asset as asset
from assetmake.definitions.assets.definition import AssetsDefinition as AssetsDefinition
from assetmake.definitions.assets.several import multi_asset as multi_asset
from assetmake.definitions.assets.slots import AssetIn as AssetIn
from assetmake.definitions.assets.slots import AssetOut as AssetOut
from assetmake.definitions.assets.specs import AssetDep as AssetDep
from assetmake.definitions.assets.specs import AssetSpec as AssetSpec
from assetmake.definitions.assets.specs import apply_freshness_policy as apply_freshness_policy
from assetmake.definitions.assets.specs import map_asset_specs as map_asset_specs
from assetmake.definitions.automation.asset_sensors import AssetSensorDefinition as AssetSensorDefinition
from assetmake.definitions.automation.asset_sensors import asset_sensor as asset_sensor
from assetmake.definitions.automation.condition_sensors import (
    AutomationConditionSensorDefinition as AutomationConditionSensorDefinition,
)
from assetmake.definitions.automation.conditions import AutomationCondition as AutomationCondition
from assetmake.definitions.automation.freshness import FreshnessPolicy as FreshnessPolicy
from assetmake.definitions.automation.freshness import LegacyFreshnessPolicy as LegacyFreshnessPolicy
from assetmake.definitions.automation.freshness_sensors import (
    build_sensor_for_freshness_checks as build_sensor_for_freshness_checks,
)
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
from assetmake.definitions.automation.partitioned_config import PartitionedConfig as PartitionedConfig
from assetmake.definitions.automation.partitioned_config import daily_partitioned_config as daily_partitioned_config
from assetmake.definitions.automation.partitioned_config import dynamic_partitioned_config as dynamic_partitioned_config
from assetmake.definitions.automation.partitioned_config import hourly_partitioned_config as hourly_partitioned_config
from assetmake.definitions.automation.partitioned_config import monthly_partitioned_config as monthly_partitioned_config
from assetmake.definitions.automation.partitioned_config import partitioned_config as partitioned_config
from assetmake.definitions.automation.partitioned_config import static_partitioned_config as static_partitioned_config
from assetmake.definitions.automation.partitioned_config import weekly_partitioned_config as weekly_partitioned_config
from assetmake.definitions.automation.partitioned_schedules import (
    build_schedule_from_partitioned_job as build_schedule_from_partitioned_job,
)
from assetmake.definitions.automation.policies import AutoMaterializePolicy as AutoMaterializePolicy
from assetmake.definitions.automation.requests import RunRequest as RunRequest
from assetmake.definitions.automation.requests import SensorResult as SensorResult
from assetmake.definitions.automation.requests import SkipReason as SkipReason
from assetmake.definitions.automation.run_status import RunFailureSensorContext as RunFailureSensorContext
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
from assetmake.definitions.automation.selectors import CodeLocationSelector as CodeLocationSelector
from assetmake.definitions.automation.selectors import JobSelector as JobSelector
from assetmake.definitions.automation.selectors import RepositorySelector as RepositorySelector
from assetmake.definitions.automation.sensor_contexts import SensorEvaluationContext as SensorEvaluationContext
from assetmake.definitions.automation.sensor_contexts import build_sensor_context as build_sensor_context
from assetmake.definitions.automation.sensors import DefaultSensorStatus as DefaultSensorStatus
from assetmake.definitions.automation.sensors import SensorDefinition as SensorDefinition
from assetmake.definitions.automation.sensors import sensor as sensor
from assetmake.definitions.backfill import BackfillPolicy as BackfillPolicy
from assetmake.definitions.backing_off import backoff as backoff
from assetmake.definitions.calendars import DailyPartitionsDefinition as DailyPartitionsDefinition
from assetmake.definitions.calendars import HourlyPartitionsDefinition as HourlyPartitionsDefinition
from assetmake.definitions.calendars import MonthlyPartitionsDefinition as MonthlyPartitionsDefinition
from assetmake.definitions.calendars import WeeklyPartitionsDefinition as WeeklyPartitionsDefinition
from assetmake.definitions.cautions import BetaWarning as BetaWarning
from assetmake.definitions.cautions import PreviewWarning as PreviewWarning
from assetmake.definitions.cautions import SupersessionWarning as SupersessionWarning
from assetmake.definitions.checking.decorators import AssetChecksDefinition as AssetChecksDefinition
from assetmake.definitions.checking.decorators import asset_check as asset_check
from assetmake.definitions.checking.decorators import multi_asset_check as multi_asset_check
from assetmake.definitions.checking.freshness import (
    build_last_update_freshness_checks as build_last_update_freshness_checks,
)
from assetmake.definitions.checking.freshness import (
    build_time_partition_freshness_checks as build_time_partition_freshness_checks,
)
from assetmake.definitions.checking.keys import AssetCheckKey as AssetCheckKey
from assetmake.definitions.checking.keys import AssetCheckSeverity as AssetCheckSeverity
from assetmake.definitions.checking.metadata_bounds import build_metadata_bounds_checks as build_metadata_bounds_checks
from assetmake.definitions.checking.schema_changes import (
    build_column_schema_change_checks as build_column_schema_change_checks,
)
from assetmake.definitions.checking.specs import AssetCheckResult as AssetCheckResult
from assetmake.definitions.checking.specs import AssetCheckSpec as AssetCheckSpec
from assetmake.definitions.configuring.annotations import ResourceDependency as ResourceDependency
from assetmake.definitions.configuring.annotations import ResourceParam as ResourceParam
from assetmake.definitions.configuring.building import build_init_resource_context as build_init_resource_context
from assetmake.definitions.configuring.config import Config as Config
from assetmake.definitions.configuring.config import PermissiveConfig as PermissiveConfig
from assetmake.definitions.configuring.configured import configured as configured
from assetmake.definitions.configuring.env_var import EnvVar as EnvVar
from assetmake.definitions.configuring.init_context import InitResourceContext as InitResourceContext
from assetmake.definitions.configuring.io_manager_resources import ConfigurableIOManager as ConfigurableIOManager
from assetmake.definitions.configuring.io_manager_resources import (
    ConfigurableIOManagerFactory as ConfigurableIOManagerFactory,
)
from assetmake.definitions.configuring.io_manager_resources import (
    ConfigurableLegacyIOManagerAdapter as ConfigurableLegacyIOManagerAdapter,
)
from assetmake.definitions.configuring.kinds import (
    IAttachDifferentObjectToOpContext as IAttachDifferentObjectToOpContext,
)
from assetmake.definitions.configuring.opening import build_resources as build_resources
from assetmake.definitions.configuring.parameters import ConfigArgumentWarning as ConfigArgumentWarning
from assetmake.definitions.configuring.resource import ConfigurableResource as ConfigurableResource
from assetmake.definitions.configuring.resource import ConfigurableResourceFactory as ConfigurableResourceFactory
from assetmake.definitions.configuring.resource_definition import ResourceDefinition as ResourceDefinition
from assetmake.definitions.configuring.resource_definition import make_values_resource as make_values_resource
from assetmake.definitions.configuring.resource_definition import resource as resource
from assetmake.definitions.configuring.run_config import RunConfig as RunConfig
from assetmake.definitions.configuring.schema_types import Any as Any
from assetmake.definitions.configuring.schema_types import Array as Array
from assetmake.definitions.configuring.schema_types import Bool as Bool
from assetmake.definitions.configuring.schema_types import BoolSource as BoolSource
from assetmake.definitions.configuring.schema_types import Enum as Enum
from assetmake.definitions.configuring.schema_types import EnumValue as EnumValue
from assetmake.definitions.configuring.schema_types import Field as Field
from assetmake.definitions.configuring.schema_types import Float as Float
from assetmake.definitions.configuring.schema_types import Int as Int
from assetmake.definitions.configuring.schema_types import IntSource as IntSource
from assetmake.definitions.configuring.schema_types import Map as Map
from assetmake.definitions.configuring.schema_types import Noneable as Noneable
from assetmake.definitions.configuring.schema_types import Permissive as Permissive
from assetmake.definitions.configuring.schema_types import ScalarUnion as ScalarUnion
from assetmake.definitions.configuring.schema_types import Selector as Selector
from assetmake.definitions.configuring.schema_types import Shape as Shape
from assetmake.definitions.configuring.schema_types import String as String
from assetmake.definitions.configuring.schema_types import StringSource as StringSource
from assetmake.definitions.definitions import BindResourcesToJobs as BindResourcesToJobs
from assetmake.definitions.definitions import Definitions as Definitions
from assetmake.definitions.definitions import definitions as definitions
from assetmake.definitions.dynamic_partitions import AddDynamicPartitionsRequest as AddDynamicPartitionsRequest
from assetmake.definitions.dynamic_partitions import DeleteDynamicPartitionsRequest as DeleteDynamicPartitionsRequest
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition as DynamicPartitionsDefinition
from assetmake.definitions.dynamic_partitions import Partition as Partition
from assetmake.definitions.executing import Executor as Executor
from assetmake.definitions.executing import ExecutorDefinition as ExecutorDefinition
from assetmake.definitions.executing import LoggerDefinition as LoggerDefinition
from assetmake.definitions.executing import executor as executor
from assetmake.definitions.executing import in_process_executor as in_process_executor
from assetmake.definitions.executing import logger as logger
from assetmake.definitions.executing import multi_or_in_process_executor as multi_or_in_process_executor
from assetmake.definitions.executing import multiprocess_executor as multiprocess_executor
from assetmake.definitions.external import SourceAsset as SourceAsset
from assetmake.definitions.external import external_asset_from_spec as external_asset_from_spec
from assetmake.definitions.external import external_assets_from_specs as external_assets_from_specs
from assetmake.definitions.external import multi_observable_source_asset as multi_observable_source_asset
from assetmake.definitions.external import observable_source_asset as observable_source_asset
from assetmake.definitions.failures import Failure as Failure
from assetmake.definitions.failures import RetryRequested as RetryRequested
from assetmake.definitions.gathering import load_definitions_from_current_module as load_definitions_from_current_module
from assetmake.definitions.gathering import load_definitions_from_module as load_definitions_from_module
from assetmake.definitions.gathering import load_definitions_from_modules as load_definitions_from_modules
from assetmake.definitions.gathering import load_definitions_from_package_module as load_definitions_from_package_module
from assetmake.definitions.gathering import load_definitions_from_package_name as load_definitions_from_package_name
from assetmake.definitions.instance.instance import Instance as Instance
from assetmake.definitions.instance.instance import instance_for_test as instance_for_test
from assetmake.definitions.invoking import build_asset_check_context as build_asset_check_context
from assetmake.definitions.invoking import build_asset_context as build_asset_context
from assetmake.definitions.invoking import build_op_context as build_op_context
from assetmake.definitions.keeping.filesystem import fs_io_manager as fs_io_manager
from assetmake.definitions.keeping.filesystem_resource import FilesystemIOManager as FilesystemIOManager
from assetmake.definitions.keeping.input_context import InputContext as InputContext
from assetmake.definitions.keeping.input_context import build_input_context as build_input_context
from assetmake.definitions.keeping.input_manager_definition import InputManagerDefinition as InputManagerDefinition
from assetmake.definitions.keeping.input_manager_definition import input_manager as input_manager
from assetmake.definitions.keeping.io_manager import InputManager as InputManager
from assetmake.definitions.keeping.io_manager import IOManager as IOManager
from assetmake.definitions.keeping.io_manager_definition import IOManagerDefinition as IOManagerDefinition
from assetmake.definitions.keeping.io_manager_definition import io_manager as io_manager
from assetmake.definitions.keeping.memory import InMemoryIOManager as InMemoryIOManager
from assetmake.definitions.keeping.memory import mem_io_manager as mem_io_manager
from assetmake.definitions.keeping.output_context import OutputContext as OutputContext
from assetmake.definitions.keeping.output_context import build_output_context as build_output_context
from assetmake.definitions.keeping.path_io_manager import UPathIOManager as UPathIOManager
from assetmake.definitions.key_ranges import PartitionKeyRange as PartitionKeyRange
from assetmake.definitions.key_ranges import TimeWindow as TimeWindow
from assetmake.definitions.loading import load_asset_checks_from_current_module as load_asset_checks_from_current_module
from assetmake.definitions.loading import load_asset_checks_from_modules as load_asset_checks_from_modules
from assetmake.definitions.loading import load_asset_checks_from_package_module as load_asset_checks_from_package_module
from assetmake.definitions.loading import load_asset_checks_from_package_name as load_asset_checks_from_package_name
from assetmake.definitions.loading import load_assets_from_current_module as load_assets_from_current_module
from assetmake.definitions.loading import load_assets_from_modules as load_assets_from_modules
from assetmake.definitions.loading import load_assets_from_package_module as load_assets_from_package_module
from assetmake.definitions.loading import load_assets_from_package_name as load_assets_from_package_name
from assetmake.definitions.mappings import AllPartitionMapping as AllPartitionMapping
from assetmake.definitions.mappings import IdentityPartitionMapping as IdentityPartitionMapping
from assetmake.definitions.mappings import LastPartitionMapping as LastPartitionMapping
from assetmake.definitions.mappings import SpecificPartitionsPartitionMapping as SpecificPartitionsPartitionMapping
from assetmake.definitions.mappings import StaticPartitionMapping as StaticPartitionMapping
from assetmake.definitions.metadata.code_references import CodeReferencesMetadataValue as CodeReferencesMetadataValue
from assetmake.definitions.metadata.code_references import LocalFileCodeReference as LocalFileCodeReference
from assetmake.definitions.metadata.code_references import UrlCodeReference as UrlCodeReference
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
from assetmake.definitions.multi_keys import MultiPartitionKey as MultiPartitionKey
from assetmake.definitions.multi_mappings import DimensionPartitionMapping as DimensionPartitionMapping
from assetmake.definitions.multi_mappings import MultiPartitionMapping as MultiPartitionMapping
from assetmake.definitions.multi_mappings import (
    MultiToSingleDimensionPartitionMapping as MultiToSingleDimensionPartitionMapping,
)
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition as MultiPartitionsDefinition
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
from assetmake.definitions.own_logger import get_logger
from assetmake.definitions.partition_loading import partition_loading_context as partition_loading_context
from assetmake.definitions.partition_mapping import PartitionMapping as PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition as PartitionsDefinition
from assetmake.definitions.partitions import StaticPartitionsDefinition as StaticPartitionsDefinition
from assetmake.definitions.referring import AnchorBasedFilePathMapping as AnchorBasedFilePathMapping
from assetmake.definitions.referring import FilePathMapping as FilePathMapping
from assetmake.definitions.referring import link_code_references_to_git as link_code_references_to_git
from assetmake.definitions.referring import with_source_code_references as with_source_code_references
from assetmake.definitions.refused import AutoMaterializeRule as AutoMaterializeRule
from assetmake.definitions.refused import AutomationContext as AutomationContext
from assetmake.definitions.refused import AutomationResult as AutomationResult
from assetmake.definitions.refused import Component as Component
from assetmake.definitions.refused import ComponentLoadContext as ComponentLoadContext
from assetmake.definitions.refused import ComponentTree as ComponentTree
from assetmake.definitions.refused import ConfigMapping as ConfigMapping
from assetmake.definitions.refused import DefinitionsComponent as DefinitionsComponent
from assetmake.definitions.refused import DefsFolderComponent as DefsFolderComponent
from assetmake.definitions.refused import DependencyDefinition as DependencyDefinition
from assetmake.definitions.refused import DynamicOut as DynamicOut
from assetmake.definitions.refused import DynamicOutput as DynamicOutput
from assetmake.definitions.refused import ExpectationResult as ExpectationResult
from assetmake.definitions.refused import FunctionComponent as FunctionComponent
from assetmake.definitions.refused import GraphDefinition as GraphDefinition
from assetmake.definitions.refused import GraphIn as GraphIn
from assetmake.definitions.refused import GraphOut as GraphOut
from assetmake.definitions.refused import HookContext as HookContext
from assetmake.definitions.refused import HookDefinition as HookDefinition
from assetmake.definitions.refused import In as In
from assetmake.definitions.refused import InputMapping as InputMapping
from assetmake.definitions.refused import Model as Model
from assetmake.definitions.refused import MultiDependencyDefinition as MultiDependencyDefinition
from assetmake.definitions.refused import NodeInvocation as NodeInvocation
from assetmake.definitions.refused import OpDefinition as OpDefinition
from assetmake.definitions.refused import Out as Out
from assetmake.definitions.refused import OutputMapping as OutputMapping
from assetmake.definitions.refused import PythonScriptComponent as PythonScriptComponent
from assetmake.definitions.refused import ReexecutionOptions as ReexecutionOptions
from assetmake.definitions.refused import ResolutionContext as ResolutionContext
from assetmake.definitions.refused import Resolvable as Resolvable
from assetmake.definitions.refused import ResolvedAssetSpec as ResolvedAssetSpec
from assetmake.definitions.refused import Resolver as Resolver
from assetmake.definitions.refused import SqlComponent as SqlComponent
from assetmake.definitions.refused import StateBackedComponent as StateBackedComponent
from assetmake.definitions.refused import TemplatedSqlComponent as TemplatedSqlComponent
from assetmake.definitions.refused import UvRunComponent as UvRunComponent
from assetmake.definitions.refused import build_component_defs as build_component_defs
from assetmake.definitions.refused import build_defs_for_component as build_defs_for_component
from assetmake.definitions.refused import build_hook_context as build_hook_context
from assetmake.definitions.refused import build_reconstructable_job as build_reconstructable_job
from assetmake.definitions.refused import component_instance as component_instance
from assetmake.definitions.refused import config_mapping as config_mapping
from assetmake.definitions.refused import evaluate_automation_conditions as evaluate_automation_conditions
from assetmake.definitions.refused import execute_job as execute_job
from assetmake.definitions.refused import failure_hook as failure_hook
from assetmake.definitions.refused import graph as graph
from assetmake.definitions.refused import graph_asset as graph_asset
from assetmake.definitions.refused import graph_multi_asset as graph_multi_asset
from assetmake.definitions.refused import job as job
from assetmake.definitions.refused import op as op
from assetmake.definitions.refused import reconstructable as reconstructable
from assetmake.definitions.refused import success_hook as success_hook
from assetmake.definitions.refused import template_var as template_var
from assetmake.definitions.relative_paths import file_relative_path as file_relative_path
from assetmake.definitions.results import DataVersion as DataVersion
from assetmake.definitions.results import DataVersionsByPartition as DataVersionsByPartition
from assetmake.definitions.results import MaterializeResult as MaterializeResult
from assetmake.definitions.results import Nothing as Nothing
from assetmake.definitions.results import ObserveResult as ObserveResult
from assetmake.definitions.results import Output as Output
from assetmake.definitions.retry import Backoff as Backoff
from assetmake.definitions.retry import Jitter as Jitter
from assetmake.definitions.retry import RetryPolicy as RetryPolicy
from assetmake.definitions.run_context import AssetCheckExecutionContext as AssetCheckExecutionContext
from assetmake.definitions.run_context import AssetExecutionContext as AssetExecutionContext
from assetmake.definitions.selecting.selection import AssetSelection as AssetSelection
from assetmake.definitions.serialization import deserialize_value as deserialize_value
from assetmake.definitions.serialization import serialize_value as serialize_value
from assetmake.definitions.source import FileSource as FileSource
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition as TimeWindowPartitionsDefinition
from assetmake.definitions.window_mapping import TimeWindowPartitionMapping as TimeWindowPartitionMapping
from assetmake.duckdb.handlers import DuckDBArrowTypeHandler as DuckDBArrowTypeHandler
from assetmake.duckdb.handlers import DuckDBPandasTypeHandler as DuckDBPandasTypeHandler
from assetmake.duckdb.handlers import DuckDBPolarsTypeHandler as DuckDBPolarsTypeHandler
from assetmake.duckdb.io_manager import DuckDBArrowIOManager as DuckDBArrowIOManager
from assetmake.duckdb.io_manager import DuckDBIOManager as DuckDBIOManager
from assetmake.duckdb.io_manager import DuckDBPandasIOManager as DuckDBPandasIOManager
from assetmake.duckdb.io_manager import DuckDBPolarsIOManager as DuckDBPolarsIOManager
from assetmake.duckdb.io_manager import build_duckdb_io_manager as build_duckdb_io_manager
from assetmake.duckdb.resource import DuckDBResource as DuckDBResource
from assetmake.errors import AssetmakeError as AssetmakeError
from assetmake.errors import (
    CyclicDependencyError,
    DefinitionError,
    InvalidMetadataError,
    InvariantError,
    InvocationError,
    LoadInputError,
    MissingOutputError,
    ResourceFunctionError,
    RunConfigError,
    SelectionError,
    UnknownPartitionError,
    UnknownResourceError,
    UserCodeError,
    ValueTypeError,
)
from assetmake.running.defs_folder import load_defs as load_defs
from assetmake.running.defs_folder import load_from_defs_folder as load_from_defs_folder
from assetmake.running.jobs import ResolvedJob
from assetmake.running.jobs import materialize as materialize
from assetmake.running.jobs import materialize_to_memory as materialize_to_memory
from assetmake.running.piping.injecting import PipesContextInjector as PipesContextInjector
from assetmake.running.piping.injecting import PipesEnvContextInjector as PipesEnvContextInjector
from assetmake.running.piping.injecting import PipesFileContextInjector as PipesFileContextInjector
from assetmake.running.piping.injecting import PipesTempFileContextInjector as PipesTempFileContextInjector
from assetmake.running.piping.messages import PipesFileMessageReader as PipesFileMessageReader
from assetmake.running.piping.messages import PipesMessageHandler as PipesMessageHandler
from assetmake.running.piping.messages import PipesMessageReader as PipesMessageReader
from assetmake.running.piping.messages import PipesTempFileMessageReader as PipesTempFileMessageReader
from assetmake.running.piping.session import PipesClient as PipesClient
from assetmake.running.piping.session import PipesClientCompletedInvocation as PipesClientCompletedInvocation
from assetmake.running.piping.session import PipesSession as PipesSession
from assetmake.running.piping.session import PipesSubprocessClient as PipesSubprocessClient
from assetmake.running.piping.session import open_pipes_session as open_pipes_session
from assetmake.running.repository import create_repository
from assetmake.running.repository import repository as repository
from assetmake.running.resolved import AssetValueLoader as AssetValueLoader
from assetmake.running.resolved import ResolvedDefinitions
from assetmake.running.resourced import with_resources as with_resources
from assetmake.running.result import RunResult as RunResult
from assetmake.running.validating import validate_run_config as validate_run_config

CircularDependencyError = CyclicDependencyError
DagsterAssetMetadataValue = AssetMetadataValue
DagsterConfigMappingFunctionError = UserCodeError
DagsterError = AssetmakeError
DagsterEvent = StepEvent
DagsterEventLogInvalidForRun = InvariantError
DagsterEventType = EventType
DagsterExecutionLoadInputError = LoadInputError
DagsterExecutionStepExecutionError = UserCodeError
DagsterExecutionStepNotFoundError = SelectionError
DagsterInstance = Instance
DagsterInvalidConfigDefinitionError = DefinitionError
DagsterInvalidConfigError = RunConfigError
DagsterInvalidDefinitionError = DefinitionError
DagsterInvalidInvocationError = InvocationError
DagsterInvalidMetadata = InvalidMetadataError
DagsterInvalidSubsetError = SelectionError
DagsterInvariantViolationError = InvariantError
DagsterJobMetadataValue = JobMetadataValue
DagsterResourceFunctionError = ResourceFunctionError
DagsterRun = Run
DagsterRunMetadataValue = RunMetadataValue
DagsterRunNotFoundError = InvariantError
DagsterRunStatus = RunStatus
DagsterStepOutputNotFoundError = MissingOutputError
DagsterType = DeclaredType
DagsterTypeCheckDidNotPass = ValueTypeError
DagsterTypeCheckError = UserCodeError
DagsterUnknownPartitionError = UnknownPartitionError
DagsterUnknownResourceError = UnknownResourceError
DagsterUnmetExecutorRequirementsError = InvariantError
DagsterUserCodeExecutionError = UserCodeError
ExecuteInProcessResult = RunResult
JobDefinition = ResolvedJob
OpExecutionContext = AssetExecutionContext
PythonObjectDagsterType = PythonObjectType
RepositoryDefinition = ResolvedDefinitions
check_dagster_type = check_type
create_repository_using_definitions_args = create_repository
get_dagster_logger = get_logger
make_python_type_usable_as_dagster_type = declare_python_type
usable_as_dagster_type = declares_type

__version__: str
