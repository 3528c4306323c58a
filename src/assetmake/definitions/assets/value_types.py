"""Value types: what an annotation says of a value, and whether a value is that."""

from __future__ import annotations

import types
import typing
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.results import MaterializeResult, Nothing, Output

_NAMES = {str: "String", int: "Int", float: "Float", bool: "Bool", dict: "dict", list: "List[Any]"}
_STREAMS = (Generator, AsyncGenerator, Iterator, Iterable)
_RESULTS = ("AssetCheckResult", "ObserveResult", "AssetMaterialization")


OWN_TYPES: dict[type, Any] = {}
"""What values that are annotated with a class are tested with, where that was declared."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """A type that a value has.

    Attributes:
        display_name: For people.
        typing_type: The annotation.
        check: Another test than that of the annotation, as a type of the user's own has.
    """

    display_name: str
    typing_type: Any
    check: Callable[[Any], bool] | None = None

    @property
    def is_nothing(self) -> bool:
        return self.typing_type is type(None)

    def accepts(self, value: object) -> bool:
        """Tell whether a value is of this type; where an annotation cannot be tested, it is."""
        return self.check(value) if self.check is not None else _fits(value, self.typing_type)


ANY = ValueType("Any", Any)
NOTHING = ValueType("Nothing", type(None))


def read_type(annotation: object, empty: object = None) -> ValueType:
    """Return the type that an annotation, or a `dagster_type=`, tells of.

    Args:
        annotation: A class, a typing construct, `Nothing`, or an object with a check of its own.
        empty: What stands for no annotation.
    """
    if annotation is empty or annotation is Any or isinstance(annotation, str):
        return ANY
    if annotation is None or annotation is type(None) or annotation is Nothing:
        return NOTHING
    if isinstance(annotation, ValueType):
        return annotation
    declared = OWN_TYPES.get(annotation, annotation) if isinstance(annotation, type) else annotation
    if callable(read := getattr(declared, "to_value_type", None)) and not isinstance(declared, type):
        found: ValueType = read()
        return found
    stands_for = getattr(annotation, "python_type", None)
    return ValueType(_name(stands_for or annotation), stands_for or annotation)


def read_return_type(annotation: object, empty: object) -> ValueType:
    """Return the type of the value that a function gives: `Output[int]` and `MaterializeResult[int]` say int."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and annotation.__name__ in _RESULTS:
        return NOTHING
    if annotation in {MaterializeResult, Output} if isinstance(annotation, type) else False:
        return ANY
    if origin in {MaterializeResult, Output}:
        return read_type(arguments[0], empty)
    if origin in _STREAMS or annotation in _STREAMS:
        return ANY  # it yields results, and each tells for itself
    return read_type(annotation, empty)


def _name(annotation: object) -> str:
    if isinstance(annotation, type):
        return _NAMES.get(annotation, annotation.__name__)
    return str(annotation).replace("typing.", "")


def _fits(value: object, annotation: Any) -> bool:
    if annotation is Any or isinstance(annotation, typing.TypeVar):
        return True
    if annotation is None:
        return value is None
    if annotation is float and type(value) is int:
        return True  # as every type checker has it
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        return _is_instance(value, annotation)
    if origin is typing.Union or origin is types.UnionType:
        return any(_fits(value, each) for each in arguments)
    if origin is typing.Annotated:
        return _fits(value, arguments[0])
    if origin is typing.Literal:
        return value in arguments
    if not _is_instance(value, origin):
        return False
    return _has_parts(value, arguments)


def _has_parts(value: object, arguments: tuple[Any, ...]) -> bool:
    """Tell whether what is in a built-in container is what its annotation says; other generics are not looked into."""
    match value:
        case list() | set() | frozenset():
            return all(_fits(each, arguments[0]) for each in value)
        case tuple() if len(arguments) == 2 and arguments[1] is Ellipsis:
            return all(_fits(each, arguments[0]) for each in value)
        case tuple():
            return len(value) == len(arguments) and all(map(_fits, value, arguments))
        case Mapping() if len(arguments) == 2:
            return all(_fits(key, arguments[0]) and _fits(each, arguments[1]) for key, each in value.items())
        case _:
            return True


def _is_instance(value: object, kind: object) -> bool:
    try:
        return isinstance(value, kind)  # type: ignore[arg-type]
    except TypeError:  # a TypedDict, a Protocol: nothing that can be told of a value
        return True
