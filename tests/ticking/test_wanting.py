"""What a tick asks for, in words."""

from __future__ import annotations

import pytest

from assetmake.ticking.decision import Spans, Wanted
from assetmake.ticking.wanting import tell_wanted

WEEK: Spans = (("2026-11-23", "2026-11-29"),)
DAYS: Spans = (("2026-11-24", "2026-11-24"), ("2026-11-26", "2026-11-27"))


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ({"total": None, "letters": None}, "total, letters"),
        ({"orders": WEEK, "sales": WEEK}, "orders, sales@2026-11-23..2026-11-29"),
        ({"sales": DAYS}, "sales@2026-11-24, 2026-11-26..2026-11-27"),
        ({"total": None, "sales": WEEK, "letters": None}, "sales@2026-11-23..2026-11-29; total, letters"),
        ({"a": WEEK, "b": DAYS}, "a@2026-11-23..2026-11-29; b@2026-11-24, 2026-11-26..2026-11-27"),
        (dict.fromkeys("abcde"), "a, b, c and 2 more"),
        ({name: ((name, name),) for name in "abcde"}, "a@a; b@b; c@c; and 2 more"),
        ({"a": (("3", "4"), ("4", "4"), ("5", "5"))}, "a@3..4, 5"),
        ({"a": tuple((key, key) for key in "4321")}, "a@1, 2, 3 and 1 more"),
    ],
)
def test_partitions_are_told_with_the_assets_that_they_are_of(nodes: dict[str, Spans | None], told: str) -> None:
    assert tell_wanted(Wanted(nodes)) == told
