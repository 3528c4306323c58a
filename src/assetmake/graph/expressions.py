"""Expressions: what a selection is made of, as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from assetmake.graph.key_rules import KeyRule


@dataclass(frozen=True, slots=True)
class Steps:
    """How far a piece of a selection is followed, and which partitions are meant.

    Attributes:
        up, down: How many steps; None for all.
        around: `@`: the ancestors of its descendants too.
        rule: The partition suffix.
    """

    up: int | None = 0
    down: int | None = 0
    around: bool = False
    rule: KeyRule | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A name, or a method with its value.

    Attributes:
        text: As it was written.
        method: None for a name.
        value: The name, or what stands after the method.
        steps: What stands around it.
    """

    text: str
    method: str | None
    value: str
    steps: Steps = field(default_factory=Steps)


@dataclass(frozen=True, slots=True)
class Call:
    """A function, or parentheses, which have no name."""

    text: str
    function: str
    arguments: tuple[Expression, ...]
    steps: Steps = field(default_factory=Steps)


@dataclass(frozen=True, slots=True)
class Union:
    """What is in any of its parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Intersection:
    """What is in all of its parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Complement:
    """Everything but its part."""

    part: Expression
    text: str


Expression = Term | Call | Union | Intersection | Complement


def list_terms(expression: Expression) -> Iterator[Term]:
    """Yield the terms of an expression, as they are written."""
    match expression:
        case Term():
            yield expression
        case Call(arguments=parts) | Union(parts=parts) | Intersection(parts=parts):
            for part in parts:
                yield from list_terms(part)
        case Complement(part=part):
            yield from list_terms(part)
