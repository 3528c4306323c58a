"""Opening the project for a command, and telling of modules that did not import."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import click

from assetmake.cli.ahead import discover
from assetmake.cli.context import (
    REPORTS,
    given_config,
    given_env,
    given_guard,
    given_overrides,
    given_project,
    is_cache_off,
)
from assetmake.cli.launching import add_job_config
from assetmake.discovery.launch import Launch, read_launch
from assetmake.discovery.recall.names import list_names
from assetmake.errors import DefinitionError
from assetmake.graph.key_rules import KeyOptions
from assetmake.project import Project, open_project
from assetmake.reporting.console import Console, open_console
from assetmake.reporting.failure_lines import list_broken_modules
from assetmake.reporting.idle_line import count
from assetmake.reporting.patience import IMPORTING, show_patience
from assetmake.reporting.reports import NO_REPORTS, Reports
from assetmake.reporting.unavailable_lines import list_unavailable


class Opener(Protocol):
    """Opens a project; tests hand in their own as the object of click's context."""

    def __call__(self, *, env: str | None, project: Path | None, fresh: bool, launch: Launch | None) -> Project: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A project, and where to print.

    Attributes:
        is_broken: A module did not import; that was told.
    """

    project: Project
    console: Console
    is_broken: bool


def open_here(
    ctx: click.Context, *, fresh: bool = False, job: str | None = None, keys: KeyOptions | None = None
) -> Opened:
    """Open the project that a command is called for.

    Args:
        ctx: The command's context.
        fresh: Import its modules, whatever is remembered of them.
        job: The name of the job whose config its assets have; or NAME@KEY, for the run of one partition.
        keys: Which partitions the command is about.

    Raises:
        DefinitionError: no module could be imported.
        AssetmakeError: there is no project, or it is wrong.
    """
    console = open_console(guard=given_guard(ctx))
    reports: Reports = ctx.meta.get(REPORTS, NO_REPORTS)
    opener: Opener = ctx.obj or partial(open_project, discover=discover)
    launch = read_launch(given_config(ctx), given_overrides(ctx))
    with show_patience(console, IMPORTING):
        project = opener(
            env=given_env(ctx),
            project=given_project(ctx),
            fresh=fresh or is_cache_off(ctx) or bool(launch),
            launch=launch or None,
        )
    failures = [each for each in project.manifest.failures if each.place is None]
    reports.learn(project.root, (*project.manifest.assets, *project.manifest.checks), failures)
    for line in list_broken_modules(failures, paint=console.paint_talk):
        console.talk(line)
    if failures and not (project.manifest.assets or project.manifest.sources or _is_refused(project)):
        raise DefinitionError(
            f"nothing could be loaded: {count(len(failures), 'module')} did not import",
            hint="the traceback is above",
        )
    for line in list_unavailable(project.graph):
        console.talk(line)
    given = launch
    if job is not None:
        command = ctx.info_name or ""
        given = add_job_config(project, job, launch, keys=keys or KeyOptions(), command=command)
    if given != launch:  # what the job is has to be known first
        project = opener(env=given_env(ctx), project=given_project(ctx), fresh=True, launch=given)
    reports.listen(console)
    return Opened(project, console, bool(failures))


def _is_refused(project: Project) -> bool:
    """Tell whether a definition was refused: the graph tells of it, with all else that is wrong."""
    return any(each.place is not None for each in project.manifest.failures)


def list_names_quietly(ctx: click.Context) -> dict[str, list[str]]:
    """Return the names of a project for completion, by kind; an error has no place there to be told, and gives none."""
    opener: Opener = ctx.obj or open_project
    try:
        project = opener(env=given_env(ctx), project=given_project(ctx), fresh=False, launch=None)
        return list_names(project.manifest, selectors=project.config.selectors)
    except Exception:  # noqa: BLE001 - nothing to complete is all that a shell can be told
        return {}
