"""`assetmake validate`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option
from assetmake.cli.suggesting import complete_assets
from assetmake.cli.terms import expand_terms
from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import ExitCode
from assetmake.graph.selection import Selection, check_saved
from assetmake.project import Project
from assetmake.reporting.code_lines import describe_code, list_code, list_unfollowed
from assetmake.reporting.display import display
from assetmake.reporting.documents import write_json
from assetmake.reporting.idle_line import count


@click.command()
@click.argument("terms", metavar="[SEL]...", nargs=-1, shell_complete=complete_assets)
@click.option("-v", "--verbose", is_flag=True, help="Show what the code of each asset, or of SEL, consists of.")
@json_option
@project_options
@click.pass_context
def validate(ctx: click.Context, *, terms: tuple[str, ...], verbose: bool, as_json: bool) -> int:
    """Load and check all definitions; run nothing.

    The modules are imported even where nothing has changed since the last time. It warns of files that the last
    builds read without declaring them. With -v it names the functions, classes and constants that each asset's code
    consists of, and warns of what cannot be followed - an edit there goes unnoticed - and of what keeps the modules
    from being remembered, so that each command imports them.

    Exits with 2 where a module does not import, or a definition or a saved selection is wrong.

    \b
    Examples:
      assetmake validate            before a commit, or in CI
      assetmake validate -v report  what report's code consists of
    """
    opened = open_here(ctx, fresh=True)
    project, console = opened.project, opened.console
    if opened.is_broken:
        return ExitCode.USAGE
    graph = project.graph
    check_saved(graph, root=str(project.root))
    keys = project.select_assets(Selection(expand_terms(terms))) if terms else graph.order
    records = [graph.assets[key] for key in keys]
    warnings = _list_warnings(project, keys)
    if (verbose or as_json) and project.volatile:
        warnings.append(f"every command imports the project's modules anew: {project.volatile}")
    if verbose or as_json:
        warnings += list_unfollowed(records, graph.code)
    if as_json:
        console.result(write_json(describe_code(records, graph.code, warnings)))
        return ExitCode.OK
    if verbose:
        console.results(list_code(records, graph.code, paint=console.paint))
    for warning in warnings:
        console.talk(f"warning: {display(warning)}")
    console.result(f"valid: {_count_definitions(project)}")
    return ExitCode.OK


def _list_warnings(project: Project, keys: Sequence[AssetKey]) -> list[str]:
    undeclared = project.list_all_undeclared()
    reads = [f"{key} read {file}, which it does not declare" for key in keys for file in undeclared.get(key, ())]
    jobs = [each for each in project.manifest.automation.jobs if not (each.assets or each.checks or each.problem)]
    idle = [f"job {each.name} ({each.place}) selects nothing: {each.selection}" for each in jobs]
    return [*project.list_warnings(keys), *reads, *idle]


def _count_definitions(project: Project) -> str:
    graph, automation = project.graph, project.manifest.automation
    several = [
        (len(graph.sources), "source"),
        (len(automation.jobs), "job"),
        (len(automation.schedules), "schedule"),
        (len(automation.sensors), "sensor"),
        (len(graph.selectors), "saved selection"),
    ]
    return ", ".join([count(len(graph.assets), "asset"), *(count(number, word) for number, word in several if number)])
