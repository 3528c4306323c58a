"""`assetmake list`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from assetmake import clock
from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option, selection_options
from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.selection import Selection
from assetmake.project import Project
from assetmake.reporting.asset_lines import list_assets
from assetmake.reporting.documents import describe_assets, write_json
from assetmake.reporting.plan_lines import NOTHING_SELECTED


@click.command("list")
@selection_options
@json_option
@project_options
@click.pass_context
def list_command(ctx: click.Context, *, selection: Selection, as_json: bool) -> None:
    """List the assets of the project.

    \b
    Examples:
      assetmake list                    all of them
      assetmake list group:raw          of one group
      assetmake list 'sales_*' --json   for scripts
    """
    opened = open_here(ctx)
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
