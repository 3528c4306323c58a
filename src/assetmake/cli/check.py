"""`assetmake check`."""

from __future__ import annotations

from dataclasses import replace

import click

from assetmake.cli.build import run_build
from assetmake.cli.context import config_options, project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import selection_options, verify_option
from assetmake.cli.running import Running, running_options
from assetmake.discovery.settings import OutputCheck
from assetmake.graph.selection import Selection


@click.command()
@selection_options
@click.option("-f", "--force", is_flag=True, help="Make all checks again, whatever they found before.")
@verify_option
@running_options
@config_options
@project_options
@click.pass_context
def check(
    ctx: click.Context, *, selection: Selection, force: bool, verify: OutputCheck | None, running: Running
) -> int:
    """Run the checks of assets, and of sources, on what stands; nothing is built.

    A check that was made of this data by this code is not made again: what it found stands. Checks that an asset's
    own function makes (check_specs) are made when it is built.

    \b
    Examples:
      assetmake check                   all checks
      assetmake check orders            those of one asset
      assetmake check tag:gold --force  once more

    Exit codes: 0 all passed or only warned, 1 one failed, 2 wrong arguments or definitions, 3 state or disk, 4 locked.
    """
    opened = open_here(ctx, job=selection.job_run, keys=selection.keys)
    options = replace(running.options, force=force, verify=verify, checks_only=True, is_told=True)
    return run_build(opened, selection, options, running)
