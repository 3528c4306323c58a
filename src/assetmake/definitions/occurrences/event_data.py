"""What an event carries besides its kind: one small record for each kind that has something to tell."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.occurrences.check_events import AssetCheckEvaluation, AssetCheckEvaluationPlanned


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An exception as texts.

    Attributes:
        message: Its kind and what it says.
        stack: The lines of its traceback.
        cls_name: The name of its class.
        cause: The exception that it was raised from.
    """

    message: str
    stack: Sequence[str] = ()
    cls_name: str | None = None
    cause: ErrorInfo | None = None

    @classmethod
    def of(cls, error: BaseException) -> ErrorInfo:
        """Read an exception."""
        return cls(
            message="".join(traceback.format_exception_only(type(error), error)),
            stack=tuple(traceback.format_tb(error.__traceback__)),
            cls_name=type(error).__name__,
            cause=None if error.__cause__ is None else cls.of(error.__cause__),
        )

    def to_string(self) -> str:
        """Return it as a traceback reads, with the cause below."""
        text = self.message if not self.stack else f"{self.message}\nStack Trace:\n{''.join(self.stack)}"
        return text if self.cause is None else f"{text}\nThe above exception was caused by:\n{self.cause.to_string()}"


@dataclass(frozen=True, slots=True)
class UserFailureData:
    """What a Failure that user code raised says of itself."""

    label: str
    description: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepMaterializationData:
    """An asset was made."""

    materialization: AssetMaterialization
    asset_lineage: Sequence[AssetKey] = ()


@dataclass(frozen=True, slots=True)
class AssetObservationData:
    """An asset was looked at."""

    asset_observation: AssetObservation


@dataclass(frozen=True, slots=True)
class AssetMaterializationPlannedData:
    """A run is going to make an asset."""

    asset_key: AssetKey
    partition: str | None = None


@dataclass(frozen=True, slots=True)
class StepOutputData:
    """A step gave an output."""

    output_name: str
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandledOutputData:
    """An IO manager kept an output."""

    output_name: str
    manager_key: str
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadedInputData:
    """An IO manager loaded an input."""

    input_name: str
    manager_key: str
    upstream_output_name: str | None = None
    upstream_step_key: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepSuccessData:
    """A step ended well."""

    duration_ms: float


@dataclass(frozen=True, slots=True)
class StepFailureData:
    """A step failed."""

    error: ErrorInfo | None
    user_failure_data: UserFailureData | None = None

    @property
    def error_display_string(self) -> str:
        return self.error.to_string() if self.error else ""


@dataclass(frozen=True, slots=True)
class StepRetryData:
    """A step failed and is going to be tried again."""

    error: ErrorInfo | None
    seconds_to_wait: float | None = None


@dataclass(frozen=True, slots=True)
class RunFailureData:
    """A run failed: by itself, or because a step did."""

    error: ErrorInfo | None = None


EventData: TypeAlias = (
    StepMaterializationData
    | AssetObservationData
    | AssetMaterializationPlannedData
    | AssetCheckEvaluation
    | AssetCheckEvaluationPlanned
    | StepOutputData
    | HandledOutputData
    | LoadedInputData
    | StepSuccessData
    | StepFailureData
    | StepRetryData
    | RunFailureData
)
