"""AssetKey: the name of an asset, a path of parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from assetmake.errors import DefinitionError

CoercibleToAssetKey = Any
"""An AssetKey, a string `a/b`, a sequence of parts, or an object with a `.key`."""

_PART = re.compile(r"[^\s/\\\x00-\x1f\x7f]+", re.ASCII)
_NO_NAME = re.compile(r"[^A-Za-z0-9_]")
_ESCAPED_PART = re.compile(r"(?:\\.|[^/\\])+")


@dataclass(frozen=True, slots=True, order=True, init=False, repr=False)
class AssetKey:
    """The identity of an asset: one or more parts, written `warehouse/orders`.

    A string given to the constructor is one part (as in Dagster); use `from_user_string` for `a/b`.

    >>> AssetKey(["warehouse", "orders"]).to_user_string()
    'warehouse/orders'
    """

    parts: tuple[str, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __init__(self, path: str | Sequence[str]) -> None:
        parts = (path,) if isinstance(path, str) else tuple(path)
        if not parts or not all(isinstance(part, str) and part for part in parts):
            raise DefinitionError(f"an asset key needs parts that are non-empty strings, got {path!r}")
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "_hash", hash(parts))

    def __hash__(self) -> int:
        return self._hash  # keys are looked up many times for each asset

    def __reduce__(self) -> tuple[type[AssetKey], tuple[tuple[str, ...]]]:
        return AssetKey, (self.parts,)  # hashes differ from process to process

    @property
    def path(self) -> list[str]:
        """Its parts, as a list."""
        return list(self.parts)

    @classmethod
    def from_user_string(cls, text: str) -> AssetKey:
        """Read `a/b` as the two parts `a` and `b`."""
        return cls(text.split("/"))

    @classmethod
    def from_escaped_user_string(cls, text: str) -> AssetKey:
        r"""Read what `to_escaped_user_string` wrote: `a\/b` is one part that holds a slash."""
        return cls([re.sub(r"\\(.)", r"\1", part) for part in _ESCAPED_PART.findall(text)])

    @classmethod
    def from_coercible(cls, value: CoercibleToAssetKey) -> AssetKey:
        """Make a key of whatever names an asset: a key, a string, parts, or an object with a key."""
        if isinstance(value, AssetKey):
            return value
        if isinstance(value, str):
            return cls.from_user_string(value)
        key = getattr(value, "key", None)
        if isinstance(key, AssetKey):
            return key
        if isinstance(value, Iterable):
            return cls(list(value))
        raise DefinitionError(f"cannot read {value!r} as an asset key")

    def to_user_string(self) -> str:
        return "/".join(self.parts)

    def to_escaped_user_string(self) -> str:
        r"""Return its parts with slashes between them, and with a backslash before those that stand in a part."""
        return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") for part in self.parts)

    def to_python_identifier(self) -> str:
        joined = "__".join(self.parts)
        return joined if joined.isascii() and joined.isidentifier() else _NO_NAME.sub("_", joined)

    def with_prefix(self, prefix: str | Sequence[str]) -> AssetKey:
        parts = (prefix,) if isinstance(prefix, str) else tuple(prefix)
        return AssetKey((*parts, *self.parts))

    def check_name(self) -> None:
        """Raise DefinitionError where a part cannot be typed in a selection or stored safely."""
        for part in self.parts:
            if not _PART.fullmatch(part) or part in {".", ".."} or "@" in part or "," in part:
                raise DefinitionError(
                    f"{self.to_user_string()!a} is not a valid asset name",
                    hint="use letters, digits, _, - and . in each part, with no spaces",
                )

    def __iter__(self) -> Iterator[NoReturn]:
        raise DefinitionError("Iteration is not allowed over an AssetKey", hint="it is one key; its parts are .path")

    def __getitem__(self, _place: object) -> NoReturn:
        raise DefinitionError("Index access is not allowed into an AssetKey", hint="its parts are .path")

    def __repr__(self) -> str:
        return f"AssetKey({self.path})"

    def __str__(self) -> str:
        return self.to_user_string()
