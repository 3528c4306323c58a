"""Bytecode, written down for functions whose source cannot be found; it is another in another Python."""

from __future__ import annotations

import json
import sys
from types import CodeType, FunctionType
from typing import Any

from assetmake.discovery.code.syntax import dump_atom


def describe_bytecode(function: FunctionType) -> str:
    """Return what a function without source runs, its docstring left out."""
    return _describe(function.__code__, docstring=function.__doc__)


def _describe(code: CodeType, *, docstring: str | None = None) -> str:
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
    match constant:
        case CodeType():
            return _describe(constant)
        case frozenset():
            return f"frozenset({','.join(sorted(map(_describe_constant, constant)))})"
        case tuple():
            return f"tuple({','.join(map(_describe_constant, constant))})"
        case _:
            return dump_atom(constant)
