"""The table of commands: loading none of them, it says what they say themselves."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from fake_project import call

from assetmake.cli.commands import ALIASES, COMMANDS, SUBCOMMANDS, assetmake

HEAVY = ("duckdb", "pyarrow", "rich", "assetmake.project", "assetmake.discovery.manifest", "assetmake.graph")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_tells_the_commands_own_help(name: str) -> None:
    command = assetmake.get_command(click.Context(assetmake), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(limit=100) == COMMANDS[name].help


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_table_tells_what_is_in_a_group(name: str) -> None:
    group = assetmake.get_command(click.Context(assetmake), name)
    assert isinstance(group, click.Group)
    told = {below: command.get_short_help_str(limit=100) for below, command in group.commands.items()}
    assert told == SUBCOMMANDS[name]


@pytest.mark.parametrize("name", [*COMMANDS, *(f"{name} {each}" for name in SUBCOMMANDS for each in SUBCOMMANDS[name])])
def test_every_command_teaches_by_example(name: str) -> None:
    result = call(*name.split(), "--help")
    assert result.status == 0
    assert "Example" in result.out
    assert f"assetmake {name}" in result.out.partition("Example")[2]


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_the_command_itself(alias: str) -> None:
    context = click.Context(assetmake)
    assert assetmake.get_command(context, alias) is assetmake.get_command(context, ALIASES[alias])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["completion", "fish"],
    ],
    ids=["help", "version", "completion"],
)
def test_help_version_and_completion_are_light(arguments: list[str]) -> None:
    code = (
        "import sys; from assetmake.cli import main\n"
        f"main({arguments!r})\n"
        f"print(sorted(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout
    assert done.stderr == "[]\n"


def test_an_unknown_command_suggests_the_nearest() -> None:
    result = call("buidl")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("assetmake: error: there is no command 'buidl'; did you mean build?\n")


def test_no_command_at_all_is_answered_with_help() -> None:
    result = call()
    assert (result.status, result.out) == (2, "")
    assert "Commands:" in result.err


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    result = call("completion", shell)
    assert result.status == 0
    assert "_ASSETMAKE_COMPLETE" in result.out
