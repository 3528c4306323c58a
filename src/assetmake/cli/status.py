"""`assetmake status`."""

from __future__ import annotations

import click

from assetmake import clock
from assetmake.cli.context import config_options, project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option, selection_options, verify_option
from assetmake.cli.plan import tell_notes
from assetmake.discovery.settings import OutputCheck
from assetmake.graph.selection import Selection
from assetmake.reporting.check_lines import sum_up_checks
from assetmake.reporting.documents import describe_orphans, describe_plan, write_json
from assetmake.reporting.orphan_lines import tell_orphans
from assetmake.reporting.patience import show_patience, tell_looking
from assetmake.reporting.plan_lines import list_status


@click.command()
@selection_options
@json_option
@verify_option
@config_options
@project_options
@click.pass_context
def status(ctx: click.Context, *, selection: Selection, as_json: bool, verify: OutputCheck | None) -> None:
    """Show how fresh every asset is, and when it was built.

    Partitions are counted, and those that are not fresh are shown as ranges of keys. Where no assets are named, what
    was built and is no longer in the project is told of below. It works while a build runs. Sources that a function
    observes are looked at first.

    \b
    Examples:
      assetmake status                  every asset
      assetmake status tag:nightly      some of them
      assetmake status --latest 7       of the last week
      assetmake status --json           for scripts
    """
    opened = open_here(ctx, job=selection.job_run)
    with show_patience(opened.console, tell_looking(len(opened.project.graph.assets))):
        view = opened.project.make_plan(
            selection, closure=False, orphans=not selection.include and selection.job is None, verify=verify
        )
    tell_notes(opened.console, view.notes)
    keys = [key for key in opened.project.graph.order if key in view.plan.verdicts]
    if as_json:
        opened.console.result(write_json({**describe_plan(view, keys), "orphans": describe_orphans(view.orphans)}))
    else:
        opened.console.results(list_status(view, keys, now=clock.now(), paint=opened.console.paint))
        opened.console.results(sum_up_checks(view.plan, paint=opened.console.paint))
        opened.console.results(tell_orphans(view.orphans))
