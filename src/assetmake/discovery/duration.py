"""Durations as people write them: 30s, 50m, 2h, 1h30m, or a number of seconds."""

from __future__ import annotations

import math
import re

from assetmake.errors import UsageError

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def parse_duration(value: object) -> float:
    """Return the seconds of a duration.

    Raises:
        UsageError: it is not a duration, or a negative one.

    >>> parse_duration("1h30m")
    5400.0
    """
    match value:
        case bool():
            pass
        case int() | float() if math.isfinite(value) and value >= 0:
            return float(value)
        case str():
            text = value.strip().lower()
            if _NUMBER.fullmatch(text):
                return float(text)
            if _WHOLE.fullmatch(text):
                return math.fsum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    raise UsageError(f"{value!r} is not a duration", hint="write 30s, 50m, 2h or 1h30m")
