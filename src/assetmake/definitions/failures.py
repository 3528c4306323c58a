"""Failure and RetryRequested: what a function raises to say that it failed, or that another try may help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assetmake.definitions.metadata import MetadataValue, check_metadata


class Failure(Exception):
    """Raised by a function that knows that it failed.

    Args:
        description: For people.
        metadata: Facts about it; see MetadataValue.
        allow_retries: The asset's retry policy counts.
    """

    def __init__(
        self, description: str | None = None, metadata: Mapping[str, Any] | None = None, allow_retries: bool = True
    ) -> None:
        super().__init__(description)
        self.description = description
        self.metadata: dict[str, MetadataValue] = check_metadata(metadata or {})
        self.allow_retries = allow_retries


class RetryRequested(Exception):
    """Raised by a function that wants to be called again.

    Args:
        max_retries: How often at most.
        seconds_to_wait: How long to wait first.
    """

    def __init__(self, max_retries: int | None = 1, seconds_to_wait: float | None = None) -> None:
        super().__init__(f"retry requested, {max_retries} at most")
        self.max_retries = 1 if max_retries is None else max_retries
        self.seconds_to_wait = seconds_to_wait
