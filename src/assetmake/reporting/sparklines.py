"""Numbers over time, drawn in one line of a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

_STEPS = "▁▂▃▄▅▆▇█"
_GAP = " "
_MOST = 40


def draw(values: Sequence[float | None]) -> str:
    """Return numbers as a line of bars, the oldest first; of many the last ones. What is missing is a gap.

    >>> draw([1, 2, None, 8])
    '▁▂ █'
    """
    shown = values[-_MOST:]
    known = [value for value in shown if value is not None and math.isfinite(value)]
    if not known:
        return ""
    low, high = min(known), max(known)
    span = high - low
    return "".join(
        _GAP if value is None or not math.isfinite(value) else _STEPS[_step(value - low, span)] for value in shown
    )


def can_draw(encoding: str | None) -> bool:
    """Tell whether a stream of this encoding can hold bars."""
    try:
        _STEPS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def write_number(value: object) -> str:
    """Return a number as a person reads it.

    >>> [write_number(each) for each in (1234567, 0.25, 3.0, 1e-9, None, "x")]
    ['1,234,567', '0.25', '3', '1e-09', '-', 'x']
    """
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case int():
            return f"{value:,}"
        case float() if value.is_integer() and abs(value) < 1e15:
            return f"{value:,.0f}"
        case float():
            return f"{value:.4g}"
        case _:
            return str(value)


def _step(above: float, span: float) -> int:
    return min(len(_STEPS) - 1, int(above / span * len(_STEPS))) if span > 0 else 0
