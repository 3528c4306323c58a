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

_REFUSED = tuple(
    """
    ComponentTree op job graph_asset graph_multi_asset In Out GraphIn GraphOut DynamicOut DynamicOutput
    DependencyDefinition NodeInvocation HookContext success_hook failure_hook OpDefinition GraphDefinition
    Component ComponentLoadContext DefinitionsComponent DefsFolderComponent FunctionComponent Model
    PythonScriptComponent ResolutionContext Resolvable ResolvedAssetSpec Resolver SqlComponent
    StateBackedComponent TemplatedSqlComponent UvRunComponent build_component_defs build_defs_for_component
    component_instance template_var AutoMaterializeRule execute_job reconstructable build_reconstructable_job
    ReexecutionOptions evaluate_automation_conditions HookDefinition build_hook_context ExpectationResult
    config_mapping ConfigMapping InputMapping OutputMapping MultiDependencyDefinition AutomationContext AutomationResult
    """.split()  # noqa: SIM905 - one a line they would be half of this file
)
_MODULES = {
    "definitions.asset_key": ("AssetKey",),
    "definitions.assets.decorators": ("asset",),
    "definitions.assets.definition": ("AssetsDefinition",),
    "definitions.assets.slots": ("AssetIn", "AssetOut"),
    "definitions.assets.specs": (
        "AssetDep",
        "AssetSpec",
        "map_asset_specs",
        "apply_freshness_policy",
    ),
    "definitions.checking.freshness": ("build_last_update_freshness_checks", "build_time_partition_freshness_checks"),
    "definitions.checking.metadata_bounds": ("build_metadata_bounds_checks",),
    "definitions.checking.schema_changes": ("build_column_schema_change_checks",),
    "definitions.executing": (
        "Executor",
        "ExecutorDefinition",
        "LoggerDefinition",
        "executor",
        "in_process_executor",
        "logger",
        "multi_or_in_process_executor",
        "multiprocess_executor",
    ),
    "definitions.automation.asset_sensors": ("AssetSensorDefinition", "asset_sensor"),
    "definitions.automation.condition_sensors": ("AutomationConditionSensorDefinition",),
    "definitions.automation.conditions": ("AutomationCondition",),
    "definitions.automation.freshness": ("FreshnessPolicy", "LegacyFreshnessPolicy"),
    "definitions.automation.jobs": ("define_asset_job",),
    "definitions.automation.multi_asset_contexts": (
        "MultiAssetSensorEvaluationContext",
        "build_multi_asset_sensor_context",
    ),
    "definitions.automation.multi_asset_sensors": ("MultiAssetSensorDefinition", "multi_asset_sensor"),
    "definitions.automation.partitioned_config": (
        "PartitionedConfig",
        "daily_partitioned_config",
        "hourly_partitioned_config",
        "monthly_partitioned_config",
        "static_partitioned_config",
        "weekly_partitioned_config",
        "dynamic_partitioned_config",
        "partitioned_config",
    ),
    "definitions.automation.partitioned_schedules": ("build_schedule_from_partitioned_job",),
    "definitions.automation.policies": ("AutoMaterializePolicy",),
    "definitions.automation.requests": ("RunRequest", "SensorResult", "SkipReason"),
    "definitions.automation.run_status": (
        "RunFailureSensorContext",
        "RunStatusSensorContext",
        "build_run_status_sensor_context",
    ),
    "definitions.automation.run_status_sensors": (
        "RunStatusSensorDefinition",
        "run_failure_sensor",
        "run_status_sensor",
    ),
    "definitions.automation.schedule_contexts": ("ScheduleEvaluationContext", "build_schedule_context"),
    "definitions.automation.schedules": ("DefaultScheduleStatus", "ScheduleDefinition", "schedule"),
    "definitions.automation.sensor_contexts": ("SensorEvaluationContext", "build_sensor_context"),
    "definitions.automation.sensors": ("DefaultSensorStatus", "SensorDefinition", "sensor"),
    "definitions.backfill": ("BackfillPolicy",),
    "definitions.calendars": (
        "DailyPartitionsDefinition",
        "HourlyPartitionsDefinition",
        "MonthlyPartitionsDefinition",
        "WeeklyPartitionsDefinition",
    ),
    "definitions.checking.keys": ("AssetCheckKey", "AssetCheckSeverity"),
    "definitions.configuring.annotations": ("ResourceDependency", "ResourceParam"),
    "definitions.configuring.building": ("build_init_resource_context",),
    "definitions.configuring.config": ("Config", "PermissiveConfig"),
    "definitions.configuring.configured": ("configured",),
    "definitions.configuring.env_var": ("EnvVar",),
    "definitions.configuring.init_context": ("InitResourceContext",),
    "definitions.configuring.io_manager_resources": (
        "ConfigurableIOManager",
        "ConfigurableIOManagerFactory",
        "ConfigurableLegacyIOManagerAdapter",
    ),
    "definitions.configuring.kinds": ("IAttachDifferentObjectToOpContext",),
    "definitions.configuring.opening": ("build_resources",),
    "definitions.configuring.parameters": ("ConfigArgumentWarning",),
    "definitions.configuring.resource": ("ConfigurableResource", "ConfigurableResourceFactory"),
    "definitions.configuring.resource_definition": ("ResourceDefinition", "make_values_resource", "resource"),
    "definitions.configuring.run_config": ("RunConfig",),
    "definitions.configuring.schema_types": (
        "Any",
        "Array",
        "Bool",
        "BoolSource",
        "Enum",
        "EnumValue",
        "Field",
        "Float",
        "Int",
        "IntSource",
        "Map",
        "Noneable",
        "Permissive",
        "ScalarUnion",
        "Selector",
        "Shape",
        "String",
        "StringSource",
    ),
    "definitions.definitions": ("BindResourcesToJobs", "Definitions"),
    "definitions.dynamic_partitions": (
        "AddDynamicPartitionsRequest",
        "DeleteDynamicPartitionsRequest",
        "DynamicPartitionsDefinition",
        "Partition",
    ),
    "definitions.instance.instance": ("Instance", "instance_for_test"),
    "definitions.keeping.filesystem": ("fs_io_manager",),
    "definitions.keeping.filesystem_resource": ("FilesystemIOManager",),
    "definitions.keeping.input_context": ("InputContext", "build_input_context"),
    "definitions.keeping.io_manager": ("IOManager", "InputManager"),
    "definitions.keeping.io_manager_definition": ("IOManagerDefinition", "io_manager"),
    "definitions.keeping.memory": ("InMemoryIOManager", "mem_io_manager"),
    "definitions.keeping.output_context": ("OutputContext", "build_output_context"),
    "definitions.keeping.path_io_manager": ("UPathIOManager",),
    "definitions.key_ranges": ("PartitionKeyRange", "TimeWindow"),
    "definitions.mappings": (
        "AllPartitionMapping",
        "IdentityPartitionMapping",
        "LastPartitionMapping",
        "SpecificPartitionsPartitionMapping",
        "StaticPartitionMapping",
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
    "definitions.multi_keys": ("MultiPartitionKey",),
    "definitions.multi_mappings": (
        "DimensionPartitionMapping",
        "MultiPartitionMapping",
        "MultiToSingleDimensionPartitionMapping",
    ),
    "definitions.multi_partitions": ("MultiPartitionsDefinition",),
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
    "definitions.partition_loading": ("partition_loading_context",),
    "definitions.partition_mapping": ("PartitionMapping",),
    "definitions.partitions": ("PartitionsDefinition", "StaticPartitionsDefinition"),
    "definitions.results": (
        "DataVersion",
        "DataVersionsByPartition",
        "MaterializeResult",
        "Nothing",
        "ObserveResult",
        "Output",
    ),
    "definitions.retry": ("Backoff", "Jitter", "RetryPolicy"),
    "definitions.selecting.selection": ("AssetSelection",),
    "definitions.serialization": ("deserialize_value", "serialize_value"),
    "definitions.source": ("FileSource",),
    "definitions.time_windows": ("TimeWindowPartitionsDefinition",),
    "definitions.window_mapping": ("TimeWindowPartitionMapping",),
    "duckdb.handlers": ("DuckDBArrowTypeHandler", "DuckDBPandasTypeHandler", "DuckDBPolarsTypeHandler"),
    "duckdb.io_manager": (
        "DuckDBArrowIOManager",
        "DuckDBIOManager",
        "DuckDBPandasIOManager",
        "DuckDBPolarsIOManager",
        "build_duckdb_io_manager",
    ),
    "duckdb.resource": ("DuckDBResource",),
    "errors": ("AssetmakeError",),
    "definitions.assets.several": ("multi_asset",),
    "definitions.checking.specs": (
        "AssetCheckSpec",
        "AssetCheckResult",
    ),
    "definitions.checking.decorators": (
        "asset_check",
        "multi_asset_check",
        "AssetChecksDefinition",
    ),
    "definitions.external": (
        "SourceAsset",
        "multi_observable_source_asset",
        "observable_source_asset",
        "external_asset_from_spec",
        "external_assets_from_specs",
    ),
    "definitions.failures": (
        "Failure",
        "RetryRequested",
    ),
    "definitions.run_context": (
        "AssetExecutionContext",
        "AssetCheckExecutionContext",
    ),
    "running.jobs": ("materialize", "materialize_to_memory"),
    "running.repository": ("repository",),
    "running.resourced": ("with_resources",),
    "running.result": ("RunResult",),
    "definitions.invoking": ("build_asset_check_context", "build_asset_context", "build_op_context"),
    "definitions.refused": _REFUSED,
    "definitions.loading": (
        "load_assets_from_modules",
        "load_assets_from_current_module",
        "load_assets_from_package_module",
        "load_assets_from_package_name",
        "load_asset_checks_from_modules",
        "load_asset_checks_from_current_module",
        "load_asset_checks_from_package_module",
        "load_asset_checks_from_package_name",
    ),
    "definitions.relative_paths": ("file_relative_path",),
    "definitions.cautions": (
        "BetaWarning",
        "PreviewWarning",
        "SupersessionWarning",
    ),
    "definitions.keeping.input_manager_definition": (
        "InputManagerDefinition",
        "input_manager",
    ),
    "running.resolved": ("AssetValueLoader",),
    "definitions.gathering": (
        "load_definitions_from_current_module",
        "load_definitions_from_module",
        "load_definitions_from_modules",
        "load_definitions_from_package_module",
        "load_definitions_from_package_name",
    ),
    "definitions.assets.declared_types": (
        "TypeCheck",
        "TypeCheckContext",
    ),
    "running.piping.injecting": (
        "PipesContextInjector",
        "PipesEnvContextInjector",
        "PipesFileContextInjector",
        "PipesTempFileContextInjector",
    ),
    "running.piping.messages": (
        "PipesFileMessageReader",
        "PipesMessageHandler",
        "PipesMessageReader",
        "PipesTempFileMessageReader",
    ),
    "running.piping.session": (
        "PipesClient",
        "PipesClientCompletedInvocation",
        "PipesSession",
        "PipesSubprocessClient",
        "open_pipes_session",
    ),
    "definitions.automation.freshness_sensors": ("build_sensor_for_freshness_checks",),
    "running.defs_folder": ("load_from_defs_folder",),
    "definitions.metadata.code_references": (
        "CodeReferencesMetadataValue",
        "LocalFileCodeReference",
        "UrlCodeReference",
    ),
    "definitions.referring": (
        "AnchorBasedFilePathMapping",
        "FilePathMapping",
        "link_code_references_to_git",
        "with_source_code_references",
    ),
    "definitions.automation.selectors": ("CodeLocationSelector", "JobSelector", "RepositorySelector"),
    "running.validating": ("validate_run_config",),
}
_ALIASES = {
    "OpExecutionContext": "definitions.run_context.AssetExecutionContext",
    "DagsterType": "definitions.assets.declared_types.DeclaredType",
    "usable_as_dagster_type": "definitions.assets.declared_types.declares_type",
    "make_python_type_usable_as_dagster_type": "definitions.assets.declared_types.declare_python_type",
    "check_dagster_type": "definitions.assets.declared_types.check_type",
    "PythonObjectDagsterType": "definitions.assets.declared_types.PythonObjectType",
    "DagsterEventLogInvalidForRun": "errors.InvariantError",
    "DagsterUnmetExecutorRequirementsError": "errors.InvariantError",
    "DagsterExecutionStepNotFoundError": "errors.SelectionError",
    "DagsterRunNotFoundError": "errors.InvariantError",
    "DagsterConfigMappingFunctionError": "errors.UserCodeError",
    "DagsterTypeCheckError": "errors.UserCodeError",
    "DagsterExecutionStepExecutionError": "errors.UserCodeError",
    "DagsterUserCodeExecutionError": "errors.UserCodeError",
    "create_repository_using_definitions_args": "running.repository.create_repository",
    "get_dagster_logger": "definitions.own_logger.get_logger",
    "JobDefinition": "running.jobs.ResolvedJob",
    "RepositoryDefinition": "running.resolved.ResolvedDefinitions",
    "ExecuteInProcessResult": "running.result.RunResult",
    "DagsterExecutionLoadInputError": "errors.LoadInputError",
    "DagsterTypeCheckDidNotPass": "errors.ValueTypeError",
    "DagsterStepOutputNotFoundError": "errors.MissingOutputError",
    "CircularDependencyError": "errors.CyclicDependencyError",
    "DagsterAssetMetadataValue": "definitions.metadata.values.AssetMetadataValue",
    "DagsterError": "errors.AssetmakeError",
    "DagsterEvent": "definitions.occurrences.step_event.StepEvent",
    "DagsterEventType": "definitions.occurrences.event_types.EventType",
    "DagsterInstance": "definitions.instance.instance.Instance",
    "DagsterInvalidConfigDefinitionError": "errors.DefinitionError",
    "DagsterInvalidConfigError": "errors.RunConfigError",
    "DagsterInvalidDefinitionError": "errors.DefinitionError",
    "DagsterInvalidInvocationError": "errors.InvocationError",
    "DagsterInvalidMetadata": "errors.InvalidMetadataError",
    "DagsterInvalidSubsetError": "errors.SelectionError",
    "DagsterInvariantViolationError": "errors.InvariantError",
    "DagsterJobMetadataValue": "definitions.metadata.values.JobMetadataValue",
    "DagsterResourceFunctionError": "errors.ResourceFunctionError",
    "DagsterRun": "definitions.occurrences.runs.Run",
    "DagsterRunMetadataValue": "definitions.metadata.values.RunMetadataValue",
    "DagsterRunStatus": "definitions.occurrences.run_status.RunStatus",
    "DagsterUnknownPartitionError": "errors.UnknownPartitionError",
    "DagsterUnknownResourceError": "errors.UnknownResourceError",
    "definitions": "definitions",
    "graph": "graph",
}
_HOMES = {name: f"{module}.{name}" for module, names in _MODULES.items() for name in names} | _ALIASES
__all__ = [*sorted(_HOMES), "__version__"]  # noqa: PLE0604 - names come from the table


def __getattr__(name: str) -> Loaded:
    if name not in _HOMES:
        raise AttributeError(f"module 'assetmake' has no attribute {name!r}")
    module, _, own_name = _HOMES[name].rpartition(".")
    if not module:  # a package that is a decorator besides
        return importlib.import_module(f"assetmake.{own_name}")
    value = getattr(importlib.import_module(f"assetmake.{module}"), own_name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
