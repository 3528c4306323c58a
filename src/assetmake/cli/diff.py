"""`assetmake diff`."""

from __future__ import annotations

import click

from assetmake import clock, looking_back
from assetmake.cli.context import project_options
from assetmake.cli.node_names import find_node
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option
from assetmake.cli.suggesting import complete_assets
from assetmake.errors import UsageError
from assetmake.planning.build_differences import compare_builds
from assetmake.reporting.difference_lines import list_difference
from assetmake.reporting.documents import write_json
from assetmake.reporting.history_documents import describe_difference
from assetmake.reporting.why_lines import name_node


@click.command()
@click.argument("node", metavar="ASSET[@KEY]", shell_complete=complete_assets)
@click.option(
    "--run", "--from", "before", metavar="RUN", help="The older build; default: the last one that gave other data."
)
@click.option("--to", "after", metavar="RUN", help="The newer build; default: the last one that changed the data.")
@json_option
@project_options
@click.pass_context
def diff(ctx: click.Context, *, node: str, before: str | None, after: str | None, as_json: bool) -> None:
    """Show how the data of an asset differs between two builds: by default the last two that changed it.

    It tells of rows, of columns that came, went or have another type, of the share of missing values and of the least
    and greatest numbers and dates, and of metadata. The data itself is not read, and texts in it are not kept: what
    stands in the state of each build is compared. RUN is an id of `assetmake history ASSET`, or its last characters.

    \b
    Examples:
      assetmake diff sales
      assetmake diff daily@2026-01-05
      assetmake diff sales --from 8c41f2 --to 03bd7e
      assetmake diff sales --json
    """
    opened = open_here(ctx)
    project, console = opened.project, opened.console
    asset, key = find_node(project, node)
    if asset in project.graph.checks:
        raise UsageError(f"{asset} is a check, of which no data is stored", hint=f"assetmake history {asset}")
    if key is None and project.graph.records[asset].partitions is not None:
        raise UsageError(f"{asset} has partitions", hint=f"name one: assetmake diff {asset}@KEY, or {asset}@latest")
    difference = compare_builds(*looking_back.find_builds(project, asset, key, before=before, after=after))
    if as_json:
        console.result(write_json(describe_difference(str(asset), key, difference)))
    else:
        console.results(list_difference(name_node(asset, key), difference, now=clock.now(), paint=console.paint))
