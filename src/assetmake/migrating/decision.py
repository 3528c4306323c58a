"""What cannot be changed by machine, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """A place that wants a person, and advice.

    Args:
        file: Relative to the project's root.
        lines: Where in the file; none where all of it is meant.
        what: The name or setting that it is about.
        advice: What to do.
    """

    file: str
    lines: tuple[int, ...]
    what: str
    advice: str
