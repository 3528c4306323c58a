"""Lines for a terminal that is narrower than they are: broken between words, where it would break them anywhere."""

from __future__ import annotations

import os
import re
from typing import TextIO

from assetmake.reporting.measuring import measure

_NARROWEST = 20
"""In fewer columns nothing is readable."""
INDENT = "    "
"""What lines begin with that go on with another one, besides what that begins with."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_WORDS = re.compile(r"( *)([^ ]+)")


def find_columns(stream: TextIO) -> int | None:
    """Return how many columns the terminal behind a stream has; None where there is none, or it does not say."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError, AttributeError):
        return None
    return columns if columns >= _NARROWEST else None


def wrap(text: str, columns: int | None) -> str:
    """Return a text each of whose lines has at most so many columns, as far as its words allow; None: as it is.

    >>> wrap("  built  daily  2026-01-01..2026-01-10", 30)
    '  built  daily\\n      2026-01-01..2026-01-10'
    """
    if columns is None or len(text) <= columns:
        return text
    return "\n".join(line if _measure(line) <= columns else _break(line, columns) for line in text.split("\n"))


def _break(line: str, columns: int) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))] + INDENT
    indent = indent if len(indent) <= columns // 3 else INDENT
    lines, current, taken = [], "", 0
    for gap, word in _WORDS.findall(line):
        size = _measure(word)
        if current and taken + len(gap) + size > columns:
            lines.append(current)
            current, taken, gap = "", 0, indent  # noqa: PLW2901 - what parts words is not needed at a line's end
        current += gap + word
        taken += len(gap) + size
    return "\n".join([*lines, current])


def _measure(text: str) -> int:
    return measure(_COLOURS.sub("", text) if "\x1b" in text else text)
