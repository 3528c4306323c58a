from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake.discovery.duration import parse_duration
from assetmake.errors import UsageError


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30s", 30),
        ("50m", 3000),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("250ms", 0.25),
        ("1d", 86400),
        ("90", 90),
        (" 2H ", 7200),
        (45, 45),
        (0.5, 0.5),
    ],
)
def test_durations_are_seconds(written: object, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "soon", "5x", "-5s", "s", "5 s 3", -1, True, None, float("nan"), float("inf"), [5], "٣s"]
)
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        parse_duration(written)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_units_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds
