"""`assetmake history`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from assetmake import clock, looking_back
from assetmake.cli.context import project_options
from assetmake.cli.node_names import find_node
from assetmake.cli.opening import Opened, open_here
from assetmake.cli.options import json_option
from assetmake.cli.suggesting import complete_assets
from assetmake.discovery.duration import parse_duration
from assetmake.errors import AssetmakeError
from assetmake.reporting.documents import write_json
from assetmake.reporting.history_documents import describe_attempts, describe_run_in_full, describe_runs
from assetmake.reporting.history_lines import list_attempts, list_run, list_runs
from assetmake.reporting.sparklines import can_draw
from assetmake.reporting.why_lines import name_node

_FAILURES = 20


class Since(click.ParamType[datetime]):
    """7d, 2026-01-05, 2026-01-05T12:00: the moment from which on something counts."""

    name = "since"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        text = str(value)
        try:
            if "-" in text:
                return datetime.fromisoformat(text).astimezone(UTC)  # as the clock on the wall has it, if no zone
            return clock.now() - timedelta(seconds=parse_duration(text))
        except (AssetmakeError, ValueError, OverflowError):
            self.fail(f"{text!r} is neither a duration nor a date; write 12h, 7d or 2026-01-05", param, ctx)


@click.command()
@click.argument("target", metavar="[RUN|ASSET[@KEY]]", required=False, shell_complete=complete_assets)
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="So many at most."
)
@click.option("--since", type=Since(), metavar="WHEN", help="Only from then on: 7d, 2026-01-05.")
@click.option("--failed", is_flag=True, help="Only what did not end as it was meant to.")
@json_option
@project_options
@click.pass_context
def history(
    ctx: click.Context, *, target: str | None, limit: int, since: datetime | None, failed: bool, as_json: bool
) -> None:
    """Show past runs, one of them in full, or the attempts at an asset, the newest first.

    A run that had nothing to do leaves no record. RUN is an id, or its last characters. Of an asset, or one of its
    partitions or checks, it shows when it ran, why, and how long that took, how many rows came of it and the numbers
    of its metadata: on a terminal as a line of bars.

    \b
    Examples:
      assetmake history                    the last runs
      assetmake history --failed --since 7d
      assetmake history 8c41f2             one run
      assetmake history sales              the attempts at an asset
      assetmake history daily@2026-01-05 --json
    """
    opened = open_here(ctx)
    console, project = opened.console, opened.project
    if target is None:
        runs = looking_back.list_runs(project, limit=limit, since=since, failed=failed)
        if as_json:
            console.result(write_json(describe_runs(runs)))
        else:
            console.results(list_runs(runs, now=clock.now(), paint=console.paint))
    elif looking_back.knows_run(project, target):
        _show_run(opened, target, as_json=as_json)
    else:
        _show_attempts(opened, target, limit=limit, since=since, failed=failed, as_json=as_json)


def _show_run(opened: Opened, name: str, *, as_json: bool) -> None:
    console = opened.console
    found = looking_back.look_at_run(opened.project, name, failures=None if as_json else _FAILURES)
    if as_json:
        console.result(write_json(describe_run_in_full(*found)))
    else:
        console.results(list_run(*found, now=clock.now(), paint=console.paint))


def _show_attempts(
    opened: Opened, target: str, *, limit: int, since: datetime | None, failed: bool, as_json: bool
) -> None:
    console, project = opened.console, opened.project
    asset, key = find_node(project, target)
    attempts = looking_back.list_attempts(project, asset, key, limit=limit, since=since, failed=failed)
    if as_json:
        console.result(write_json(describe_attempts(str(asset), key, attempts)))
        return
    drawn = console.out.isatty() and can_draw(console.out.encoding)
    name = name_node(asset, key)
    console.results(list_attempts(name, attempts, now=clock.now(), paint=console.paint, drawn=drawn, limit=limit))
