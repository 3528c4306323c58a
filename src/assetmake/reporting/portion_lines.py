"""A portion as lines for people: what it would take, and what it leaves for another build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from assetmake.events import WorkLeft
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.words import tell_roughly


class ForesightShape(Protocol):
    """What reporting asks of an estimate."""

    @property
    def work(self) -> float: ...
    @property
    def unknown(self) -> int: ...
    @property
    def jobs(self) -> int: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def left(self) -> WorkLeft | None: ...


def list_foresight(foresight: ForesightShape, *, budget: float | None) -> Iterator[str]:
    """Return how long a build would take by history, and what it would leave.

    Args:
        foresight: The estimate.
        budget: Seconds in which everything that is started should end.
    """
    unknown = f"; {count(foresight.unknown, 'node')} of assets that were never built" if foresight.unknown else ""
    if foresight.seconds is None:
        yield f"how long it takes is not known yet{unknown}"
    else:
        jobs = f"about {_tell(foresight.seconds)} with {count(foresight.jobs, 'job')}"
        yield f"{jobs}, {_tell(foresight.work)} of work in all{unknown}"
        if budget is not None and foresight.seconds > budget:
            share = 100 * budget / foresight.seconds
            yield f"in {tell_roughly(budget)} about {share:.0f} % of it; run it again for the rest"
    if foresight.left is not None:
        yield from list_left(foresight.left, is_done=False)


def list_left(left: WorkLeft, *, is_done: bool = True) -> list[str]:
    """Return what a build of a portion leaves for another one, or would leave."""
    keys = f" ({display(left.keys)})" if left.keys else ""
    rest = f", about {tell_roughly(left.seconds)}" if left.seconds is not None and left.seconds >= 1 else ""
    told = f"{'left' if is_done else 'it leaves'}: {left.nodes:,} of {count(left.total, 'partition')}{keys}{rest}"
    if left.nothing_fits:
        return [f"{told}: the time budget was too short to start any of them, so give it more"]
    later = (
        f"; {left.failed:,} failed, and {'comes' if left.failed == 1 else 'come'} after all others"
        if left.failed
        else ""
    )
    return [f"{told}: run the same command again{later}"] if is_done else [f"{told}{later}"]


def tell_unasked(states: Mapping[str, int]) -> str:
    """Return the line of a build that found nothing in the states that it was asked for."""
    told = ", ".join(f"{number:,} {state}" for state, number in states.items())
    number = count(sum(states.values()), "partition")
    return f"nothing to do: nothing is in a state that was asked for; {number} in others: {told}"


def _tell(seconds: float) -> str:
    return tell_roughly(seconds) if seconds >= 1 else "a second"
