"""RunJournal: tells the instance, and the result, what happens in a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.specs import AssetCheckResult, AssetCheckSpec
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.occurrences.check_events import (
    AssetCheckEvaluation,
    AssetCheckEvaluationPlanned,
    AssetCheckEvaluationTargetMaterializationData,
)
from assetmake.definitions.occurrences.event_data import (
    AssetMaterializationPlannedData,
    AssetObservationData,
    ErrorInfo,
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
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.queries import AssetRecordsFilter
from assetmake.definitions.occurrences.step_event import StepEvent


@dataclass(slots=True)
class RunJournal:
    """The events of one run.

    Attributes:
        instance: Keeps them.
        run_id, job_name: The run.
        events: Those that were told, in order.
    """

    instance: Instance
    run_id: str
    job_name: str
    events: list[StepEvent] = field(default_factory=list)

    def tell(
        self, kind: EventType, data: EventData | None = None, *, step: str | None = None, message: str = ""
    ) -> None:
        """Tell of one event."""
        event = StepEvent(kind, self.job_name, step, step, data, message or None)
        self.events.append(event)
        self.instance.log_event(event, run_id=self.run_id, job_name=self.job_name)

    def plan(
        self, keys: Iterable[AssetKey], checks: Iterable[AssetCheckSpec], partitions: Sequence[str], step: str
    ) -> None:
        """Tell what a step is going to make and to check."""
        for key in keys:
            for partition in partitions or (None,):
                self.tell(
                    EventType.ASSET_MATERIALIZATION_PLANNED, AssetMaterializationPlannedData(key, partition), step=step
                )
        for spec in checks:
            planned = AssetCheckEvaluationPlanned(spec.asset_key, spec.name)
            self.tell(EventType.ASSET_CHECK_EVALUATION_PLANNED, planned, step=step)

    def load(self, loaded: LoadedInputData, *, step: str) -> None:
        self.tell(EventType.LOADED_INPUT, loaded, step=step)

    def give(self, name: str, *, step: str) -> None:
        self.tell(EventType.STEP_OUTPUT, StepOutputData(name), step=step)

    def keep(self, kept: HandledOutputData, *, step: str) -> None:
        self.tell(EventType.HANDLED_OUTPUT, kept, step=step)

    def materialize(self, event: AssetMaterialization, *, step: str) -> None:
        self.tell(EventType.ASSET_MATERIALIZATION, StepMaterializationData(event), step=step)

    def observe(self, event: AssetObservation, *, step: str) -> None:
        self.tell(EventType.ASSET_OBSERVATION, AssetObservationData(event), step=step)

    def check(
        self, spec: AssetCheckSpec, result: AssetCheckResult, *, partition: str | None, step: str
    ) -> AssetCheckEvaluation:
        """Tell what a check found, and of which materialization: of the newest of the partition that runs."""
        evaluation = AssetCheckEvaluation(
            asset_key=spec.asset_key,
            check_name=spec.name,
            passed=result.passed,
            metadata=result.metadata,
            target_materialization_data=self._find_target(spec.asset_key, partition),
            severity=result.severity,
            description=result.description,
            blocking=spec.blocking,
            partition=partition if spec.partitions_def is not None else None,
        )
        self.tell(EventType.ASSET_CHECK_EVALUATION, evaluation, step=step)
        return evaluation

    def _find_target(
        self, key: AssetKey, partition: str | None
    ) -> AssetCheckEvaluationTargetMaterializationData | None:
        wanted = AssetRecordsFilter(key, asset_partitions=None if partition is None else [partition])
        records = self.instance.fetch_materializations(wanted, limit=1).records
        if not records:
            return None
        newest = records[0]
        return AssetCheckEvaluationTargetMaterializationData(newest.storage_id, newest.run_id, newest.timestamp)

    def succeed(self, step: str, seconds: float) -> None:
        self.tell(EventType.STEP_SUCCESS, StepSuccessData(seconds * 1000), step=step)

    def retry(self, step: str, error: BaseException, seconds: float) -> None:
        self.tell(EventType.STEP_UP_FOR_RETRY, StepRetryData(ErrorInfo.of(error), seconds), step=step)

    def fail(self, step: str, error: BaseException) -> None:
        self.tell(EventType.STEP_FAILURE, StepFailureData(ErrorInfo.of(error)), step=step, message=str(error))

    def skip(self, step: str) -> None:
        self.tell(EventType.STEP_SKIPPED, step=step)

    def begin(self) -> None:
        self.tell(EventType.RUN_START)

    def end(self, error: BaseException | None, *, is_good: bool) -> None:
        if is_good:
            self.tell(EventType.RUN_SUCCESS)
        else:
            self.tell(EventType.RUN_FAILURE, RunFailureData(ErrorInfo.of(error) if error else None))
