"""The names that completion suggests: as they are remembered, which loads nothing of the project."""

from __future__ import annotations

import importlib
import os
import re

import click
from click.shell_completion import CompletionItem

from assetmake.cli.context import given_env, given_project
from assetmake.cli.shortcut import CONFIG_NAME, find_root
from assetmake.storage.asset_names import ASSETS, AUTOMATIONS, CHECKS, JOBS, KEYS, SETS, TERMS, read_names, write_names

_OPENING = "assetmake.cli.opening"
"""Opens projects, for which nearly everything is loaded."""
_OPERATORS = re.compile(r"(?:.*[\s,(])?(?:@|[0-9]*\+)?")
"""What stands before the word that is being typed: all of a selection in quotes up to there, and operators."""
_METHODS = {
    "status": ("fresh", "stale", "missing", "failed", "waiting"),
    "state": ("new", "modified", *(f"modified.{part}" for part in ("code", "config", "io", "env", "deps"))),
    "result": ("failed", "built", "unchanged"),
    "changed": ("",),
    "partition": ("",),
    "path": ("",),
}
"""Methods of a selection whose values no name of the project decides; without a value where it is anything."""
_FUNCTIONS = ("roots(", "sinks(", "path(")
_WORDS_FOR_KEYS = ("latest", "missing")


def complete_assets(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the assets whose name begins with what was typed, behind its operators.

    Where none does they are methods: first what stands before the colon, then all with their values; or functions.
    Behind an asset and @ they are its keys, and behind an @ that is the beginning also files with terms.
    """
    before, typed = _split_typed(incomplete)
    if "@" in typed:
        found = _list_keys(ctx, typed)
    else:
        found = [name for name in _find_names(ctx, ASSETS) if name.startswith(typed)]
        found = [*found, *_list_files(typed)] if before == "@" else found
        found = found or _list_terms(ctx, typed)
    return [CompletionItem(before + name) for name in found]


def complete_nodes(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the assets whose name begins with what was typed; the checks and keys of one that was typed in full."""
    if "@" in incomplete:
        return [CompletionItem(node) for node in _find_names(ctx, KEYS) if node.startswith(incomplete)]
    names = [name for name in _find_names(ctx, ASSETS) if name.startswith(incomplete)]
    checks = _find_names(ctx, CHECKS) if names in ([], [incomplete]) else []
    return [CompletionItem(name) for name in [*names, *(check for check in checks if check.startswith(incomplete))]]


def _list_terms(ctx: click.Context, typed: str) -> list[str]:
    fixed = [f"{method}:{value}" for method, values in _METHODS.items() for value in values]
    matching = [term for term in [*_find_names(ctx, TERMS), *fixed] if term.startswith(typed)] if typed else []
    if ":" in typed:
        return matching
    functions = [name for name in _FUNCTIONS if typed and name.startswith(typed)]
    return sorted({*functions, *(f"{term.partition(':')[0]}:" for term in matching)})


def _list_keys(ctx: click.Context, typed: str) -> list[str]:
    """Return the keys of an asset that begin with what was typed behind it, and what else can stand there."""
    asset = typed.partition("@")[0]
    words = [f"{asset}@{word}" for word in _WORDS_FOR_KEYS if asset in _find_names(ctx, ASSETS)]
    return [node for node in [*_find_names(ctx, KEYS), *words] if node.startswith(typed)]


def _list_files(typed: str) -> list[str]:
    """Return the files and folders whose path begins with what was typed, as far as they are taken for a file."""
    folder, slash, begin = typed.rpartition("/")
    try:
        with os.scandir((folder or "/") if slash else ".") as entries:
            found = [f"{each.name}/" if each.is_dir() else each.name for each in entries]
    except OSError:
        return []
    shown = (name for name in found if name.startswith(begin) and (begin.startswith(".") or not name.startswith(".")))
    return sorted(f"{folder}{slash}{name}" for name in shown if slash or "." in name or name.endswith("/"))


def _split_typed(incomplete: str) -> tuple[str, str]:
    matched = _OPERATORS.match(incomplete)
    before = matched[0] if matched else ""
    return before, incomplete[len(before) :]


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
