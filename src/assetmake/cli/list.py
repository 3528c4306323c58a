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
from assetmake.reporting.automation_documents import (
    describe_checks,
    describe_jobs,
    describe_schedules,
    describe_sensors,
)
from assetmake.reporting.automation_lines import list_checks, list_jobs, list_schedules, list_sensors
from assetmake.reporting.documents import describe_assets, write_json
from assetmake.reporting.plan_lines import NOTHING_SELECTED


@click.command("list")
@selection_options
@click.option("--jobs", is_flag=True, help="List jobs instead; with SEL those that have any of it.")
@click.option("--schedules", is_flag=True, help="The same for schedules.")
@click.option("--sensors", is_flag=True, help="The same for sensors.")
@click.option("--checks", is_flag=True, help="List checks instead; with SEL those of it.")
@json_option
@project_options
@click.pass_context
def list_command(ctx: click.Context, /, *, selection: Selection, as_json: bool, **kinds: bool) -> None:
    """List the assets of the project, or its jobs, schedules, sensors or checks.

    \b
    Examples:
      assetmake list                    all assets
      assetmake list group:raw          of one group
      assetmake list 'sales_*' --json   for scripts
      assetmake list --jobs             what `build --job NAME` can build
      assetmake list --schedules sales  the schedules that ask for sales
    """
    opened = open_here(ctx)
    if any(kinds.values()):
        _print_others(opened, [kind for kind in _KINDS if kinds[kind]], selection, as_json=as_json)
        return
    project = opened.project
    asked = project.count_selected(selection)
    records = [project.graph.assets[key] for key in asked]
    whole = _count_partitions(project, [key for key, number in asked.items() if number is None])
    sizes = {key: whole[key] if number is None else number for key, number in asked.items()}
    if as_json:
        opened.console.result(write_json(describe_assets(records, sizes)))
    elif records:
        opened.console.results(list_assets(records, sizes, paint=opened.console.paint))
    else:
        opened.console.result(NOTHING_SELECTED)


_KINDS = ("jobs", "schedules", "sensors", "checks")


def _print_others(opened: Opened, kinds: Sequence[str], selection: Selection, *, as_json: bool) -> None:
    project, console = opened.project, opened.console
    automation, checks = project.manifest.automation, list(project.graph.checks.values())
    if not selection.is_everything:
        chosen = project.select_assets(selection)
        automation = automation.restrict(chosen)
        checks = [project.graph.checks[key] for key in project.graph.list_checks(chosen)]
    documents = {
        "jobs": describe_jobs(automation.jobs),
        "schedules": describe_schedules(automation.schedules),
        "sensors": describe_sensors(automation.sensors),
        "checks": describe_checks(checks),
    }
    if as_json:
        console.result(write_json({kind: documents[kind] for kind in kinds}))
        return
    lines = {
        "jobs": list_jobs(automation.jobs, paint=console.paint),
        "schedules": list_schedules(automation.schedules, paint=console.paint),
        "sensors": list_sensors(automation.sensors, paint=console.paint),
        "checks": list_checks(checks, paint=console.paint),
    }
    for kind in kinds:
        if len(kinds) > 1 and lines[kind]:
            console.result(console.paint(f"{kind}:", "bold"))
        console.results(lines[kind] or [f"no {kind}"])


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
