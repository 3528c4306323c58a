"""The names that completion suggests: as they are remembered, which loads nothing of the project."""

from __future__ import annotations

import importlib
import os
import re

import click
from click.shell_completion import CompletionItem

from assetmake.cli.context import given_env, given_project
from assetmake.cli.shortcut import CONFIG_NAME, find_root
from assetmake.storage.asset_names import ASSETS, AUTOMATIONS, JOBS, SETS, read_names, write_names

_OPENING = "assetmake.cli.opening"
"""Opens projects, for which nearly everything is loaded."""
_OPERATORS = re.compile(r"@|[0-9]*\+")


def complete_assets(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the assets whose name begins with what was typed, behind its operators."""
    matched = _OPERATORS.match(incomplete)
    operators = matched[0] if matched else ""
    typed = incomplete[len(operators) :]
    return [CompletionItem(operators + name) for name in _find_names(ctx, ASSETS) if name.startswith(typed)]


def complete_jobs(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the jobs whose name begins with what was typed."""
    return [CompletionItem(name) for name in _find_names(ctx, JOBS) if name.startswith(incomplete)]


def complete_automations(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the schedules and sensors whose name begins with what was typed."""
    return [CompletionItem(name) for name in _find_names(ctx, AUTOMATIONS) if name.startswith(incomplete)]


def complete_partition_sets(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the sets of dynamic partitions whose name begins with what was typed."""
    return [CompletionItem(name) for name in _find_names(ctx, SETS) if name.startswith(incomplete)]


def _find_names(ctx: click.Context, kind: str) -> list[str]:
    """Return names as they were when the project was last imported; open it where nobody has noted them."""
    root = _find_root(ctx)
    if root is None:
        return []
    env = given_env(ctx) or os.environ.get("ASSETMAKE_ENV") or None
    names = read_names(root, env=env, kind=kind)
    if names is not None:
        return names
    found: dict[str, list[str]] = importlib.import_module(_OPENING).list_names_quietly(ctx)
    for each, listed in found.items():
        write_names(root, listed, env=env, kind=each)
    return sorted(found.get(kind, ()))


def _find_root(ctx: click.Context) -> str | None:
    project = given_project(ctx)
    if project is None:
        return find_root([])
    return find_root(["--project", str(project.parent if project.name == CONFIG_NAME else project)])
