"""Durations as people write them: 30s, 50m, 2h, 1h30m, or a number of seconds; and ages as they read them."""

from __future__ import annotations

import math
import re
from itertools import pairwise

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


def tell_age(seconds: float) -> str:
    """Return how long something has been going on, in its two largest units.

    >>> [tell_age(each) for each in (-1, 12.3, 75, 11_520, 187_200)]
    ['0s', '12s', '1m 15s', '3h 12m', '2d 4h']
    """
    whole = max(0, int(seconds))
    for (word, unit), (small_word, small_unit) in pairwise((("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))):
        if whole >= unit:
            return f"{whole // unit}{word} {whole % unit // small_unit}{small_word}"
    return f"{whole}s"
