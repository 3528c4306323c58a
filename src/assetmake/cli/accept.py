"""`assetmake accept`."""

from __future__ import annotations

import click

from assetmake import by_hand
from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option, selection_options
from assetmake.cli.terms import check_terms
from assetmake.errors import ExitCode, UsageError
from assetmake.events import Warned
from assetmake.graph.selection import Selection
from assetmake.reporting.build_log import list_notice
from assetmake.reporting.decision_lines import list_decided
from assetmake.reporting.documents import describe_decided, write_json


@click.command()
@selection_options
@click.option("-r", "--reason", metavar="TEXT", required=True, help="Why; kept in the history, and told by `why`.")
@json_option
@project_options
@click.pass_context
def accept(ctx: click.Context, *, selection: Selection, reason: str, as_json: bool) -> int:
    """Take the outputs that stand as fresh, without running anything.

    For an edit of the code that changes no result, or an output that was put right by hand: the present output counts
    as made by the present code from the data that is upstream now. What reads an output that was edited is built anew.
    An output that is missing cannot be accepted; then nothing is.

    \b
    Examples:
      assetmake accept report -r "only renamed a variable"
      assetmake accept daily --from 2026-01-01 --to 2026-01-31 -r "same numbers, faster query"
      assetmake accept '*' -r "moved to the new library version, checked by hand"
    """
    opened = open_here(ctx, job=selection.job_run, keys=selection.keys)
    check_terms(selection.include or selection.job, command="accept")
    if not reason.strip():
        raise UsageError("the reason is empty", hint="say why the outputs are right: --reason TEXT")
    decided = by_hand.accept(opened.project, selection, reason.strip())
    for line in (line for note in decided.notes for line in list_notice(Warned(note))):
        opened.console.talk(line)
    if as_json:
        opened.console.result(write_json(describe_decided("accepted", decided)))
    else:
        opened.console.results(list_decided("accepted", decided, otherwise="all of it is fresh"))
    return ExitCode.FAILED if opened.is_broken else ExitCode.OK
