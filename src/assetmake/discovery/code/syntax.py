"""Syntax trees, reduced to what decides a result and written down the same in every Python."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
NamedFunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_SKIPPED_FIELDS = {"ctx", "kind", "type_comment", "type_ignores", "type_params"}
_IMPURE = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Starred)
_TRIES = 5
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
_LEAVES = {"ctx", "op", "ops"}
_SIMPLE = (ast.Assign, ast.Expr, ast.Return)


def parse_source(text: str) -> ast.Module | None:
    """Return the tree of a file's text, as Python reads it; None where it cannot."""
    for _ in range(_TRIES):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the import has said them already
                return ast.parse(text)
        except SystemError:  # Python 3.11 counts the depth of all parsers in a process together
            continue
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return None


def strip(tree: ast.Module) -> None:
    """Take out of a tree what decides no result: docstrings, statements that do nothing, idle annotations.

    Annotations of parameters and results go; they decide how an asset's inputs are loaded, so whoever needs them
    reads them before. Annotations of a class's fields stay: dataclasses and their like are made from them.
    """
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:  # a chain of elif nests deeper than Python's stack
        pending.extend(_strip_blocks(*pending.pop()))


def list_inner(node: ast.AST) -> list[ast.AST]:
    """Return the statements, handlers and cases that stand directly in a statement, as they are written."""
    return [each for block in _list_blocks(node) for each in block]


def list_children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below one, as they are written; without operators and the like."""
    children: list[ast.AST] = []
    for field in _CHILD_FIELDS[type(node)]:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            children.append(value)
        elif isinstance(value, list):
            children += [each for each in value if isinstance(each, ast.AST)]
    return children


def list_parameters(node: FunctionNode) -> list[ast.arg]:
    """Return all parameters of a function."""
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [parameter for parameter in every if parameter is not None]


def unquote(annotation: ast.expr) -> ast.expr:
    """Return what an annotation in quotes says."""
    if not (isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)):
        return annotation
    parsed = parse_source(f"({annotation.value.strip()}\n)")
    match parsed:
        case ast.Module(body=[ast.Expr(value=value)]):
            return value
        case _:
            return annotation


def has_computed_default(node: FunctionNode) -> bool:
    defaults = [*node.args.defaults, *node.args.kw_defaults]
    return any(default is not None and not isinstance(default, ast.Constant) for default in defaults)


def dump(node: ast.AST, *, without: tuple[str, ...] = ()) -> str:
    """Write a stripped tree down canonically, without positions.

    Args:
        node: The tree.
        without: Fields of `node` itself to leave out.
    """
    return _dump_node(node, without)


def dump_atom(value: object) -> str:
    """Write a plain value down with its type, so that 1, True and "1" differ; in ASCII."""
    # decimal digits of a huge int are refused by Python, hexadecimal ones are not
    return f"{type(value).__name__}:{value:x}" if type(value) is int else f"{type(value).__name__}:{value!a}"


def show_source(
    source: str,
    *,
    keeps_decorator: Callable[[int], bool] = lambda _: True,
    keeps_annotation: Callable[[str], bool] = lambda _: False,
) -> str:
    """Return a piece of source as normalised Python, for people; what cannot be parsed comes back as it is.

    Args:
        source: Definitions or statements, however they were indented, or a lambda.
        keeps_decorator: Tells of a definition's decorator, by its number, whether it is shown.
        keeps_annotation: Tells of a function's parameter whether its annotation is shown.
    """
    is_indented = source[:1] in {" ", "\t"}
    tree = parse_source(f"if True:\n{source}" if is_indented else source) or parse_source(f"({source.strip()}\n)")
    if tree is None:
        return source
    body = tree.body[0].body if is_indented and isinstance(tree.body[0], ast.If) else tree.body
    shown = [(list_parameters(node), _read_annotations(node)) for node in body if isinstance(node, NamedFunctionNode)]
    strip(tree)
    for parameters, written in shown:
        for parameter in parameters:
            if keeps_annotation(parameter.arg):
                parameter.annotation = written.get(parameter.arg)
    for node in body:
        if isinstance(node, NamedFunctionNode | ast.ClassDef):
            kept = [each for number, each in enumerate(node.decorator_list) if keeps_decorator(number)]
            node.decorator_list = kept
    try:
        return "\n".join(map(ast.unparse, body))
    except (ValueError, RecursionError):  # an int of 4301 digits, a backslash in an f-string's hole
        return source


def _read_annotations(node: NamedFunctionNode) -> dict[str, ast.expr]:
    return {each.arg: each.annotation for each in list_parameters(node) if each.annotation is not None}


def _strip_blocks(node: ast.AST, in_class: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Strip what stands directly in a node; return what else there is to strip, and whether a class holds it."""
    for block in _list_blocks(node):
        kept = [each for each in (_strip_statement(each, in_class=in_class) for each in block) if each is not None]
        block[:] = kept or ([ast.Pass()] if block and block is getattr(node, "body", None) else [])
        for each in kept:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield each, isinstance(each, ast.ClassDef)
            elif not isinstance(each, _SIMPLE):
                yield each, in_class


def _strip_statement(statement: ast.AST, *, in_class: bool) -> ast.AST | None:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return None
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            for parameter in list_parameters(statement):
                parameter.annotation = None
            statement.returns = None
        case ast.AnnAssign(value=None) if not in_class:
            return None
        case ast.AnnAssign(target=target, value=ast.expr() as value) if not in_class:
            return ast.copy_location(ast.Assign(targets=[target], value=value), statement)
    return statement


def _list_blocks(node: ast.AST) -> Iterator[list[ast.AST]]:
    for field in _BLOCK_FIELDS[type(node)]:
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield block


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """Fields by kind of node; picked once, as there are few kinds and many nodes."""

    def __init__(self, pick: Callable[[type[ast.AST]], Iterable[str]]) -> None:
        super().__init__()
        self._pick = pick

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = self[kind] = tuple(self._pick(kind))
        return fields


_BLOCK_FIELDS = _Fields(lambda kind: [field for field in kind._fields if field in _BLOCKS])
_CHILD_FIELDS = _Fields(lambda kind: [field for field in kind._fields if field not in _LEAVES])
_DUMPED_FIELDS = _Fields(lambda kind: sorted(field for field in kind._fields if field not in _SKIPPED_FIELDS))


def _dump_node(node: ast.AST, without: tuple[str, ...] = ()) -> str:
    kind = type(node)
    if kind in _SPECIAL:
        node = _SPECIAL[kind](node)
    fields = []
    for field in _DUMPED_FIELDS[kind]:
        value = getattr(node, field, None)
        if value is None or field in without:
            continue
        if isinstance(value, ast.AST):
            written = _dump_node(value)
        elif not isinstance(value, list):
            written = dump_atom(value)
        elif value:
            written = f"[{','.join([_dump_entry(entry) for entry in value])}]"
        else:
            continue
        fields.append(f"{field}={written}")
    return f"{kind.__name__}({','.join(fields)})"


def _dump_entry(entry: Any) -> str:
    if isinstance(entry, ast.AST):
        return _dump_node(entry)
    return f"[{','.join(map(_dump_entry, entry))}]" if isinstance(entry, list) else dump_atom(entry)


def _sort_set(node: Any) -> ast.AST:
    if any(isinstance(inner, _IMPURE) for inner in ast.walk(node)):
        return ast.Set(node.elts)
    return ast.Set(sorted(node.elts, key=_dump_node))


def _join_pieces(node: Any) -> ast.AST:
    """Join neighbouring pieces of an f-string's text: Python versions cut them differently."""
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
    return ast.JoinedStr(pieces)


def _drop_empty_format(node: Any) -> ast.AST:
    if isinstance(node.format_spec, ast.JoinedStr) and not node.format_spec.values:
        return ast.FormattedValue(node.value, node.conversion, None)
    return node  # type: ignore[no-any-return]


_SPECIAL: dict[type[ast.AST], Callable[[Any], ast.AST]] = {
    ast.Set: _sort_set,
    ast.JoinedStr: _join_pieces,
    ast.FormattedValue: _drop_empty_format,
}
