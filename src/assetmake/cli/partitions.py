"""`assetmake partitions list`, `add` and `remove`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from assetmake.cli.context import project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option
from assetmake.cli.suggesting import complete_partition_sets
from assetmake.errors import UsageError
from assetmake.reporting.documents import describe_added, describe_keys, describe_removed, describe_sets, write_json
from assetmake.reporting.partition_lines import list_sets, tell_added, tell_removed

_STDIN = "-"


@click.group()
def partitions() -> None:
    """List, add and remove dynamic partition keys.

    They are the keys of assets with partitions_def=DynamicPartitionsDefinition(name=NAME), and are kept in the state.

    \b
    Examples:
      assetmake partitions list                      every NAME, and how many keys it has
      assetmake partitions add customers acme bolt   then `assetmake build` makes their partitions
      assetmake partitions remove customers bolt
    """


@partitions.command("list")
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_partition_sets)
@json_option
@project_options
@click.pass_context
def list_partitions(ctx: click.Context, *, name: str | None, as_json: bool) -> None:
    """List the keys of NAME, or every NAME.

    Keys stand in the order in which they were added, one on a line.

    \b
    Examples:
      assetmake partitions list             every NAME, how many keys it has, what it partitions
      assetmake partitions list customers   its keys
      assetmake partitions list --json      for scripts
    """
    opened = open_here(ctx)
    sets, console = opened.project.partition_sets, opened.console
    if name is not None:
        keys = sets.list_keys(name)
        console.results([write_json(describe_keys(name, keys))] if as_json else keys)
    elif as_json:
        console.result(write_json(describe_sets(sets.list_all())))
    else:
        console.results(list_sets(sets.list_all(), paint=console.paint))


@partitions.command()
@click.argument("name", shell_complete=complete_partition_sets)
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@json_option
@project_options
@click.pass_context
def add(ctx: click.Context, *, name: str, keys: tuple[str, ...], as_json: bool) -> None:
    """Add keys to NAME, behind those that are there.

    KEY may be @FILE, for the lines of a file, or - for those of standard input. A key that is there already stays where
    it is. The next build makes the new partitions, and what maps to them.

    \b
    Examples:
      assetmake partitions add customers acme bolt
      assetmake partitions add customers @customers.txt
      psql -Atc 'select name from customers' | assetmake partitions add customers -
    """
    given = read_keys(keys)
    opened = open_here(ctx)
    done = opened.project.partition_sets.add(name, given)
    if as_json:
        opened.console.result(write_json(describe_added(name, done)))
    else:
        opened.console.results(tell_added(name, done))


@partitions.command()
@click.argument("name", shell_complete=complete_partition_sets)
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@json_option
@project_options
@click.pass_context
def remove(ctx: click.Context, *, name: str, keys: tuple[str, ...], as_json: bool) -> None:
    """Remove keys from NAME.

    KEY may be @FILE or -, as for `add`. What was built of a key stays on the disk until `assetmake gc --yes`; where
    the key is added again before that, its partitions are as fresh as they were.

    \b
    Examples:
      assetmake partitions remove customers bolt
      assetmake partitions remove customers @gone.txt
    """
    given = read_keys(keys)
    opened = open_here(ctx)
    removed = opened.project.partition_sets.remove(name, given)
    if as_json:
        opened.console.result(write_json(describe_removed(name, removed)))
    else:
        opened.console.results(tell_removed(name, removed))


def read_keys(written: Sequence[str]) -> list[str]:
    """Return the keys that were typed, or that stand in files or on standard input, one on a line.

    Raises:
        UsageError: a file cannot be read, or there are no keys.
    """
    keys = [key for each in written for key in _expand(each)]
    if not keys:
        raise UsageError(f"{' '.join(written)} has no keys", hint="write one on a line")
    return keys


def _expand(written: str) -> list[str]:
    if written == _STDIN:
        if sys.stdin is None:
            raise UsageError("there is no standard input to read keys from")
        return _split(sys.stdin.buffer.read(), "standard input")
    if not written.startswith("@"):
        return [written]
    file = Path(written[1:])
    try:
        return _split(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageError(
            f"cannot read keys from {str(file)!r}: {error.strerror}",
            hint="@FILE is a file with a key on each line; a key that itself begins with @ can be given in one",
        ) from None


def _split(content: bytes, name: str) -> list[str]:
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"the keys in {name} are not written in UTF-8: {error.reason}") from None
    return [line.removesuffix("\r") for line in lines if line.strip()]
