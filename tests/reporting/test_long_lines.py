"""The difference of long lines shows the item that changed."""

from __future__ import annotations

import pytest

from assetmake.reporting.change_lines import diff_sources
from assetmake.reporting.long_lines import lay_out

NAMES = [f"name{number}" for number in range(20)]


def write_dict(**changed: str) -> str:
    items = [f"'{name}': {changed.get(name, '(0, 1)')}" for name in NAMES]
    return f"TABLE = {{{', '.join(items)}}}"


def test_of_a_long_dict_the_entry_that_changed_is_shown() -> None:
    assert diff_sources(write_dict(), write_dict(name10="'a, b}'")) == [
        "@@ -9,7 +9,7 @@",
        "     'name7': (0, 1),",
        "     'name8': (0, 1),",
        "     'name9': (0, 1),",
        "-    'name10': (0, 1),",
        "+    'name10': 'a, b}',",
        "     'name11': (0, 1),",
        "     'name12': (0, 1),",
        "     'name13': (0, 1),",
    ]


def test_what_grows_too_long_is_compared_item_by_item() -> None:
    old = f"    return collect({', '.join(NAMES[:11])})"
    assert 90 < len(old) < 120
    assert diff_sources(old, old.replace("name10", f"name10, {', '.join(NAMES[11:16])}")) == [
        "@@ -10,4 +10,9 @@",
        "         name8,",
        "         name9,",
        "         name10,",
        "+        name11,",
        "+        name12,",
        "+        name13,",
        "+        name14,",
        "+        name15,",
        "     )",
    ]


def test_the_longest_brackets_are_broken_and_what_is_long_in_them() -> None:
    (lines,) = lay_out(f"x = frozenset(f(1, {{'a': [{', '.join(NAMES)}], 'b': 2}}))")
    assert [*lines[:4], "...", *lines[-5:]] == [
        "x = frozenset(f(",
        "    1,",
        "    {",
        "        'a': [",
        "...",
        "            name19,",
        "        ],",
        "        'b': 2,",
        "    },",
        "))",
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"TEXT = '{'words, ' * 20}'",
        f"short = [{' + '.join(NAMES)} for left, right in pairs]",
        f"{', '.join(NAMES)} = values",
        f"it is (no, code {' '.join(NAMES)}",
        f"nor ] is, this [ {' '.join(NAMES)}",
        f"'and, {' '.join(NAMES)}",
    ],
)
def test_what_has_no_items_stays_as_it_is(line: str) -> None:
    assert lay_out(line) == [[line]]


def test_short_lines_stay_as_they_are() -> None:
    texts = ("a = {'b': 1, 'c': 2}\nd = 1", "a = [1, 2]")
    assert lay_out(*texts) == [text.splitlines() for text in texts]
