"""Runs of neighbours: among parts that are in order, and among the cells of a grid of several dimensions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from assetmake.definitions.partitions import PartitionsDefinition

Cell: TypeAlias = tuple[int, ...]
"""Where a partition of several dimensions stands in each of them."""

Box: TypeAlias = tuple[Cell, Cell]
"""The first and the last cell of what lies between them in each dimension."""


def runs_in_range(step: int, ordered: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each run of parts that are `step` apart, of ascending ones."""
    runs: list[tuple[int, int]] = []
    first = last = None
    for part in ordered:
        if last is None or first is None:
            first = part
        elif part == last:
            continue
        elif part != last + step:
            runs.append((first, last))
            first = part
        last = part
    if first is not None and last is not None:
        runs.append((first, last))
    return runs


def runs_in_array(grid: Sequence[int], ordered: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each run of parts that follow each other in `grid`; both ascending."""
    runs: list[tuple[int, int]] = []
    first = last = ordered[0]
    place = bisect_right(grid, first)
    for part in ordered:
        if part == last:
            continue
        if place < len(grid) and grid[place] == part:
            place += 1
        else:
            runs.append((first, last))
            first = part
            place = bisect_right(grid, part)
        last = part
    runs.append((first, last))
    return runs


def cover_with_rows(cells: Iterable[Cell]) -> list[Box]:
    """Return rows along the last dimension that hold all the cells, each given once, and nothing else."""
    rows: list[Box] = []
    row: list[int] | None = None
    expected = -1
    for cell in sorted(cells):
        *before, last = cell
        if row is not None and last == expected and before == row:
            rows[-1] = (rows[-1][0], cell)
        else:
            rows.append((cell, cell))
        row, expected = before, last + 1
    return rows


def cover_with_boxes(cells: Iterable[Cell]) -> list[Box]:
    """Return boxes that hold all the cells, each given once, and nothing else.

    Cells that are neighbours in the last dimension are joined first, then rows that are alike, and so on.
    """
    boxes = cover_with_rows(cells)
    if len(boxes) > 1:
        for axis in reversed(range(len(boxes[0][0]) - 1)):
            boxes = _join_along(axis, boxes)
    return sorted(boxes)


def _join_along(axis: int, boxes: Iterable[Box]) -> list[Box]:
    def elsewhere(box: Box) -> tuple[Cell, ...]:
        return tuple(corner[:axis] + corner[axis + 1 :] for corner in box)

    joined: list[Box] = []
    for box in sorted(boxes, key=lambda box: (elsewhere(box), box[0][axis])):
        first, last = box
        before = joined[-1] if joined else None
        if before and elsewhere(before) == elsewhere(box) and before[1][axis] + 1 == first[axis]:
            joined[-1] = (before[0], last)
        else:
            joined.append(box)
    return joined


def place_keys(definition: PartitionsDefinition, keys: Iterable[str]) -> dict[str, int]:
    """Number keys in the order of a definition: neighbours have neighbouring numbers, and others have not."""
    parts = [definition.part_of(key) for key in keys]
    ends = definition.ends_of_runs(parts)
    places: dict[str, int] = {}
    place = 0
    for part in definition.sort_parts(parts):
        places[definition.key_of(part)] = place
        place += 2 if part in ends else 1
    return places
