"""`assetmake validate`."""

from __future__ import annotations

import click

from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.errors import ExitCode
from assetmake.reporting.display import display
from assetmake.reporting.words import count


@click.command()
@project_options
@click.pass_context
def validate(ctx: click.Context) -> int:
    """Load and check all definitions; run nothing.

    Exits with 2 where a module does not import or a definition is wrong.

    \b
    Example:
      assetmake validate     before a commit, or in CI
    """
    opened = open_here(ctx)
    graph = opened.project.graph
    if opened.is_broken:
        return ExitCode.USAGE
    parts = [count(len(graph.assets), "asset")]
    if graph.sources:
        parts.append(count(len(graph.sources), "source"))
    for warning in opened.project.list_warnings():
        opened.console.talk(f"warning: {display(warning)}")
    opened.console.result(f"valid: {', '.join(parts)}")
    return ExitCode.OK
