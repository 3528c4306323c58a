"""What the function of a schedule or a sensor takes: resources, found by their annotations, and its context."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

_RESOURCE_CLASS, _RESOURCE_MARK = "ResourceModel", "ResourceMark"


@dataclass(frozen=True, slots=True)
class Signature:
    """The names of a function's parameters.

    Attributes:
        resources: Those that are annotated as resources.
        others: All others, in order: the context first.
    """

    resources: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def context(self) -> str | None:
        return self.others[0] if self.others else None


def read_signature(function: Callable[..., Any]) -> Signature:
    """Return the parameters of a function, or of an object that is called like one."""
    parameters = inspect.signature(function).parameters.values()
    scope = _find_scope(function)
    named = {
        parameter.name: names_resource(_evaluate(parameter.annotation, scope))
        for parameter in parameters
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    }
    return Signature(
        resources=tuple(name for name, is_resource in named.items() if is_resource),
        others=tuple(name for name, is_resource in named.items() if not is_resource),
    )


def names_resource(annotation: object) -> bool:
    """Tell whether an annotation is a class of resources, or ResourceParam[...] of any class."""
    if get_origin(annotation) is Annotated:
        return any(type(mark).__name__ == _RESOURCE_MARK for mark in get_args(annotation)[1:])
    return isinstance(annotation, type) and any(base.__name__ == _RESOURCE_CLASS for base in annotation.__mro__)


def _find_scope(function: Callable[..., Any]) -> dict[str, Any]:
    unwrapped = inspect.unwrap(function)
    if not hasattr(unwrapped, "__globals__"):
        unwrapped = type(unwrapped).__call__
    return getattr(unwrapped, "__globals__", {})


def _evaluate(annotation: Any, scope: dict[str, Any]) -> Any:
    """Return what an annotation that is written as a text stands for; the text, where that is not to be found."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, scope)  # noqa: S307 - the text stands in the user's own source
    except Exception:  # noqa: BLE001 - a name for type checkers only is no resource
        return annotation
