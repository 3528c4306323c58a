"""`assetmake state export`, `import`, `merge`, `check` and `migrate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from assetmake import travelling
from assetmake.cli.context import given_env, given_project, project_options
from assetmake.cli.options import STDOUT, json_option
from assetmake.discovery.config import Config
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.discover import Discovered
from assetmake.errors import ConfigError, ExitCode
from assetmake.project import Project, open_project
from assetmake.reporting.console import Console, open_console
from assetmake.reporting.documents import write_json
from assetmake.reporting.state_lines import (
    describe_findings,
    describe_imported,
    describe_migrated,
    list_findings,
    list_imported,
    list_left_out,
    tell_migrated,
    tell_progress,
    tell_written,
)
from assetmake.storage.portable.choosing import Folders
from assetmake.storage.portable.writing import Written

_output_option = click.option("-o", "--output", metavar="F", default=STDOUT, help="The file; default: standard output.")
_FILE = click.Path(path_type=Path)


@click.group()
def state() -> None:
    """Carry what is recorded to other machines, and look whether it holds together.

    What is recorded of each node is written as a line of text, without paths or times of files of this machine. Where
    it is read, it counts for the outputs that are there and have the recorded content.

    \b
    Examples:
      assetmake state export -o state.jsonl       what a CI job keeps, or a repository
      assetmake state import state.jsonl          then `build` makes what has changed since
      assetmake state merge a.jsonl b.jsonl -o state.jsonl
      assetmake state check
    """


@state.command("export")
@_output_option
@project_options
@click.pass_context
def export_command(ctx: click.Context, *, output: str) -> None:
    """Write what is recorded as lines of text.

    The lines are sorted and the same for the same state, so a version control system shows what has changed, and its
    union merge of two of them can be imported. Runs, logs and failures stay here; so does .assetmake/env.key, by which
    values of environment variables are hashed.

    \b
    Examples:
      assetmake state export > state.jsonl
      assetmake state export -o state.jsonl
    """
    opened = _open(ctx)
    opened.write(partial(travelling.export_state, opened.project), output)


@state.command("import")
@click.argument("file", metavar="F", type=_FILE)
@json_option
@project_options
@click.pass_context
def import_command(ctx: click.Context, *, file: Path, as_json: bool) -> None:
    """Take what a file of `state export` says.

    It counts as far as the outputs that are here agree: of each node the newest record is taken whose output is here
    with the recorded content, be it of the file or of the present state. Outputs are read once for that. A damaged file
    changes nothing.

    \b
    Examples:
      assetmake state import state.jsonl
    """
    opened = _open(ctx)
    choice = travelling.import_state(opened.project, file, progress=opened.tell_progress)
    if as_json:
        opened.console.result(write_json(describe_imported(choice)))
    else:
        opened.console.results(list_imported(choice))


@state.command("merge")
@click.argument("files", metavar="F...", nargs=-1, required=True, type=_FILE)
@_output_option
@project_options
@click.pass_context
def merge_command(ctx: click.Context, *, files: tuple[Path, ...], output: str) -> None:
    """Write what several states say together.

    F is a file of `state export`, or a state file itself. Of each node the newest record counts, and where the outputs
    of a project are at hand, the newest that they agree with.

    \b
    Examples:
      assetmake state merge ours.jsonl theirs.jsonl -o state.jsonl
      assetmake state merge shard-*.jsonl | gzip > state.jsonl.gz
    """
    opened = _open_if_any(ctx)
    folders = Folders(opened.found.outputs, opened.found.root) if opened.found else None
    work = partial(travelling.merge_states, files, folders=folders, progress=opened.tell_progress)
    opened.write(work, output)


@state.command("check")
@json_option
@project_options
@click.pass_context
def check_command(ctx: click.Context, *, as_json: bool) -> int:
    """Look whether the state holds together.

    Outputs that are gone or changed are counted and are no fault: the next build makes them again. What does not hold
    together is damage, and ends with 3.

    \b
    Examples:
      assetmake state check
    """
    opened = _open(ctx)
    found = travelling.check_state(opened.project, progress=opened.tell_progress)
    if as_json:
        opened.console.result(write_json(describe_findings(found)))
    else:
        opened.console.results(list_findings(found, paint=opened.console.paint))
    return ExitCode.STORAGE if found.problems else ExitCode.OK


@state.command("migrate")
@json_option
@project_options
@click.pass_context
def migrate_command(ctx: click.Context, *, as_json: bool) -> None:
    """Bring the state to the schema of this assetmake.

    Every command does so when it first opens an older one; this does nothing else.

    \b
    Examples:
      assetmake state migrate
    """
    opened = _open(ctx)
    versions = travelling.migrate_state(opened.project)
    opened.console.result(write_json(describe_migrated(versions)) if as_json else tell_migrated(versions))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A project, if there is one, and where to print."""

    found: Project | None
    console: Console

    @property
    def project(self) -> Project:
        assert self.found is not None, "only `merge` does without"
        return self.found

    def write(self, work: Callable[[travelling.Tell], Written], output: str) -> None:
        """Write the lines that `work` tells of."""
        if output == STDOUT:
            written = work(self.console.results)
        else:
            written = travelling.write_beside(Path(output), work)
            self.console.talk(tell_written(written, output))
        for line in list_left_out(written):
            self.console.talk(line)

    def tell_progress(self, done: int, total: int) -> None:
        """Say on a terminal how far it is, where it takes long."""
        if done and self.console.is_live:
            self.console.talk(tell_progress(done, total))


def _open(ctx: click.Context) -> _Opened:
    """Open a project without its modules: what is recorded says all that is asked for here."""
    opener = ctx.obj or partial(open_project, discover=_discover_nothing)
    project = opener(env=given_env(ctx), project=given_project(ctx), fresh=False, launch=None)
    return _Opened(project, open_console())


def _open_if_any(ctx: click.Context) -> _Opened:
    try:
        return _open(ctx)
    except ConfigError:
        if given_project(ctx) is not None:
            raise
        return _Opened(None, open_console())


def _discover_nothing(_root: Path, _config: Config, **_: Any) -> Discovered:
    return Discovered(Manifest())
