"""What the function of a schedule or a sensor takes: resources, found by their annotations, and its context."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.configuring.annotations import names_resource
from assetmake.definitions.configuring.parameters import resolve_annotation


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
    plain = function if inspect.isroutine(function) else type(function).__call__
    named = {
        parameter.name: names_resource(resolve_annotation(parameter.annotation, plain))
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    }
    return Signature(
        resources=tuple(name for name, is_resource in named.items() if is_resource),
        others=tuple(name for name, is_resource in named.items() if not is_resource),
    )
