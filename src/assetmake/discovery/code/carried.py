"""What functions, classes and objects carry with them: wrapped functions, closure cells, methods, registered code."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from assetmake.discovery.code.locality import is_library, is_project_class
from assetmake.discovery.code.resolving import Names

_DEPTH = 3
_WRITTEN_BY_PYTHON = ("__", "_abc_", "_is_protocol", "_is_runtime_protocol")
_ANNOTATING = {"__annotate__", "__annotate_func__"}
"""What Python 3.14 makes of a class's annotations, which are part of its source."""


def unwrap(function: Any) -> tuple[Any, list[Any]]:
    """Return the function that decorators wrapped, and the wrappers, outermost first."""
    layers: list[Any] = []
    while (inner := read_wrapped(function)) is not None and not any(function is layer for layer in layers):
        layers.append(function)
        function = inner
    return function, layers


def read_wrapped(value: Any) -> Any:
    """Return what `functools.wraps` says that a value wraps, or None, without asking the value itself."""
    try:
        return object.__getattribute__(value, "__dict__").get("__wrapped__")
    except Exception:  # noqa: BLE001 - no object of somebody else's keeps a project from being read
        return None


def is_touchable(value: Any) -> bool:
    """Tell whether a value can be asked what it is: some proxies raise where nothing stands behind them yet."""
    try:
        return value.__class__ is not None
    except Exception:  # noqa: BLE001 - whatever it raises
        return False


def read_state(value: Any) -> dict[str, Any]:
    """Return the attributes that an object holds, in its dict or in slots."""
    held = {name: _read_slot(value, name) for kind in type(value).__mro__ for name in _list_slots(kind)}
    try:
        return {**held, **object.__getattribute__(value, "__dict__")}
    except AttributeError:
        return held


def _list_slots(kind: type) -> list[str]:
    slots = vars(kind).get("__slots__", ())
    named = [slots] if isinstance(slots, str) else list(slots)
    plain = [name for name in named if name not in {"__dict__", "__weakref__"}]
    return [f"_{kind.__name__.lstrip('_')}{name}" if _is_private(name) else name for name in plain]


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _read_slot(value: Any, name: str) -> Any:
    try:
        return object.__getattribute__(value, name)
    except AttributeError:  # not assigned yet
        return None


def read_cells(function: Any) -> dict[str, Any]:
    """Return the values that a function closes over, by name."""
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


def is_ours(function: FunctionType) -> bool:
    """Tell whether a function is the project's, or a library's wrapper around something of the project."""
    if not is_library(function.__code__.co_filename):
        return True
    carried = [*read_cells(function).values(), read_wrapped(function)]
    return any(_is_project_code(each) for each in carried)


def is_own_decorator(text: str, names: Names) -> bool:
    """Tell whether a decorator is one of assetmake's, under whatever name it was imported."""
    path = text.partition("(")[0].split(".")
    found: Any = next(
        (known[path[0]] for known in (names.cells, names.values or {}, vars(builtins)) if path[0] in known), _ABSENT
    )
    if found is _ABSENT:
        return path[-1] == "asset"
    for name in path[1:]:
        if not isinstance(found, ModuleType):
            return False
        found = getattr(found, name, None)
    while isinstance(found, functools.partial):
        found = found.func
    return (getattr(found, "__module__", None) or "").partition(".")[0] == "assetmake"


def list_methods(kind: type, *, is_written: bool) -> list[FunctionType]:
    """Return the functions in a class.

    Args:
        kind: The class.
        is_written: Its source is known. Then what dataclasses, protocols and their like add to it is left out: it
            follows from the source, and its names and cells are others in another Python.
    """
    values = [value for name, value in list(vars(kind).items()) if name not in _ANNOTATING]
    found = [each for each in map(_find_plain_function, values) if each is not None]
    return [each for each in found if not (is_written and _is_added(each, kind))]


def list_plain_attributes(kind: type) -> dict[str, Any]:
    """Return what a class holds besides methods: attributes, fields, members, what was registered with it."""
    if issubclass(kind, Enum):
        return {name: member.value for name, member in kind.__members__.items()}
    return {
        name: value
        for name, value in vars(kind).items()
        if not name.startswith(_WRITTEN_BY_PYTHON) and _find_plain_function(value) is None and not _is_descriptor(value)
    }


def list_subclasses(kind: type) -> list[type]:
    """Return the classes of the project that are made from a class, those below them too."""
    made: list[type] = kind.__subclasses__()
    found = [each for each in made if is_project_class(each)]
    below = [inner for each in found for inner in list_subclasses(each)]
    return sorted([*found, *below], key=lambda each: each.__qualname__)


def find_behaviour(value: Any) -> Iterator[Any]:
    """Return the code that an object of a project class holds, as a registry does, a few levels deep."""
    if is_project_class(type(value)):
        yield from _walk(read_state(value), _DEPTH)


def _walk(value: Any, depth: int) -> Iterator[Any]:
    match value if is_touchable(value) else None:
        case FunctionType() | MethodType() | type() | functools.partial():
            yield value
        case Mapping() if depth:
            yield from _walk_each(list(value.values()), depth - 1)
        case list() | tuple() | set() | frozenset() if depth:
            yield from _walk_each(list(value), depth - 1)


def _walk_each(values: Iterable[Any], depth: int) -> Iterator[Any]:
    for value in values:
        yield from _walk(value, depth)


def _find_plain_function(attribute: Any) -> FunctionType | None:
    """Return the function behind what stands in a class: a method, a property, a classmethod."""
    match attribute:
        case staticmethod() | classmethod():
            attribute = attribute.__func__
        case property():
            attribute = attribute.fget
        case functools.cached_property():
            attribute = attribute.func
    attribute = unwrap(attribute)[0]
    return attribute if isinstance(attribute, FunctionType) else None


def _is_added(function: FunctionType, kind: type) -> bool:
    file = function.__code__.co_filename
    if file.startswith("<"):
        return True
    is_private = "<locals>" in function.__qualname__ or function.__qualname__.rpartition(".")[2].startswith("_")
    carried = [each for each in read_cells(function).values() if not _is_same_class(each, kind)]
    return is_library(file) and is_private and not any(map(_is_project_code, carried))


def _is_same_class(value: Any, kind: type) -> bool:
    """Tell whether a value is a class, or that which a decorator made it from, as `dataclass(slots=True)` does."""
    return isinstance(value, type) and (value.__module__, value.__qualname__) == (kind.__module__, kind.__qualname__)


def _is_descriptor(value: Any) -> bool:
    return hasattr(type(value), "__get__") and not isinstance(value, type)


def _is_project_code(value: Any) -> bool:
    match value:
        case FunctionType():
            return not is_library(value.__code__.co_filename)
        case type():
            return is_project_class(value)
        case _:
            return False


_ABSENT = object()
