"""References: the names that a piece of syntax takes from around it - what has to be followed, and what cannot be."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.discovery.code.syntax import FunctionNode, list_children, list_parameters

TOO_DEEP = "an expression nested too deeply"
_UNFOLLOWED = {
    "exec": "what exec() runs",
    "eval": "what eval() computes",
    "compile": "what compile() makes",
    "__import__": "what __import__() imports",
    "globals": "what is taken out of globals()",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that is looked up outside, with the attributes asked of it.

    Attributes:
        path: `("helpers", "clean")` for `helpers.clean`.
        origin: Where an import inside the function takes the name from: `helpers`, or `helpers:clean`; dots in
            front where it is relative. Empty for a name of the module.
    """

    path: tuple[str, ...]
    origin: str = ""

    @property
    def label(self) -> str:
        own = ".".join(self.path)
        return f"{own} from {self.origin}" if self.origin else own


@dataclass(frozen=True, slots=True)
class References:
    """What a piece of syntax refers to.

    Attributes:
        names: What it looks up outside.
        unfollowed: In words, what cannot be known from its text.
        builtins: The same for calls of a builtin: the words, by the builtin's name. The module may have another of it.
        binds: Names that it gives a value outside of any function; of a module's statement only.
    """

    names: tuple[Reference, ...]
    unfollowed: tuple[str, ...] = ()
    builtins: Mapping[str, str] = field(default_factory=dict)
    binds: tuple[str, ...] = ()


def find_references(nodes: Iterable[ast.AST], *, only_inside: bool = False) -> References:
    """Return what some nodes of one module refer to.

    A name that a function binds is its own; one that a comprehension, a class or a nested function binds is theirs.

    Args:
        nodes: Syntax trees, stripped.
        only_inside: Leave out decorators and defaults of the nodes themselves.
    """
    outer = _Scope(None)
    finder = _Finder()
    several = list(nodes)
    try:
        for node in several:
            if only_inside:
                finder.visit_inside(node, outer)
            else:
                finder.visit(node, outer)
    except RecursionError:  # an expression nested deeper than Python's stack
        return References(_list_all_names(several), (TOO_DEEP,), {}, tuple(outer.bound))
    names = dict.fromkeys(Reference(path, origin) for path, origin in outer.loads)
    return References(
        tuple(sorted(names, key=lambda name: name.label)),
        tuple(finder.unfollowed),
        {name: _UNFOLLOWED[name] for name in outer.calls},
        tuple(outer.bound),
    )


def _list_all_names(nodes: Iterable[ast.AST]) -> tuple[Reference, ...]:
    """Return every name in some nodes, whoever binds it: more than they refer to, and never less."""
    inside = [inner for node in nodes for inner in ast.walk(node)]
    names = {Reference((inner.id,)) for inner in inside if isinstance(inner, ast.Name)}
    names |= {Reference((name,), origin) for inner in inside for name, origin in list_imports(inner)}
    return tuple(sorted(names, key=lambda name: name.label))


def list_imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Return the name and origin that each part of an import statement binds; `*` for a star."""
    match node:
        case ast.Import(names=names):
            for alias in names:
                if alias.asname is None:
                    yield alias.name.partition(".")[0], alias.name.partition(".")[0]
                else:
                    yield alias.asname, alias.name
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                yield alias.asname or alias.name, f"{'.' * (level or 0)}{module or ''}:{alias.name}"


@dataclass(slots=True)
class _Scope:
    parent: _Scope | None
    is_class: bool = False
    is_comprehension: bool = False
    bound: dict[str, None] = field(default_factory=dict)
    imported: dict[str, list[str]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    loads: dict[tuple[tuple[str, ...], str], None] = field(default_factory=dict)
    calls: dict[str, None] = field(default_factory=dict)

    def bind(self, name: str) -> None:
        if name in self.outside:
            self.loads[(name,), ""] = None
        else:
            self.bound[name] = None

    def bind_walrus(self, name: str) -> None:
        scope = self
        while scope.is_comprehension and scope.parent is not None:
            scope = scope.parent
        scope.bind(name)

    def close(self) -> None:
        """Hand on to the scope around what is not bound here."""
        if self.parent is None:
            return
        used = {path[0] for path, _ in self.loads}
        for name, origins in self.imported.items():
            for origin in origins if name not in used else ():  # an import for its effect
                self.parent.take((name,), origin, from_function=True)
        self.parent.calls.update((name, None) for name in self.calls if name not in self.bound)
        for path, origin in self.loads:
            name = path[0]
            if name in self.outside:
                self._find_module().loads[path, origin] = None
                continue
            if origin or name not in self.bound:
                self.parent.take(path, origin, from_function=not self.is_comprehension)
                continue
            for known in self.imported.get(name, ()):
                self.parent.take(path, known, from_function=True)

    def _find_module(self) -> _Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def take(self, path: tuple[str, ...], origin: str, *, from_function: bool) -> None:
        if self.is_class and from_function and self.parent is not None:
            self.parent.take(path, origin, from_function=True)  # methods don't see the names of their class
        else:
            self.loads[path, origin] = None


class _Finder:
    def __init__(self) -> None:
        self.unfollowed: dict[str, None] = {}

    def visit(self, node: ast.AST, scope: _Scope) -> None:
        visit = _VISITS.get(type(node))
        if visit is not None:
            visit(self, node, scope)
        else:
            self.visit_children(node, scope)

    def visit_children(self, node: ast.AST, scope: _Scope) -> None:
        for child in list_children(node):
            self.visit(child, scope)

    def visit_inside(self, node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._visit_function_inside(node, scope)
            case ast.ClassDef():
                self._visit_class_inside(node, scope)
            case _:
                self.visit(node, scope)

    def visit_name(self, node: ast.Name, scope: _Scope) -> None:
        if not isinstance(node.ctx, ast.Load):
            scope.bind(node.id)
        elif not (scope.is_class and node.id in scope.bound):
            scope.loads[(node.id,), ""] = None

    def visit_constant(self, node: ast.Constant, scope: _Scope) -> None:
        pass

    def visit_binding(self, node: ast.AST, scope: _Scope) -> None:
        match node:
            case ast.Global(names=names):
                scope.outside.update(names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bind(name)
            case ast.MatchMapping(rest=str(name)):
                scope.bind(name)
        self.visit_children(node, scope)

    def visit_assignment(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr, scope: _Scope) -> None:
        """Look at what is assigned before what it is assigned to: a class may give a name of the module to its own."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for child in list_children(node):
            if child not in targets:
                self.visit(child, scope)
        for target in targets:
            if isinstance(node, ast.NamedExpr) and isinstance(target, ast.Name):
                scope.bind_walrus(target.id)
            else:
                self.visit(target, scope)

    def visit_loop(self, node: ast.For | ast.AsyncFor, scope: _Scope) -> None:
        self.visit(node.iter, scope)
        self.visit(node.target, scope)
        for statement in [*node.body, *node.orelse]:
            self.visit(statement, scope)

    def visit_attribute(self, node: ast.Attribute, scope: _Scope) -> None:
        path = _read_path(node)
        if path is None:
            self.visit(node.value, scope)
        elif not (scope.is_class and path[0] in scope.bound):
            scope.loads[path, ""] = None

    def visit_call(self, node: ast.Call, scope: _Scope) -> None:
        match node:
            case ast.Call(func=ast.Name(id="getattr" | "hasattr"), args=[target, ast.Constant(value=str(name)), *rest]):
                for each in (ast.Attribute(target, name, ast.Load()), *rest):  # as if it were written with a dot
                    self.visit(each, scope)
                return
            case ast.Call(func=ast.Name(id=name)) if name in _UNFOLLOWED:
                scope.calls[name] = None
            case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if _is_import_call(function):
                scope.loads[("import_module",), module] = None
            case ast.Call(func=function) if _is_import_call(function):
                self.unfollowed["what import_module() imports by a computed name"] = None
        self.visit_children(node, scope)

    def visit_subscript(self, node: ast.Subscript, scope: _Scope) -> None:
        if _read_path(node.value) == ("sys", "modules"):
            self.unfollowed["what is taken out of sys.modules"] = None
        self.visit_children(node, scope)

    def visit_function(self, node: FunctionNode, scope: _Scope) -> None:
        given = node.args
        for default in [*given.defaults, *given.kw_defaults]:
            if default is not None:
                self.visit(default, scope)
        for decorator in [] if isinstance(node, ast.Lambda) else node.decorator_list:
            self.visit(decorator, scope)
        self._visit_function_inside(node, scope)

    def _visit_function_inside(self, node: FunctionNode, scope: _Scope) -> None:
        inner = _Scope(scope)
        inner.bound.update((parameter.arg, None) for parameter in list_parameters(node))
        if isinstance(node, ast.Lambda):
            self.visit(node.body, inner)
        else:
            scope.bind(node.name)
            for statement in node.body:
                self.visit(statement, inner)
        inner.close()

    def visit_class(self, node: ast.ClassDef, scope: _Scope) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator, scope)
        self._visit_class_inside(node, scope)

    def _visit_class_inside(self, node: ast.ClassDef, scope: _Scope) -> None:
        for outside in [*node.bases, *(keyword.value for keyword in node.keywords)]:
            self.visit(outside, scope)
        scope.bind(node.name)
        inner = _Scope(scope, is_class=True)
        for statement in node.body:
            self.visit(statement, inner)
        inner.bound.clear()  # what was bound when it was loaded is left out already
        inner.close()

    def visit_comprehension(self, node: ast.AST, scope: _Scope) -> None:
        inner = _Scope(scope, is_comprehension=True)
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        for number, generator in enumerate(generators):
            self.visit(generator.iter, inner if number else scope)
            self.visit(generator.target, inner)
            for condition in generator.ifs:
                self.visit(condition, inner)
        for name in ("elt", "key", "value"):
            part = getattr(node, name, None)
            if part is not None:
                self.visit(part, inner)
        inner.close()

    def visit_import(self, node: ast.Import | ast.ImportFrom, scope: _Scope) -> None:
        for name, origin in list_imports(node):
            if scope.parent is not None:
                scope.imported.setdefault(name, []).append(origin)
            scope.bind(name)


def _read_path(node: ast.expr) -> tuple[str, ...] | None:
    """Return `a.b.c` as its names; None where something else than a name is at its root."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node.id, *reversed(attributes)) if isinstance(node, ast.Name) else None


def _is_import_call(function: ast.expr) -> bool:
    path = _read_path(function)
    return path is not None and path[-1] == "import_module"


_VISITS: dict[type[ast.AST], Callable[[_Finder, Any, _Scope], None]] = {
    ast.Name: _Finder.visit_name,
    ast.Constant: _Finder.visit_constant,
    ast.Attribute: _Finder.visit_attribute,
    ast.Call: _Finder.visit_call,
    ast.Subscript: _Finder.visit_subscript,
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda), _Finder.visit_function),
    ast.ClassDef: _Finder.visit_class,
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.NamedExpr), _Finder.visit_assignment),
    **dict.fromkeys((ast.For, ast.AsyncFor), _Finder.visit_loop),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _Finder.visit_comprehension),
    **dict.fromkeys((ast.Import, ast.ImportFrom), _Finder.visit_import),
    **dict.fromkeys((ast.Global, ast.ExceptHandler), _Finder.visit_binding),
    **dict.fromkeys((ast.MatchAs, ast.MatchStar, ast.MatchMapping), _Finder.visit_binding),
}
