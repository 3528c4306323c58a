"""`assetmake graph`."""

from __future__ import annotations

import click

from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import selection_options
from assetmake.graph.selection import Selection
from assetmake.reporting.documents import write_json
from assetmake.reporting.graph_text import describe_graph, draw_dot, draw_mermaid, draw_tree

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
@project_options
@click.pass_context
def graph(ctx: click.Context, *, selection: Selection, form: str) -> None:
    """Draw what reads what: a tree, dot, mermaid or JSON.

    \b
    Examples:
      assetmake graph                              all of it
      assetmake graph +report                      what report needs
      assetmake graph --format dot | dot -Tsvg     a picture
      assetmake graph --format mermaid             for a README
    """
    opened = open_here(ctx)
    keys = opened.project.select_assets(selection)
    if form == "json":
        opened.console.result(write_json(describe_graph(opened.project.graph, keys)))
    else:
        opened.console.results(_DRAWINGS[form](opened.project.graph, keys))
