"""RunResult: what came of a run in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.instance.instance import Instance
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation
from assetmake.definitions.occurrences.event_types import EventType
from assetmake.definitions.occurrences.runs import Run
from assetmake.definitions.occurrences.step_event import StepEvent
from assetmake.errors import InvariantError

Values = Mapping[tuple[str, str], Any]
"""By node and output, what a function gave."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run.

    Attributes:
        success: Nothing failed, and no check that stops what is below it.
        run: The run.
        events: Everything that happened, in order.
        instance: Where it was recorded.
        values, load: What functions gave in it, and what loads it again.
        error: What was raised first.
        job_def: The job that was run.
    """

    run: Run
    success: bool
    events: tuple[StepEvent, ...]
    instance: Instance
    values: Values
    load: Callable[[AssetKey, str | None], Any]
    error: BaseException | None = None
    job_def: Any = None

    @property
    def run_id(self) -> str:
        return self.run.run_id

    @property
    def dagster_run(self) -> Run:
        found = self.instance.get_run_by_id(self.run.run_id)
        return found or self.run

    @property
    def all_events(self) -> Sequence[StepEvent]:
        return list(self.events)

    @property
    def all_node_events(self) -> Sequence[StepEvent]:
        return [event for event in self.events if event.is_step_event]

    def events_for_node(self, node_name: str) -> Sequence[StepEvent]:
        return [event for event in self.all_node_events if event.step_key == node_name]

    def is_node_success(self, node_name: str) -> bool:
        return any(event.is_step_success for event in self.events_for_node(node_name))

    def is_node_failed(self, node_name: str) -> bool:
        return any(event.is_step_failure for event in self.events_for_node(node_name))

    def is_node_skipped(self, node_name: str) -> bool:
        return any(event.is_step_skipped for event in self.events_for_node(node_name))

    def retry_attempts_for_node(self, node_name: str) -> int:
        return sum(event.is_step_up_for_retry for event in self.events_for_node(node_name))

    def failure_data_for_node(self, node_name: str) -> Any:
        found = [event for event in self.events_for_node(node_name) if event.is_step_failure]
        return found[0].event_specific_data if found else None

    def output_for_node(self, node_str: str, output_name: str = "result") -> Any:
        """Return what a function gave in this run.

        Args:
            node_str: Its node: the key of its asset, the parts joined by `__`.
            output_name: Which of several outputs.

        Raises:
            InvariantError: it did not run, or gave no such output.
        """
        if (node_str, output_name) not in self.values:
            known = ", ".join(f"{node}.{output}" for node, output in self.values) or "none"
            raise InvariantError(
                f"No outputs found for output '{output_name}' from node '{node_str}'.", hint=f"there are: {known}"
            )
        return self.values[node_str, output_name]

    def output_value(self, output_name: str = "result") -> Any:
        """Return the one value of that name that was given."""
        found = [value for (_, name), value in self.values.items() if name == output_name]
        if len(found) != 1:
            raise InvariantError(f"{len(found)} nodes gave an output {output_name!r}; use output_for_node")
        return found[0]

    def asset_value(self, asset_key: CoercibleToAssetKey, *, partition_key: str | None = None) -> Any:
        """Return what this run made of an asset, loaded as it was kept.

        Raises:
            InvariantError: it did not make it.
        """
        return self.load(AssetKey.from_coercible(asset_key), partition_key)

    def get_asset_materialization_events(self) -> Sequence[StepEvent]:
        return [event for event in self.events if event.is_step_materialization]

    def asset_materializations_for_node(self, node_name: str) -> Sequence[AssetMaterialization]:
        return [
            event.materialization for event in self.get_asset_materialization_events() if event.step_key == node_name
        ]

    def get_asset_materialization_planned_events(self) -> Sequence[StepEvent]:
        return [event for event in self.events if event.is_asset_materialization_planned]

    def get_asset_observation_events(self) -> Sequence[StepEvent]:
        return [event for event in self.events if event.is_asset_observation]

    def asset_observations_for_node(self, node_name: str) -> Sequence[AssetObservation]:
        return [
            event.asset_observation_data.asset_observation
            for event in self.get_asset_observation_events()
            if event.step_key == node_name
        ]

    def get_asset_check_evaluations(self) -> Sequence[AssetCheckEvaluation]:
        return [
            event.asset_check_evaluation_data
            for event in self.events
            if event.event_type is EventType.ASSET_CHECK_EVALUATION
        ]

    def get_step_success_events(self) -> Sequence[StepEvent]:
        return [event for event in self.events if event.is_step_success]

    def get_step_failure_events(self) -> Sequence[StepEvent]:
        return [event for event in self.events if event.is_step_failure]

    def get_step_skipped_events(self) -> Sequence[StepEvent]:
        return [event for event in self.events if event.is_step_skipped]

    def get_failed_step_keys(self) -> set[str]:
        return {event.step_key for event in self.get_step_failure_events() if event.step_key}

    def get_job_success_event(self) -> StepEvent:
        return next(event for event in self.events if event.is_job_success)

    def get_job_failure_event(self) -> StepEvent:
        return next(event for event in self.events if event.is_job_failure)

    get_run_success_event = get_job_success_event
    get_run_failure_event = get_job_failure_event

    def filter_events(self, event_filter: Callable[[StepEvent], bool]) -> Sequence[StepEvent]:
        return [event for event in self.events if event_filter(event)]
