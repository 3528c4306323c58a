"""The import statements of a file, found among its tokens: where each module's name stands, to the character."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assetmake.migrating.source_text import UnreadableSourceError

_BEFORE_STATEMENT = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_LONE_RETURN = re.compile(r"\r(?!\n)")  # which not every version of Python takes for the end of a line
_BETWEEN = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING}


@dataclass(frozen=True, slots=True)
class ImportedName:
    """A name that is taken from a module, what it is bound as, and its line."""

    name: str
    bound: str
    line: int


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """One module that is imported.

    Args:
        module: Its dotted name, as written; a relative import has none of these.
        line: The line of its name.
        start, end: The name's place among the text's characters.
        alias: What follows `as`, in `import module as alias`.
        names: Those of `from module import ...`; None where the module itself is imported.
    """

    module: str
    line: int
    start: int
    end: int
    alias: str | None = None
    names: tuple[ImportedName, ...] | None = None


def find_imports(text: str) -> list[ImportedModule]:
    """Return every absolute import of a text, whether at its top, in a function or in a branch.

    Raises:
        UnreadableSourceError: the text is no Python.
    """
    if _LONE_RETURN.search(text):
        raise UnreadableSourceError("a line ends in a carriage return alone")
    lines = io.StringIO(text, newline="").readlines()
    try:
        tokens = [t for t in tokenize.generate_tokens(iter([*lines, ""]).__next__) if t.type not in _BETWEEN]
    except (tokenize.TokenError, SyntaxError) as error:
        raise UnreadableSourceError(f"it is not Python that can be read: {error.args[0]}") from None
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return list(_Reader(text, tokens, starts).read())


class _Reader:
    """Goes over tokens once. `from` and `import` are keywords, so that no string and no name looks like a statement."""

    def __init__(self, text: str, tokens: Sequence[tokenize.TokenInfo], starts: Sequence[int]) -> None:
        self._text, self._tokens, self._starts = text, tokens, starts
        self._at = 0

    def read(self) -> Iterator[ImportedModule]:
        while self._at < len(self._tokens):
            word = self._word if self._begins_statement() else ""
            self._at += 1
            if word == "import":
                yield from self._read_import()
            elif word == "from":
                yield from self._read_from()

    @property
    def _word(self) -> str:
        return self._tokens[self._at].string if self._at < len(self._tokens) else ""

    def _begins_statement(self) -> bool:
        if self._at == 0:
            return True
        before = self._tokens[self._at - 1]
        return before.type in _BEFORE_STATEMENT or before.string in {";", ":"}

    def _read_import(self) -> Iterator[ImportedModule]:
        while True:
            found = self._read_dotted()
            if found is None:
                return
            alias = self._read_alias()
            yield ImportedModule(*found, alias=alias)
            if self._word != ",":
                return
            self._at += 1

    def _read_from(self) -> Iterator[ImportedModule]:
        found = self._read_dotted()
        if found is None or self._word != "import":  # `from . import x` begins with no name
            return
        self._at += 1
        names: list[ImportedName] = []
        while self._at < len(self._tokens) and self._tokens[self._at].type in {tokenize.NAME, tokenize.OP}:
            word, line = self._word, self._tokens[self._at].start[0]
            if word == ";":
                break
            self._at += 1
            if word not in {"(", ")", ","}:
                names.append(ImportedName(word, self._read_alias() or word, line))
        yield ImportedModule(*found, names=tuple(names))

    def _read_dotted(self) -> tuple[str, int, int, int] | None:
        parts: list[str] = []
        first = last = self._tokens[self._at] if self._at < len(self._tokens) else None
        while self._at < len(self._tokens) and self._tokens[self._at].type == tokenize.NAME:
            last = self._tokens[self._at]
            parts.append(last.string)
            self._at += 1
            if self._word != ".":
                break
            self._at += 1
        if not parts or first is None or last is None:
            return None
        start, end = self._place(first.start), self._place(last.end)
        if not (self._text.startswith(parts[0], start) and self._text.endswith(parts[-1], start, end)):
            raise UnreadableSourceError("its lines cannot be told apart")  # places would not be what they say
        return ".".join(parts), first.start[0], start, end

    def _read_alias(self) -> str | None:
        if self._word != "as":
            return None
        self._at += 2
        return self._tokens[self._at - 1].string

    def _place(self, position: tuple[int, int]) -> int:
        return self._starts[position[0] - 1] + position[1]
