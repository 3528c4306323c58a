"""The options of `build` and `backfill` that say how much of a selection is built, and what of it counts as stale."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import click

from assetmake.cli.opening import Opened
from assetmake.cli.options import Duration, verify_option
from assetmake.cli.running import Running
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import UsageError
from assetmake.execution.asked import BuildOptions
from assetmake.graph.jobs import find_run_tags
from assetmake.graph.selection import Selection

_Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a selection is built."""

    force: bool = False
    only: bool = False
    max_partitions: int | None = None
    time_budget: float | None = None
    verify: OutputCheck | None = None

    def lay_over(self, running: Running, opened: Opened, selection: Selection) -> BuildOptions:
        """Return how a command builds a selection."""
        return replace(
            running.options,
            force=self.force,
            only=self.only,
            verify=self.verify,
            time_budget=self.time_budget,
            tags=find_run_tags(opened.project.graph, selection.job),
        )


def extent_options(function: _Function) -> _Function:
    """Give a command the options that say how much is built; they arrive as `extent=`."""

    @functools.wraps(function)
    def wrapped(
        *args: Any,
        force: bool,
        only: bool,
        max_partitions: int | None,
        time_budget: float | None,
        verify: OutputCheck | None,
        **others: Any,
    ) -> Any:
        extent = Extent(force, only, max_partitions, time_budget, verify)
        _refuse_endless(extent)
        return function(*args, extent=extent, **others)

    decorated: _Function = wrapped
    for declare in reversed(_EXTENT):
        decorated = declare(decorated)
    return decorated


def _refuse_endless(extent: Extent) -> None:
    """Refuse limits together with --force."""
    limits = {"--max-partitions": extent.max_partitions, "--time-budget": extent.time_budget}
    given = [name for name, value in limits.items() if value is not None]
    if extent.force and given:
        raise UsageError(
            f"--force and {given[0]} cannot be used together: the next run would begin with the same partitions again",
            hint="mark them as stale with `assetmake invalidate`, then run it without --force until nothing is left",
        )


_EXTENT: tuple[Callable[[_Function], _Function], ...] = (
    click.option("-f", "--force", is_flag=True, help="Build all that is selected, fresh or not."),
    click.option("--only", is_flag=True, help="Leave alone what is upstream of the selection."),
    click.option(
        "--max-partitions",
        type=click.IntRange(min=1),
        metavar="N",
        help="Build at most N of what is selected, the oldest first; what they need upstream does not count.",
    ),
    click.option(
        "--time-budget",
        type=Duration(),
        metavar="DUR",
        help="Start nothing that history says would not end in this time: 30s, 50m, 2h.",
    ),
    verify_option,
)
