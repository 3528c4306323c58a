"""`assetmake why`."""

from __future__ import annotations

import click

from assetmake import clock
from assetmake.cli.context import project_options
from assetmake.cli.node_names import find_node
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import complete_assets, json_option
from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Verdict
from assetmake.planning.prepared import PlanView
from assetmake.project import Selection
from assetmake.reporting.documents import describe_all, describe_why, write_json
from assetmake.reporting.why_lines import list_groups, list_why


@click.command()
@click.argument("node", metavar="ASSET[@KEY]", shell_complete=complete_assets)
@json_option
@project_options
@click.pass_context
def why(ctx: click.Context, *, node: str, as_json: bool) -> None:
    """Say why an asset or a partition is stale, or why not.

    It shows what is not as it was at the last build, with the difference of the code. Of a partitioned asset
    without a key it tells all reasons, and the first partition that is stale in full.

    \b
    Examples:
      assetmake why report
      assetmake why daily@2026-01-05
      assetmake why daily@latest --json
    """
    opened = open_here(ctx)
    asset, key = find_node(opened.project, node)
    if key is None and opened.project.graph.assets[asset].partitions is not None:
        _explain_all(opened, asset, as_json=as_json)
        return
    explanation = opened.project.explain(asset, key)
    console = opened.console
    if as_json:
        console.result(write_json(describe_why(explanation)))
    else:
        console.results(list_why(explanation, now=clock.now(), paint=console.paint))


def _explain_all(opened: Opened, asset: AssetKey, *, as_json: bool) -> None:
    project, console = opened.project, opened.console
    view = project.make_plan(Selection((str(asset),)), closure=False)
    first = _find_first(view, asset)
    explanation = None if first is None else project.explain(asset, first)
    if as_json:
        console.result(write_json(describe_all(view, asset, explanation)))
        return
    console.results(list_groups(view, asset, paint=console.paint))
    if explanation is not None:
        console.results(list_why(explanation, now=clock.now(), paint=console.paint))


def _find_first(view: PlanView, asset: AssetKey) -> str | None:
    """Return the first partition that is stale, else that waits."""
    verdicts = view.plan.verdicts[asset]
    definition = view.scope.definitions[asset]
    if definition is None or not verdicts.parts:
        return None
    stale = verdicts.select(Verdict.STALE) or verdicts.parts
    return definition.key_of(stale[0])
