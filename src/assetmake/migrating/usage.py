"""What a file does with the other tool's names: which want a decision, what it declares, which pools it uses."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assetmake.migrating.decision import Decision
from assetmake.migrating.imports import ImportedModule
from assetmake.migrating.names import TOOL, advise_name, is_refused

_CONCURRENCY_KEY = "dagster/concurrency_key"
_SUBMODULES = {"components", "preview"}
_FOLDER_LOADERS = {"load_from_defs_folder", "load_defs"}
_DECLARING = {
    "asset",
    "multi_asset",
    "graph_asset",
    "asset_check",
    "multi_asset_check",
    "observable_source_asset",
    "AssetSpec",
    "SourceAsset",
    "Definitions",
    "definitions",
    "repository",
}


@dataclass(frozen=True, slots=True)
class Usage:
    """What a file does.

    Args:
        decisions: Names that want one, where they are used.
        declares: Whether it makes assets, checks or Definitions.
        loads_folder: Whether it leaves it to the other tool which files are loaded.
        pools: Names of the pools that assets are in.
    """

    decisions: tuple[Decision, ...] = ()
    declares: bool = False
    loads_folder: bool = False
    pools: tuple[str, ...] = ()


def read_usage(content: bytes, imports: Sequence[ImportedModule], *, file: str) -> Usage:
    """Look at what becomes of the names that a file imports."""
    if not imports:
        return Usage()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape in a string of theirs is their matter
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError) as error:
        return Usage((Decision(file, (), "not checked", f"this Python cannot parse it: {error}"),))
    used = list(_list_used(tree, imports))
    names = {name for name, _, _ in used}
    pools = [pool for node in ast.walk(tree) if isinstance(node, ast.Call) for pool in _list_pools(node)]
    return Usage(
        tuple(_gather(used, file=file)),
        declares=bool(names & _DECLARING),
        loads_folder=bool(names & _FOLDER_LOADERS),
        pools=tuple(dict.fromkeys(pools)),
    )


def _list_used(tree: ast.Module, imports: Iterable[ImportedModule]) -> Iterator[tuple[str, int, bool]]:
    """Yield (the tool's name, line, whether it is an attribute of the module) for each use."""
    bound = {each.bound: each.name for found in imports for each in found.names or ()}
    modules = {found.alias or found.module for found in imports if found.names is None and found.module == TOOL}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in bound:
            yield bound[node.id], node.lineno, False
        elif isinstance(node, ast.Attribute):
            match node.value:
                case ast.Name(id=module) if module in modules and node.attr not in _SUBMODULES:
                    yield node.attr, node.lineno, True
                case ast.Attribute(value=ast.Name(id=module), attr=inner) if module in modules and inner in _SUBMODULES:
                    yield node.attr, node.lineno, True


def _gather(used: Iterable[tuple[str, int, bool]], *, file: str) -> list[Decision]:
    lines: dict[str, set[int]] = {}
    for name, line, by_module in used:
        if by_module or is_refused(name):  # an imported name that is missing is told where it is imported
            lines.setdefault(name, set()).add(line)
    told = ((name, advise_name(name), found) for name, found in lines.items())
    return [Decision(file, tuple(sorted(found)), name, advice) for name, advice, found in told if advice is not None]


def _list_pools(call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        match keyword.arg, keyword.value:
            case "pool", ast.Constant(value=str(name)):
                yield name
            case "op_tags", ast.Dict(keys=keys, values=values):
                tags = {key.value: value for key, value in zip(keys, values, strict=True) if type(key) is ast.Constant}
                match tags.get(_CONCURRENCY_KEY):
                    case ast.Constant(value=str(name)):
                        yield name
