"""What was decided by hand, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from assetmake.planning.deciding import Decided
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.words import shorten, shorten_ranges, tell_ago
from assetmake.storage.decisions import ACCEPT, Decision

_SHOWN = 10


def list_decided(done: str, decided: Decided, *, otherwise: str) -> Iterator[str]:
    """Return what happened to how many nodes, and which.

    Args:
        done: What was done, as "accepted".
        decided: To which nodes.
        otherwise: Why it was done to none.
    """
    if not decided.nodes:
        yield f"nothing is {done}: {otherwise}"
        return
    names = [
        display(f"{key}@{shorten_ranges(decided.ranges(key))}" if decided.ranges(key) else str(key))
        for key in decided.nodes
    ]
    numbers = f"{count(decided.count, 'node')} of {count(len(decided.nodes), 'asset')}"
    yield f"{done} {numbers}: {shorten(names, _SHOWN)}"


def tell_decision(decision: Decision, now: datetime) -> str:
    """Return what was decided of a node, when and why."""
    done = "accepted" if decision.action == ACCEPT else "invalidated"
    return f"{done} {tell_ago(decision.made_at, now)}: {display(decision.reason)}"
