"""`assetmake mv`."""

from __future__ import annotations

import click

from assetmake import by_hand
from assetmake.cli.context import project_options
from assetmake.cli.node_names import find_node
from assetmake.cli.opening import open_here
from assetmake.cli.suggesting import complete_assets
from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UsageError
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW", shell_complete=complete_assets)
@project_options
@click.pass_context
def mv(ctx: click.Context, *, old: str, new: str) -> None:
    """Take what was built along when an asset is renamed.

    First rename the asset in the code, then call this: outputs, records and history go to the new name, and nothing is
    built again for the name's sake; only a reader whose parameter has to be renamed has other code then, which
    ins={"orders": AssetIn("sales")} spares it. Stopped half-way, it goes on when it is called again. Where others have
    copies of the project, @asset(aliases=["OLD"]) does the same with their next build.

    \b
    Examples:
      assetmake mv orders sales
      assetmake mv raw/orders warehouse/orders
    """
    opened = open_here(ctx)
    asset, key = find_node(opened.project, new)
    if key is not None or "@" in old:
        raise UsageError("an asset is renamed as a whole", hint="leave out the @ and the key")
    moved = by_hand.rename(opened.project, AssetKey.from_user_string(old), asset)
    name = display(f"{old} to {asset}")
    if moved is None:
        opened.console.result(f"moved {name} before: nothing to do")
    else:
        opened.console.result(f"moved {name}: {count(moved, 'node')}")
