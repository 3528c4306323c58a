"""`assetmake retry`."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace

import click

from assetmake import looking_back
from assetmake.cli.build import run_build
from assetmake.cli.context import config_options, hide_overrides, project_options
from assetmake.cli.opening import open_here
from assetmake.cli.running import Running, failure_options, running_options
from assetmake.cli.suggesting import complete_jobs
from assetmake.errors import ExitCode, UsageError
from assetmake.graph.jobs import find_run_tags, read_job
from assetmake.planning.retrying import Leftover
from assetmake.planning.run_history import KILLED, RUNNING
from assetmake.planning.shaping import AgainShape
from assetmake.reporting.console import Console
from assetmake.reporting.display import display
from assetmake.reporting.words import shorten


@click.command()
@click.argument("run", metavar="[RUN]", required=False)
@failure_options
@click.option("--only", is_flag=True, help="Leave alone what is upstream, as is done where the run did.")
@click.option(
    "--job", metavar="NAME[@KEY]", shell_complete=complete_jobs, help="Config of this job, if not of the run's."
)
@running_options
@config_options
@project_options
@click.pass_context
def retry(ctx: click.Context, *, run: str | None, only: bool, job: str | None, running: Running) -> int:
    """Build what failed in a run, and what could not run because of that or because the run was stopped.

    It takes the last run that did not end as it was meant to, or the one named: an id, or its last characters. Of one
    that was killed it takes all that was to be built. Only
    what is still not fresh is built, by the same rules as in `build`; of a run that was to build what is fresh too, by
    --force or a rule, all that was not built since. Where nothing is left, or a later run has put right what that one
    left, it says so and exits 0.

    \b
    Examples:
      assetmake retry
      assetmake retry 8c41f2 -j 1
      assetmake build || assetmake retry

    Exit codes: as of `build`.
    """
    opened = open_here(ctx, job=job)
    left = looking_back.find_retry(opened.project, run)
    if left is not None and job is None and left.job and read_job(left.job)[0] in opened.project.graph.jobs:
        job = left.job
        opened = open_here(ctx, job=job)
    if left is None or left.selection is None:
        _tell_nothing(opened.console, left)
        return ExitCode.FAILED if opened.is_broken else ExitCode.OK
    if run is None and (mender := looking_back.find_mender(opened.project, left)) is not None:
        opened.console.talk(
            f"nothing to retry: nothing has failed since run {mender} put right what {left.run.id} left"
        )
        return ExitCode.FAILED if opened.is_broken else ExitCode.OK
    _tell(opened.console, left, has_config=bool(opened.project.manifest.launched))
    tags = find_run_tags(opened.project.graph, None if job is None else read_job(job)[0])
    shape = AgainShape(left.forced) if left.forced else None
    command = _write_command(left, run, job)
    options = replace(running.options, only=only or left.only, command=command, tags=tags, shape=shape)
    return run_build(opened, left.selection, options, running)


def _write_command(left: Leftover, named: str | None, job: str | None) -> str:
    """Return the command as history keeps it: with the run, and what was taken over from it, for whoever retries it."""
    words = ["assetmake", *hide_overrides(sys.argv[1:])]
    if named is None:
        words.append(left.run.id)
    else:
        words = [left.run.id if word == named else word for word in words]
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
    if run.outcome == KILLED:
        console.talk("  it was killed: of all that it was to build what is not fresh is built")
    if left.forced:
        console.talk("  it was to build what is fresh too: what was not built since is built again")
    if left.gone:
        console.talk(f"  left out, as the project no longer has it: {display(shorten(left.gone))}")
    if left.is_configured and not has_config:
        console.talk("  it was given config with -c or --config, which is not kept: give it again where it matters")
