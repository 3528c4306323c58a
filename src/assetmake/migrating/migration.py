"""A whole project: everything that is changed in it, known before anything is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assetmake.discovery.config import CONFIG_NAME
from assetmake.errors import UsageError
from assetmake.migrating.commands import list_commands
from assetmake.migrating.config_text import write_config
from assetmake.migrating.decision import Decision
from assetmake.migrating.imports import find_imports
from assetmake.migrating.instance_settings import INSTANCE_FILE, InstanceSettings, read_instance_settings
from assetmake.migrating.locations import WORKSPACE_FILE, Locations, read_locations
from assetmake.migrating.modules import choose_modules
from assetmake.migrating.rewriting import Rewritten, rewrite
from assetmake.migrating.source_text import UnreadableSourceError, read_source
from assetmake.migrating.tree import Tree, find_tree, list_files

_PYTHON = {".py", ".pyi"}
_COMPONENT_FILES = {"defs.yaml", "component.yaml"}
_READ_ELSEWHERE = {INSTANCE_FILE, WORKSPACE_FILE}


@dataclass(frozen=True, slots=True)
class Migration:
    """What is to be written.

    Args:
        tree: The project as it is.
        files: All of its files, relative to its root.
        changed: The new content of those that change, and how many imports change in each.
        config: The text of assets.toml.
        outputs: The folder, relative to the root, in which outputs will be kept.
        decisions: What is left to a person, by file and line.
    """

    tree: Tree
    files: tuple[Path, ...]
    changed: dict[Path, tuple[bytes, int]]
    config: str
    outputs: str
    decisions: tuple[Decision, ...]

    @property
    def imports(self) -> int:
        return sum(count for _, count in self.changed.values())


def plan_migration(path: Path) -> Migration:
    """Read a project and return what is to be written; nothing of it is run, and nothing is changed.

    Args:
        path: Its folder, its package or its only file.

    Raises:
        UsageError: there is no such project, it is one of ours, or what it says of itself cannot be read.
    """
    tree = find_tree(path)
    if (tree.root / CONFIG_NAME).exists():
        raise UsageError(
            f"{tree.root / CONFIG_NAME} is there already; nothing was written",
            hint="it is a project of assetmake: assetmake validate",
        )
    files = tuple(list_files(tree))
    own = _list_own(tree)
    sources = {file: _rewrite_file(tree, file, own) for file in files if _is_python(tree, file)}
    used = {file.as_posix(): found for file, found in sources.items() if found.mentions}
    if not used:
        raise UsageError(f"no .py file in {path} imports dagster; nothing was written")
    whole = tree.part == Path()
    locations = read_locations(tree.root) if whole else Locations()
    instance = read_instance_settings(tree.root) if whole else InstanceSettings()
    chosen = choose_modules(tree.root, locations.found, {name: found.usage for name, found in used.items()})
    pools, unlimited = _set_limits(used, instance)
    outputs = "outputs" if (tree.root / "data").exists() else "data"
    config = write_config(
        name=tree.name, modules=chosen.modules, python_path=chosen.python_path, root=outputs, pools=pools
    )
    tomllib.loads(config)
    decisions = [*locations.decisions, *instance.decisions, *chosen.decisions, *unlimited]
    decisions += [decision for found in used.values() for decision in found.decisions]
    decisions += [decision for file in files for decision in _list_others(tree, file)]
    if not chosen.modules:
        decisions.append(Decision(CONFIG_NAME, (), "modules", "no file declares assets: list those that do"))
    return Migration(
        tree,
        files,
        {file: (found.content, found.imports) for file, found in sources.items() if found.imports},
        config,
        outputs,
        tuple(sorted(decisions, key=lambda decision: (decision.file, decision.lines, decision.what))),
    )


def _is_python(tree: Tree, file: Path) -> bool:
    return file.suffix in _PYTHON and not (tree.root / file).is_symlink()


def _rewrite_file(tree: Tree, file: Path, own: frozenset[str]) -> Rewritten:
    return rewrite((tree.root / file).read_bytes(), file=file.as_posix(), own=own)


def _list_own(tree: Tree) -> frozenset[str]:
    """Return the project's own top-level modules: they may be called like a library of the other tool."""
    folders = (tree.root, tree.root / "src", *tree.root.glob("*/src"), *(f for f in tree.root.glob("*") if f.is_dir()))
    return frozenset(
        entry.stem
        for folder in folders
        if folder.is_dir()
        for entry in folder.iterdir()
        if entry.suffix == ".py" or (entry.is_dir() and entry.suffix == "")
    )


def _set_limits(used: dict[str, Rewritten], instance: InstanceSettings) -> tuple[dict[str, int], list[Decision]]:
    """Return how many may run at once in each pool, and a decision for each pool of which that is not known."""
    first = {pool: file for file, found in reversed(used.items()) for pool in found.usage.pools}
    guess = instance.default_limit or 1
    pools = {**dict.fromkeys(first, guess), **instance.limits}
    if instance.default_limit is not None:
        return pools, []
    advice = f"its limit is kept in Dagster's database: it is {guess} under [pools] until you write another"
    unknown = [pool for pool in first if pool not in instance.limits]
    return pools, [Decision(first[pool], (), f"pool {pool}", advice) for pool in unknown]


def _list_others(tree: Tree, file: Path) -> Iterator[Decision]:
    """Yield what is said in files that are not changed, or cannot be."""
    path = tree.root / file
    if path.is_symlink():
        if file.suffix in _PYTHON:
            yield Decision(file.as_posix(), (), "a link", "what it leads to is not changed through it")
    elif file.name in _COMPONENT_FILES:
        advice = "a component in YAML declares assets: write the assets themselves"
        yield Decision(file.as_posix(), (), "component", advice)
    elif file.suffix == ".ipynb":
        if b"dagster" in path.read_bytes():
            yield Decision(file.as_posix(), (), "a notebook", "change its import lines by hand")
    elif file.as_posix() not in _READ_ELSEWHERE:
        yield from list_commands(tree.root, file)
    if file == tree.part:
        yield from _list_siblings(tree)


def _list_siblings(tree: Tree) -> Iterator[Decision]:
    """Yield what a single file imports from beside it: it does not come along."""
    try:
        imports = find_imports(read_source((tree.root / tree.part).read_bytes()).text)
    except UnreadableSourceError:
        return
    for found in imports:
        top = found.module.partition(".")[0]
        if any((tree.root / name).exists() for name in (f"{top}.py", f"{top}/__init__.py")):
            advice = "it stands beside the file and is not converted with it: name the folder instead"
            yield Decision(tree.part.as_posix(), (found.line,), top, advice)
