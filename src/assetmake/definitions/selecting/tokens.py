"""The words of the attribute syntax, each with the place where it stands, for errors that point at it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assetmake.errors import SelectionError

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"[^"]*")|(?P<null><null>)|(?P<word>[\w./*\[\]-]+)|(?P<sign>[=+:(),]))', re.ASCII)
END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted text, `<null>` or a sign.

    Attributes:
        text: As it is written, a quoted one without its quotes.
        start: Where it begins in the text.
        adjacent: Nothing stands between it and the one before.
    """

    kind: str
    text: str
    start: int
    adjacent: bool = False

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words

    def is_sign(self, sign: str) -> bool:
        return self.kind == "sign" and self.text == sign


def split_tokens(text: str) -> list[Token]:
    """Split a text into its tokens; the last one is the end.

    Raises:
        SelectionError: pointing at a character that begins no token.
    """
    tokens, place = [], 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise point_at(text, at, f"{text[at]!r} is not expected")
        kind = str(match.lastgroup)
        start = match.start(kind)
        tokens.append(Token(kind, match[kind].strip('"'), start, start == place))
        place = match.end()
    return [*tokens, Token("end", END, end)]


def point_at(text: str, place: int, complaint: str, *, hint: str = "") -> SelectionError:
    """Return an error that shows the text with a mark under the place."""
    shown = draw_caret(text, place)
    return SelectionError(f"Invalid selection string: {complaint} at character {place + 1}\n{shown}", hint=hint)


def draw_caret(text: str, place: int) -> str:
    """Return a text on one line, and a mark under the place on another."""
    line = "".join(" " if character.isspace() else character for character in text)
    return f"  {line}\n  {' ' * place}^"
