"""Columns that line up, for a person; nothing is ever cut, and wrapped only on a terminal that is too narrow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from assetmake.reporting.measuring import measure
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.wrapping import INDENT, wrap

__all__ = ["Cell", "align", "measure"]
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, already safe for a terminal, and its style."""

    text: str
    style: str = ""


def align(rows: Sequence[Sequence[Cell]], *, paint: Paint = PLAIN, right: Collection[int] = ()) -> list[str]:
    """Return a line for each row; several where a terminal is too narrow, at the same columns for all of them.

    Args:
        rows: All of one length.
        paint: Colours the cells, and knows how wide the terminal is.
        right: The columns that end at the same place instead of beginning there.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(measure(cell.text) for cell in column) for column in columns]
    if paint.columns is None:
        return [_join(row, widths, paint, right) for row in rows]
    bands = _part(widths, paint.columns)
    return [line for row in rows for line in _fold(row, widths, paint, right, bands)]


def _part(widths: Sequence[int], columns: int) -> list[range]:
    """Return the columns of a table that stand beside each other; the last one may go on in the next line."""
    bands, begin, taken = [], 0, 0
    for number, width in enumerate(widths[:-1]):
        needed = width + len(_GAP)
        if number > begin and taken + needed > columns:
            bands.append(range(begin, number))
            begin, taken = number, len(INDENT)
        taken += needed
    return [*bands, range(begin, len(widths))]


def _fold(
    row: Sequence[Cell], widths: Sequence[int], paint: Paint, right: Collection[int], bands: Sequence[range]
) -> Iterator[str]:
    for band in bands:
        text = _join(row[band.start : band.stop], widths[band.start :], paint, {n - band.start for n in right})
        if text or band.start == 0:
            yield from wrap(f"{INDENT}{text}" if band.start else text, paint.columns).split("\n")


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
