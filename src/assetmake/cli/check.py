"""`assetmake check`."""

from __future__ import annotations

import shlex
import sys

import click

from assetmake.cli.build import run_build
from assetmake.cli.context import config_options, hide_overrides, project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import Duration, selection_options, verify_option
from assetmake.cli.output_options import output_options
from assetmake.discovery.settings import OutputCheck
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection
from assetmake.reporting.build_log import Verbosity
from assetmake.reporting.reports import Reports


@click.command()
@selection_options
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes at once.")
@click.option("-f", "--force", is_flag=True, help="Make all checks again, whatever they found before.")
@click.option("--lock-timeout", type=Duration(), metavar="DUR", help="How long to wait for other builds.")
@click.option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4.")
@output_options
@click.option("-q", "--quiet", is_flag=True, help="Print only what did not pass, and the last line.")
@click.option("-v", "--verbose", is_flag=True, help="Print every check that passed, too.")
@verify_option
@config_options
@project_options
@click.pass_context
def check(
    ctx: click.Context,
    *,
    selection: Selection,
    jobs: int | None,
    force: bool,
    lock_timeout: float | None,
    no_wait: bool,
    as_json: bool,
    reports: Reports,
    quiet: bool,
    verbose: bool,
    verify: OutputCheck | None,
) -> int:
    """Run the checks of assets on what stands; nothing is built.

    A check that was made of this data by this code is not made again: what it found stands. Checks that an asset's
    own function makes (check_specs) are made when it is built.

    \b
    Examples:
      assetmake check                   all checks
      assetmake check orders            those of one asset
      assetmake check tag:gold --force  once more

    Exit codes: 0 all passed or only warned, 1 one failed, 2 wrong arguments or definitions, 3 state or disk, 4 locked.
    """
    opened = open_here(ctx, job=selection.job)
    options = BuildOptions(
        jobs=jobs,
        force=force,
        wait=not no_wait,
        lock_timeout=lock_timeout,
        verify=verify,
        command=shlex.join(["assetmake", *hide_overrides(sys.argv[1:])]),
        checks_only=True,
    )
    verbosity = Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL
    return run_build(opened, selection, options, as_json=as_json, verbosity=verbosity, reports=reports)
