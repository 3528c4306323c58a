"""`assetmake completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from assetmake.cli import shell_scripts  # noqa: F401 - has click know them
from assetmake.reporting.console import open_console


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """Print the script for completion in a shell.

    Names of assets, jobs and sets of partitions are completed too, as they were when the project was last imported.

    \b
    Examples:
      eval "$(assetmake completion bash)"                                in ~/.bashrc
      eval "$(assetmake completion zsh)"                                 in ~/.zshrc
      assetmake completion fish > ~/.config/fish/completions/assetmake.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    root = ctx.find_root()
    script = found(root.command, {}, "assetmake", "_ASSETMAKE_COMPLETE").source()
    open_console().result(script)
