"""Failures: told at once as they happen, and again at the end, each error once with its traceback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from assetmake.discovery.manifest import ModuleFailure
from assetmake.events import NodeFailed
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.words import shorten


def name_failed(failed: NodeFailed) -> str:
    """Return the failed node's name, safe for a terminal."""
    return display(f"{failed.asset}@{failed.key}" if failed.key else failed.asset)


def first_line(message: str) -> str:
    return display(message.strip().partition("\n")[0])


def list_failures(failures: Iterable[NodeFailed], *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return a block for each error of each asset: who, what, the user's traceback, the log."""
    groups: dict[tuple[str, str], list[NodeFailed]] = {}
    for failed in failures:
        groups.setdefault((failed.asset, failed.message), []).append(failed)
    for group in groups.values():
        yield from _list_block(group, paint)


def list_broken_modules(failures: Iterable[ModuleFailure], *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return a block for each module that did not import: its name, file, and the user's traceback."""
    for failure in failures:
        head = paint("cannot import", "red", "bold")
        yield f"{head} {display(failure.module)} ({display(failure.file)}): {first_line(failure.message)}"
        yield from indent(failure.traceback)


def indent(text: str) -> Iterator[str]:
    """Return the lines of a text that is not ours, moved to the right."""
    return (f"  {line}".rstrip() for line in display(text, lines=True).rstrip("\n").split("\n") if text)


def _list_block(group: Sequence[NodeFailed], paint: Paint) -> Iterator[str]:
    failed = group[0]
    place = f" ({display(failed.file)}:{failed.line})" if failed.file else ""
    yield ""
    yield f"{paint('FAILED', 'red', 'bold')} {paint(name_failed(failed), 'bold')}{place}"
    yield from indent(failed.traceback or failed.message)
    if len(group) > 1:
        others = shorten([display(other.key) for other in group[1:]], 5)
        yield f"  {count(len(group) - 1, 'more partition')} failed the same way: {others}"
    if failed.log:
        yield f"  log: {display(failed.log)}"
