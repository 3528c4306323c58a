"""The difference between two builds, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from assetmake.planning.attempts import Attempt
from assetmake.planning.build_differences import Change, ColumnChange, Difference, list_seen
from assetmake.reporting.display import display
from assetmake.reporting.history_lines import tell_time
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.sparklines import write_number
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import tell_ago

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_LONGEST = 60


def list_difference(name: str, difference: Difference, *, now: datetime, paint: Paint = PLAIN) -> Iterator[str]:
    """Return the difference between two builds of a node in lines: first what they are, then what changed.

    Args:
        name: The node's.
        difference: Between its builds.
        now: What times are told against.
        paint: Colours.
    """
    yield paint(display(name), "bold")
    yield f"  from {_tell_build(difference.before, now)}"
    yield f"  to   {_tell_build(difference.after, now)}"
    for run in difference.unprofiled:
        yield f"  what the data of {run} looked like is not kept: it is known of tables and JSON that we store"
    facts = [[Cell(f"  {display(each.name)}"), Cell(_tell(each))] for each in difference.facts]
    yield from align(facts, paint=paint) if facts else ()
    changed = [each for each in difference.columns if each.state != "same"]
    rows = [_make_row(each) for each in changed]
    yield from align(rows, paint=paint) if rows else ()
    same = len(difference.columns) - len(changed)
    if same:
        yield f"  {same:,} {'column' if same == 1 else 'columns'} as before"
    told = [[Cell(f"  {display(each.name)}"), Cell(_tell(each))] for each in list_seen(difference.metadata)]
    if told:
        yield "  metadata:"
        yield from align([[Cell(f"  {first.text}"), second] for first, second in told], paint=paint)
    if not difference.is_seen and not difference.unprofiled:
        yield "  the data is not the same, though nothing that is kept of it is different"


def _tell_build(each: Attempt, now: datetime) -> str:
    return f"{each.run}, {tell_time(each.ended_at)} ({tell_ago(each.ended_at, now)})"


def _make_row(column: ColumnChange) -> list[Cell]:
    sign, style = _SIGNS[column.state]
    shown: Sequence[Change] = column.facts if column.state != "changed" else list_seen(column.facts)
    one_sided = column.state != "changed"
    told = ", ".join(_tell_fact(each, one_sided=one_sided) for each in shown)
    return [Cell(f"  {sign} {display(column.name)}", style), Cell(told)]


def _tell_fact(change: Change, *, one_sided: bool) -> str:
    write = _write_share if change.name == "missing" else _write
    if one_sided:
        value = write(change.before if change.after is None else change.after)
        return value if change.name == "type" else f"{change.name} {value}"
    return f"{change.name} {write(change.before)} -> {write(change.after)}"


def _tell(change: Change) -> str:
    if not change.is_one:
        return f"{_write(change.after)}, as before"
    told = f"{_write(change.before)} -> {_write(change.after)}"
    match change.before, change.after:
        case (bool(), _) | (_, bool()):
            return told
        case (int() | float() as before, int() | float() as after):
            share = f", {(after - before) / abs(before):+.1%}" if before else ""
            return f"{told} ({'+' if after >= before else ''}{write_number(after - before)}{share})"
        case _:
            return told


def _write(value: object) -> str:
    text = display(write_number(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _write_share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
