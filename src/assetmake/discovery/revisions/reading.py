"""Code by its text alone: names of files, what each consists of and refers to, without importing anything.

It follows what text shows: more than an import would where conditions choose, and not what is only made while modules
run. A name is a node; what it is bound to counts, and so does what changes it in place.
"""

from __future__ import annotations

import ast
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from assetmake.discovery.code.members import CodeGraph, Form, Member
from assetmake.discovery.code.outline import Definition, Outline, Piece, digest
from assetmake.discovery.code.scopes import Reference, find_references
from assetmake.discovery.code.syntax import dump, parse_source, unquote
from assetmake.discovery.revisions.trees import Tree
from assetmake.public_names import ALIASES, MODULES

_OWN = "assetmake"
_PUBLIC = frozenset(ALIASES).union(*MODULES.values())
"""What `from assetmake import *` brings."""
_LABELS = frozenset(
    {"description", "group_name", "kinds", "metadata", "owners", "pool", "retry_policy", "tags", "timeout"}
)
"""Keywords of our decorators that decide no result."""
_DEPTH = 20
_KEPT = 20_000
"""Texts that are read once: then and now most are the same."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name of a file, or what else of it counts.

    Attributes:
        path: The file.
        name: The name.
        kind: `whole`: everything that the file binds. `declared`: what its decorators say, without its body.
            `resource`: what its `Definitions` give as the resource of this name.
    """

    path: str
    name: str
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.path}::{self.name}"


@dataclass(slots=True)
class _Entry:
    identity: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


class Reading:
    """Nodes of one tree, each read when it is first asked for.

    Args:
        tree: The files.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.nodes: dict[str, Named] = {}
        self._entries: dict[str, _Entry] = {}
        self._pending: deque[Named] = deque()

    def add(self, node: Named) -> str:
        """Have a node read, and return its name in the graph."""
        name = str(node)
        if name not in self._entries:
            self._entries[name] = _Entry()
            self.nodes[name] = node
            self._pending.append(node)
        return name

    def finish(self) -> CodeGraph:
        """Read all that was asked for, and what that refers to."""
        while self._pending:
            node = self._pending.popleft()
            self._read(node, self._entries[str(node)])
        return CodeGraph(
            {
                name: Member(name, "", Form.VALUE, digest(json.dumps(entry.identity)), links=entry.links)
                for name, entry in self._entries.items()
            }
        )

    def has(self, path: str, name: str) -> bool:
        outline = self.tree.outline(path)
        return outline is not None and name in outline.bindings

    def is_asset(self, path: str, name: str) -> bool:
        """Tell whether a name is a function that one of our decorators declares."""
        outline = self.tree.outline(path)
        if outline is None:
            return False
        bindings = outline.bindings.get(name, ())
        if not any(each.qualname == name for each in bindings):
            return False
        return any(
            self.is_ours(path, text) for definition in outline.find_named(name) for text, _ in definition.decorators
        )

    def is_ours(self, path: str, text: str) -> bool:
        """Tell whether the text of a decorator calls something of assetmake."""
        first = text.partition("(")[0].split(".")[0]
        outline = self.tree.outline(path)
        if outline is None:
            return False
        bindings = outline.bindings.get(first, ())
        if not bindings and _OWN in outline.stars:
            return first in _PUBLIC and not any(
                isinstance(found, Named) for found in self._find_bound(first, (), path, outline, _DEPTH)
            )
        return any(each.origin.partition(":")[0].partition(".")[0] == _OWN for each in bindings)

    def resolve(self, reference: Reference, path: str) -> Iterator[Named | str]:
        """Yield the nodes that a reference in a file means; of a library's object its name."""
        first, rest = reference.path[0], reference.path[1:]
        if reference.origin:
            yield from self.find_imported(reference.origin, rest, path)
            return
        outline = self.tree.outline(path)
        if outline is not None:
            yield from self._find_bound(first, rest, path, outline, _DEPTH)

    def find_imported(self, origin: str, rest: Sequence[str], path: str, depth: int = _DEPTH) -> Iterator[Named | str]:
        """Yield what an import in a file means, and of that what `rest` names."""
        module, _, attribute = origin.partition(":")
        wanted = [attribute, *rest] if attribute and attribute != "*" else list(rest)
        place = self.tree.find_module(module, seen_from=path)
        if place is None or depth <= 0:
            yield f"import {origin}"
            return
        while wanted:
            outline = self.tree.outline(place) if place.endswith(".py") else None
            bound = [] if outline is None else self._find_bound(wanted[0], wanted[1:], place, outline, depth - 1)
            if found := list(bound):
                yield from found
                return
            inside = self.tree.find_inside(place, wanted[0])
            if inside is None:
                break
            place, wanted = inside, wanted[1:]
        if wanted:
            yield f"nothing {'.'.join(wanted)}"
            if place.endswith(".py") and self.has(place, "__getattr__"):
                yield Named(place, "__getattr__")
        elif place.endswith(".py"):
            yield Named(place, "", "whole")

    def _find_bound(
        self, name: str, rest: Sequence[str], path: str, outline: Outline, depth: int
    ) -> Iterator[Named | str]:
        bindings = outline.bindings.get(name, ())
        is_own = any(each.origin.partition(":")[0].partition(".")[0] == _OWN for each in bindings)
        if any(
            not each.origin and not (is_own and each.is_registered) for each in bindings
        ):  # `@dg.asset` fills no `dg`
            yield Named(path, name)
        for binding in bindings:
            if binding.origin:
                yield from self.find_imported(binding.origin, rest, path, depth)
        if bindings or depth <= 0:
            return
        for star in outline.stars:
            place = self.tree.find_module(star, seen_from=path)
            behind = self.tree.outline(place) if place is not None and place.endswith(".py") else None
            if place is not None and behind is not None:
                found = list(self._find_bound(name, rest, place, behind, depth - 1))
                if found and "__all__" in behind.bindings:
                    yield Named(place, "__all__")
                yield from found
            elif place is None and name != "*":
                yield f"import {star}:*"

    # ------------------------------------------------------------------ what a node consists of

    def _read(self, node: Named, entry: _Entry) -> None:
        outline = self.tree.outline(node.path)
        if outline is None:
            entry.identity.append("nothing is there")
            return
        if node.kind == "resource":
            for piece in find_resources(outline.text, node.name):
                entry.identity.append(piece.identity)
                self._follow(entry, piece, node.path)
            return
        if node.kind == "whole":
            for name in outline.bindings:
                self._follow(entry, Piece("", (Reference((name,)),)), node.path)
            return
        for number, binding in enumerate(outline.bindings.get(node.name, ())):
            if binding.piece is not None and node.kind != "declared":
                entry.identity.append(binding.piece.identity)
                self._follow(entry, binding.piece, node.path, passes_assets=True)
            elif binding.qualname and binding.is_registered:
                self._link(entry, f"registered {binding.qualname} {number}", Named(node.path, binding.qualname))
            elif binding.qualname:
                for definition in outline.find_named(binding.qualname):
                    self._define(entry, definition, node)

    def _define(self, entry: _Entry, definition: Definition, node: Named) -> None:
        if node.kind != "declared":
            entry.identity.append(definition.body.identity)
            self._follow(entry, definition.body, node.path)
            self._follow(entry, definition.defaults, node.path)
        if any(self.is_ours(node.path, text) for text, _ in definition.decorators):
            piece = _read_result(definition.source)  # `-> None` keeps nothing
            entry.identity.append(piece.identity)
            self._follow(entry, piece, node.path)
        for text, piece in definition.decorators:
            own = self.is_ours(node.path, text)
            shown = _clean(text) if own else piece
            entry.identity.append(shown.identity)
            self._follow(entry, shown, node.path, passes_assets=own)
        if definition.decorators:  # an asset's decide how its inputs are loaded, others may be looked at
            for name, piece in definition.annotations.items():
                entry.identity.append(f"{name}:{piece.identity}")
                self._follow(entry, piece, node.path)

    def _follow(self, entry: _Entry, piece: Piece, path: str, *, passes_assets: bool = False) -> None:
        """Link what a piece refers to; declarations that name assets don't rest on the code of these."""
        for reference in piece.references:
            for number, found in enumerate(self.resolve(reference, path)):
                label = f"{reference.label} {number}"
                if isinstance(found, str):
                    entry.identity.append(f"{label}={found}")
                elif not (passes_assets and not found.kind and self.is_asset(found.path, found.name)):
                    self._link(entry, label, found)

    def _link(self, entry: _Entry, label: str, node: Named) -> None:
        entry.links[label] = self.add(node)


@lru_cache(maxsize=_KEPT)
def _read_result(source: str) -> Piece:
    """Return the annotation of what a function returns."""
    tree = parse_source(source)
    result = getattr(tree.body[0], "returns", None) if tree is not None and tree.body else None
    return Piece("") if result is None else _describe(unquote(result))


@lru_cache(maxsize=_KEPT)
def _clean(text: str) -> Piece:
    """Return one of our decorators without what decides no result."""
    read = parse_source(text)
    match read and read.body:
        case [ast.Expr(value=tree)]:
            pass
        case _:
            return Piece(digest(text))
    if isinstance(tree, ast.Call):
        tree.keywords = [each for each in tree.keywords if each.arg not in _LABELS]
        if not tree.args and not tree.keywords:
            tree = tree.func
    return _describe(tree)


def find_resources(text: str, name: str) -> Iterator[Piece]:
    """Yield what a file gives as a resource; all that it calls `resources=` where that cannot be told apart."""
    tree = parse_source(text)
    for call in (each for each in ast.walk(tree or ast.Module([], [])) if isinstance(each, ast.Call)):
        for given in (each.value for each in call.keywords if each.arg in {"resources", None}):
            yield from map(_describe, _pick(given, name))


def _pick(given: ast.expr, name: str) -> Iterator[ast.expr]:
    if not isinstance(given, ast.Dict):
        yield given
        return
    for key, value in zip(given.keys, given.values, strict=True):
        if not isinstance(key, ast.Constant) or key.value == name:
            yield value


def _describe(node: ast.expr) -> Piece:
    return Piece(digest(dump(node)), find_references([node]).names)
