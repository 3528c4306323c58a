"""`assetmake graph`."""

from __future__ import annotations

import click

from assetmake.cli.context import project_options
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import selection_options
from assetmake.errors import UsageError
from assetmake.graph.selection import Selection
from assetmake.reporting.documents import write_json
from assetmake.reporting.graph_text import (
    describe_code_graph,
    describe_graph,
    draw_dot,
    draw_mermaid,
    draw_tree,
    lay_out_assets,
    lay_out_code,
)

_DRAWINGS = {"tree": draw_tree, "dot": draw_dot, "mermaid": draw_mermaid}


@click.command()
@selection_options
@click.option(
    "--format",
    "form",
    type=click.Choice([*_DRAWINGS, "json"]),
    default="tree",
    show_default=True,
    help="How to draw it.",
)
@click.option("--code", "is_code", is_flag=True, help="Draw what the code of one asset consists of.")
@project_options
@click.pass_context
def graph(ctx: click.Context, *, selection: Selection, form: str, is_code: bool) -> None:
    """Draw what reads what: a tree, dot, mermaid or JSON.

    \b
    Examples:
      assetmake graph                              all of it
      assetmake graph +report                      what report needs
      assetmake graph --format dot | dot -Tsvg     a picture
      assetmake graph --format mermaid             for a README
      assetmake graph --code report                which functions and constants report consists of
    """
    opened = open_here(ctx)
    if is_code:
        _draw_code(opened, selection, form)
        return
    layout = lay_out_assets(opened.project.graph, opened.project.select_assets(selection))
    if form == "json":
        opened.console.result(write_json(describe_graph(layout)))
    else:
        opened.console.results(_DRAWINGS[form](layout))


def _draw_code(opened: Opened, selection: Selection, form: str) -> None:
    if not selection.include:
        raise UsageError("--code draws the code of one asset", hint="name it: assetmake graph --code ASSET")
    keys = opened.project.select_assets(selection)
    if len(keys) != 1:
        text = f"--code draws the code of one asset, and {' '.join(selection.include)!r} names {len(keys)}"
        raise UsageError(text, hint="give the name of one asset")
    graph = opened.project.graph
    layout = lay_out_code(graph.code, graph.assets[keys[0]].fingerprint.root)
    if form == "json":
        opened.console.result(write_json(describe_code_graph(layout, keys[0], graph.code)))
    else:
        opened.console.results(_DRAWINGS[form](layout))
