"""The one encoder from names and keys to file names: injective, reversible, never a path."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from string import ascii_letters, digits
from urllib.parse import unquote_to_bytes

_PLAIN = frozenset(ascii_letters + digits + "-_.=+@,() ")
_EMPTY = "%"  # an escape is always followed by two digits, so this is no other key's name
_LONGEST = 180  # leaves room for a suffix below the 255 bytes that file systems allow
_PREFIX = 100
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)", re.IGNORECASE | re.ASCII)
_USUAL = re.compile(r"[\w=+@,():-](?:[\w.=+@,() :-]{0,50}[\w=+@,():-])?", re.ASCII)
"""Dates, times and plain words: most keys by far, and a million of them are encoded in one go."""
_RUN = re.compile(r"[A-Za-z0-9_-]+")
_TEMPORARY = re.compile(r"\.am-([A-Za-z0-9_-]+)-[0-9]+\.tmp")


def encode_key(key: str) -> str:
    """Return the file name of a partition key or of one part of an asset's name.

    Plain keys stay as they are; the rest is percent-encoded in UTF-8. The result is one name, in Unicode's
    NFC, that every file system takes, and differs for different keys. Very long keys are cut and
    completed by a hash (and then cannot be decoded).
    """
    if _USUAL.fullmatch(key) and not _DEVICE.match(key):
        return key.replace(":", "%3A")
    tokens = _tokens(key)
    name = "".join(tokens)
    return name if len(name.encode()) <= _LONGEST else _shortened(tokens, key)


def decode_key(name: str) -> str | None:
    """Return the key that `encode_key` made this name of; None for a shortened or a foreign name."""
    if name == _EMPTY:
        return ""
    try:
        key = unquote_to_bytes(name).decode("utf-8", "surrogatepass")
    except UnicodeError:
        return None
    return key if encode_key(key) == name else None


def output_stem(root: Path, asset_path: tuple[str, ...], key: str | None) -> Path:
    """Return an output's path without its suffix, which is to be appended to the name.

    (Never with `with_suffix`: a key such as `v1.2` has a dot of its own.)
    """
    stem = Path(write_stem(str(root), asset_path))
    return stem if key is None else stem / encode_key(key)


@lru_cache(maxsize=1 << 15)
def write_stem(root: str, asset_path: tuple[str, ...]) -> str:
    """Return the same of an asset as text: it is asked for many times, and paths are dear as objects."""
    return os.path.join(root, *map(encode_key, asset_path))


def temporary_name(run: str, number: int) -> str:
    """Return the name of a run's temporary file; no key is ever encoded to such a name."""
    if not _RUN.fullmatch(run):
        raise ValueError(f"a run's id has letters, digits, - and _ only, got {run!a}")
    return f".am-{run}-{number}.tmp"


def is_temporary(name: str) -> str | None:
    """Return the run that a temporary file's name belongs to; None for any other name."""
    found = _TEMPORARY.fullmatch(name)
    return found[1] if found else None


def _tokens(key: str) -> list[str]:
    if not key:
        return [_EMPTY]
    tokens = []
    before = ""
    for letter in key:
        kept = letter in _PLAIN or (not letter.isascii() and _is_stable(before, letter))
        tokens.append(letter if kept else _escaped(letter))
        before = letter if kept else ""
    if key[0] == "." or _DEVICE.match(key):
        tokens[0] = _escaped(key[0])
    if key[-1] in ". ":
        tokens[-1] = _escaped(key[-1])
    return tokens


def _is_stable(before: str, letter: str) -> bool:
    """Whether a letter survives where names are normalised (some combine with the letter before)."""
    category = unicodedata.category(letter)
    return (category[0] == "L" or category == "Nd") and unicodedata.is_normalized("NFC", before + letter)


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))


def _shortened(tokens: list[str], key: str) -> str:
    kept, size = [], 0
    for token in tokens:
        size += len(token.encode())
        if size > _PREFIX:
            break
        kept.append(token)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{''.join(kept)}~{digest}"
