"""Asked: what a ready-made check asks the instance and the clock for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ready-made check asks for besides data, of the asset that it checks.

    Attributes:
        newest: How many of the last times that it was made.
        partitions: Which partitions were made.
        is_timed: What time it is.
        terms: In words, what decides besides whether it passes: bounds, severity.
    """

    newest: int
    partitions: bool = False
    is_timed: bool = False
    terms: str = ""
