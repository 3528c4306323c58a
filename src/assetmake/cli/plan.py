"""`assetmake plan`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from assetmake import clock, travelling
from assetmake.cli.context import config_options, project_options
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import STDOUT, json_option, selection_options, verify_option
from assetmake.cli.prospect import Prospect, find_prospect
from assetmake.cli.shaping import choose_shape, count_shards, list_document, shard_option, tell_idle
from assetmake.cli.stopwatch import seconds_since_start
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import ExitCode, UsageError
from assetmake.events import Warned
from assetmake.graph.selection import Selection
from assetmake.planning.planned import NotingShape
from assetmake.planning.shaping import Everything, Shape
from assetmake.planning.shards import Shard
from assetmake.reporting.build_log import list_notice
from assetmake.reporting.console import Console
from assetmake.reporting.documents import describe_plan, describe_why, write_json
from assetmake.reporting.patience import show_patience, tell_looking
from assetmake.reporting.plan_lines import list_plan
from assetmake.reporting.unavailable_lines import tell_unavailable
from assetmake.reporting.why_lines import list_why


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How to plan, whatever is selected."""

    force: bool
    only: bool
    verify: OutputCheck | None
    explained: bool = False
    diffs: bool = False
    shape: Shape | None = None


@click.command()
@selection_options
@click.option("-f", "--force", is_flag=True, help="As if everything selected were stale.")
@click.option("--only", is_flag=True, help="Leave alone what is upstream of the selection.")
@click.option("--explain", is_flag=True, help="Tell of each asset what is not as it was, as `why` does.")
@click.option("--diff", is_flag=True, help="Show also what changed of the code.")
@click.option("--exit-code", "tells_work", is_flag=True, help="Exit with 5 if work is needed, 1 if a check failed.")
@click.option("-q", "--quiet", is_flag=True, help="Print no plan, only warnings: for --exit-code and -o.")
@shard_option
@click.option(
    "-o",
    "--output",
    metavar="F",
    type=click.Path(path_type=Path),
    help="Write the plan down, for `build --plan F`; - is standard output, with nothing else on it.",
)
@json_option
@verify_option
@config_options
@project_options
@click.pass_context
def plan(
    ctx: click.Context,
    *,
    selection: Selection,
    force: bool,
    only: bool,
    explain: bool,
    diff: bool,
    tells_work: bool,
    quiet: bool,
    shard: Shard | None,
    output: Path | None,
    as_json: bool,
    verify: OutputCheck | None,
) -> int:
    """Show what a build would run, and why; run nothing.

    What waits for upstream may turn out fresh, so the number is an upper bound. Sources that a function observes are
    looked at first. A plan that is written down is built by `build --plan` as long as it is still right.

    \b
    Examples:
      assetmake plan                    everything
      assetmake plan report             report, and what it needs
      assetmake plan status:failed      what failed last time
      assetmake plan --diff             what changed, down to the line
      assetmake plan --json             counts, reasons and keys for scripts
      assetmake plan --exit-code -q     exit with 5 if anything is out of date, and print nothing
      assetmake plan -o plan.json       and then, there or elsewhere, `build --plan plan.json`
      assetmake plan --shard 2/3        what the second of three machines would build
    """
    is_piped = str(output) == STDOUT
    if is_piped and as_json:
        raise UsageError("-o - and --json both write to standard output", hint="leave out one of them")
    opened = open_here(ctx, job=selection.job_run, keys=selection.keys)
    chosen = choose_shape(shard)
    noting = NotingShape(chosen or Everything()) if output else None
    options = PlanOptions(
        force=force, only=only, verify=verify, explained=explain or diff, diffs=diff, shape=noting or chosen
    )
    prospect = print_plan(opened, selection, options, as_json=as_json, is_quiet=quiet or is_piped)
    if noting and output and not opened.is_broken:
        lines = list_document(noting.document, selection, verify=verify, shard=shard)
        opened.console.results(lines) if is_piped else travelling.write_lines(output, lines)
    if opened.is_broken:
        return ExitCode.FAILED
    return prospect.find_exit_code() if tells_work else ExitCode.OK


def print_plan(
    opened: Opened, selection: Selection, options: PlanOptions, *, as_json: bool, is_quiet: bool = False
) -> Prospect:
    """Print the plan of a selection and return what a build would find."""
    console = opened.console
    doing = tell_looking(len(opened.project.graph.assets), shards=count_shards(options.shape))
    with show_patience(console, doing):
        view = opened.project.make_plan(
            selection,
            force=options.force,
            only=options.only,
            verify=options.verify,
            explained=options.explained,
            shape=options.shape,
        )
    tell_notes(console, view.notes)
    prospect = find_prospect(opened.project.graph, view.plan, view.scope)
    if as_json:
        told = {"explanations": [*map(describe_why, view.explanations)]} if options.explained else {}
        console.result(write_json(describe_plan(view) | told))
        return prospect
    if not view.plan.is_idle:
        tell_notes(console, view.plan.warnings)
    if not is_quiet:
        console.results(
            list_plan(view, seconds=seconds_since_start(), paint=console.paint, idle=tell_idle(options.shape))
        )
        for explanation in view.explanations:
            console.result("")
            console.results(list_why(explanation, now=clock.now(), paint=console.paint, diffs=options.diffs))
        if opened.is_broken:
            console.result(tell_unavailable(opened.project.graph))
    prospect.tell_failed(console)
    return prospect


def tell_notes(console: Console, notes: Iterable[str]) -> None:
    """Print what a person should know, and what stops nothing."""
    for line in (line for text in notes for line in list_notice(Warned(text))):
        console.talk(line)
