"""`assetmake why`."""

from __future__ import annotations

from dataclasses import replace

import click

from assetmake import clock
from assetmake.cli.context import config_options, project_options
from assetmake.cli.node_names import find_node
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import json_option, verify_option
from assetmake.cli.plan import tell_notes
from assetmake.cli.suggesting import complete_nodes
from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.settings import OutputCheck
from assetmake.graph.selection import Selection
from assetmake.planning.plan import Verdict
from assetmake.planning.prepared import PlanView
from assetmake.project import Project
from assetmake.reporting.documents import describe_all, describe_why, write_json
from assetmake.reporting.why_lines import list_groups, list_undeclared, list_why


@click.command()
@click.argument("node", metavar="ASSET[@KEY]", shell_complete=complete_nodes)
@json_option
@verify_option
@config_options
@project_options
@click.pass_context
def why(ctx: click.Context, *, node: str, as_json: bool, verify: OutputCheck | None) -> None:
    """Say why an asset, a check or a partition is stale, or why not.

    It shows what is not as it was at the last build, with the difference of the code. Of a partitioned asset
    without a key it tells all reasons, and the first partition that is stale in full. Sources that a function
    observes are looked at first.

    \b
    Examples:
      assetmake why report
      assetmake why daily@2026-01-05
      assetmake why daily@latest --json
      assetmake why report:is_complete
    """
    opened = open_here(ctx)
    asset, key = find_node(opened.project, node)
    if key is None and opened.project.graph.records[asset].partitions is not None:
        _explain_all(opened, asset, as_json=as_json, verify=verify)
        return
    console = opened.console
    selection = Selection.of(opened.project.graph.find_asset(asset))
    tell_notes(console, opened.project.observe(selection, verify=verify))
    explanation = opened.project.explain(asset, key, verify=verify)
    if as_json:
        console.result(write_json(describe_why(explanation)))
    else:
        console.results(list_why(explanation, now=clock.now(), paint=console.paint))


def _explain_all(opened: Opened, asset: AssetKey, *, as_json: bool, verify: OutputCheck | None) -> None:
    project, console = opened.project, opened.console
    view = _plan_one(project, asset, verify=verify)
    tell_notes(console, view.notes)
    first = _find_first(view, asset)
    explanation = None if first is None else project.explain(asset, first, verify=verify)
    undeclared = project.list_undeclared(asset)
    if as_json:
        console.result(write_json(describe_all(view, asset, explanation, undeclared)))
        return
    console.results(list_groups(view, asset, paint=console.paint))
    console.results(list_undeclared(undeclared))
    if explanation is not None:
        explanation = replace(explanation, undeclared=())
        console.results(list_why(explanation, now=clock.now(), paint=console.paint))


def _plan_one(project: Project, asset: AssetKey, *, verify: OutputCheck | None) -> PlanView:
    """Return a plan of an asset alone; of a check, one that has the check in its place."""
    view = project.make_plan(Selection.of(project.graph.find_asset(asset)), closure=False, verify=verify)
    if asset not in project.graph.checks:
        return view
    return replace(view, plan=replace(view.plan, verdicts={asset: view.plan.checks[asset]}, checks={}))


def _find_first(view: PlanView, asset: AssetKey) -> str | None:
    """Return the first partition that is stale, else that waits."""
    verdicts = view.plan.find(asset)
    definition = view.scope.definitions[asset]
    if definition is None or not verdicts.parts:
        return None
    stale = verdicts.select(Verdict.STALE) or verdicts.parts
    return definition.key_of(stale[0])
