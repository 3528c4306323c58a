"""`assetmake tick`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click
from click.core import ParameterSource

from assetmake import clock
from assetmake.cli.ahead import discover
from assetmake.cli.context import given_env, given_project, project_options
from assetmake.cli.hearing import Hearing
from assetmake.cli.looping import run_rounds
from assetmake.cli.opening import Opened, Opener, open_here
from assetmake.cli.options import Duration
from assetmake.cli.plan import tell_notes
from assetmake.cli.running import Running, running_options
from assetmake.cli.stopping import Stopping
from assetmake.cli.stopwatch import seconds_since_start
from assetmake.cli.suggesting import complete_automations
from assetmake.cli.telling import Telling, tell_failing, tell_lateness, telling
from assetmake.discovery.launch import Launch
from assetmake.errors import ExitCode, UsageError
from assetmake.events import Sink
from assetmake.execution.asked import BuildOptions
from assetmake.project import Project, open_project
from assetmake.reporting.build_log import Verbosity
from assetmake.reporting.console import Console, open_console
from assetmake.reporting.display import display
from assetmake.reporting.documents import write_event
from assetmake.storage.automation_book import RequestRow
from assetmake.ticking.building import Batch, Built, Surroundings, build_requested, list_waiting, sum_up
from assetmake.ticking.condition_rule import observe_for_conditions
from assetmake.ticking.deciding import Ask, decide
from assetmake.ticking.decision import Answer, Decision
from assetmake.ticking.holding import list_taken
from assetmake.ticking.lines import (
    list_decisions,
    list_failed,
    list_left,
    tell_batch,
    tell_idle,
    tell_others,
    tell_taken,
    write_decision,
    write_left,
    write_taken,
)
from assetmake.ticking.question import Question, Reply

_ASKING = "assetmake.ticking.asking"
"""Starts a process; loaded where the user's functions are to be asked."""


class Moment(click.ParamType[datetime]):
    """2026-03-29T06:00, 2026-03-29 06:00+02:00: a time; without an offset in UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; write 2026-03-29T06:00, or 2026-03-29T06:00+02:00", param, ctx)
        return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TickOptions:
    """How a tick goes.

    Attributes:
        at: What is decided is decided for this time, however long it took to get there; None: for now.
    """

    names: tuple[str, ...]
    dry_run: bool
    explain: bool
    running: Running
    at: datetime | None = None

    @property
    def build(self) -> BuildOptions:
        """How what is due is built."""
        return self.running.options


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_automations)
@click.option("-n", "--dry-run", is_flag=True, help="Say what is due; change and build nothing.")
@click.option("--explain", is_flag=True, help="Tell also of what is not due, and why, and when it comes next.")
@click.option(
    "--at", type=Moment(), metavar="TIME", help="Take this time for now, everywhere; in UTC, or with an offset."
)
@click.option("--loop", is_flag=True, help="Tick again and again in the foreground, for those without cron.")
@click.option(
    "--every", type=Duration(), default="30s", show_default=True, metavar="DUR", help="How often, with --loop."
)
@running_options
@project_options
@click.pass_context
def tick(
    ctx: click.Context,
    *,
    names: tuple[str, ...],
    dry_run: bool,
    explain: bool,
    at: datetime | None,
    loop: bool,
    every: float,
    running: Running,
) -> int:
    """Do what is due of schedules, sensors and automation conditions: the one line for crontab.

    What is due follows from the state, so a tick may come late, twice, be missed or be killed: the next one goes on.
    A schedule asks for its target, of partitions for the latest, at each of its times; sensors are asked what they
    want; an asset with an automation condition is asked for when that holds. What they asked for is built as `assetmake
    build` does. While that is being built, schedules and sensors are not asked again. An asset that is older than its
    freshness policy lets it become is told of, and asks for nothing. With NAME only these schedules, sensors and
    assets are looked at.

    \b
    Examples:
      assetmake tick                          do what is due
      assetmake tick --dry-run --explain      say what is due, what is not, and why
      assetmake tick --at 2026-03-29T06:00    as if it was then, in UTC
      assetmake tick nightly                  only this schedule, sensor or asset
      assetmake tick --loop --every 1m        where there is no cron

    Exit codes: 0 done or nothing due, 1 an asset, a check or a sensor failed, 2 wrong arguments or definitions,
    3 state or disk, 4 locked.
    """
    if not loop and ctx.get_parameter_source("every") is ParameterSource.COMMANDLINE:
        raise UsageError("--every goes with --loop", hint="how often cron ticks is in the line of `assetmake crontab`")
    if dry_run:
        running.reports.refuse("--dry-run")
    options = TickOptions(names, dry_run, explain, running, None if loop else at)
    stopping, status = Stopping(), int(ExitCode.OK)
    if not loop and (heading := _write_heading(open_console(), running, at)):
        open_console().result(heading)  # before anything can go wrong
    opened = None if loop else open_here(ctx)
    with clock.set_clock(at), stopping.listen():
        if opened is None:
            run_rounds(partial(_run_round, ctx, options, stopping), open_console(), every=every, stopped=stopping)
        else:
            status = _Tick(opened, options, partial(_open_with, ctx), stopping).run()
    stopping.die()
    return status


def _run_round(ctx: click.Context, options: TickOptions, stopping: Stopping, is_first: bool) -> None:
    """Run one of many ticks, with the definitions as they are now; one in which nothing is due is told of once."""
    opened = open_here(ctx)
    opened.console.begin(_write_heading(opened.console, options.running))
    try:
        _Tick(opened, options, partial(_open_with, ctx), stopping, is_idle_told=is_first).run()
    finally:
        opened.project.state.close()


def _write_heading(console: Console, running: Running, at: datetime | None = None) -> str:
    """Return the line over what a tick writes to a log, with the time; empty where it writes to something else."""
    if running.as_json or running.verbosity is Verbosity.QUIET or not console.is_log:
        return ""
    return f"-- {(at or clock.now()).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def _open_with(ctx: click.Context, launch: Launch) -> Project:
    opener: Opener = ctx.obj or partial(open_project, discover=discover)
    return opener(env=given_env(ctx), project=given_project(ctx), fresh=True, launch=launch)


@dataclass(frozen=True, slots=True)
class _Tick:
    """One tick.

    Attributes:
        is_idle_told: Say so where nothing is due.
    """

    opened: Opened
    options: TickOptions
    open_with: Callable[[Launch], Project]
    stopping: Stopping
    is_idle_told: bool = True

    def run(self) -> int:
        project, console, options = self.opened.project, self.opened.console, self.options
        running = options.running
        hearing = Hearing(console, running.verbosity, running.as_json, running.reports, is_one_of_many=True)
        with telling(self.opened, options.build) as told, hearing.listening():
            now = options.at or clock.now()
            tell_notes(console, observe_for_conditions(project, options.names, stopped=self.stopping))
            decisions = decide(
                project,
                self._ask,
                now=now,
                names=options.names,
                write=not options.dry_run,
                timeout=_choose_timeout(project, options.build),
            )
            left = list_waiting(project, options.names)
            self._tell_decisions(decisions, left)
            built = Built() if options.dry_run else self._build(hearing, told, now)
            if not options.dry_run:
                self._tell_taken(decisions, now, built, left)
            told.note(error for _, error in built.failures)
        if not options.dry_run:
            tell_lateness(self.opened, options.build)
            tell_failing(self.opened, options.build, [(each.kind, each.name) for each in list_failed(decisions)])
        return self._finish(decisions, built)

    def _ask(self, questions: Sequence[Question]) -> Sequence[Reply]:
        project = self.opened.project
        secret = [name for record in project.manifest.assets for name in record.env_vars]
        asking: Ask = importlib.import_module(_ASKING).Asking(project.root, project.config, secret, self.stopping)
        return asking(questions)

    def _build(self, hearing: Hearing, told: Telling, began_at: datetime) -> Built:
        project = self.opened.project

        def listen(batch: Batch, built_in: Project) -> Sink:
            hearing.begin(built_in, head=tell_batch(batch, began_at))
            return told.listen(hearing)

        hearing.flush()
        build, names = self.options.build, self.options.names
        return build_requested(project, Surroundings(self.open_with, build, listen, self.stopping, names))

    def _tell_taken(
        self, decisions: Sequence[Decision], now: datetime, built: Built, left: Sequence[RequestRow]
    ) -> None:
        """Tell of what this tick asked for or was to build, and another one builds or has built."""
        options, console = self.options, self.opened.console
        if options.running.verbosity is Verbosity.QUIET and not options.running.as_json:
            return
        taken = list_taken(self.opened.project, decisions, now, built.taken, left)
        with suppress(BrokenPipeError):  # what was built is built, whoever reads
            console.results((write_taken if options.running.as_json else tell_taken)(*each) for each in taken)

    def _tell_decisions(self, decisions: Sequence[Decision], left: Sequence[RequestRow]) -> None:
        console, options = self.opened.console, self.options
        if options.running.as_json:
            console.results([*map(write_decision, decisions), *map(write_left, left if options.dry_run else ())])
            return
        is_quiet = options.running.verbosity is Verbosity.QUIET
        told = list_failed(decisions) if is_quiet else decisions
        console.results(list_decisions(told, explain=options.explain, paint=console.paint))
        if is_quiet:
            return
        if options.dry_run:
            console.results(list_left(left, explain=options.explain, paint=console.paint))
        is_idle = not any(each.answer in {Answer.DUE, Answer.FAILED, Answer.HELD} for each in decisions)
        if is_idle and not left:
            if self.is_idle_told:
                seconds, names = seconds_since_start(), options.names
                console.result(tell_idle(decisions, seconds, explain=options.explain, names=names))
        elif not options.explain and (others := tell_others(decisions)):
            console.result(console.paint(others, "dim"))

    def _finish(self, decisions: Sequence[Decision], built: Built) -> int:
        console = self.opened.console
        for batch, error in built.failures:
            console.talk(f"{console.paint_talk('FAILED', 'red')} {tell_batch(batch)}: {display(error.message)}")
            if error.hint:
                console.talk(f"  hint: {display(error.hint, lines=True)}")
        for number, (batch, locked) in enumerate(built.held):
            # The first of them is the error that the command ends with.
            why = f": {display(locked.message)}" if number else ""
            console.talk(f"{console.paint_talk('left', 'yellow')} to the next tick: {tell_batch(batch)}{why}")
        if self.options.running.as_json and not self.options.dry_run:
            with suppress(BrokenPipeError):  # what failed has failed, whoever reads
                console.result(write_event(sum_up(built.finished, seconds_since_start())))
        if built.is_failed or list_failed(decisions) or self.opened.is_broken:
            return ExitCode.FAILED
        if built.held:
            raise built.held[0][1]
        return ExitCode.OK


def _choose_timeout(project: Project, options: BuildOptions) -> float:
    """Return the seconds to wait for another tick that decides."""
    if not options.wait:
        return 0.0
    return project.config.build.lock_timeout if options.lock_timeout is None else options.lock_timeout
