"""Which command lines may be answered from memory when they come again."""

from __future__ import annotations

import click
from click.core import ParameterSource

from assetmake.cli.context import given_arguments

_HARMLESS = frozenset(
    {
        "terms", "select", "exclude", "job", "partition", "partition_range", "first", "last", "latest",
        "jobs", "keep_going", "only", "lock_timeout", "no_wait", "strict", "quiet", "verbose", "verify",
        "project", "env",
    }
)  # fmt: skip
"""Parameters of `build` that, where nothing is to be done, decide nothing but what is selected and how that is said."""
_UNTOUCHED = frozenset({None, ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP})


def find_rememberable(ctx: click.Context) -> tuple[str, ...] | None:
    """Return the words of a command line that rests on nothing else than the plan does; None for others.

    Terms that stand in a file rest on that too.
    """
    words = given_arguments(ctx)
    if words is None or ctx.obj is not None or any("@" in word and ("/" in word or "." in word) for word in words):
        return None
    given = {
        parameter.name
        for context in (ctx, ctx.find_root())
        for parameter in context.command.params
        if parameter.name and context.get_parameter_source(parameter.name) not in _UNTOUCHED
    }
    return words if given <= _HARMLESS else None
