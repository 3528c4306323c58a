"""The options that tell other programs what a command did: lines, files and commands for a CI server."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from assetmake.cli.context import GUARD, REPORTS, given_guard
from assetmake.errors import StorageError
from assetmake.reporting.console import open_console
from assetmake.reporting.reports import NO_REPORTS, Asked, Reports

_Function = Callable[..., Any]
_WRITTEN, _COMMANDS = "assetmake.reporting.written_reports", "assetmake.reporting.workflow_commands"
"""Loaded only where they are asked for: most commands are not."""


def output_options(function: _Function) -> _Function:
    """Give a command --json, --junit, --github and --summary-md; they arrive as `as_json=` and `reports=`.

    What is asked for is written when the command ends, also by an error; `reports.hear` is to hear what happens.
    """

    @functools.wraps(function)
    def wrapped(
        *args: Any, as_json: bool, junit: Path | None, github: bool, summary_md: Path | None, **others: Any
    ) -> Any:
        ctx = click.get_current_context()
        asked = Asked(junit, summary_md, github, as_json)
        if not asked.list_options():
            return function(*args, as_json=as_json, reports=NO_REPORTS, **others)
        reports: Reports = importlib.import_module(_WRITTEN).WrittenReports(asked, command=ctx.info_name or "")
        ctx.meta[REPORTS] = reports
        if github:
            ctx.meta[GUARD] = importlib.import_module(_COMMANDS).break_commands
        return _tell_at_the_end(
            reports, given_guard(ctx), functools.partial(function, *args, as_json=as_json, reports=reports, **others)
        )

    decorated: _Function = wrapped
    for declare in reversed(_OUTPUTS):
        decorated = declare(decorated)
    return decorated


def _tell_at_the_end(reports: Reports, guard: Callable[[str], str], call: Callable[[], Any]) -> Any:
    reports.open(open_console(guard=guard))
    try:
        status = call()
    except click.exceptions.Exit:
        raise
    except BaseException as error:
        reports.end(error)
        with suppress(StorageError):  # there is one error already, and that comes first
            reports.close(open_console(guard=guard))
        raise
    reports.close(open_console(guard=guard))
    return status


_OUTPUTS: tuple[Callable[[_Function], _Function], ...] = (
    click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line, for each event."),
    click.option(
        "--junit",
        type=click.Path(path_type=Path),
        metavar="F",
        help="Write JUnit XML to F: an asset or a check is a test case.",
    ),
    click.option(
        "--github",
        is_flag=True,
        help="Annotate the lines that failed, group the logs of failures and write the job's summary.",
    ),
    click.option(
        "--summary-md",
        type=click.Path(path_type=Path),
        metavar="F",
        help="Write a summary in Markdown to F.",
    ),
)
