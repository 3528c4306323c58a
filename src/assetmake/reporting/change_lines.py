"""What changed of a node's code, member by member, and what a fresh node rests on."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from assetmake.planning.explain import Explanation, MemberChange
from assetmake.reporting.display import display
from assetmake.reporting.long_lines import lay_out
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.table import Cell, align

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_MANY = 8


def list_members(members: Sequence[MemberChange], *, paint: Paint = PLAIN, diffs: bool = True) -> Iterator[str]:
    """Return a line for each member that is not as it was, and its difference."""
    for member in members:
        lines = diff_sources(member.old, member.new)
        counts = (("-", len(list_side(lines, "-"))), ("+", len(list_side(lines, "+"))))
        numbers = " ".join(f"{sign}{number}" for sign, number in counts if number)
        told = f"  {display(member.name)} {'changed' if member.state == 'changed' else f'is {member.state}'}"
        yield told + (f" ({numbers})" if numbers else "")
        yield from (f"    {display(note)}" for note in member.notes if not lines or not note.startswith("its value"))
        if diffs and member.state == "changed":
            yield from (paint(display(line, lines=True), _STYLES.get(line[:1], "")) for line in lines)


def list_kept(explanation: Explanation) -> Iterator[str]:
    """Return what a fresh node was compared with."""
    kept = explanation.kept
    groups = {
        "code": _limit(kept.members),
        "not followed": _limit(kept.unfollowed),
        "environment": _limit(kept.environment),
        "upstream": _limit([str(each.upstream) for each in explanation.upstream]),
        "output": ["as it was built"] if kept.stores else [f"in {kept.place}"] if kept.place else [],
    }
    rows = [
        [Cell("" if number else f"  {label}"), Cell(display(text))]
        for label, texts in groups.items()
        for number, text in enumerate(texts)
    ]
    yield from align(rows) if rows else ()


def _limit(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _MANY
    return [*texts[:_MANY], *([f"+{more:,} more"] if more > 0 else [])]


def diff_sources(old: str, new: str) -> list[str]:
    """Return the unified difference of two sources, without the names of files; long lines have an item a line."""
    before, after = lay_out(old, new)
    return list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]


def list_side(lines: Sequence[str], sign: str) -> list[str]:
    """Return the lines of a difference that were removed ("-") or added ("+"), without their signs."""
    return [line[1:] for line in lines if line.startswith(sign)]
