"""`assetmake build`."""

from __future__ import annotations

from dataclasses import replace

import click

from assetmake.cli.context import config_options, project_options
from assetmake.cli.extent import Extent, extent_options
from assetmake.cli.foreseeing import print_foresight
from assetmake.cli.hearing import Hearing
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import selection_options
from assetmake.cli.plan import PlanOptions, print_plan, tell_notes
from assetmake.cli.remembering import find_rememberable
from assetmake.cli.running import Running, failure_options, running_options
from assetmake.cli.shaping import count_shards, shaping_options, tell_idle, tell_why_idle
from assetmake.cli.stopping import Stopping
from assetmake.cli.telling import telling
from assetmake.errors import ExitCode
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection
from assetmake.planning.portion import Portion
from assetmake.planning.shaping import Shape


@click.command()
@selection_options
@failure_options
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan and run nothing.")
@click.option("--check", is_flag=True, help="Like --dry-run, and exit with 5 if work is needed, 1 if a check failed.")
@extent_options
@shaping_options
@running_options
@config_options
@project_options
@click.pass_context
def build(
    ctx: click.Context,
    *,
    selection: Selection,
    dry_run: bool,
    check: bool,
    extent: Extent,
    shape: Shape | None,
    running: Running,
) -> int:
    """Bring assets up to date: all of them, or a selection.

    What they need upstream and is out of date is built too; sources that a function observes are looked at first. SEL
    is a name, a wildcard or a method, with the operators of a graph and a partition; `and`, `or`, `not` and
    parentheses combine several, in quotes. docs/howto-selection.md tells it all.

    \b
    Examples:
      assetmake build                          everything
      assetmake build report                   report, and what it needs
      assetmake build raw/flights+             flights and all that reads it
      assetmake build daily@2026-01-01..2026-01-31
      assetmake build tag:nightly --latest 7   the last week
      assetmake build 'tag:nightly and not (raw/* or report)'
      assetmake build changed:origin/main+     what this branch touches since it left origin/main, and what is below
      assetmake build --job nightly            the assets of a job
      assetmake build --check                  exit with 5 if anything is out of date
      assetmake build --shard 2/3              what the second of three machines is to build
      assetmake build --plan plan.json         what `plan -o plan.json` wrote down
      assetmake build --time-budget 50m        what can be done in that time; run it again for the rest

    Exit codes: 0 done or fresh, 1 an asset failed, 2 wrong arguments or definitions, 3 state or disk, 4 locked,
    5 with --check: work is needed. A check that stands as failed is a failure, with --check too.
    """
    opened = open_here(ctx, job=selection.job_run, keys=selection.keys)
    options = replace(
        extent.lay_over(running, opened, selection),
        words=find_rememberable(ctx),
        shape=shape,
        portion=None if extent.max_partitions is None else Portion(extent.max_partitions),
    )
    if dry_run or check:
        running.reports.refuse("--check" if check else "--dry-run")
        return show_build(opened, selection, options, as_json=running.as_json, tells_work=check)
    return run_build(opened, selection, options, running)


def show_build(
    opened: Opened, selection: Selection, options: BuildOptions, *, as_json: bool, tells_work: bool = False
) -> ExitCode:
    """Print what a build would run, and return the exit code: what a build would find is one only if `tells_work`."""
    if options.find_portion() is not None:
        prospect = print_foresight(opened, selection, options, as_json=as_json, is_quiet=not options.is_told)
    else:
        planning = PlanOptions(force=options.force, only=options.only, verify=options.verify, shape=options.shape)
        prospect = print_plan(opened, selection, planning, as_json=as_json, is_quiet=not options.is_told)
    if opened.is_broken:
        return ExitCode.FAILED
    return prospect.find_exit_code() if tells_work else ExitCode.OK


def run_build(opened: Opened, selection: Selection, options: BuildOptions, running: Running) -> ExitCode:
    """Build, tell what happens, and return the exit code; a signal that came meanwhile is died of."""
    console, stopping = opened.console, Stopping()
    hearing = Hearing(console, running.verbosity, running.as_json, running.reports)
    with stopping.listen(), telling(opened, options) as told, hearing.listening():
        hearing.begin(opened.project, idle=tell_idle(options.shape), shards=count_shards(options.shape))
        finished = opened.project.build(selection, options, told.listen(hearing), stopped=stopping)
    if not finished.run:
        tell_notes(console, tell_why_idle(options.shape))
    if stopping():
        running.reports.close(console)
    stopping.die()
    return ExitCode.FAILED if finished.failed or finished.checks_failed or opened.is_broken else ExitCode.OK
