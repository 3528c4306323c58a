"""Expressions: the nodes that a selection of assets is made of, each one plain data that can be evaluated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.selecting.selectable import SelectableGraph

Keys = AbstractSet[AssetKey]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a selection is looked for.

    Attributes:
        allow_missing: What is named and does not exist is left out instead of raised.
    """

    graph: SelectableGraph
    allow_missing: bool = False


@dataclass(frozen=True, slots=True)
class Expression(ABC):
    """A node. By default it selects no check of its own, but all checks of the assets that it selects."""

    @abstractmethod
    def find(self, scope: Scope) -> Keys:
        """Return the keys of the assets that it selects."""

    def find_checks(self, scope: Scope) -> AbstractSet[Any]:
        keys = self.find(scope)
        return {check for check in scope.graph.check_keys if check.asset_key in keys}

    def write(self) -> str | None:
        """Return the text that is read back as this node, None where the syntax has no word for it."""
        return None

    @property
    def composed(self) -> bool:
        """Whether the text needs parentheses inside another one."""
        return False

    def write_operand(self) -> str | None:
        text = self.write()
        return f"({text})" if text is not None and self.composed else text


@dataclass(frozen=True, slots=True)
class _Several(Expression):
    operands: tuple[Expression, ...]

    @property
    def composed(self) -> bool:
        return True

    def _join(self, word: str) -> str | None:
        texts = [operand.write_operand() for operand in self.operands]
        known = [text for text in texts if text is not None]
        return f" {word} ".join(known) if len(known) == len(texts) else None


@dataclass(frozen=True, slots=True)
class And(_Several):
    def find(self, scope: Scope) -> Keys:
        found = [operand.find(scope) for operand in self.operands]
        return set(found[0]).intersection(*found[1:])

    def find_checks(self, scope: Scope) -> AbstractSet[Any]:
        found = [operand.find_checks(scope) for operand in self.operands]
        return set(found[0]).intersection(*found[1:])

    def write(self) -> str | None:
        return self._join("and")


@dataclass(frozen=True, slots=True)
class Or(_Several):
    def find(self, scope: Scope) -> Keys:
        return set[AssetKey]().union(*(each.find(scope) for each in self.operands))

    def find_checks(self, scope: Scope) -> AbstractSet[Any]:
        return set[Any]().union(*(each.find_checks(scope) for each in self.operands))

    def write(self) -> str | None:
        return self._join("or")


@dataclass(frozen=True, slots=True)
class Without(Expression):
    left: Expression
    right: Expression

    def find(self, scope: Scope) -> Keys:
        left = self.left.find(scope)
        return left - self.right.find(scope)

    def find_checks(self, scope: Scope) -> AbstractSet[Any]:
        left = self.left.find_checks(scope)
        return left - self.right.find_checks(scope)

    @property
    def composed(self) -> bool:
        return True

    def write(self) -> str | None:
        right = self.right.write_operand()
        if isinstance(self.left, Everything):
            return None if right is None else f"not {right}"
        left = self.left.write_operand()
        return None if left is None or right is None else f"{left} and not {right}"


@dataclass(frozen=True, slots=True)
class Everything(Expression):
    include_sources: bool = False

    def find(self, scope: Scope) -> Keys:
        return {key for key, each in scope.graph.selectables.items() if self.include_sources or each.materializable}

    def write(self) -> str | None:
        return "*"


def combine(kind: type[And] | type[Or], left: Expression, right: Expression) -> Expression:
    """Join two nodes; operands of one kind lie side by side and not inside each other."""
    operands: list[Expression] = []
    for each in (left, right):
        operands.extend(each.operands if isinstance(each, kind) else (each,))
    return kind(tuple(operands))
