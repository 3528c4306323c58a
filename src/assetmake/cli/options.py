"""The options that commands share."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable
from typing import Any

import click

from assetmake.cli.suggesting import complete_assets, complete_jobs
from assetmake.cli.terms import expand_terms
from assetmake.discovery.duration import parse_duration
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import AssetmakeError, UsageError
from assetmake.graph.jobs import read_job
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection

_Function = Callable[..., Any]
STDOUT = "-"
"""What stands for standard output where a file can be named."""


def selection_options(function: _Function) -> _Function:
    """Give a command the options that choose assets and partitions; they arrive as `selection=`."""

    @functools.wraps(function)
    def wrapped(
        *args: Any,
        terms: tuple[str, ...],
        select: tuple[str, ...],
        exclude: tuple[str, ...],
        job: str | None,
        partition: str | None,
        partition_range: str | None,
        first: str | None,
        last: str | None,
        latest: int | None,
        **others: Any,
    ) -> Any:
        name, key = (None, None) if job is None else read_job(job)
        if key is not None and partition is not None:
            raise UsageError(f"--job {job} and --partition cannot be used together", hint="give one of them")
        partition = partition if key is None else key
        keys = KeyOptions(partition=partition, range=partition_range, start=first, end=last, latest=latest)
        job_key = None if name is None else partition
        selection = Selection(expand_terms((*terms, *select)), expand_terms(exclude), keys, name, job_key)
        return function(*args, selection=selection, **others)

    decorated: _Function = wrapped
    for decorate in reversed(_SELECTION):
        decorated = decorate(decorated)
    return decorated


class Duration(click.ParamType[float]):
    """30s, 50m, 2h: seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return parse_duration(value)
        except AssetmakeError as error:
            self.fail(f"{error.message}; {error.hint}", param, ctx)


def _read_only_job(ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> str | None:
    several = list(dict.fromkeys(value))
    if len(several) > 1:
        raise UsageError(
            f"one job is built at a time, and {len(several)} are given: {', '.join(several)}",
            hint="; ".join(f"assetmake {ctx.info_name} --job {shlex.quote(each)}" for each in several[:3]),
        )
    return several[0] if several else None


def _read_verify(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> OutputCheck | None:
    return None if value is None else OutputCheck(value)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
verify_option = click.option(
    "--verify",
    type=click.Choice([check.value for check in OutputCheck]),
    callback=_read_verify,
    help="How outputs are looked at, this time; default: what assets.toml says.",
)

_SELECTION: tuple[Callable[[_Function], _Function], ...] = (
    click.argument("terms", metavar="[SEL]...", nargs=-1, shell_complete=complete_assets),
    click.option(
        "-s",
        "--select",
        multiple=True,
        metavar="SEL",
        shell_complete=complete_assets,
        help="What to select; the same as SEL, and may be repeated.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="SEL",
        shell_complete=complete_assets,
        help="What to leave out; may be repeated.",
    ),
    click.option(
        "--job",
        multiple=True,
        callback=_read_only_job,
        metavar="NAME[@KEY]",
        shell_complete=complete_jobs,
        help="Only assets of this job, with its config: all of them, or those that SEL selects too.",
    ),
    click.option("--partition", metavar="KEY", help="Only the partition with this key."),
    click.option("--partition-range", metavar="A...B", help="Only partitions from A to B, both included."),
    click.option("--from", "first", metavar="A", help="Only partitions from this key or date on."),
    click.option("--to", "last", metavar="B", help="Only partitions up to this key or date, included."),
    click.option("--latest", type=int, metavar="N", help="Only the last N partitions."),
)
