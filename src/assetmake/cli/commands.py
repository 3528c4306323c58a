"""The commands there are, as import paths: help and completion load none of them."""

from __future__ import annotations

import importlib
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

from assetmake import __version__
from assetmake.cli.context import project_options

_GAP = 6


class Entry(NamedTuple):
    """Where a command stands, and its help in one line, which is the same as its own."""

    path: str
    help: str


COMMANDS = {
    "init": Entry("assetmake.cli.init:init", "Write a small project that builds, or convert one of Dagster's."),
    "build": Entry("assetmake.cli.build:build", "Bring assets up to date: all of them, or a selection."),
    "tick": Entry(
        "assetmake.cli.tick:tick",
        "Do what is due of schedules, sensors and automation conditions: the one line for crontab.",
    ),
    "crontab": Entry("assetmake.cli.crontab:crontab", "Print the line of a crontab that does what is due."),
    "backfill": Entry(
        "assetmake.cli.backfill:backfill", "Build partitions over a range, day by day, in the foreground."
    ),
    "check": Entry(
        "assetmake.cli.check:check", "Run the checks of assets, and of sources, on what stands; nothing is built."
    ),
    "plan": Entry("assetmake.cli.plan:plan", "Show what a build would run, and why; run nothing."),
    "status": Entry("assetmake.cli.status:status", "Show how fresh every asset is, and when it was built."),
    "why": Entry("assetmake.cli.why:why", "Say why an asset, a check or a partition is stale, or why not."),
    "list": Entry(
        "assetmake.cli.list:list_command", "List the assets of the project, or its jobs, schedules, sensors or checks."
    ),
    "graph": Entry("assetmake.cli.graph:graph", "Draw what reads what: a tree, dot, mermaid or JSON."),
    "show": Entry("assetmake.cli.show:show", "Look at what an asset has stored."),
    "log": Entry("assetmake.cli.log:log", "Print what the last attempt at an asset or a check printed."),
    "history": Entry(
        "assetmake.cli.history:history",
        "Show past runs, one of them in full, or the attempts at an asset, the newest first.",
    ),
    "diff": Entry(
        "assetmake.cli.diff:diff",
        "Show how the data of an asset differs between two builds: by default the last two that changed it.",
    ),
    "retry": Entry(
        "assetmake.cli.retry:retry",
        "Build what failed in a run, and what could not run because of that or because the run was stopped.",
    ),
    "accept": Entry("assetmake.cli.accept:accept", "Take the outputs that stand as fresh, without running anything."),
    "invalidate": Entry(
        "assetmake.cli.invalidate:invalidate",
        "Mark what was built as stale, so that the next build makes it anew.",
    ),
    "mv": Entry("assetmake.cli.mv:mv", "Take what was built along when an asset is renamed."),
    "gc": Entry("assetmake.cli.gc:gc", "List or remove what was built and is no longer in the project."),
    "state": Entry(
        "assetmake.cli.state:state", "Carry what is recorded to other machines, and look whether it holds together."
    ),
    "partitions": Entry("assetmake.cli.partitions:partitions", "List, add and remove dynamic partition keys."),
    "validate": Entry("assetmake.cli.validate:validate", "Load and check all definitions; run nothing."),
    "completion": Entry("assetmake.cli.completion:completion", "Print the script for completion in a shell."),
}
SUBCOMMANDS = {
    "state": {
        "export": "Write what is recorded as lines of text.",
        "import": "Take what a file of `state export` says.",
        "merge": "Write what several states say together.",
        "check": "Look whether the state holds together.",
        "migrate": "Bring the state to the schema of this assetmake.",
    },
    "partitions": {
        "list": "List the keys of NAME, or every NAME.",
        "add": "Add keys to NAME, behind those that are there.",
        "remove": "Remove keys from NAME.",
    },
}
"""Of the commands that are groups, what is in them, and its help in one line."""
ALIASES = {"ls": "list", "dag": "graph"}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = COMMANDS.get(ALIASES.get(cmd_name, cmd_name))
        if entry is None:
            return None
        module, _, attribute = entry.path.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and name not in ALIASES and not name.startswith("-"):
            import difflib  # not at the top: help and completion do without

            near = difflib.get_close_matches(name, [*COMMANDS, *ALIASES], n=2)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"there is no command {name!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        shown = {entry: alias for alias, entry in ALIASES.items()}
        rows = [(f"{name}, {shown[name]}" if name in shown else name, entry.help) for name, entry in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [
            CompletionItem(name, help=entry.help) for name, entry in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`assetmake COMMAND --help` tells more of each, with examples.",
)
@click.version_option(__version__, message="assetmake %(version)s")
@project_options
def assetmake() -> None:
    """make for data assets: rebuilds exactly what is out of date, and nothing else."""
