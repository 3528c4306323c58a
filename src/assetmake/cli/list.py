"""`assetmake list`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from assetmake import clock
from assetmake.cli.context import project_options
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import json_option, selection_options
from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.selection import Selection
from assetmake.project import Project
from assetmake.reporting.asset_lines import list_assets
from assetmake.reporting.automation_documents import describe_jobs, describe_schedules, describe_sensors
from assetmake.reporting.automation_lines import list_jobs, list_schedules, list_sensors
from assetmake.reporting.documents import describe_assets, write_json
from assetmake.reporting.plan_lines import NOTHING_SELECTED


@click.command("list")
@selection_options
@click.option("--jobs", "kind", flag_value="jobs", help="List jobs instead; with SEL those that have any of it.")
@click.option("--schedules", "kind", flag_value="schedules", help="The same for schedules.")
@click.option("--sensors", "kind", flag_value="sensors", help="The same for sensors.")
@json_option
@project_options
@click.pass_context
def list_command(ctx: click.Context, *, selection: Selection, kind: str | None, as_json: bool) -> None:
    """List the assets of the project, or its jobs, schedules or sensors.

    \b
    Examples:
      assetmake list                    all assets
      assetmake list group:raw          of one group
      assetmake list 'sales_*' --json   for scripts
      assetmake list --jobs             what `build --job NAME` can build
      assetmake list --schedules sales  the schedules that ask for sales
    """
    opened = open_here(ctx)
    if kind is not None:
        _print_automation(opened, kind, selection, as_json=as_json)
        return
    project = opened.project
    keys = project.select_assets(selection)
    records = [project.graph.assets[key] for key in keys]
    sizes = _count_partitions(project, keys)
    if as_json:
        opened.console.result(write_json(describe_assets(records, sizes)))
    elif records:
        opened.console.results(list_assets(records, sizes, paint=opened.console.paint))
    else:
        opened.console.result(NOTHING_SELECTED)


def _print_automation(opened: Opened, kind: str, selection: Selection, *, as_json: bool) -> None:
    automation = opened.project.manifest.automation
    wanted = None if selection.is_everything else frozenset(opened.project.select_assets(selection))
    match kind:
        case "jobs":
            jobs = [each for each in automation.jobs if wanted is None or wanted.intersection(each.assets)]
            document, lines = describe_jobs(jobs), list_jobs(jobs, paint=opened.console.paint)
        case "schedules":
            schedules = [each for each in automation.schedules if wanted is None or wanted.intersection(each.assets)]
            document, lines = describe_schedules(schedules), list_schedules(schedules, paint=opened.console.paint)
        case _:
            sensors = [each for each in automation.sensors if wanted is None or wanted.intersection(each.assets)]
            document, lines = describe_sensors(sensors), list_sensors(sensors, paint=opened.console.paint)
    if as_json:
        opened.console.result(write_json(document))
    else:
        opened.console.results(lines or [f"no {kind}"])


def _count_partitions(project: Project, keys: Sequence[AssetKey]) -> dict[AssetKey, int | None]:
    now = clock.now()
    definitions = {key: project.graph.assets[key].partitions for key in keys}
    if any(definition is not None and not definition.is_resolved for definition in definitions.values()):
        # Only a plan looks at the files that define such keys, or at the state that keeps them.
        parts = project.make_plan(Selection(), closure=False).scope.parts
        return {key: None if definitions[key] is None else len(parts[key]) for key in keys}
    return {
        key: None if definition is None else definition.get_num_partitions(current_time=now)
        for key, definition in definitions.items()
    }
