"""Completion in a shell: of commands, options and choices by stand-ins, so that no command is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click
from click.shell_completion import shell_complete

from assetmake.cli import shell_scripts  # noqa: F401 - has click know them
from assetmake.cli.commands import ALIASES, SUBCOMMANDS, LazyGroup, assetmake
from assetmake.cli.parameter_table import PARAMETERS
from assetmake.cli.shortcut import COMPLETE_VARIABLE
from assetmake.cli.streams import flush, hold_standard_streams

_PROGRAM = "assetmake"


class _StandIns(LazyGroup):
    """A group of commands that can be completed and do nothing."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        name = ALIASES.get(cmd_name, cmd_name)
        if name in SUBCOMMANDS:
            return click.Group(
                name,
                commands={each: _stand_in(f"{name} {each}", told) for each, told in SUBCOMMANDS[name].items()},
                callback=lambda: None,
            )
        return _stand_in(name) if name in PARAMETERS else None


def _stand_in(name: str, told: str = "") -> click.Command:
    command = click.Command(name.rpartition(" ")[2], help=told)
    for declare in PARAMETERS[name]:
        declare(command)
    return command


stand_ins = _StandIns(
    assetmake.name, params=assetmake.params, context_settings=assetmake.context_settings, callback=lambda: None
)


def main(_arguments: Sequence[str] | None = None) -> int:
    """Answer a shell that asks how a command line could go on, and return the exit status.

    What is wrong with the line is told when it is run: while it is typed there is no place for it.
    """
    hold_standard_streams()
    try:
        status = shell_complete(stand_ins, {}, _PROGRAM, COMPLETE_VARIABLE, os.environ[COMPLETE_VARIABLE])
    except Exception:  # noqa: BLE001 - a traceback would end up in what is being typed
        status = 1
    return flush(status)
