"""StepEvent: one thing that happened in a run, of the run itself, of a step or of an asset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.occurrences.asset_events import AssetMaterialization
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation, AssetCheckEvaluationPlanned
from assetmake.definitions.occurrences.event_data import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    EventData,
    HandledOutputData,
    LoadedInputData,
    RunFailureData,
    StepFailureData,
    StepMaterializationData,
    StepOutputData,
    StepRetryData,
    StepSuccessData,
)
from assetmake.definitions.occurrences.event_types import FAILURE_EVENTS, RUN_EVENTS, STEP_EVENTS, EventType
from assetmake.errors import InvariantError

Data = TypeVar("Data")


@dataclass(frozen=True, slots=True)
class StepEvent:
    """One thing that happened.

    Attributes:
        event_type: What kind of thing.
        job_name: The job of the run.
        step_key: The step, if it happened in one.
        node_name: The name of the asset's function in it.
        event_specific_data: What this kind of event tells.
        message: For people.
        logging_tags: Where it happened, as texts by name.
        pid: The process in which it happened.
    """

    event_type: EventType
    job_name: str = ""
    step_key: str | None = None
    node_name: str | None = None
    event_specific_data: EventData | None = None
    message: str | None = None
    logging_tags: Mapping[str, str] = field(default_factory=dict)
    pid: int | None = None

    @property
    def event_type_value(self) -> str:
        return self.event_type.value

    @property
    def is_step_event(self) -> bool:
        return self.event_type in STEP_EVENTS

    @property
    def is_job_event(self) -> bool:
        return self.event_type in RUN_EVENTS

    @property
    def is_failure(self) -> bool:
        return self.event_type in FAILURE_EVENTS

    @property
    def is_step_start(self) -> bool:
        return self.event_type is EventType.STEP_START

    @property
    def is_step_success(self) -> bool:
        return self.event_type is EventType.STEP_SUCCESS

    @property
    def is_step_failure(self) -> bool:
        return self.event_type is EventType.STEP_FAILURE

    @property
    def is_step_skipped(self) -> bool:
        return self.event_type is EventType.STEP_SKIPPED

    @property
    def is_step_up_for_retry(self) -> bool:
        return self.event_type is EventType.STEP_UP_FOR_RETRY

    @property
    def is_step_restarted(self) -> bool:
        return self.event_type is EventType.STEP_RESTARTED

    @property
    def is_successful_output(self) -> bool:
        return self.event_type is EventType.STEP_OUTPUT

    @property
    def is_handled_output(self) -> bool:
        return self.event_type is EventType.HANDLED_OUTPUT

    @property
    def is_loaded_input(self) -> bool:
        return self.event_type is EventType.LOADED_INPUT

    @property
    def is_step_materialization(self) -> bool:
        return self.event_type is EventType.ASSET_MATERIALIZATION

    @property
    def is_asset_materialization_planned(self) -> bool:
        return self.event_type is EventType.ASSET_MATERIALIZATION_PLANNED

    @property
    def is_asset_observation(self) -> bool:
        return self.event_type is EventType.ASSET_OBSERVATION

    @property
    def is_engine_event(self) -> bool:
        return self.event_type is EventType.ENGINE_EVENT

    @property
    def is_resource_init_failure(self) -> bool:
        return self.event_type is EventType.RESOURCE_INIT_FAILURE

    @property
    def is_job_success(self) -> bool:
        return self.event_type is EventType.RUN_SUCCESS

    @property
    def is_job_failure(self) -> bool:
        return self.event_type is EventType.RUN_FAILURE

    is_run_failure = is_job_failure

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset that was made, looked at or planned; None for other events."""
        match self.event_specific_data:
            case StepMaterializationData(materialization=event) | AssetObservationData(asset_observation=event):
                return event.asset_key
            case AssetMaterializationPlannedData(asset_key=key):
                return key
        return None

    @property
    def partition(self) -> str | None:
        """The partition of the asset that was made, looked at or planned; None for other events."""
        match self.event_specific_data:
            case StepMaterializationData(materialization=event) | AssetObservationData(asset_observation=event):
                return event.partition
            case AssetMaterializationPlannedData(partition=partition):
                return partition
        return None

    @property
    def materialization(self) -> AssetMaterialization:
        return self.step_materialization_data.materialization

    @property
    def step_materialization_data(self) -> StepMaterializationData:
        return self._tell(StepMaterializationData, "step_materialization_data")

    @property
    def asset_observation_data(self) -> AssetObservationData:
        return self._tell(AssetObservationData, "asset_observation_data")

    @property
    def asset_materialization_planned_data(self) -> AssetMaterializationPlannedData:
        return self._tell(AssetMaterializationPlannedData, "asset_materialization_planned_data")

    @property
    def asset_check_evaluation_data(self) -> AssetCheckEvaluation:
        return self._tell(AssetCheckEvaluation, "asset_check_evaluation_data")

    @property
    def asset_check_planned_data(self) -> AssetCheckEvaluationPlanned:
        return self._tell(AssetCheckEvaluationPlanned, "asset_check_planned_data")

    @property
    def step_output_data(self) -> StepOutputData:
        return self._tell(StepOutputData, "step_output_data")

    @property
    def handled_output_data(self) -> HandledOutputData:
        return self._tell(HandledOutputData, "handled_output_data")

    @property
    def loaded_input_data(self) -> LoadedInputData:
        return self._tell(LoadedInputData, "loaded_input_data")

    @property
    def step_success_data(self) -> StepSuccessData:
        return self._tell(StepSuccessData, "step_success_data")

    @property
    def step_failure_data(self) -> StepFailureData:
        return self._tell(StepFailureData, "step_failure_data")

    @property
    def step_retry_data(self) -> StepRetryData:
        return self._tell(StepRetryData, "step_retry_data")

    @property
    def job_failure_data(self) -> RunFailureData:
        return self._tell(RunFailureData, "job_failure_data")

    def _tell(self, kind: type[Data], name: str) -> Data:
        if not isinstance(self.event_specific_data, kind):
            raise InvariantError(f"an event of type {self.event_type.value} has no {name}")
        return self.event_specific_data
