"""Failures: told at once as they happen, and again at the end, each error once with its traceback.

However much fails, the end of a build can be read: a few tracebacks are shown, and of the rest how many there are and
which command shows them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence, Sized

from assetmake.discovery.manifest import ModuleFailure
from assetmake.events import NodeFailed
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.words import shorten

_MOST = 20
"""Tracebacks in all."""
_MOST_OF_AN_ASSET = 3
_HEAD, _TAIL = 30, 30
"""Lines of a traceback: of a longer one those in between are left out."""
_LONG_KEY = 4
"""A shorter key may be a part of any word."""
_FRAME = re.compile(r"[\s|]*File \".*\", line \d+")
_KIND = re.compile(r"[\w.]+(?=:|$)")


def name_failed(failed: NodeFailed) -> str:
    """Return the name of what failed, a node or a range that one call was to make, safe for a terminal."""
    key = failed.call or failed.key
    return display(f"{failed.asset}@{key}" if key else failed.asset)


def first_line(message: str) -> str:
    return display(message.strip().partition("\n")[0])


def list_failures(failures: Iterable[NodeFailed], *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return a block for each error of each asset, up to a limit: who, what, the user's traceback, the log."""
    assets = group_failures(failures)
    most = _find_most(assets)
    for told in list(assets.values())[:_MOST]:
        for group in told[:most]:
            yield from _list_block(group, paint)
        yield from _list_others("failed in other ways", [failed for group in told[most:] for failed in group])
    untold = list(assets)[_MOST:]
    if untold:
        first = assets[untold[0]][0][0]
        yield ""
        yield f"{count(len(untold), 'more asset')} failed: {shorten([*map(display, untold)], 5)} ({_advise(first)})"


def list_shown(failures: Iterable[NodeFailed]) -> list[NodeFailed]:
    """Return the failures whose traceback stands in one of those blocks."""
    assets = group_failures(failures)
    return [group[0] for told in list(assets.values())[:_MOST] for group in told[: _find_most(assets)]]


def _find_most(assets: Sized) -> int:
    """Return how many blocks each asset has at most."""
    return max(1, min(_MOST_OF_AN_ASSET, _MOST // max(1, len(assets))))


def group_failures(failures: Iterable[NodeFailed]) -> dict[str, list[list[NodeFailed]]]:
    """Return for each asset its failures, those together that were raised at one place in one way."""
    assets: dict[str, dict[tuple[str, ...], list[NodeFailed]]] = {}
    for failed in failures:
        assets.setdefault(failed.asset, {}).setdefault(_find_place(failed), []).append(failed)
    return {asset: list(groups.values()) for asset, groups in assets.items()}


def list_broken_modules(failures: Iterable[ModuleFailure], *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return a block for each module that did not import: its name, file, and the user's traceback."""
    for failure in failures:
        head = paint("cannot import", "red", "bold")
        yield f"{head} {display(failure.module)} ({display(failure.file)}): {first_line(failure.message)}"
        yield from indent(failure.traceback)


def indent(text: str) -> Iterator[str]:
    """Return the lines of a text that is not ours, moved to the right."""
    return (f"  {line}".rstrip() for line in display(text, lines=True).rstrip("\n").split("\n") if text)


def _find_place(failed: NodeFailed) -> tuple[str, ...]:
    """Return what errors have in common that were raised at one place in one way, whatever they say."""
    frames = [line.strip() for line in failed.traceback.split("\n") if _FRAME.match(line)]
    kind = _KIND.match(failed.message)
    return (kind[0] if kind else "", *frames) if frames else (_leave_out_key(failed),)


def _leave_out_key(failed: NodeFailed) -> str:
    """Return the message without the key that it may name: what the same error says of each partition."""
    key = failed.key or ""
    return failed.message.replace(key, "{}") if len(key) >= _LONG_KEY else failed.message


def _list_block(group: Sequence[NodeFailed], paint: Paint) -> Iterator[str]:
    failed = group[0]
    place = f" ({display(failed.file)}:{failed.line})" if failed.file else ""
    yield ""
    yield f"{paint('FAILED', 'red', 'bold')} {paint(name_failed(failed), 'bold')}{place}"
    yield from _cut(list(indent(failed.traceback or failed.message)))
    others = [other for other in group[1:] if not failed.call or other.call != failed.call]
    said = _leave_out_key(failed)
    same = [other for other in others if _leave_out_key(other) == said]
    if same:
        yield f"  {count(len(same), 'more partition')} failed the same way: {_name_keys(same)}"
    differing = [other for other in others if _leave_out_key(other) != said]
    yield from _list_others("failed there with other messages", differing)
    if failed.log:
        yield f"  log: {display(failed.log)}"


def _list_others(how: str, others: Sequence[NodeFailed]) -> Iterator[str]:
    if others:
        yield f"  {count(len(others), 'more partition')} {how}: {_name_keys(others)} ({_advise(others[0])})"


def _name_keys(failures: Iterable[NodeFailed]) -> str:
    return shorten([display(key) for key in dict.fromkeys(failed.call or failed.key for failed in failures)], 5)


def _advise(failed: NodeFailed) -> str:
    """Return the command that shows a failure that is not shown."""
    name = f"{failed.asset}@{failed.key}" if failed.key else failed.asset
    return f"assetmake {'log' if failed.log else 'why'} {display(shlex.quote(name))}"


def _cut(lines: list[str]) -> list[str]:
    left_out = len(lines) - _HEAD - _TAIL
    return [*lines[:_HEAD], f"  ... {left_out:,} lines ...", *lines[-_TAIL:]] if left_out > 1 else lines
