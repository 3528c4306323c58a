"""`assetmake gc`."""

from __future__ import annotations

import click

from assetmake import by_hand
from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option
from assetmake.errors import ExitCode
from assetmake.reporting.documents import describe_garbage, write_json
from assetmake.reporting.orphan_lines import list_garbage, list_kept


@click.command()
@click.option("-y", "--yes", is_flag=True, help="Remove what is listed.")
@json_option
@project_options
@click.pass_context
def gc(ctx: click.Context, *, yes: bool, as_json: bool) -> int:
    """List or remove what was built and is no longer in the project.

    That is the outputs and records of assets that were removed, of partition keys that the definitions no longer have,
    and of an asset from before it got its partitions or lost them; and logs of runs that are more than 30 days ago and
    in which nothing was built last. A file that is not what was recorded is never removed, nor anything that no build
    has written.

    \b
    Examples:
      assetmake gc           what would be removed, and how large it is
      assetmake gc --yes     remove it
    """
    opened = open_here(ctx)
    orphans, garbage = by_hand.collect(opened.project, remove=yes)
    if as_json:
        opened.console.result(write_json(describe_garbage(orphans, garbage, root=opened.project.root, is_removed=yes)))
    else:
        for line in list_kept(garbage, root=opened.project.root):
            opened.console.talk(line)
        opened.console.results(list_garbage(orphans, garbage, is_removed=yes, paint=opened.console.paint))
    if opened.is_broken:
        opened.console.talk("assets of modules that did not import are not looked for")
        return ExitCode.FAILED
    return ExitCode.OK
