"""Memory: what the evaluation of an asset's condition leaves for the next one, as text that the state keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.discovery.rule_records import ConditionRecord
from assetmake.planning.subsets import Universe

_FORM = 1


@dataclass(slots=True)
class Memory:
    """What is known of one evaluation.

    Attributes:
        revision: The number of what was last recorded then.
        scheme: What kind of partitions the asset had.
        requested: What was requested of it, as `Universe.keep` gives it.
        nodes: For conditions that remember, the set that they remember.
        reasons: For those of them that became true, why, in words.
        codes: The code of assets that was looked at, by name.
        sources: What there was of sources: a number for each part, by name.
    """

    revision: int = 0
    scheme: str = ""
    requested: list[int] = field(default_factory=list)
    nodes: dict[str, list[int]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    sources: dict[str, dict[str, int]] = field(default_factory=dict)

    def write(self) -> str:
        """Return it as text."""
        told = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}
        return json.dumps({"form": _FORM, **told}, separators=(",", ":"), ensure_ascii=False)


def read_memory(text: str | None) -> Memory | None:
    """Return what was written; None where there is nothing, or it is of another form: then it is the first time."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    if not isinstance(found, dict) or found.pop("form", None) != _FORM:
        return None
    return Memory(**{name: value for name, value in found.items() if name in Memory.__slots__})


def name_scheme(universe: Universe) -> str:
    """Return what kind of partitions there are: sets of another kind mean nothing."""
    if universe.definition is None:
        return ""
    return type(universe.definition).__name__ if universe.definition.is_listed else universe.definition.identity()


def name_node(condition: ConditionRecord, target: str, universe: Universe) -> str:
    """Return under which name a condition of an asset keeps what it remembers.

    It is the same wherever in a tree it stands, whatever it is called and whichever upstreams it looks at.
    """
    text = json.dumps([_describe(condition), target, name_scheme(universe)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _describe(condition: ConditionRecord) -> list[Any]:
    kept = [list(map(str, pair)) for pair in condition.arguments if pair[0] not in {"allow", "ignore"}]
    return [condition.kind, kept, list(map(_describe, condition.operands))]


def fold_source(data: Mapping[int, int]) -> dict[str, int]:
    """Return what there is of a source, in short."""
    return {str(part): number & 0xFFFF_FFFF_FFFF for part, number in data.items()}
