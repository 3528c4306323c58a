"""What a class consists of: its source, what was put into it from outside, or the call that made it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from assetmake.discovery.code.carried import list_methods, list_plain_attributes, read_cells
from assetmake.discovery.code.outline import Definition, Piece
from assetmake.discovery.code.project_sources import Origin, ProjectSources
from assetmake.discovery.code.resolving import Names


@dataclass(frozen=True, slots=True)
class ClassParts:
    """A class, taken apart.

    Attributes:
        definitions: Its `class` statements; several where conditions choose among them.
        call: The statement that made it, as `namedtuple` and its like are called in one.
        names: What its source looks names up in.
        captured: Values that its methods close over.
        settings: Statements that set attributes of it.
        foreign: Methods that do not stand in its source.
        held: What it holds, whoever put it there; and its bases, where nothing of its source is known.
    """

    definitions: Sequence[Definition]
    call: Origin | None
    names: Names
    captured: Mapping[str, Any]
    settings: Sequence[Piece]
    foreign: Sequence[FunctionType]
    held: Mapping[str, Any]


def take_apart(kind: type, *, home: str, file: str, sources: ProjectSources) -> ClassParts:
    """Return what a class consists of.

    Args:
        kind: The class.
        home: The module in which it is found.
        file: That module's file.
        sources: Outlines of files.
    """
    outline = sources.outline(file) if file else None
    definitions = outline.find_named(kind.__qualname__) if outline is not None else ()
    origin = None if definitions else sources.find_origin(home, kind.__name__, kind)
    is_called = origin is not None and any(binding.piece is not None for binding in origin.bindings)
    is_written = bool(definitions) or is_called
    methods = list_methods(kind, is_written=is_written)
    cells = {name: value for function in methods for name, value in read_cells(function).items()}
    module = sys.modules.get(home)
    bindings = outline.bindings.get(kind.__qualname__, ()) if outline is not None and definitions else ()
    return ClassParts(
        definitions=definitions,
        call=origin if is_called else None,
        names=Names(home, vars(module) if module is not None else None, cells),
        captured={name: value for name, value in cells.items() if value is not kind},
        settings=[binding.piece for binding in bindings if binding.sets and binding.piece is not None],
        foreign=[each for each in methods if not _stands_in(each, definitions, file)],
        held={"namespace": list_plain_attributes(kind)} | ({} if is_written else {"bases": kind.__bases__}),
    )


def _stands_in(function: FunctionType, definitions: Sequence[Definition], file: str) -> bool:
    code = function.__code__
    return code.co_filename == file and any(each.line <= code.co_firstlineno <= each.end for each in definitions)
