"""Which files belong to a source, by their names alone: those that are gone do too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from fnmatch import translate

from assetmake.definitions.source import has_magic, split_holes

_STARS = re.compile(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\])")


def match_source(path: str, files: Iterable[str], *, root: str) -> dict[str, str | None]:
    """Return those of some files that belong to a source, each with the partition key in its name, if there is one.

    Args:
        path: The source's, as it is written: a file, a glob or a template.
        files: Absolute.
        root: What the source's is relative to.
    """
    pattern, is_plain = _compile(os.path.normpath(os.path.join(root, path)), path)
    found: dict[str, str | None] = {}
    for file in files:
        matched = pattern.fullmatch(file)
        if matched is not None:
            found[file] = matched["key"] if is_plain else None
    return found


def _compile(absolute: str, written: str) -> tuple[re.Pattern[str], bool]:
    """Return the pattern, and whether it finds the partition key as it is: not one that a form of time made."""
    texts = split_holes(absolute)
    if len(texts) > 1:
        is_plain = absolute.count("{partition_key}") == len(texts) - 1
        first, *rest = map(re.escape, texts)
        if is_plain:
            return re.compile(f"{first}(?P<key>.+){'(?P=key)'.join(rest)}", re.DOTALL), True
        return re.compile("(?:.+)".join([first, *rest]), re.DOTALL), False
    if not has_magic(written):
        return re.compile(re.escape(absolute)), False
    pieces = _STARS.split(absolute)
    return re.compile("".join(map(_translate, pieces)), re.DOTALL), False


def _translate(piece: str) -> str:
    match piece:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    return translate(piece).removesuffix(r"\Z").removesuffix(r"\z") if piece.startswith("[") else re.escape(piece)
