"""Terms of a selection that stand in files: `@path/to/file`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from assetmake.errors import UsageError


def expand_terms(terms: Iterable[str]) -> tuple[str, ...]:
    """Replace each `@FILE` by the terms in that file: one or more on a line, `#` begins a comment.

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
        if "@" in path or not (file.suffix or path.startswith(("/", "./", "../"))):
            return [written]
        raise UsageError(f"there is no file {path!r} to read terms from")
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read terms from {path!r}: {error}") from None
    terms = [line for each in lines if (line := each.partition("#")[0].strip())]
    if not terms:
        raise UsageError(f"the file {path!r} holds no terms")
    return terms
