"""What `--dry-run` prints where only a portion is to be built, or partitions are to be filled."""

from __future__ import annotations

from dataclasses import asdict

from assetmake.cli.opening import Opened
from assetmake.cli.plan import tell_notes
from assetmake.cli.prospect import Prospect, find_prospect
from assetmake.cli.stopwatch import seconds_since_start
from assetmake.execution.asked import BuildOptions
from assetmake.filling import Foresight, foresee
from assetmake.graph.selection import Selection
from assetmake.reporting.documents import describe_plan, write_json
from assetmake.reporting.patience import show_patience, tell_looking
from assetmake.reporting.plan_lines import list_plan
from assetmake.reporting.portion_lines import list_foresight, tell_unasked
from assetmake.reporting.unavailable_lines import tell_unavailable


def print_foresight(
    opened: Opened, selection: Selection, options: BuildOptions, *, as_json: bool, is_quiet: bool = False
) -> Prospect:
    """Print what a build would do and how long it would take; return what it would find."""
    console = opened.console
    with show_patience(console, tell_looking(len(opened.project.graph.assets))):
        foresight = foresee(opened.project, selection, options)
    plan = foresight.view.plan
    prospect = find_prospect(opened.project.graph, plan, foresight.view.scope)
    work = prospect.work
    tell_notes(console, foresight.notes)
    if as_json:
        console.result(write_json(describe_plan(foresight.view) | _describe(foresight)))
        return prospect
    if work:
        tell_notes(console, plan.warnings)
    if not work and plan.unasked:
        console.result(tell_unasked(plan.unasked))
    elif not is_quiet:
        console.results(list_plan(foresight.view, seconds=seconds_since_start(), paint=console.paint))
        if work:
            console.results(list_foresight(foresight, budget=options.time_budget))
        if opened.is_broken:
            console.result(tell_unavailable(opened.project.graph))
    prospect.tell_failed(console)
    return prospect


def _describe(foresight: Foresight) -> dict[str, object]:
    left = foresight.left
    estimate = {
        "seconds": foresight.seconds,
        "work_seconds": foresight.work,
        "jobs": foresight.jobs,
        "unknown": foresight.unknown,
    }
    return {"estimate": estimate, "left": None if left is None else asdict(left)}
