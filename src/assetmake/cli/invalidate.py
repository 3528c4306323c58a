"""`assetmake invalidate`."""

from __future__ import annotations

import click

from assetmake import by_hand
from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option, selection_options
from assetmake.cli.terms import check_terms
from assetmake.errors import ExitCode
from assetmake.graph.selection import Selection
from assetmake.reporting.decision_lines import list_decided
from assetmake.reporting.documents import describe_decided, write_json


@click.command()
@selection_options
@click.option("-r", "--reason", metavar="TEXT", default="by hand", show_default=True, help="Why; kept in the history.")
@json_option
@project_options
@click.pass_context
def invalidate(ctx: click.Context, *, selection: Selection, reason: str, as_json: bool) -> int:
    """Mark what was built as stale, so that the next build makes it anew.

    Nothing is run or removed, and what is upstream of the selection is not touched. A build, or `accept`, takes the
    mark away.

    \b
    Examples:
      assetmake invalidate report
      assetmake invalidate daily@2026-01-05 -r "the vendor sent a correction"
      assetmake invalidate tag:api --latest 7
    """
    opened = open_here(ctx)
    check_terms(selection.include or selection.job, command="invalidate")
    decided = by_hand.invalidate(opened.project, selection, reason.strip())
    if as_json:
        opened.console.result(write_json(describe_decided("invalidated", decided)))
    else:
        opened.console.results(list_decided("invalidated", decided, otherwise="nothing of it was ever built"))
    return ExitCode.FAILED if opened.is_broken else ExitCode.OK
