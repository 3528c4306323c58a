"""The entry point, and the one place where errors end."""

from __future__ import annotations

import errno
import importlib
import signal
import sys
from collections.abc import Sequence

import click

from assetmake.cli import stopwatch
from assetmake.cli.commands import assetmake
from assetmake.cli.context import ARGUMENTS, given_guard, given_project
from assetmake.cli.stopping import die_of
from assetmake.cli.streams import SIGPIPE_STATUS, flush, hold_standard_streams
from assetmake.errors import AssetmakeError, ExitCode
from assetmake.reporting.console import Console, open_console
from assetmake.reporting.display import display

PROGRAM = "assetmake"
_CRASH = "assetmake.cli.crash"
seconds_since_start = stopwatch.seconds_since_start
"""Loaded here, before anything else, so that it counts from the start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status; a signal is died of."""
    hold_standard_streams()
    status = run(list(sys.argv[1:] if arguments is None else arguments))
    return flush(status)


def run(arguments: list[str], *, obj: object = None) -> int:
    """Run one command and return its exit status, with every error told.

    Args:
        arguments: Without the program's name.
        obj: Opens the project, in tests.
    """
    context: list[click.Context] = []
    try:
        with assetmake.make_context(PROGRAM, list(arguments), obj=obj) as ctx:
            context.append(ctx)
            ctx.meta[ARGUMENTS] = tuple(arguments)
            return int(assetmake.invoke(ctx) or 0)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        open_console().talk(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        return _tell(context, error.format_message(), _suggest_help(error), ExitCode.USAGE)
    except AssetmakeError as error:
        return _tell(context, error.message, error.hint, error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        die_of(signal.SIGINT)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return SIGPIPE_STATUS
    except Exception as error:  # noqa: BLE001 - this is where what nobody expected ends
        return _tell_bug(context, error)


def _tell(context: Sequence[click.Context], message: str, hint: str, code: ExitCode) -> int:
    console = open_console(guard=given_guard(context[0])) if context else open_console()
    _tell_error(console, message)
    if hint:
        console.talk(f"  hint: {display(hint, lines=True)}")
    return code


def _tell_error(console: Console, message: str) -> None:
    head = console.paint_talk("error:", "red", "bold")
    console.talk(f"{PROGRAM}: {head} {display(message, lines=True)}")


def _tell_bug(context: Sequence[click.Context], error: Exception) -> int:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _tell(context, f"the disk is full: {error}", "make room and build again", ExitCode.STORAGE)
    if isinstance(error, OSError) and ".assetmake" in str(error.filename):
        hint = "assetmake keeps its state there: it must be a folder that can be written to"
        return _tell(context, f"{error.filename}: {error.strerror}", hint, ExitCode.STORAGE)
    project = given_project(context[0]) if context else None
    log = importlib.import_module(_CRASH).write_crash_log(error, project=project)
    where = f"the traceback is in {log}" if log else "no log could be written"
    return _tell(context, f"a bug in assetmake: {type(error).__name__}: {error}", where, ExitCode.BUG)


def _suggest_help(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"`{context.command_path} --help` tells what can be given" if context else ""
