"""Writes src/assetmake/cli/parameter_table.py from the commands themselves: `python tests/cli/parameter_table.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from assetmake.cli.commands import COMMANDS, assetmake
from assetmake.cli.context import PROJECT_OPTIONS
from assetmake.cli.options import selection_options
from assetmake.cli.suggesting import (
    complete_assets,
    complete_automations,
    complete_jobs,
    complete_nodes,
    complete_partition_sets,
)

TABLE = Path(__file__).resolve().parents[2] / "src/assetmake/cli/parameter_table.py"
HEAD = '''\
"""What can be given to each command, as far as completion goes; the commands are not loaded for it.

Written by `python tests/cli/parameter_table.py`; a test compares it with the commands.
"""

# ruff: noqa: E501
from __future__ import annotations

from click import Choice, Path, argument, option

from assetmake.cli.context import PROJECT_OPTIONS
from assetmake.cli.suggesting import (
    complete_assets,
    complete_automations,
    complete_jobs,
    complete_nodes,
    complete_partition_sets,
)

'''


def list_commands() -> dict[str, click.Command]:
    """Return every command that does something, by the words that call it."""
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = assetmake.get_command(click.Context(assetmake), name)
        assert command is not None
        if isinstance(command, click.Group):
            found.update({f"{name} {each}": below for each, below in command.commands.items()})
        else:
            found[name] = command
    return found


def write_table() -> str:
    """Return the text of the table."""
    selection = _list_parameters(click.command("any")(selection_options(lambda: None)))
    project = _list_parameters(assetmake)[-len(PROJECT_OPTIONS) :]
    text = HEAD + f"_SELECTION = ({''.join(f'{each},' for each in selection)})\n\nPARAMETERS = {{"
    for name, command in list_commands().items():
        rows = _list_parameters(command)
        if rows[: len(selection)] == selection:
            rows[: len(selection)] = ["*_SELECTION"]
        if rows[-len(project) :] == project:
            rows[-len(project) :] = ["*PROJECT_OPTIONS"]
        text += f"{name!r}: ({''.join(f'{row},' for row in rows)}),\n"
    formatter = [sys.executable, "-m", "ruff", "format", "--no-cache", "-"]
    return subprocess.run(
        formatter, input=text + "}\n", cwd=TABLE.parent, capture_output=True, text=True, check=True
    ).stdout


def _list_parameters(command: click.Command) -> list[str]:
    return [_write_parameter(parameter) for parameter in command.params]


def _write_parameter(parameter: click.Parameter) -> str:
    """Return the call that declares a parameter, with all that completion asks of it."""
    told: dict[str, str] = {}
    if parameter._custom_shell_complete is not None:
        known = {complete_assets, complete_automations, complete_jobs, complete_nodes, complete_partition_sets}
        assert parameter._custom_shell_complete in known
        told["shell_complete"] = parameter._custom_shell_complete.__name__
    if isinstance(parameter.type, click.Choice):
        told["type"] = f"Choice({list(parameter.type.choices)})"
    elif isinstance(parameter.type, click.Path):
        told["type"] = "Path()" if parameter.type.file_okay else "Path(file_okay=False)"
    if parameter.nargs != 1:
        told["nargs"] = repr(parameter.nargs)
    if isinstance(parameter, click.Option):
        for name in ("is_flag", "multiple", "count", "hidden", "help"):
            if getattr(parameter, name):
                told[name] = repr(getattr(parameter, name))
        if parameter.secondary_opts:
            del told["is_flag"]
    kind = "option" if isinstance(parameter, click.Option) else "argument"
    return f"{kind}({', '.join([*map(repr, _list_names(parameter)), *(f'{name}={told[name]}' for name in told)])})"


def _list_names(parameter: click.Parameter) -> list[str]:
    if isinstance(parameter, click.Argument):
        assert parameter.name is not None
        return [parameter.name]
    if not parameter.secondary_opts:
        return parameter.opts
    return [f"{on}/{off}" for on, off in zip(parameter.opts, parameter.secondary_opts, strict=True)]


if __name__ == "__main__":
    TABLE.write_text(write_table(), encoding="utf-8")
