"""Leaves: expressions that select by what an asset is called or how it is labelled."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.naming import compile_wildcard, find_nearest, has_wildcard, suggest
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.definitions.selecting.expressions import Everything, Expression, Keys, Scope
from assetmake.definitions.selecting.selectable import Selectable
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import SelectionError

NULL = "<null>"
STRUCTURES = ("external", "materializable")


@dataclass(frozen=True, slots=True)
class Named(Expression):
    """Assets by their keys; one that does not exist is an error."""

    keys: tuple[AssetKey, ...]

    def find(self, scope: Scope) -> Keys:
        known = set(self.keys) & scope.graph.selectables.keys()
        missing = [key for key in dict.fromkeys(self.keys) if key not in known]
        if missing and not scope.allow_missing:
            names = [str(key) for key in missing]
            raise SelectionError(
                f"AssetKey(s) {names} were selected, but no AssetsDefinition objects supply these keys",
                hint=_suggest(names, map(str, scope.graph.selectables)),
            )
        return known

    @property
    def composed(self) -> bool:
        return len(self.keys) > 1

    def write(self) -> str | None:
        texts = [str(key) for key in self.keys]
        if not texts or any(map(has_wildcard, texts)):
            return None
        return _write_any("key", texts)


@dataclass(frozen=True, slots=True)
class KeyPattern(Expression):
    """Assets whose key matches a pattern, `*` for any text and `?` for a character; that none does is no error."""

    pattern: str

    def find(self, scope: Scope) -> Keys:
        matches = compile_wildcard(self.pattern).fullmatch
        return {key for key in scope.graph.selectables if matches(str(key))}

    def write(self) -> str | None:
        return _write_any("key", [self.pattern])


@dataclass(frozen=True, slots=True)
class _Labelled(Expression):
    """Assets that are made here, or any with include_sources, that carry a label."""

    include_sources: bool

    def find(self, scope: Scope) -> Keys:
        within = Everything(self.include_sources).find(scope)
        return {key for key in within if self.accepts(scope.graph.selectables[key])}

    @abstractmethod
    def accepts(self, asset: Selectable) -> bool:
        """Tell whether an asset carries the label."""


@dataclass(frozen=True, slots=True)
class Prefixed(_Labelled):
    prefixes: tuple[tuple[str, ...], ...]

    def accepts(self, asset: Selectable) -> bool:
        return any(asset.key.parts[: len(prefix)] == prefix for prefix in self.prefixes)


@dataclass(frozen=True, slots=True)
class Containing(_Labelled):
    text: str

    def accepts(self, asset: Selectable) -> bool:
        return self.text in str(asset.key)

    def write(self) -> str | None:
        return None if has_wildcard(self.text) else _write_any("key", [f"*{self.text}*"])


@dataclass(frozen=True, slots=True)
class Grouped(_Labelled):
    names: tuple[str, ...]

    def accepts(self, asset: Selectable) -> bool:
        return asset.group_name in self.names

    @property
    def composed(self) -> bool:
        return len(self.names) > 1

    def write(self) -> str | None:
        if any(map(has_wildcard, self.names)):
            return None
        return _write_any("group", self.names) if self.names else f"group:{NULL}"


@dataclass(frozen=True, slots=True)
class GroupPattern(_Labelled):
    pattern: str

    def accepts(self, asset: Selectable) -> bool:
        return asset.group_name is not None and bool(compile_wildcard(self.pattern).fullmatch(asset.group_name))

    def write(self) -> str | None:
        return _write_any("group", [self.pattern])


@dataclass(frozen=True, slots=True)
class Tagged(_Labelled):
    name: str
    value: str

    def accepts(self, asset: Selectable) -> bool:
        return asset.tags.get(self.name) == self.value

    def write(self) -> str | None:
        if '"' in self.name + self.value:
            return None
        return f'tag:"{self.name}"="{self.value}"' if self.value else f'tag:"{self.name}"'


@dataclass(frozen=True, slots=True)
class OfKind(_Labelled):
    """Assets of a kind; those without any for None."""

    kind: str | None

    def accepts(self, asset: Selectable) -> bool:
        return not asset.kinds if self.kind is None else self.kind in asset.kinds

    def write(self) -> str | None:
        return f"kind:{NULL}" if self.kind is None else _write_any("kind", [self.kind])


@dataclass(frozen=True, slots=True)
class Owned(Expression):
    """Assets of an owner; those without any for None."""

    owner: str | None

    def find(self, scope: Scope) -> Keys:
        return {
            key
            for key, each in scope.graph.selectables.items()
            if (not each.owners if self.owner is None else self.owner in each.owners)
        }

    def write(self) -> str | None:
        return f"owner:{NULL}" if self.owner is None else _write_any("owner", [self.owner])


@dataclass(frozen=True, slots=True)
class Structured(Expression):
    """Assets that are made here (`materializable`), or are not (`external`)."""

    structure: str

    def find(self, scope: Scope) -> Keys:
        wanted = self.structure == "materializable"
        return {key for key, each in scope.graph.selectables.items() if each.materializable is wanted}

    def write(self) -> str | None:
        return f"is:{self.structure}"


@dataclass(frozen=True, slots=True)
class Partitioned(Expression):
    """Assets by the kind of their partitions: none, static, time, or another definition's `partitions_kind`."""

    kind: str

    def find(self, scope: Scope) -> Keys:
        return {
            key for key, each in scope.graph.selectables.items() if _tell_partitions(each.partitions_def) == self.kind
        }

    def write(self) -> str | None:
        return _write_any("partitions", [self.kind])


@dataclass(frozen=True, slots=True)
class _ChecksOnly(Expression):
    def find(self, scope: Scope) -> Keys:  # noqa: ARG002 - checks are no assets, whatever there is
        return frozenset()


@dataclass(frozen=True, slots=True)
class EveryCheck(_ChecksOnly):
    """All checks, and no asset."""

    def find_checks(self, scope: Scope) -> AbstractSet[Any]:
        return scope.graph.check_keys


@dataclass(frozen=True, slots=True)
class ChecksOf(_ChecksOnly):
    """The checks of assets, and no asset."""

    keys: tuple[AssetKey, ...]

    def find_checks(self, scope: Scope) -> AbstractSet[Any]:
        return {check for check in scope.graph.check_keys if check.asset_key in self.keys}


@dataclass(frozen=True, slots=True)
class NamedChecks(_ChecksOnly):
    """Checks by their keys; one that does not exist is an error."""

    keys: tuple[Any, ...]

    def find_checks(self, scope: Scope) -> AbstractSet[Any]:
        known = set(self.keys) & scope.graph.check_keys
        missing = [f"{check.asset_key}:{check.name}" for check in self.keys if check not in known]
        if missing and not scope.allow_missing:
            raise SelectionError(
                f"AssetCheckKey(s) {missing} were selected, but no definitions supply these keys.",
                hint=_suggest(missing, (f"{check.asset_key}:{check.name}" for check in scope.graph.check_keys)),
            )
        return known


def _tell_partitions(definition: Any) -> str:
    if definition is None:
        return "none"
    if isinstance(definition, StaticPartitionsDefinition):
        return "static"
    if isinstance(definition, TimeWindowPartitionsDefinition):
        return "time"
    name = type(definition).__name__
    return {"DynamicPartitionsDefinition": "dynamic", "MultiPartitionsDefinition": "multipartitions"}.get(name, name)


def _write_any(attribute: str, values: Sequence[str]) -> str | None:
    """Write that an attribute has any of some values; a quotation mark in one has no way to be written."""
    if any('"' in value for value in values):
        return None
    return " or ".join(f'{attribute}:"{value}"' for value in values)


def _suggest(names: Iterable[str], known: Iterable[str]) -> str:
    choices = list(known)
    near = dict.fromkeys(near for name in names for near in find_nearest(name, choices))
    return suggest(list(near)) or "check how the keys are spelled"
