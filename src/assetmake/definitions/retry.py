"""RetryPolicy: how often a failing node is tried again, and after which delay."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from assetmake.errors import DefinitionError


class Backoff(Enum):
    """How the delay grows from one try to the next."""

    LINEAR = "LINEAR"
    EXPONENTIAL = "EXPONENTIAL"


class Jitter(Enum):
    """How the delay is made uneven, so that many failures do not all come back at once."""

    FULL = "FULL"
    PLUS_MINUS = "PLUS_MINUS"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Try a failing node again.

    Args:
        max_retries: Tries after the first one.
        delay: Seconds before the next try; none is 0.
        backoff: Growth of the delay; none keeps it the same.
        jitter: Randomness of the delay; none keeps it exact.
    """

    max_retries: int = 1
    delay: float | None = None
    backoff: Backoff | None = None
    jitter: Jitter | None = None

    def __post_init__(self) -> None:
        if self.max_retries < 0:
            raise DefinitionError(f"RetryPolicy(max_retries={self.max_retries}): it cannot be negative")
        if self.delay is None and (self.backoff or self.jitter):
            raise DefinitionError("RetryPolicy: backoff and jitter need a delay")

    def calculate_delay(self, attempt: int) -> float:
        """Return the seconds to wait before try `attempt` + 1, where the first retry is attempt 1."""
        delay = self.delay or 0.0
        match self.backoff:
            case Backoff.EXPONENTIAL:
                delay *= 2**attempt - 1
            case Backoff.LINEAR:
                delay *= attempt
            case None:
                pass
            case _:
                assert_never(self.backoff)
        match self.jitter:
            case Jitter.FULL:
                return random.uniform(0, delay)  # noqa: S311
            case Jitter.PLUS_MINUS:
                return delay + random.uniform(-1, 1) * (self.delay or 0.0)  # noqa: S311
            case None:
                return delay
            case _:
                assert_never(self.jitter)
