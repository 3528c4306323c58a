"""Terms of a selection that stand in files: `@path/to/file`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from assetmake.errors import UsageError
from assetmake.graph.selection import PlacedText
from assetmake.graph.selectors import is_file_name

_WRITTEN = re.compile(r'(?:"[^"]*"|(?<!\s)(?<!^)#|[^#"]|"(?![^"]*"))*')
"""What of a line is no comment: that begins with a # at its start or behind a space, and not in quotes."""

_BETWEEN = re.compile(r"[\s,]+")


def expand_terms(terms: Iterable[str]) -> tuple[str, ...]:
    """Replace each `@FILE` by what stands in that file: a selection on a line, `#` begins a comment.

    `@` and a name with neither a dot nor a slash is the operator of that name, and so is one that names an
    asset rather than a file that is there.

    Raises:
        UsageError: the file is missing, cannot be read, or holds no terms.
    """
    return tuple(term for written in terms for term in _expand(written))


def check_terms(terms: Collection[str] | None, *, command: str) -> None:
    """Let a command that changes what is recorded take everything only where that is asked for.

    Raises:
        UsageError: nothing is selected by name.
    """
    if not terms:
        raise UsageError(f"{command} needs a selection", hint=f"name an asset; all of them are: {command} '*'")


def _expand(written: str) -> list[str]:
    path = written[1:]
    if not written.startswith("@") or not ("." in path or "/" in path):
        return [written]
    file = Path(path)
    if not file.is_file():
        stands_alone = len(_BETWEEN.split(path.strip())) == 1
        if "@" in path or not (stands_alone and is_file_name(path)):
            return [written]
        raise UsageError(f"there is no file {path!r} to read terms from", hint="it is looked for in the current folder")
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read terms from {path!r}: {error}") from None
    terms: list[str] = [
        PlacedText(line, place=f"{path}:{number}")
        for number, each in enumerate(lines, start=1)
        if (found := _WRITTEN.match(each)) and (line := found[0].strip())
    ]
    if not terms:
        raise UsageError(f"the file {path!r} holds no terms")
    return terms
