"""Effects: what an edit changes elsewhere, where modules change each other's names while they are imported.

A plugin that registers with a registry of another module is part of that registry; text shows it only in the plugin.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from assetmake.discovery.code.outline import Outline
from assetmake.discovery.code.syntax import parse_source
from assetmake.discovery.revisions.reading import Named, Reading

Spot = tuple[str, str]
"""A file and a name of it; no name stands for all of them."""
_REGISTERING = ("__init_subclass__", "metaclass", "__subclasses__")


def describe_names(outline: Outline | None) -> dict[str, object]:
    """Return for each name that a file gives a value, and does not only import, what it consists of."""
    if outline is None:
        return {}
    found: dict[str, object] = {}
    for name, bindings in outline.bindings.items():
        said = [
            binding.piece.identity
            if binding.piece is not None
            else [
                (each.body.identity, [piece.identity for _, piece in each.decorators])
                for each in outline.find_named(binding.qualname)
            ]
            for binding in bindings
            if not binding.origin
        ]
        if said:
            found[name] = said
    return found


def list_origins(outline: Outline | None) -> set[str]:
    """Return what a file imports."""
    several = outline.bindings.values() if outline is not None else ()
    return {binding.origin for bindings in several for binding in bindings if binding.origin}


class Effects:
    """Finds what is changed elsewhere in one tree.

    Args:
        reading: The tree.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._entered: set[Spot] = set()

    def of_names(self, path: str, names: Iterable[str]) -> Iterator[Spot]:
        """Yield what some names of a file change elsewhere, or what is changed because of them."""
        outline = self._reading.tree.outline(path)
        for name in names if outline is not None else ():
            bindings = outline.bindings.get(name, ()) if outline is not None else ()
            if any(not each.origin for each in bindings):
                for binding in bindings:
                    if binding.origin:  # what is imported is changed in place
                        yield from self._locate(self._reading.find_imported(binding.origin, (), path))
            yield from self._list_mutated(path, name)
            for binding in bindings:
                if binding.piece is not None:
                    for reference in binding.piece.references:
                        yield from self._follow(self._reading.resolve(reference, path))
                if binding.qualname and outline is not None:
                    yield from self._list_of_definition(path, binding.qualname, outline)

    def of_import(self, origin: str, path: str) -> Iterator[Spot]:
        """Yield what is changed elsewhere because a file imports a module, or no longer does."""
        module = origin.partition(":")[0]
        place = self._reading.tree.find_module(module, seen_from=path)
        if place is None or not place.endswith(".py") or (place, "") in self._entered:
            return
        self._entered.add((place, ""))
        outline = self._reading.tree.outline(place)
        if outline is None:
            return
        yield from self.of_names(place, outline.bindings)
        for further in list_origins(outline):
            yield from self.of_import(further, place)

    def _list_of_definition(self, path: str, qualname: str, outline: Outline) -> Iterator[Spot]:
        for definition in outline.find_named(qualname):
            for _, piece in definition.decorators:
                for reference in piece.references:
                    yield from self._follow(self._reading.resolve(reference, path))
            tree = parse_source(definition.source)
            if tree is not None and tree.body and isinstance(tree.body[0], ast.ClassDef):
                yield from self._list_bases(path, qualname, set())

    def _list_bases(self, path: str, name: str, seen: set[Spot]) -> Iterator[Spot]:
        """Yield the classes that may know of a class that is made of them."""
        outline = self._reading.tree.outline(path)
        if outline is None or (path, name) in seen:
            return
        seen.add((path, name))
        for definition in outline.find_named(name):
            if any(word in definition.source for word in _REGISTERING):
                yield from ((known_path, known) for known_path, known in seen)
            for reference in definition.body.references:
                for found in self._reading.resolve(reference, path):
                    if isinstance(found, Named) and not found.kind:
                        yield from self._list_bases(found.path, found.name, seen)

    def _follow(self, several: Iterable[Named | str]) -> Iterator[Spot]:
        for found in several:
            if isinstance(found, Named) and not found.kind:
                yield from self._list_mutated(found.path, found.name)

    def _list_mutated(self, path: str, name: str) -> Iterator[Spot]:
        """Yield the names that a function may change in place when it is called."""
        outline = self._reading.tree.outline(path)
        if outline is None or (path, name) in self._entered:
            return
        self._entered.add((path, name))
        for definition in outline.find_named(name):
            tree = parse_source(definition.source)
            for changed in dict.fromkeys(_list_changed(tree)) if tree is not None else ():
                bindings = outline.bindings.get(changed, ())
                if any(not each.origin for each in bindings):
                    yield path, changed
                for binding in bindings:
                    if binding.origin:
                        yield from self._locate(self._reading.find_imported(binding.origin, (), path))
            for reference in definition.body.references:
                yield from self._follow(self._reading.resolve(reference, path))

    def _locate(self, several: Iterable[Named | str]) -> Iterator[Spot]:
        for found in several:
            if isinstance(found, Named):
                yield found.path, found.name


def _list_changed(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Global(names=names):
                yield from names
            case ast.Expr(value=value):
                yield from (name.id for name in ast.walk(value) if isinstance(name, ast.Name))
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield from (name.id for name in ast.walk(node) if isinstance(name, ast.Name))
