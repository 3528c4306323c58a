"""Fingerprints: what decides an asset's output besides data, as digests that any process computes the same.

A function is followed through `describe_function`; it is the place where what its body refers to is added.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import inspect
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from assetmake.definitions.asset import AssetsDefinition
from assetmake.discovery.conditions import Surroundings, describe_conditions
from assetmake.discovery.loader import source_of
from assetmake.discovery.manifest import Fingerprint
from assetmake.discovery.syntax import (
    FunctionNode,
    dump_atom,
    dump_function,
    find_function,
    has_computed_default,
    normalise_function,
    show_function,
)
from assetmake.discovery.values import describe_value, name_type

SCHEME = 1
"""Version of how fingerprints are made. It is kept beside them and never part of one."""

_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_OWN_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


@dataclass(frozen=True, slots=True)
class _Body:
    """A function written down: `identity` is hashed, `text` is for people."""

    identity: str
    text: str


def fingerprint_asset(definition: AssetsDefinition, *, surroundings: Surroundings | None = None) -> Fingerprint:
    """Return every part of an asset's fingerprint.

    Args:
        definition: The asset.
        surroundings: What it may depend on besides; default: nothing.
    """
    code, source = fingerprint_code(definition)
    conditions = describe_conditions(definition, surroundings or Surroundings())
    return Fingerprint(
        code=code,
        config=conditions.config,
        io=conditions.io,
        environment=conditions.environment,
        source=source,
        details=conditions.details,
    )


def fingerprint_code(definition: AssetsDefinition) -> tuple[str, str]:
    """Return the code part of an asset's fingerprint, and the normalised source behind it."""
    if definition.code_version is not None:
        text = f'code_version = "{definition.code_version}"'
        return _digest(f"version:{definition.code_version}"), text
    return fingerprint_function(definition.function)


def digest_text(definition: AssetsDefinition) -> str:
    """Return a digest of the whole file that an asset's function stands in: while it is the same, so is the code.

    It is empty where more than the file decides: defaults, closures and wrappers may come from elsewhere.
    """
    function = definition.function
    plain = isinstance(function, FunctionType) and not hasattr(function, "__wrapped__")
    if not plain or function.__defaults__ or function.__kwdefaults__ or function.__closure__:
        return ""
    text = source_of(function.__code__.co_filename)
    return "" if text is None else _digest_whole(text)


def fingerprint_function(function: Any) -> tuple[str, str]:
    """Return the digest of a function and its normalised source.

    It covers the function's body, defaults and closure cells. Of a function whose source cannot be found
    (exec, built-ins) the bytecode counts, which is another in another Python, and the source is empty.
    """
    body = _describe_callable(function, frozenset())
    return _digest(body.identity), body.text


def describe_function(function: Any, seen: frozenset[int] = frozenset()) -> str:
    """Write down a function that another one carries: the project's own by its body, others by name."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if isinstance(code, CodeType) and not _is_library(code.co_filename):
        return _describe_callable(function, seen).identity
    name = getattr(function, "__qualname__", None)
    return f"function({getattr(function, '__module__', None)}.{name})" if name else _describe_instance(function, seen)


def _describe_callable(function: Any, seen: frozenset[int]) -> _Body:
    seen |= {id(function)}
    match function:
        case partial():
            body = _describe_callable(function.func, seen)
            given = _describe((function.args, function.keywords), seen)
            return _Body(f"partial({body.identity},{given})", f"{body.text}\n# partial: {_shorten(given)}")
        case MethodType():
            body = _describe_callable(function.__func__, seen)
            return _Body(f"method({body.identity},{_describe(function.__self__, seen)})", body.text)
        case FunctionType():
            return _describe_layers(function, seen)
    if hasattr(function, "__wrapped__"):
        return _describe_layers(function, seen)
    call = getattr(type(function), "__call__", None)  # noqa: B004  its function is wanted, not whether there is one
    if isinstance(call, FunctionType):
        body = _describe_layers(call, seen)
        return _Body(f"instance({body.identity},{_describe_instance(function, seen)})", body.text)
    return _Body(describe_function(function, seen), "")


def _describe_layers(function: Any, seen: frozenset[int]) -> _Body:
    """Describe what decorators wrapped, and the values that each wrapper carries."""
    innermost = inspect.unwrap(function)
    if not isinstance(innermost, FunctionType):
        return _describe_callable(innermost, seen)
    seen |= {id(innermost)}
    node = _find_node(innermost)
    body = _describe_syntax(innermost, node) if node is not None else None
    if body is None:
        body = _Body(_describe_bytecode(innermost.__code__, docstring=innermost.__doc__), "")
    lines = [body.text]
    defaults = _describe((innermost.__defaults__, innermost.__kwdefaults__), seen)
    if node is not None and has_computed_default(node):
        lines.append(f"# defaults: {_shorten(defaults)}")
    captured: dict[str, str] = {}
    layer = function
    while layer is not None:
        for name, value in _read_cells(layer).items():
            captured[name] = captured.get(name, "") + _describe(value, seen)
        layer = getattr(layer, "__wrapped__", None)
    lines += [f"# captured {name}: {_shorten(value)}" for name, value in captured.items()]
    identity = json.dumps([body.identity, defaults, captured], sort_keys=True)
    return _Body(identity, "\n".join(line for line in lines if line))


def _describe_syntax(function: FunctionType, node: FunctionNode) -> _Body | None:
    try:
        tree = normalise_function(node, is_own_decorator=lambda decorator: _is_own_decorator(decorator, function))
        return _Body(dump_function(tree), show_function(tree))
    except RecursionError:  # an expression nested deeper than Python's stack
        return None


def _find_node(function: FunctionType) -> FunctionNode | None:
    code = function.__code__
    source = source_of(code.co_filename)
    return find_function(source, name=code.co_name, line=code.co_firstlineno) if source else None


def _is_own_decorator(decorator: ast.expr, function: FunctionType) -> bool:
    """Tell whether a decorator is ours, under whatever name it was imported."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    found, value = _resolve(target, {**vars(builtins), **function.__globals__, **_read_cells(function)})
    if not found:
        return ast.unparse(target).rpartition(".")[2] == "asset"
    while isinstance(value, partial):
        value = value.func
    return (getattr(value, "__module__", None) or "").partition(".")[0] == "assetmake"


def _resolve(expression: ast.expr, names: Mapping[str, Any]) -> tuple[bool, Any]:
    match expression:
        case ast.Name(id=name) if name in names:
            return True, names[name]
        case ast.Attribute(value=inner, attr=name):
            found, owner = _resolve(inner, names)
            if found and isinstance(owner, ModuleType) and hasattr(owner, name):
                return True, getattr(owner, name)
    return False, None


def _read_cells(function: Any) -> dict[str, Any]:
    code, closure = getattr(function, "__code__", None), getattr(function, "__closure__", None)
    if not isinstance(code, CodeType) or closure is None:
        return {}
    values = {}
    for name, cell in zip(code.co_freevars, closure, strict=True):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            values[name] = None
    return values


def _describe(value: Any, seen: frozenset[int]) -> str:
    return describe_value(value, describe_function=describe_function, seen=seen)


def _describe_instance(instance: Any, seen: frozenset[int]) -> str:
    return f"object({name_type(type(instance))},{_describe(dict(getattr(instance, '__dict__', {})), seen)})"


def _describe_bytecode(code: CodeType, *, docstring: str | None = None) -> str:
    constants = list(code.co_consts)
    if docstring is not None and constants and constants[0] == docstring:
        constants[0] = None
    parts = [
        f"bytecode-{sys.version_info.major}.{sys.version_info.minor}",
        code.co_code.hex(),
        [_describe_constant(constant) for constant in constants],
        [*code.co_names, "", *code.co_varnames, "", *code.co_freevars],
        [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags],
    ]
    return json.dumps(parts)


def _describe_constant(constant: Any) -> str:
    if isinstance(constant, CodeType):
        return _describe_bytecode(constant)
    return _describe(constant, frozenset()) if isinstance(constant, tuple | frozenset) else dump_atom(constant)


def _is_library(filename: str) -> bool:
    parts = filename.split(os.sep)
    installed = "site-packages" in parts or "dist-packages" in parts
    return installed or filename.startswith((_STANDARD_LIBRARY, _OWN_PACKAGE, "<frozen "))


@lru_cache(maxsize=256)
def _digest_whole(text: str) -> str:
    return _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _shorten(identity: str) -> str:
    """Name a value by its digest: values may be secret, and this text is shown and kept."""
    return _digest(identity)[:12]
