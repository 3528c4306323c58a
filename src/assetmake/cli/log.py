"""`assetmake log`."""

from __future__ import annotations

import click

from assetmake import looking_back
from assetmake.cli.context import project_options
from assetmake.cli.node_names import find_node
from assetmake.cli.opening import open_here
from assetmake.cli.suggesting import complete_nodes
from assetmake.errors import StorageError, UsageError
from assetmake.reporting.check_lines import tell_last_answer
from assetmake.reporting.display import display
from assetmake.reporting.why_lines import name_node


@click.command()
@click.argument("node", metavar="ASSET[@KEY]", shell_complete=complete_nodes)
@click.option("--run", metavar="RUN", help="What it printed in that run; an id, or its last characters.")
@project_options
@click.pass_context
def log(ctx: click.Context, *, node: str, run: str | None) -> None:
    """Print what the last attempt at an asset or a check printed.

    Of a partitioned asset name the partition; where just one has failed, that is the one.

    \b
    Examples:
      assetmake log report
      assetmake log daily@2026-01-05
      assetmake log report:is_complete
      assetmake log report --run 8c41f2
    """
    opened = open_here(ctx)
    asset, key = find_node(opened.project, node)
    if key is None and opened.project.graph.records[asset].partitions is not None:
        failed = opened.project.list_failures(asset)
        if len(failed) != 1:
            example = f"{asset}@{failed[0].key}" if failed else f"{asset}@KEY"
            raise UsageError(f"{asset} has a log for each partition", hint=f"name one: assetmake log {example}")
        key = failed[0].key
    if run is None:
        file, when = opened.project.find_log(asset, key), "when it was last built"
    else:
        file, when = looking_back.find_earlier_log(opened.project, asset, key, run), f"in {display(run)}"
    answer = None if run is not None else looking_back.find_answer(opened.project, asset, key)
    if answer is not None:
        opened.console.talk(f"{name_node(asset, key)} {tell_last_answer(answer)}")
    if file is None:
        opened.console.talk(f"{name_node(asset, key)} printed nothing {when}")
        return
    try:
        text = file.read_text("utf-8", "backslashreplace")
    except OSError as error:
        raise StorageError(f"cannot read the log {file}: {error.strerror}") from None
    opened.console.results(display(text, lines=True).rstrip("\n").split("\n"))
