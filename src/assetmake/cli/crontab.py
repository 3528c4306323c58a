"""`assetmake crontab`."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from assetmake.cli.context import given_env, given_project, project_options
from assetmake.cli.options import Duration
from assetmake.discovery.config import find_project, load_config
from assetmake.errors import UsageError
from assetmake.reporting.console import open_console

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_PROGRAM = "assetmake"
_LOG = ".assetmake/cron.log"
_TURN_OVER = f"find {_LOG} -size +2048 -exec mv -f {_LOG} {_LOG}.1 \\; 2>/dev/null"
"""Puts a log of more than a MiB aside, in the place of the one before, so that it does not grow without end."""


@click.command()
@click.option("--every", type=Duration(), default="5m", show_default=True, metavar="DUR", help="How often cron ticks.")
@click.option("--mail", is_flag=True, help="Keep no log: print failures only, which cron mails.")
@project_options
@click.pass_context
def crontab(ctx: click.Context, *, every: float, mail: bool) -> None:
    """Print the line of a crontab that does what is due.

    Nothing is installed. A log of more than 1 MiB is put aside before the next line is written to it, and one such is
    kept. The line names the program and the project by their whole paths, since cron knows neither your
    folder nor your PATH. Schedules have time zones of their own, so it holds in whichever one cron runs.

    \b
    Examples:
      assetmake crontab                               a tick every five minutes
      assetmake crontab --every 1h --mail             every hour; cron mails what failed
      (crontab -l; assetmake crontab) | crontab -     put it into your crontab
    """
    root = find_project(project=given_project(ctx)).resolve()
    env = given_env(ctx) or os.environ.get("ASSETMAKE_ENV") or ""
    if env:
        load_config(root, env=env)  # a line with one that there is not would always end with 2
    program = find_program(Path(sys.executable))
    open_console().results(list_lines(root, program, every=every, env=env, mail=mail))


def list_lines(root: Path, program: list[str], *, every: float, env: str = "", mail: bool = False) -> list[str]:
    """Return the lines of a crontab: what a person should know, and the one that ticks.

    Args:
        root: The project's folder.
        program: What calls assetmake.
        every: Seconds between ticks.
        env: The overlay of assets.toml.
        mail: Cron mails what is printed.

    Raises:
        UsageError: cron knows no such times, or a path has a line end.
    """
    words = [*program, "tick", *(["--env", env] if env else []), *(["--quiet"] if mail else [])]
    steps = [f"cd {shlex.quote(str(root))}"]
    if mail:
        steps.append(f"exec {shlex.join(words)}")
    else:
        steps += ["mkdir -p .assetmake", f"{{ {_TURN_OVER}; exec {shlex.join(words)} >> {_LOG} 2>&1; }}"]
    command = escape(" && ".join(steps))
    return [
        f"# {_PROGRAM}: schedules and sensors of {root}",
        "# Assets that call other programs need them in the PATH: set PATH=... above this line.",
        f"{write_times(every)} {command}",
    ]


def write_times(every: float) -> str:
    """Return times as cron writes them.

    Raises:
        UsageError: there is no way to write them.
    """
    seconds = round(every)
    minutes, hours = seconds // _MINUTE, seconds // _HOUR
    if seconds % _MINUTE == 0 and 0 < minutes < 60 and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    if seconds % _HOUR == 0 and 0 < hours < 24 and 24 % hours == 0:
        return "0 * * * *" if hours == 1 else f"0 */{hours} * * *"
    if seconds == _DAY:
        return "0 0 * * *"
    raise UsageError(
        f"--every {_write_duration(every)}: cron has no such times",
        hint="give minutes that divide an hour, as 5m or 30m, or hours that divide a day, as 1h or 6h",
    )


def _write_duration(seconds: float) -> str:
    """Return a duration as it is given: in the largest unit of which it is a whole number."""
    units = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m"))
    return next(
        (f"{seconds / unit:g}{word}" for unit, word in units if seconds and seconds % unit == 0), f"{seconds:g}s"
    )


def escape(command: str) -> str:
    """Return a command as a crontab takes it: a percent sign would end it there.

    Raises:
        UsageError: it has several lines.
    """
    if "\n" in command or "\r" in command:
        raise UsageError("a crontab has no way to write a path with a line end in it", hint="rename the folder")
    return command.replace("%", "\\%")


def find_program(python: Path) -> list[str]:
    """Return what calls assetmake by whole paths: the script that stands beside a Python, or that Python."""
    script = python.with_name(_PROGRAM)
    return [str(script)] if os.access(script, os.X_OK) else [str(python), "-P", "-m", _PROGRAM]
