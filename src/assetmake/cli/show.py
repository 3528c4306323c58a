"""`assetmake show`."""

from __future__ import annotations

import click

from assetmake.cli.context import project_options
from assetmake.cli.node_names import find_node
from assetmake.cli.opening import open_here
from assetmake.cli.suggesting import complete_assets
from assetmake.errors import UsageError
from assetmake.reporting.preview import preview
from assetmake.reporting.why_lines import name_node


@click.command()
@click.argument("node", metavar="ASSET[@KEY]", shell_complete=complete_assets)
@click.option("-n", "--limit", type=click.IntRange(min=0), default=10, show_default=True, help="Rows of a table.")
@project_options
@click.pass_context
def show(ctx: click.Context, *, node: str, limit: int) -> None:
    """Look at what an asset has stored.

    Tables are shown as rows, JSON as it is, and of other files where they are and how large.

    \b
    Examples:
      assetmake show sales
      assetmake show daily_sales@2026-01-05
      assetmake show daily_sales@latest -n 50
    """
    opened = open_here(ctx)
    asset, key = find_node(opened.project, node)
    if asset in opened.project.graph.checks:
        raise UsageError(f"{asset} is a check, of which nothing is stored", hint=f"assetmake why {asset}")
    outputs = opened.project.find_outputs(asset, None if key is None else [key])
    if not outputs:
        name = name_node(asset, key)
        record = opened.project.graph.records[asset]
        if record.is_kept_by_user:
            raise UsageError(
                f"{name} is kept by the IO manager {record.io_manager}, which is yours", hint="look where that keeps it"
            )
        raise UsageError(f"nothing is stored of {name}", hint=f"build it: assetmake build {name}")
    opened.console.results(preview(outputs, limit=limit, root=opened.project.root, paint=opened.console.paint))
