"""Names: which asset or source a written name means, and what lies nearest to one that means nothing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from assetmake.definitions.asset_key import AssetKey

_SHOWN = 3


class NameIndex:
    """Finds keys by their whole path or by their last part."""

    def __init__(self, keys: Iterable[AssetKey]) -> None:
        self._by_path = {key.parts: key for key in keys}
        self._by_last: dict[str, list[AssetKey]] = {}
        for key in self._by_path.values():
            self._by_last.setdefault(key.parts[-1], []).append(key)

    def find_upstream(self, written: AssetKey, *, consumer: AssetKey) -> tuple[AssetKey, ...]:
        """Return the keys that a dependency can mean: one, none, or several where it is ambiguous.

        A single name means the key that is spelled so; else the one beside the consumer; else the only one
        that ends in it. The consumer itself is meant only where it is spelled out.
        """
        exact = self._by_path.get(written.parts)
        if exact is not None:
            return (exact,)
        if len(written.parts) > 1:
            return ()
        beside = self._by_path.get((*consumer.parts[:-1], *written.parts))
        if beside is not None and beside.parts != consumer.parts:
            return (beside,)
        return tuple(key for key in self._by_last.get(written.parts[0], ()) if key.parts != consumer.parts)

    def find_named(self, text: str) -> tuple[AssetKey, ...]:
        """Return the keys that a name in a selection can mean: the exact one, else all that end in it."""
        exact = self._by_path.get(tuple(text.split("/")))
        return (exact,) if exact is not None else tuple(self._by_last.get(text, ()))

    def find_nearest(self, text: str) -> tuple[str, ...]:
        """Return up to three keys that are spelled like `text`, the nearest first."""
        last = text.rsplit("/", 1)[-1]
        names = find_nearest(text, [str(key) for key in self._by_path.values()])
        ends = [str(key) for end in find_nearest(last, list(self._by_last)) for key in self._by_last[end]]
        return tuple(dict.fromkeys([*names, *ends]))[:_SHOWN]


def find_nearest(text: str, known: Sequence[str]) -> list[str]:
    """Return up to three of `known` that are spelled like `text`, the nearest first, however cased."""
    spelled = {name.casefold(): name for name in reversed(known)}
    return [spelled[name] for name in difflib.get_close_matches(text.casefold(), spelled, _SHOWN)]


def suggest(names: Sequence[str]) -> str:
    """Return `did you mean a or b?`, or nothing where there is nothing to suggest."""
    return f"did you mean {' or '.join(names)}?" if names else ""


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def compile_wildcard(text: str) -> re.Pattern[str]:
    """Make a pattern in which `*` stands for anything, slashes too, and `?` for one character."""
    escaped = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
