"""`assetmake init`."""

from __future__ import annotations

from pathlib import Path

import click

from assetmake.cli.starter import IGNORED, ignore, write_starter
from assetmake.discovery.config import CONFIG_NAME
from assetmake.errors import StorageError, UsageError
from assetmake.migrating.decision import Decision
from assetmake.migrating.migration import Migration, plan_migration
from assetmake.migrating.writing import write_copy, write_in_place
from assetmake.reporting.console import Console, open_console
from assetmake.reporting.display import display


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--from-dagster",
    "source",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Convert a project written for Dagster: its folder, its package or a .py file.",
)
@click.option("--into", metavar="NEW", type=click.Path(path_type=Path), help="Where the converted copy goes.")
@click.option("--write", is_flag=True, help="Convert the project where it is, without a copy.")
def init(folder: Path | None, source: Path | None, into: Path | None, write: bool) -> None:
    """Write a small project that builds, or convert one of Dagster's.

    The small project is made of assets.toml, assets.py, a CSV file that they read, and lines in .gitignore. Nothing
    that is there is overwritten.

    With --from-dagster, a copy beside the project, PATH-assetmake, is written. In it the import lines are changed
    and nothing else: `import dagster as dg` becomes `import assetmake as dg`. An assets.toml lists the modules that
    pyproject.toml, dg.toml or workspace.yaml name, or else those that declare assets, and the limits of pools. What
    wants a decision is listed with its file and line: names that do not exist here, libraries, settings, commands.
    No code of the project is run.

    \b
    Examples:
      assetmake init                               here
      assetmake init flights                       in the folder flights
      assetmake init --from-dagster shop           a copy in shop-assetmake
      assetmake init --from-dagster shop --write   in shop; then see git diff
    """
    console = open_console()
    try:
        if source is not None:
            _convert(console, source, folder=folder, into=into, write=write)
        elif into is not None or write:
            raise UsageError("--into and --write go with --from-dagster PATH")
        else:
            _start(console, folder or Path())
    except OSError as error:
        raise StorageError(f"cannot write the project: {error}") from error


def _start(console: Console, folder: Path) -> None:
    written = write_starter(folder)
    console.results(f"wrote {display(str(path))}" for path in written)
    console.talk(f"ignored by git: {', '.join(IGNORED)}")
    console.talk(f"next: {_enter(folder)}assetmake build")


def _convert(console: Console, source: Path, *, folder: Path | None, into: Path | None, write: bool) -> None:
    if folder is not None:
        raise UsageError("--from-dagster PATH takes no other folder", hint=f"write --into {folder}")
    if write and into is not None:
        raise UsageError("--write changes the project where it is, --into a copy of it: give one of them")
    migration = plan_migration(source)
    root = migration.tree.root
    if write:
        write_in_place(migration)
    else:
        root = into or migration.tree.folder_beside
        write_copy(migration, root)
    ignored = (".assetmake/", f"{migration.outputs}/")
    ignore(root / ".gitignore", ignored)
    console.results(_tell(migration, root, write=write))
    console.talk(f"ignored by git: {', '.join(ignored)}")
    console.talk(f"next: {_enter(root)}assetmake validate, then assetmake plan")
    if write:
        console.talk("what was changed: git diff")
    console.result(
        f"Done. FILES={len(migration.changed)} IMPORTS={migration.imports} DECISIONS={len(migration.decisions)}"
    )


def _tell(migration: Migration, root: Path, *, write: bool) -> list[str]:
    """Return the lines that say what was done and what is left."""
    copied = "" if write else f" ({len(migration.files)} files copied)"
    lines = [f"wrote {display(str(root / CONFIG_NAME))}{copied}"]
    for file, (_, count) in migration.changed.items():
        lines.append(f"changed {display(str(root / file))}: {count} import{'' if count == 1 else 's'}")
    if migration.decisions:
        lines += ["", "to decide:"]
        lines += [_tell_decision(decision, root) for decision in migration.decisions]
        lines.append("")
    return lines


def _tell_decision(decision: Decision, root: Path) -> str:
    first, *others = [str(line) for line in decision.lines] or [""]
    place = f"{root / decision.file}:{first}" if first else str(root / decision.file)
    more = f" (and {', '.join(others)})" if others else ""
    return display(f"{place}{more}: {decision.what}: {decision.advice}")


def _enter(folder: Path) -> str:
    return "" if folder == Path() else f"cd {display(str(folder))} && "
