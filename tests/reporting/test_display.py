"""What others wrote reaches a terminal only through display()."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake.reporting.display import display


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("warehouse/orders@2026-01-05", "warehouse/orders@2026-01-05"),
        ("größe 日本", "größe 日本"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"),
        ("\x9b31m", "\\x9b31m"),
        ("gnp\u202eexe", "gnp\\u202eexe"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), "caf\\xe9"),
        ("\ud800", "\\ud800"),
    ],
)
def test_characters_that_a_terminal_would_obey_are_escaped(text: str, shown: str) -> None:
    assert display(text) == shown


def test_lines_of_a_traceback_stay_lines() -> None:
    assert display("a\n\tb\x1b[31m\r\n", lines=True) == "a\n\tb\\x1b[31m\\x0d\n"


@given(st.text(st.characters(), max_size=40))
def test_what_is_shown_can_be_written_and_moves_no_cursor(text: str) -> None:
    shown = display(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
