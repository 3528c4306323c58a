"""A function's syntax tree, reduced to what decides its result and written down the same in every Python."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_SKIPPED_FIELDS = {"ctx", "kind", "type_comment", "type_ignores", "type_params"}
_IMPURE = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Starred)


def find_function(source: str, *, name: str, line: int) -> FunctionNode | None:
    """Return the function that begins at a line (of its first decorator, if any), or None.

    None too where two lambdas begin on one line: which one is meant cannot be told.
    """
    try:
        candidates = _index_functions(source).get((name, line), ())
    except (SyntaxError, ValueError, RecursionError):
        return None
    return candidates[0] if len(candidates) == 1 else None


def normalise_function(node: FunctionNode, *, is_own_decorator: Callable[[ast.expr], bool]) -> FunctionNode:
    """Return a copy without decorators of ours, docstrings, no-op statements and idle annotations.

    The function's own parameter and return annotations stay: they decide how values are loaded and kept.
    """
    tree: FunctionNode = _copy_tree(node)
    if not isinstance(tree, ast.Lambda):
        tree.decorator_list = [decorator for decorator in tree.decorator_list if not is_own_decorator(decorator)]
        _map_annotations(tree, _unquote)
    return cast("FunctionNode", _Stripper(own=tree).visit(tree))


def dump_function(node: FunctionNode) -> str:
    """Write a tree down canonically, without the function's name and without positions."""
    return _dump(node, unnamed=node)


def show_function(node: FunctionNode) -> str:
    """Write a tree as Python again, for people; "" where Python has no spelling for it."""
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):  # an int of 4301 digits, a backslash in an f-string's hole
        return ""


def has_computed_default(node: FunctionNode) -> bool:
    defaults = [*node.args.defaults, *node.args.kw_defaults]
    return any(default is not None and not isinstance(default, ast.Constant) for default in defaults)


@lru_cache(maxsize=256)
def _index_functions(source: str) -> Mapping[tuple[str, int], Sequence[FunctionNode]]:
    """Return the functions of a file by name and first line; a file is parsed once for all of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the import has said them already
        tree = ast.parse(source)
    found: dict[tuple[str, int], list[FunctionNode]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                first = node.decorator_list[0] if node.decorator_list else node
                found.setdefault((node.name, first.lineno), []).append(node)
            case ast.Lambda():
                found.setdefault(("<lambda>", node.lineno), []).append(node)
            case _:
                pass
    return found


def _copy_tree(value: Any) -> Any:
    """Copy a tree with the one attribute that unparse asks for; deepcopy takes several times as long."""
    if isinstance(value, ast.AST):
        copied: Any = type(value).__new__(type(value))
        for field in value._fields:
            if hasattr(value, field):
                setattr(copied, field, _copy_tree(getattr(value, field)))
        if isinstance(value, ast.stmt):
            copied.lineno = value.lineno
        return copied
    return [_copy_tree(entry) for entry in value] if isinstance(value, list) else value


class _Stripper(ast.NodeTransformer):
    def __init__(self, *, own: FunctionNode) -> None:
        self.own = own

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                statements[:] = [statement for statement in statements if not _is_no_op(statement)]
        if body == []:
            body.append(ast.Pass())
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if node is not self.own:
            _map_annotations(node, lambda _: None)
        if hasattr(node, "type_params"):
            node.type_params = []
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Keep the annotations of a class's fields: dataclasses and their like are made from them."""
        if hasattr(node, "type_params"):
            node.type_params = []
        kept: list[Any] = [
            self.generic_visit(statement) if isinstance(statement, ast.AnnAssign) else self.visit(statement)
            for statement in node.body
        ]
        node.body = []
        self.generic_visit(node)
        node.body = [statement for statement in kept if not _is_no_op(statement)] or [ast.Pass()]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign(targets=[node.target], value=node.value, lineno=0))

    def visit_Set(self, node: ast.Set) -> ast.AST:
        self.generic_visit(node)
        if not any(isinstance(inner, _IMPURE) for inner in ast.walk(node)):
            node.elts.sort(key=_dump)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Join neighbouring pieces of text: Python versions cut them differently."""
        self.generic_visit(node)
        pieces: list[ast.expr] = []
        for piece in node.values:
            last = pieces[-1] if pieces else None
            match last, piece:
                case _, ast.Constant(value=""):
                    continue
                case ast.Constant(value=str() as before), ast.Constant(value=str() as after):
                    pieces[-1] = ast.Constant(before + after)
                case _:
                    pieces.append(piece)
        node.values = pieces
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.format_spec, ast.JoinedStr) and not node.format_spec.values:
            node.format_spec = None
        return node


def _is_no_op(statement: ast.AST | None) -> bool:
    """Tell whether a statement does nothing; docstrings are among those."""
    return (
        statement is None
        or isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    )


def _map_annotations(
    node: ast.FunctionDef | ast.AsyncFunctionDef, change: Callable[[ast.expr], ast.expr | None]
) -> None:
    arguments = node.args
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    for argument in every:
        if argument is not None and argument.annotation is not None:
            argument.annotation = change(argument.annotation)
    if node.returns is not None:
        node.returns = change(node.returns)


def _unquote(annotation: ast.expr) -> ast.expr:
    if not (isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)):
        return annotation
    try:
        return ast.parse(annotation.value.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return annotation


def _dump(value: Any, *, unnamed: ast.AST | None = None) -> str:
    if isinstance(value, ast.AST):
        fields = [
            f"{field}={_dump(inner)}"
            for field in sorted(value._fields)
            if field not in _SKIPPED_FIELDS
            and not (value is unnamed and field == "name")
            and (inner := getattr(value, field, None)) is not None
            and inner != []
        ]
        return f"{type(value).__name__}({','.join(fields)})"
    if isinstance(value, list):
        return f"[{','.join(map(_dump, value))}]"
    return dump_atom(value)


def dump_atom(value: object) -> str:
    """Write a plain value down with its type, so that 1, True and "1" differ; in ASCII."""
    # decimal digits of a huge int are refused by Python, hexadecimal ones are not
    return f"{type(value).__name__}:{value:x}" if type(value) is int else f"{type(value).__name__}:{value!a}"
