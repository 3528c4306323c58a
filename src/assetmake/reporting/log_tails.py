"""The ends of logs, for reports that cannot hold all of them."""

from __future__ import annotations

from pathlib import Path

from assetmake.events import NodeFailed
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count


def read_tail(file: Path, *, lines: int, characters: int) -> list[str]:
    """Return the last lines of a log, safe for a terminal, and before them how many are left out.

    Args:
        file: The log.
        lines: How many at most.
        characters: How many in all, at most.
    """
    return cut_head(_split(_read(file)), lines=lines, characters=characters)


def read_printed(project: Path, failed: NodeFailed, *, lines: int, characters: int) -> list[str]:
    """Return the last lines that a node printed: those of its log, but for the traceback with which that ends."""
    text = _read(project / failed.log) if failed.log else ""
    traceback = failed.traceback.rstrip("\n")
    short = text.replace(f'File "{project}/', 'File "').rstrip("\n")  # a log names files in full, an event does not
    if traceback and short.endswith(traceback):
        text = short.removesuffix(traceback)
    return cut_head(_split(text), lines=lines, characters=characters)


def cut_head(found: list[str], *, lines: int, characters: int) -> list[str]:
    """Return the last of some lines, and before them how many are left out.

    >>> cut_head(["a", "b", "c"], lines=2, characters=100)
    ['... 1 line ...', 'b', 'c']
    """
    kept: list[str] = []
    left = characters
    for line in reversed(found[-lines:]):
        if kept and len(line) + 1 > left:
            break
        kept.append(shorten_line(line, left))
        left -= len(kept[-1]) + 1
    missing = len(found) - len(kept)
    return [*([f"... {count(missing, 'line')} ..."] if missing else []), *reversed(kept)]


def shorten_line(text: str, most: int) -> str:
    """Return a text of at most so many characters.

    >>> shorten_line("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: max(0, most - 1)]}…"


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "backslashreplace")
    except OSError:
        return ""


def _split(text: str) -> list[str]:
    return display(text, lines=True).rstrip("\n").split("\n") if text.strip() else []
