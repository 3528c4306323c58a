"""Outlines: what a file defines and binds, read from its text alone, each definition when it is first asked for."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from types import CodeType

from assetmake.discovery.code.scopes import TOO_DEEP, Reference, find_references, list_imports
from assetmake.discovery.code.syntax import (
    FunctionNode,
    NamedFunctionNode,
    dump,
    has_computed_default,
    list_inner,
    list_parameters,
    parse_source,
    strip,
    unquote,
)

_BLOCKS = ("body", "orelse", "finalbody")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""A line as Python counts them: a form feed does not end one."""
_INDENTED = "if True:\n"
"""Said of what exceeds Python's stack, which has not the same depth everywhere."""
_UNNAMED = ("name", "decorator_list", "returns")


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of syntax: `identity` is a digest of what it does, whatever it looks like."""

    identity: str
    references: tuple[Reference, ...] = ()
    unfollowed: tuple[str, ...] = ()
    builtins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, a lambda or a class.

    Attributes:
        name: Its own name.
        source: As it is written, decorators included.
        line, end: Its first and last line.
        body: Without its name, decorators and annotations of parameters.
        defaults: Names that its defaults take from around it, which count by their values where it is imported.
        decorators: From the outermost on.
        annotations: Of its parameters.
        has_computed_default: A default is more than a literal.
    """

    name: str
    source: str
    line: int
    end: int
    body: Piece
    defaults: Piece = field(default_factory=lambda: Piece(""))
    decorators: tuple[tuple[str, Piece], ...] = ()
    annotations: Mapping[str, Piece] = field(default_factory=dict)
    has_computed_default: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """One way in which a module's name comes to its value.

    Attributes:
        origin: It is imported: `helpers`, or `helpers:clean`.
        qualname: It is the function or class of this name.
        source, piece: It is assigned, or changed in place, by this statement.
        literal: The value that is assigned, where it stands there.
        is_registered: The definition is none of the name, but is decorated with it, as with `@registry.add`.
        sets: The statement sets an attribute or an item of the name.
    """

    origin: str = ""
    qualname: str = ""
    source: str = ""
    piece: Piece | None = None
    literal: str = ""
    is_registered: bool = False
    sets: bool = False


def outline_source(source: str) -> Outline:
    """Return the outline of a definition that was cut out of its file, however it was indented there."""
    if source[:1] in {" ", "\t"}:
        return Outline(_INDENTED + source)
    return Outline(f"({source}\n)" if source.startswith("lambda") else source)


class Outline:
    """What the text of one file defines.

    Args:
        text: The file's text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = digest(text)
        self._classes: dict[str, tuple[Definition, ...]] = {}

    def find_function(self, code: CodeType) -> Definition | None:
        """Return the definition that a code object was compiled from; None where it cannot be told."""
        nodes = self._nodes.functions.get((code.co_name, code.co_firstlineno), ())
        if len(nodes) > 1:
            nodes = [node for node in nodes if _encloses(node, code)]
        return self._define(nodes[0]) if len(nodes) == 1 else None

    def find_named(self, qualname: str) -> tuple[Definition, ...]:
        """Return the classes and functions of a qualified name: several where conditions choose among them."""
        if qualname not in self._classes:
            self._classes[qualname] = tuple(map(self._define, self._nodes.named.get(qualname, ())))
        return self._classes[qualname]

    def list_statements(self) -> list[str]:
        """Return the digest of each statement of a text that has nothing else."""
        return [_describe(statement, self.text).identity for statement in self._nodes.module.body]

    def list_outermost(self) -> list[Definition]:
        """Return the definitions of a text that consists of them, or of one lambda."""
        body = self._nodes.module.body
        if self.text.startswith(_INDENTED) and isinstance(body[0], ast.If):
            body = body[0].body
        named = [node for node in body if isinstance(node, ast.ClassDef | NamedFunctionNode)]
        lambdas = (node for node in ast.walk(self._nodes.module) if isinstance(node, ast.Lambda))
        return [*map(self._define, named)] or [self._define(node) for node in islice(lambdas, 1)]

    @cached_property
    def bindings(self) -> Mapping[str, tuple[Binding, ...]]:
        """How each name of the module comes to its value, statements that change it in place included."""
        found: dict[str, list[Binding]] = {}
        for statement in self._nodes.module.body:
            for name, binding in self._list_bindings(statement):
                found.setdefault(name, []).append(binding)
        return {name: tuple(several) for name, several in found.items()}

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules of `from module import *`, as they are written."""
        return tuple(binding.origin.partition(":")[0] for binding in self.bindings.get("*", ()))

    @property
    def is_read(self) -> bool:
        """Whether the text could be parsed."""
        return self._nodes.is_read

    def read_lines(self, line: int, end: int) -> str:
        """Return lines of the text as they are written, the last one without its end."""
        return "".join(self._lines[line - 1 : end]).rstrip("\n")

    def read_segment(self, node: ast.expr | ast.stmt) -> str:
        """Return what `ast.get_source_segment` does, which splits the whole text into lines each time."""
        if node.end_lineno is None or node.end_col_offset is None:
            return ""
        first, *rest = self._lines[node.lineno - 1 : node.end_lineno]
        lines = [first.encode(), *(line.encode() for line in rest)]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"".join(lines).decode()

    @cached_property
    def _nodes(self) -> _Nodes:
        return _Nodes(self.text)

    @cached_property
    def _lines(self) -> list[str]:
        return _LINE.findall(self.text)

    def _define(self, node: FunctionNode | ast.ClassDef) -> Definition:
        line, end = _first_line(node), node.end_lineno or node.lineno
        if isinstance(node, ast.Lambda):
            source = self.read_segment(node)
            body, defaults = _describe(node, source), _describe_defaults(node)
            return Definition("<lambda>", source, line, end, body, defaults, (), {}, has_computed_default(node))
        source = self.read_lines(line, end)
        return Definition(
            name=node.name,
            source=source,
            line=line,
            end=end,
            body=_describe(node, source, without=_UNNAMED),
            defaults=_describe_defaults(node),
            decorators=tuple((ast.unparse(each), _describe(each, source)) for each in node.decorator_list),
            annotations={
                name: _describe(unquote(annotation))
                for name, annotation in self._nodes.annotations.get(id(node), {}).items()
            },
            has_computed_default=not isinstance(node, ast.ClassDef) and has_computed_default(node),
        )

    def _list_bindings(self, statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
        match statement:
            case ast.Import() | ast.ImportFrom():
                for name, origin in list_imports(statement):
                    yield name, Binding(origin)
            case ast.If() if _is_main_guard(statement):
                return  # an import does not run it
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, Binding(qualname=name)
                for decorator in statement.decorator_list:
                    yield from self._list_touched(decorator, statement)
            case _:
                yield from self._list_assigned(statement)
                for inner in _list_inner(statement):
                    yield from (pair for pair in self._list_bindings(inner) if pair[1].origin or pair[1].qualname)

    def _list_assigned(self, statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
        changed = dict(_list_changed(statement))
        named = [*find_references([statement]).binds, *changed]
        if not named:
            return
        source = self.read_segment(statement)
        binding = Binding(source=source, piece=_describe(statement, source), literal=_read_literal(statement))
        for name in dict.fromkeys(named):
            yield name, replace(binding, sets=changed.get(name, False))

    def _list_touched(self, decorator: ast.expr, statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
        """A function that is decorated with `@registry.register` is part of what the registry is."""
        path = find_references([decorator]).names
        name = getattr(statement, "name", "")
        if isinstance(decorator, ast.Attribute | ast.Call) and path and len(path[0].path) > 1:
            yield path[0].path[0], Binding(qualname=name, is_registered=True)


class _Nodes:
    """The tree of a file, stripped, with its definitions by what they are looked up by."""

    def __init__(self, text: str) -> None:
        parsed = parse_source(text)
        self.is_read = parsed is not None
        self.module = parsed or ast.Module([], [])
        self.functions: dict[tuple[str, int], list[FunctionNode]] = {}
        self.named: dict[str, list[NamedFunctionNode | ast.ClassDef]] = {}
        self.annotations: dict[int, dict[str, ast.expr]] = {}
        for node in ast.walk(self.module) if "lambda" in text else ():
            if isinstance(node, ast.Lambda):
                self.functions.setdefault(("<lambda>", node.lineno), []).append(node)
        self._register_all()
        strip(self.module)

    def _register_all(self) -> None:
        pending: list[tuple[ast.AST, str]] = [(self.module, "")]
        while pending:
            node, prefix = pending.pop()
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self.functions.setdefault((name, _first_line(node)), []).append(node)
                    self.named.setdefault(prefix + name, []).append(node)
                    self.annotations[id(node)] = _list_annotations(node)
                    prefix = f"{prefix}{name}.<locals>."
                case ast.ClassDef(name=name):
                    self.named.setdefault(prefix + name, []).append(node)
                    prefix = f"{prefix}{name}."
            pending.extend((inner, prefix) for inner in reversed(list_inner(node)))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _describe(node: ast.AST, source: str = "", *, without: tuple[str, ...] = ()) -> Piece:
    references = find_references([node], only_inside=True)
    try:
        text = dump(node, without=without)
    except RecursionError:  # an expression nested deeper than Python's stack
        return Piece(digest(source), references.names, (TOO_DEEP,), references.builtins)
    return Piece(digest(text), references.names, references.unfollowed, references.builtins)


def _describe_defaults(node: FunctionNode | ast.ClassDef) -> Piece:
    if isinstance(node, ast.ClassDef):
        return Piece("")
    given = [default for default in [*node.args.defaults, *node.args.kw_defaults] if default is not None]
    return Piece("", find_references(given).names)


def _list_annotations(node: NamedFunctionNode) -> dict[str, ast.expr]:
    annotated = ((parameter.arg, parameter.annotation) for parameter in list_parameters(node))
    return {name: annotation for name, annotation in annotated if annotation is not None}


def _first_line(node: FunctionNode | ast.ClassDef) -> int:
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def _encloses(node: FunctionNode, code: CodeType) -> bool:
    """Tell whether everything that a code object runs stands in a lambda's body."""
    if not isinstance(node, ast.Lambda):
        return True
    body = node.body
    start, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    for line, end_line, column, end_column in code.co_positions():
        if None in {line, end_line, column, end_column} or column == end_column:
            continue
        if (line, column) < start or (end_line, end_column) > end:
            return False
    return True


def _list_inner(statement: ast.stmt) -> Iterator[ast.stmt]:
    for name in _BLOCKS:
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield from block
    for name in ("handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield from part.body


def _list_changed(statement: ast.stmt) -> Iterator[tuple[str, bool]]:
    """Return the names that a statement may change in place, and whether it surely does.

    `x.add(1)` may; `x.y = 1` and `x[0] = 1` do.
    """
    for node in ast.walk(statement):
        if isinstance(node, ast.Expr):
            yield from ((name.id, False) for name in ast.walk(node.value) if isinstance(name, ast.Name))
    for node in ast.walk(statement):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield from ((name.id, True) for name in ast.walk(node) if isinstance(name, ast.Name))


def _is_main_guard(statement: ast.If) -> bool:
    match statement.test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return not statement.orelse
        case _:
            return False


def _read_literal(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name()], value=value):
            try:
                return repr(ast.literal_eval(value))
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                return ""
        case _:
            return ""
