"""Problems: what is wrong in the definitions, gathered so that one error tells all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assetmake.definitions.place import Place
from assetmake.errors import DefinitionError

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def raise_problems(problems: Sequence[Problem]) -> None:
    """Raise one DefinitionError with a line for each problem, in the order of files and lines, if any."""
    if problems:
        ordered = sorted(problems, key=lambda problem: (problem.place.file, problem.place.line))
        lines = list(dict.fromkeys(map(str, ordered)))
        more = [f"... and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        raise DefinitionError("\n".join([*lines[:_SHOWN], *more]))
