"""`assetmake build`."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial

import click

from assetmake.cli.context import config_options, hide_overrides, project_options
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import Duration, selection_options, verify_option
from assetmake.cli.plan import PlanOptions, print_plan
from assetmake.cli.remembering import find_rememberable
from assetmake.cli.shaping import shaping_options, tell_idle
from assetmake.cli.stopping import Stopping
from assetmake.cli.stopwatch import seconds_since_start
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import ExitCode
from assetmake.events import CaughtUp, Event, RunFinished, RunStarted, Sink
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection
from assetmake.planning.shaping import Shape
from assetmake.project import Project
from assetmake.reporting.build_log import BuildLog, Names, Verbosity
from assetmake.reporting.console import Console
from assetmake.reporting.documents import write_event
from assetmake.reporting.live import show_footer
from assetmake.reporting.plan_lines import NOTHING_SELECTED
from assetmake.reporting.table import measure
from assetmake.reporting.unavailable_lines import tell_unavailable

_WIDEST_NAME = 40


@click.command()
@selection_options
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes at once.")
@click.option(
    "-k/-x",
    "--keep-going/--fail-fast",
    "keep_going",
    default=True,
    help="After a failure build what does not need it (the default), or start nothing more.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan and run nothing.")
@click.option("--check", is_flag=True, help="Like --dry-run, and exit with 5 if work is needed.")
@click.option("-f", "--force", is_flag=True, help="Build everything selected, fresh or not.")
@click.option("--only", is_flag=True, help="Leave alone what is upstream of the selection.")
@click.option("--lock-timeout", type=Duration(), metavar="DUR", help="How long to wait for other builds.")
@click.option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4.")
@click.option(
    "--strict/--no-strict",
    default=None,
    help="Fail what runs and reads files of the project without declaring them, or only warn (default:"
    " build.strict of assets.toml, else warn). What is up to date is not looked at.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line, for each event.")
@click.option("-q", "--quiet", is_flag=True, help="Print only failures and the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Print also what is started.")
@verify_option
@shaping_options
@config_options
@project_options
@click.pass_context
def build(
    ctx: click.Context,
    *,
    selection: Selection,
    jobs: int | None,
    keep_going: bool,
    dry_run: bool,
    check: bool,
    force: bool,
    only: bool,
    lock_timeout: float | None,
    no_wait: bool,
    strict: bool | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    verify: OutputCheck | None,
    shape: Shape | None,
) -> int:
    """Bring assets up to date: all of them, or a selection.

    What they need upstream and is out of date is built too; sources that a function observes are looked at first. SEL
    is a name, a wildcard or a method, with the operators of a graph and a partition.

    \b
    Examples:
      assetmake build                          everything
      assetmake build report                   report, and what it needs
      assetmake build raw/flights+             flights and all that reads it
      assetmake build daily@2026-01-01..2026-01-31
      assetmake build tag:nightly --latest 7   the last week
      assetmake build --job nightly            the assets of a job
      assetmake build --check                  exit with 5 if anything is out of date
      assetmake build --shard 2/3              what the second of three machines is to build
      assetmake build --plan plan.json         what `plan -o plan.json` wrote down

    Exit codes: 0 done or fresh, 1 an asset failed, 2 wrong arguments or definitions, 3 state or disk, 4 locked.
    """
    opened = open_here(ctx, job=selection.job)
    if dry_run or check:
        how = PlanOptions(force, only, verify, shape=shape)
        work = print_plan(opened, selection, how, as_json=as_json, is_quiet=quiet)
        found = ExitCode.STALE if check and work else ExitCode.OK
        return ExitCode.FAILED if opened.is_broken else found
    options = BuildOptions(
        jobs=jobs,
        fail_fast=not keep_going,
        force=force,
        only=only,
        wait=not no_wait,
        lock_timeout=lock_timeout,
        strict=strict,
        verify=verify,
        command=shlex.join(["assetmake", *hide_overrides(sys.argv[1:])]),
        words=find_rememberable(ctx),
        is_told=not quiet,
        shape=shape,
    )
    told = Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL
    return run_build(opened, selection, options, as_json=as_json, verbosity=told)


def run_build(
    opened: Opened, selection: Selection, options: BuildOptions, *, as_json: bool, verbosity: Verbosity
) -> ExitCode:
    """Build, tell what happens, and return the exit code; a signal that came meanwhile is died of."""
    project, console = opened.project, opened.console
    names = _learn_names(project, idle=tell_idle(options.shape))
    log = BuildLog(console, names, verbosity=verbosity, clock=time.monotonic)
    is_footed = not as_json and verbosity > Verbosity.QUIET
    stopping = Stopping()
    with stopping.listen(), console.gathering(), ExitStack() as footing:
        footer = partial(show_footer, console, log.progress.describe) if is_footed else nullcontext
        sink = _Listener(partial(_print_event, console) if as_json else log, footer, footing)
        finished = project.build(selection, options, sink, stopped=stopping)
    stopping.die()
    return ExitCode.FAILED if finished.failed or finished.checks_failed or opened.is_broken else ExitCode.OK


@dataclass(slots=True)
class _Listener:
    """A sink that keeps a footer while something runs, and goes silent when nobody reads any more.

    That nobody does is no reason to stop building.
    """

    sink: Sink
    footer: Callable[[], AbstractContextManager[None]]
    footing: ExitStack
    is_closed: bool = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            self.footing.close()
            event = replace(event, seconds=seconds_since_start())
        if not self.is_closed:
            try:
                self.sink(event)
            except BrokenPipeError:
                self.is_closed = True
        if isinstance(event, RunStarted) and (event.to_run or event.checks):
            self.footing.enter_context(self.footer())


def _print_event(console: Console, event: Event) -> None:
    if isinstance(event, CaughtUp):
        console.flush()
    else:
        console.result(write_event(event))


def _learn_names(project: Project, *, idle: str | None) -> Names:
    graph = project.graph
    partitioned = frozenset(str(key) for key, asset in graph.assets.items() if asset.partitions is not None)
    widest = max((measure(str(key)) for key in graph.assets), default=0)
    told = tell_unavailable(graph)
    return Names(partitioned, min(widest, _WIDEST_NAME), told, idle=idle or NOTHING_SELECTED)
