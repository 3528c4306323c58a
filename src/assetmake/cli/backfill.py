"""`assetmake backfill`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from assetmake.cli.build import run_build, show_build
from assetmake.cli.context import config_options, project_options
from assetmake.cli.extent import Extent, extent_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import selection_options
from assetmake.cli.running import Running, failure_options, running_options
from assetmake.errors import UsageError
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.planning.portion import STATUSES, Portion


class Statuses(click.ParamType[frozenset[str]]):
    """missing,failed,stale: some of these, with commas."""

    name = "statuses"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        if isinstance(value, frozenset):
            return value
        given = [word.strip() for word in str(value).split(",")]
        wrong = next((word for word in given if word not in STATUSES), None)
        if wrong is not None:
            self.fail(f"{wrong!r} is none of {', '.join(STATUSES)}; give some of them, with commas", param, ctx)
        return frozenset(given)


@click.command()
@selection_options
@click.option("--newest-first", is_flag=True, help="Begin with the newest partitions, not with the oldest.")
@click.option(
    "--status",
    "statuses",
    type=Statuses(),
    metavar="LIST",
    default=",".join(STATUSES),
    help="Only partitions in these states: missing, failed, stale; default: all that is not fresh.",
)
@failure_options
@click.option("-n", "--dry-run", is_flag=True, help="Show what would run and how long it would take; run nothing.")
@extent_options
@running_options
@config_options
@project_options
@click.pass_context
def backfill(
    ctx: click.Context,
    *,
    selection: Selection,
    newest_first: bool,
    statuses: frozenset[str],
    dry_run: bool,
    extent: Extent,
    running: Running,
) -> int:
    """Build partitions over a range, day by day, in the foreground.

    SEL is as in `build`; of what it selects only assets with partitions are meant, and with a range and no SEL all of
    them. What they need upstream is built too, as far as it is out of date. The oldest partitions come first, each with
    all that reads it; what failed when it was last tried, and what needs such, comes after the others. What is fresh is
    left alone, so a backfill that was stopped, or had a limit, goes on where it was when it is run again.

    \b
    Examples:
      assetmake backfill daily --from 2026-01-01 --to 2026-06-30
      assetmake backfill daily+ --from 2026-01         from January on, and all that reads it
      assetmake backfill daily --latest 30 --dry-run   what that would take, by history
      assetmake backfill daily --max-partitions 20     20 of them; run it again for more
      assetmake backfill tag:nightly --time-budget 50m --newest-first
      assetmake backfill daily --status missing,failed

    Exit codes: 0 done, or as far as the limits allow, 1 an asset failed, 2 wrong arguments, definitions or range,
    3 state or disk, 4 locked.
    """
    if not (selection.include or selection.job or selection.keys != KeyOptions()):
        raise UsageError(
            "nothing says what to backfill",
            hint="name assets or a range: `assetmake backfill daily --from 2026-01-01`, or '*' for all that is stale",
        )
    opened = open_here(ctx, job=selection.job_run, keys=selection.keys)
    options = replace(
        extent.lay_over(running, opened, selection),
        portion=Portion(extent.max_partitions, statuses, newest_first=newest_first, is_backfill=True),
    )
    if dry_run:
        running.reports.refuse("--dry-run")
        return show_build(opened, selection, options, as_json=running.as_json)
    return run_build(opened, selection, options, running)
