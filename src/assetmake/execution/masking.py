"""Mask: the values of declared environment variables do not appear in what is written about a node."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from assetmake.execution.work import Failure, Success

MASKED = "***"
_Facts = Mapping[str, tuple[str, object]]
_SHORTEST = 4
"""Characters. Shorter values are too common to be hidden: texts would be full of holes, and the holes would tell."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides some texts wherever they stand.

    Attributes:
        hidden: The texts, longest first: one of them may hold another.
    """

    hidden: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """Return a text in which `***` stands for each value."""
        for value in self.hidden:
            text = text.replace(value, MASKED)
        return text

    def hide_in(self, result: Success | Failure) -> Success | Failure:
        """Return what became of a node, without values in what it says."""
        if not self.hidden:
            return result
        match result:
            case Failure():
                return replace(result, message=self.hide(result.message), traceback=self.hide(result.traceback))
            case Success(metadata=metadata, check=check, profile=profile):
                if check is not None:
                    hidden = self._hide_facts(check.metadata)
                    check = replace(check, description=self.hide(check.description), metadata=hidden)
                if profile is not None:
                    profile = json.dumps(self._hide_deep(json.loads(profile)), ensure_ascii=False)
                return replace(result, metadata=self._hide_facts(metadata), check=check, profile=profile)

    def _hide_facts(self, metadata: _Facts | None) -> _Facts | None:
        return {
            self.hide(name): (kind, self._hide_deep(value)) for name, (kind, value) in (metadata or {}).items()
        } or None

    def _hide_deep(self, value: Any) -> Any:
        match value:
            case str():
                return self.hide(value)
            case Mapping():
                return {self._hide_deep(key): self._hide_deep(each) for key, each in value.items()}
            case list() | tuple():
                return [self._hide_deep(each) for each in value]
            case _:
                return value


NO_MASK = Mask()


def make_mask(names: Iterable[str], variables: Mapping[str, str]) -> Mask:
    """Return what hides the values of environment variables.

    Args:
        names: The variables.
        variables: The environment.
    """
    values = {variables[name].strip() for name in names if name in variables}
    spellings = {spelling for value in values if len(value) >= _SHORTEST for spelling in _spell(value)}
    return Mask(tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling))))


def _spell(value: str) -> set[str]:
    """Return a value as it is, as `repr` writes it, and as captured bytes are shown."""
    raw = value.encode("utf-8", "surrogateescape")
    return {value, repr(value)[1:-1], raw.decode("utf-8", "backslashreplace")}
