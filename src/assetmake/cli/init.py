"""`assetmake init`."""

from __future__ import annotations

from pathlib import Path

import click

from assetmake.cli.starter import IGNORED, write_starter
from assetmake.errors import StorageError
from assetmake.reporting.console import open_console
from assetmake.reporting.display import display


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Write a small project that builds.

    It is made of assets.toml, assets.py, a CSV file that they read, and lines in .gitignore. Nothing that is
    there is overwritten.

    \b
    Examples:
      assetmake init             here
      assetmake init flights     in the folder flights
    """
    console = open_console()
    try:
        written = write_starter(folder)
    except OSError as error:
        raise StorageError(f"cannot write the project: {error}") from error
    console.results(f"wrote {display(str(path))}" for path in written)
    place = "" if folder == Path() else f"cd {display(str(folder))} && "
    console.talk(f"ignored by git: {', '.join(IGNORED)}")
    console.talk(f"next: {place}assetmake build")
