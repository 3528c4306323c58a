"""Each public name is there, takes the arguments and has the members that code written for this interface uses.

A line of the table is `name(arguments) members`; continued lines are indented.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

import assetmake
from assetmake.definitions.assets.options import AssetOptions, MultiAssetOptions

TABLE = """
AllPartitionMapping()
AssetCheckExecutionContext() check_specs has_partition_key has_partition_key_range instance log multi_partition_key
    op_def partition_key partition_key_range partition_keys partition_time_window resources selected_asset_check_keys
AssetCheckKey(asset_key name)
AssetCheckResult(passed asset_key check_name metadata severity description)
AssetCheckSeverity() ERROR WARN
AssetCheckSpec(name asset description additional_deps blocking metadata automation_condition partitions_def)
AssetChecksDefinition() asset_deps can_subset check_specs dependency_keys descriptions_by_key from_graph from_op
    get_asset_spec get_partition_mapping group_names_by_key key keys node_def op partitions_def required_resource_keys
    resource_defs to_source_asset to_source_assets with_hooks
AssetDep(asset partition_mapping metadata)
AssetExecutionContext() add_asset_metadata add_output_metadata asset_key has_partition_key log partition_key
    partition_key_range partition_keys partition_time_window
AssetIn(key metadata key_prefix input_manager_key partition_mapping dagster_type)
AssetKey(path) path
AssetMaterialization(asset_key description metadata partition tags) file
AssetObservation(asset_key description metadata partition tags)
AssetOut(key_prefix key dagster_type description is_required io_manager_key metadata group_name code_version
    automation_condition backfill_policy owners tags kinds freshness_policy is_virtual) from_spec
AssetSelection() all all_asset_checks assets checks checks_for_assets downstream groups key_prefixes keys
    materializable required_multi_asset_neighbors roots sinks sources tag upstream upstream_source_assets
    without_checks
AssetSpec(key deps description metadata skippable group_name code_version automation_condition owners tags kinds
    partitions_def freshness_policy is_virtual) merge_attributes replace_attributes with_io_manager_key
AssetsDefinition() asset_deps can_subset check_specs dependency_keys descriptions_by_key from_graph from_op
    get_asset_spec get_partition_mapping group_names_by_key key keys node_def op partitions_def required_resource_keys
    resource_defs to_source_asset to_source_assets with_hooks
AutomationCondition() all_checks_match all_deps_blocking_checks_passed all_deps_match all_deps_updated_since_cron
    any_checks_match any_deps_in_progress any_deps_match any_deps_missing any_deps_updated any_downstream_conditions
    asset_matches backfill_in_progress check_failed check_passed code_version_changed cron_tick_passed
    data_version_changed eager execution_failed freshness_failed freshness_passed freshness_warned
    in_latest_time_window in_progress initial_evaluation missing newly_missing newly_requested newly_updated on_cron
    on_missing replace run_in_progress will_be_requested
BackfillPolicy(max_partitions_per_run) multi_run single_run
Backoff() EXPONENTIAL LINEAR
Config()
ConfigurableIOManager() handle_output load_input
ConfigurableResource()
DagsterInstance() add_dynamic_partitions delete_dynamic_partition delete_run ephemeral fetch_materializations
    fetch_observations fetch_run_status_changes get get_asset_keys get_asset_records get_dynamic_partitions
    get_latest_materialization_code_versions get_latest_materialization_event get_run_by_id get_run_record_by_id
    get_run_records get_status_by_partition has_asset_key has_dynamic_partition local_temp report_runless_asset_event
    wipe_assets
DailyPartitionsDefinition(start_date end_date minute_offset hour_offset timezone fmt end_offset exclusions) day_offset
    end get_cron_schedule hour_offset minute_offset schedule_type start
DataVersion(value)
DefaultScheduleStatus()
DefaultSensorStatus()
Definitions(assets schedules sensors jobs resources executor loggers asset_checks metadata component_tree)
    get_asset_value_loader get_job_def get_schedule_def get_sensor_def load_asset_value map_asset_specs
    map_resolved_asset_specs merge resolve_all_asset_keys resolve_all_asset_specs validate_loadable
DynamicPartitionsDefinition(partition_fn name) get_partition_keys
EnvVar()
EventLogEntry(error_info level user_message run_id timestamp step_key job_name dagster_event) dagster_event_type
    get_dagster_event is_dagster_event message
Failure(description metadata allow_retries)
Field(config default_value is_required description is_secret) default_provided default_value
FilesystemIOManager(base_dir)
HourlyPartitionsDefinition(start_date end_date minute_offset timezone fmt end_offset exclusions) day_offset end
    get_cron_schedule hour_offset minute_offset schedule_type start
IOManager() handle_output load_input
IdentityPartitionMapping()
InMemoryIOManager()
InputContext(upstream_output) asset_key asset_partition_key asset_partition_key_range asset_partition_keys
    asset_partitions_def asset_partitions_time_window dagster_type get_asset_identifier get_identifier has_asset_key
    has_asset_partitions has_input_name has_partition_key metadata name partition_key resources
Jitter() FULL PLUS_MINUS
LastPartitionMapping()
MaterializeResult(asset_key metadata check_results data_version tags value)
MetadataValue() asset bool column_lineage dagster_run float int job json md notebook null path pool python_artifact
    table table_schema text timestamp url value
MonthlyPartitionsDefinition(start_date end_date minute_offset hour_offset day_offset timezone fmt end_offset
    exclusions) day_offset end get_cron_schedule hour_offset minute_offset schedule_type start
MultiPartitionKey(keys_by_dimension)
MultiPartitionMapping(downstream_mappings_by_upstream_dimension)
MultiPartitionsDefinition(partitions_defs) get_partition_keys
MultiToSingleDimensionPartitionMapping(partition_dimension_name)
Nothing()
ObserveResult(asset_key metadata check_results data_version tags)
OpExecutionContext() add_output_metadata asset_key asset_key_for_input asset_key_for_output
    asset_partition_key_for_input asset_partition_key_for_output asset_partition_key_range
    asset_partition_key_range_for_input asset_partition_key_range_for_output asset_partition_keys_for_input
    asset_partition_keys_for_output asset_partitions_def_for_input asset_partitions_def_for_output
    asset_partitions_time_window_for_input asset_partitions_time_window_for_output assets_def get_tag has_assets_def
    has_partition_key has_partition_key_range has_partitions has_tag instance job_name log log_event
    multi_partition_key op_config op_def output_for_asset_key partition_key partition_key_range partition_keys
    partition_time_window resources retry_number run run_config run_id selected_asset_check_keys selected_asset_keys
    selected_output_names
Output(value output_name metadata data_version tags) data_version output_name
OutputContext(mapping_key version output_metadata asset_spec) add_output_metadata asset_key asset_partition_key
    asset_partition_key_range asset_partition_keys asset_partitions_def asset_partitions_time_window asset_spec
    dagster_type get_asset_identifier get_identifier has_asset_key has_asset_partitions has_partition_key log_event
    metadata name partition_key resources run_id step_key
PartitionKeyRange(start end)
PipesSubprocessClient(env cwd context_injector message_reader forward_termination forward_stdio
    termination_timeout_seconds) run
ResourceDefinition(resource_fn config_schema description required_resource_keys version) hardcoded_resource
    mock_resource none_resource string_resource
ResourceDependency()
ResourceParam()
RetryPolicy(max_retries delay backoff jitter)
RetryRequested(max_retries seconds_to_wait)
RunConfig(ops resources loggers execution) to_config_dict
RunRequest(run_key run_config tags job_name asset_selection stale_assets_only partition_key asset_check_keys)
ScheduleDefinition(name cron_schedule job_name run_config run_config_fn tags tags_fn metadata should_execute
    environment_vars execution_timezone execution_fn description job default_status required_resource_keys target
    owners) cron_schedule default_status description execution_timezone job job_name metadata name
    required_resource_keys tags
ScheduleEvaluationContext(scheduled_execution_time) instance resources scheduled_execution_time
SensorResult(run_requests skip_reason cursor dynamic_partitions_requests asset_events)
SkipReason(skip_message)
SourceAsset(key metadata io_manager_key io_manager_def description partitions_def group_name resource_defs tags)
SpecificPartitionsPartitionMapping(partition_keys)
StaticPartitionMapping(downstream_partition_keys_by_upstream_partition_key)
StaticPartitionsDefinition(partition_keys) get_partition_keys
String()
TableColumn(name type description constraints tags)
TableColumnDep(asset_key column_name)
TableColumnLineage(deps_by_column)
TableMetadataValue(records schema) asset bool column_lineage dagster_run float infer_column_type int job json md
    notebook null path pool python_artifact table table_schema text timestamp url value
TableRecord()
TableSchema(columns constraints) from_name_type_dict
TimeWindowPartitionMapping(start_offset end_offset allow_nonexistent_upstream_partitions)
TimeWindowPartitionsDefinition(start fmt end schedule_type timezone end_offset minute_offset hour_offset day_offset
    cron_schedule exclusions) day_offset end get_cron_schedule hour_offset minute_offset schedule_type start
UPathIOManager(base_path)
WeeklyPartitionsDefinition(start_date end_date minute_offset hour_offset day_offset timezone fmt end_offset
    exclusions) day_offset end get_cron_schedule hour_offset minute_offset schedule_type start
asset()
asset_check(asset)
asset_sensor(asset_key job_name name minimum_interval_seconds description job jobs default_status
    required_resource_keys tags metadata)
build_asset_context(resources resources_config asset_config instance partition_key partition_key_range run_tags)
build_column_schema_change_checks(assets severity)
build_init_resource_context(config resources instance)
build_input_context(name config definition_metadata upstream_output dagster_type resource_config resources op_def
    asset_key partition_key asset_partition_key_range asset_partitions_def instance metadata)
build_last_update_freshness_checks(assets lower_bound_delta deadline_cron timezone severity blocking)
build_metadata_bounds_checks(assets severity metadata_key min_value max_value exclusive_min exclusive_max)
build_multi_asset_sensor_context(monitored_assets repository_def instance cursor repository_name
    cursor_from_latest_materializations resources definitions last_sensor_start_time)
build_output_context(step_key name definition_metadata run_id mapping_key config dagster_type version resource_config
    resources op_def asset_key partition_key asset_partitions_def asset_partition_key_range instance asset_spec
    metadata output_metadata)
build_run_status_sensor_context(sensor_name dagster_event dagster_instance dagster_run context resources partition_key
    repository_def)
build_schedule_context(instance scheduled_execution_time resources repository_def)
build_schedule_from_partitioned_job(job description name minute_of_hour hour_of_day day_of_week day_of_month
    default_status tags cron_schedule execution_timezone metadata owners)
build_sensor_context(instance cursor repository_name repository_def sensor_name resources definitions
    last_sensor_start_time)
build_time_partition_freshness_checks(assets deadline_cron timezone severity blocking)
define_asset_job(name selection config description tags run_tags metadata partitions_def executor_def hooks
    op_retry_policy owners automation_condition)
definitions()
executor(name config_schema requirements)
file_relative_path(dunderfile relative_path)
get_dagster_logger(name)
in_process_executor()
io_manager(config_schema description output_config_schema input_config_schema required_resource_keys version)
load_assets_from_current_module()
load_assets_from_modules(modules group_name key_prefix automation_condition backfill_policy source_key_prefix
    include_specs)
load_assets_from_package_name(package_name)
materialize(assets run_config instance resources partition_key raise_on_error tags selection)
materialize_to_memory(assets run_config instance resources partition_key raise_on_error tags selection)
multi_asset()
multi_asset_check(specs)
multi_asset_sensor(monitored_assets job_name name minimum_interval_seconds description job jobs default_status
    request_assets required_resource_keys tags metadata)
multiprocess_executor()
observable_source_asset(observe_fn)
resource(config_schema description required_resource_keys version)
run_failure_sensor(name)
run_status_sensor(run_status name minimum_interval_seconds description monitored_jobs job_selection
    monitor_all_code_locations default_status request_job request_jobs monitor_all_repositories tags metadata)
schedule(cron_schedule job_name name tags tags_fn metadata should_execute environment_vars execution_timezone
    description job default_status required_resource_keys target owners)
sensor(job_name name minimum_interval_seconds description job jobs default_status asset_selection
    required_resource_keys tags metadata target owners)
with_resources(definitions resource_defs resource_config_by_key)
"""
OPTIONS = {
    "asset": (
        AssetOptions,
        (
            "name key key_prefix ins deps metadata tags description config_schema required_resource_keys resource_defs "
            "io_manager_def io_manager_key dagster_type partitions_def op_tags group_name output_required "
            "automation_condition freshness_policy backfill_policy retry_policy code_version check_specs owners kinds "
            "pool is_virtual compute_kind"
        ),
    ),
    "multi_asset": (
        MultiAssetOptions,
        (
            "outs name ins deps description config_schema required_resource_keys internal_asset_deps partitions_def "
            "backfill_policy op_tags can_subset resource_defs group_name retry_policy code_version specs check_specs "
            "pool compute_kind"
        ),
    ),
}


def read_table() -> Iterator[tuple[str, list[str], list[str]]]:
    for line in re.sub(r"\n +", " ", TABLE).split("\n"):
        if line:
            name, parameters, members = re.fullmatch(r"(\w+)\(([^)]*)\) ?(.*)", line).groups()  # type: ignore[union-attr]
            yield name, parameters.split(), members.split()


ROWS = list(read_table())


@pytest.mark.parametrize(("name", "parameters", "members"), ROWS, ids=[row[0] for row in ROWS])
def test_a_name_takes_its_arguments_and_has_its_members(name: str, parameters: list[str], members: list[str]) -> None:
    value: Any = getattr(assetmake, name)
    given = inspect.signature(value).parameters if parameters else {}
    assert [each for each in parameters if each not in given] == []
    assert [each for each in members if not hasattr(value, each) and each not in value.__annotations__] == []


@pytest.mark.parametrize("name", OPTIONS)
def test_a_decorator_takes_its_options(name: str) -> None:
    known, named = OPTIONS[name]
    assert set(named.split()) - set(known.__annotations__) == set()


def test_the_table_is_read_to_its_end() -> None:
    assert len(ROWS) > 100
    assert ROWS[-1][0] == "with_resources"
