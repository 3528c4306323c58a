"""Columns that line up, for a person; nothing is ever cut or wrapped."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assetmake.reporting.paint import PLAIN, Paint

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, already safe for a terminal, and its style."""

    text: str
    style: str = ""


def align(rows: Sequence[Sequence[Cell]], *, paint: Paint = PLAIN, right: Collection[int] = ()) -> list[str]:
    """Return a line for each row.

    Args:
        rows: All of one length.
        paint: Colours the cells.
        right: The columns that end at the same place instead of beginning there.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(measure(cell.text) for cell in column) for column in columns]
    return [_join(row, widths, paint, right) for row in rows]


def measure(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _join(row: Sequence[Cell], widths: Sequence[int], paint: Paint, right: Collection[int]) -> str:
    last = max((number for number, cell in enumerate(row) if cell.text), default=-1)
    parts = []
    for number, cell in enumerate(row[: last + 1]):
        padding = " " * (widths[number] - measure(cell.text))
        shown = paint(cell.text, cell.style)
        if number in right:
            parts.append(padding + shown)
        else:
            parts.append(shown if number == last else shown + padding)
    return _GAP.join(parts)
