"""`assetmake retry`."""

from __future__ import annotations

import shlex
import sys

import click

from assetmake import looking_back
from assetmake.cli.build import run_build
from assetmake.cli.context import config_options, hide_overrides, project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import Duration
from assetmake.cli.suggesting import complete_jobs
from assetmake.errors import ExitCode, UsageError
from assetmake.execution.asked import BuildOptions
from assetmake.planning.retrying import Leftover
from assetmake.planning.run_history import RUNNING
from assetmake.reporting.build_log import Verbosity
from assetmake.reporting.console import Console
from assetmake.reporting.display import display
from assetmake.reporting.words import shorten


@click.command()
@click.argument("run", metavar="[RUN]", required=False)
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes at once.")
@click.option(
    "-k/-x",
    "--keep-going/--fail-fast",
    "keep_going",
    default=True,
    help="After a failure build what does not need it (the default), or start nothing more.",
)
@click.option("--only", is_flag=True, help="Leave alone what is upstream, as is done where the run did.")
@click.option("--job", metavar="NAME", shell_complete=complete_jobs, help="Config of this job, if not of the run's.")
@click.option("--lock-timeout", type=Duration(), metavar="DUR", help="How long to wait for other builds.")
@click.option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line, for each event.")
@click.option("-q", "--quiet", is_flag=True, help="Print only failures and the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Print also what is started.")
@config_options
@project_options
@click.pass_context
def retry(
    ctx: click.Context,
    *,
    run: str | None,
    jobs: int | None,
    keep_going: bool,
    only: bool,
    job: str | None,
    lock_timeout: float | None,
    no_wait: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Build what failed in a run, and what could not run because of that or because the run was stopped.

    It takes the last run that did not end as it was meant to, or the one named: an id, or its last characters. Only
    what is still not fresh is built, by the same rules as in `build`; where nothing is left, it says so and exits 0.

    \b
    Examples:
      assetmake retry
      assetmake retry 8c41f2 -j 1
      assetmake build || assetmake retry

    Exit codes: as of `build`.
    """
    opened = open_here(ctx, job=job)
    left = looking_back.find_retry(opened.project, run)
    if left is not None and job is None and left.job in opened.project.graph.jobs:
        job = left.job
        opened = open_here(ctx, job=job)
    if left is None or left.selection is None:
        _tell_nothing(opened.console, left)
        return ExitCode.FAILED if opened.is_broken else ExitCode.OK
    _tell(opened.console, left, has_config=bool(opened.project.manifest.launched))
    options = BuildOptions(
        jobs=jobs,
        fail_fast=not keep_going,
        only=only or left.only,
        wait=not no_wait,
        lock_timeout=lock_timeout,
        command=_write_command(left, job),
    )
    verbosity = Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL
    return run_build(opened, left.selection, options, as_json=as_json, verbosity=verbosity)


def _write_command(left: Leftover, job: str | None) -> str:
    """Return the command as history keeps it: with what was taken over from the run, for who retries this one."""
    words = ["assetmake", *hide_overrides(sys.argv[1:])]
    if left.only and "--only" not in words:
        words.append("--only")
    if job is not None and not any(word.startswith("--job") for word in words):
        words += ["--job", job]
    return shlex.join(words)


def _tell_nothing(console: Console, left: Leftover | None) -> None:
    if left is None:
        console.talk("nothing to retry: no run is recorded that failed")
        return
    if left.is_unknown:
        raise UsageError(
            f"run {left.run.id} was {left.run.outcome}, and what it left is not known",
            hint=f"build again: {left.run.command or 'assetmake build'}",
        )
    if left.run.outcome == RUNNING:
        raise UsageError(f"run {left.run.id} is still under way (pid {left.run.pid} on {left.run.host})")
    gone = f"; the project no longer has {display(shorten(left.gone))}" if left.gone else ""
    console.talk(f"nothing to retry: run {left.run.id} left nothing to build{gone}")


def _tell(console: Console, left: Leftover, *, has_config: bool) -> None:
    """Tell what is retried; on stderr, as scripts read the events of the build."""
    run = left.run
    console.talk(f"retrying run {run.id}: {display(run.command or 'a build from Python')}")
    if left.gone:
        console.talk(f"  left out, as the project no longer has it: {display(shorten(left.gone))}")
    if left.is_configured and not has_config:
        console.talk("  it was given config with -c or --config, which is not kept: give it again where it matters")
