"""What may be a partition key, and the part that it stands for."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from difflib import get_close_matches
from hashlib import sha256

from assetmake.errors import DefinitionError, UnknownPartitionError

_LEAST_63_BITS = (1 << 63) - 1
_SHOWN_KEYS = 5
_FEW_KEYS = 2_000  # beyond it, comparing all keys with a mistyped one takes noticeably long
_LINE_BREAKERS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def hashed_part(key: str) -> int:
    """Return the part of a string key: stable, and never negative."""
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big") & _LEAST_63_BITS


def check_key(key: str, *, error: type[DefinitionError] | type[UnknownPartitionError] = DefinitionError) -> None:
    """Raise the error where a string cannot be a partition key.

    A key is not empty, is printed on one line in the order in which it is stored, and is NFC-normalised, so
    that keys that look alike are equal.
    """
    if isinstance(key, str) and _is_surely_fine(key):
        return
    if not isinstance(key, str):
        raise error(f"a partition key is a string, got {key!r}")
    if not key:
        raise error("a partition key must not be empty")
    for character in key:
        if unicodedata.category(character) in _LINE_BREAKERS or character in _BIDI_OVERRIDES:
            raise error(
                f"the partition key {key!a} cannot be printed on a line: it contains the character {character!a}",
                hint="control characters, surrogates and overrides of the writing direction are not allowed",
            )
    normal = unicodedata.normalize("NFC", key)
    if normal != key:
        raise error(
            f"the partition key {key!a} is not in Unicode's normal form NFC",
            hint=f"write it {normal!a}",
        )


def check_all_known(
    keys: Sequence[str], known: Sequence[str], complaint: str, *, error: type[DefinitionError] = DefinitionError
) -> None:
    """Raise the error with the complaint where keys are not among the known ones."""
    there = frozenset(known)
    absent = [key for key in dict.fromkeys(keys) if key not in there]
    if absent:
        shown = ", ".join(map(repr, absent[:_SHOWN_KEYS]))
        more = f" and {len(absent) - _SHOWN_KEYS} more" if len(absent) > _SHOWN_KEYS else ""
        raise error(
            f"{complaint}: {shown}{more}",
            hint="add them to the definition, or give a StaticPartitionMapping({upstream: downstream})",
        )


def nearest_keys(key: str, keys: Sequence[str]) -> list[str]:
    """Return the keys that somebody who wrote another one may have meant; of none, the first ones."""
    if len(keys) > _FEW_KEYS:
        ordered = sorted(keys)
        place = bisect_left(ordered, key)
        keys = ordered[max(0, place - 50) : place + 50]
    return get_close_matches(key, keys, n=3) or [*keys[:3]]


def _is_surely_fine(key: str) -> bool:
    return bool(key) and key.isascii() and key.isprintable()
