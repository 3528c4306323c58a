"""The selection grammar: text becomes terms, or an error that points at the character.

selection     intersection, or several with spaces between: their union
intersection  term, or several with commas between: what is in all of them
term          [@ | N+ | +] name or method:value [+ | +N] [@partition]
partition     KEY | FIRST..LAST | latest | missing | "KEY" | "FIRST".."LAST"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from assetmake.errors import SelectionError
from assetmake.graph.key_rules import KeyRange, KeyRule, LatestKeys, MissingKeys, OneKey, split_range

_CHUNK = re.compile(r'(?:"[^"]*"|[^\s"])+')
_PIECE = re.compile(r'(?:"[^"]*"|[^,"])*')
_HEAD = re.compile(r"(?P<at>@)?(?:(?P<up>\d*)\+)?(?P<body>.+?)(?:\+(?P<down>\d*))?", re.DOTALL)
_METHOD = re.compile(r"(?P<method>[A-Za-z_]+):(?P<value>.*)", re.DOTALL)
_OWNER_EMAIL = re.compile(r"@?\d*\+?owner:(?!team:)[^@]*@[^@]*", re.DOTALL)
_QUOTED = re.compile(r'"(?P<first>[^"]*)"(?:\.{2,3}"(?P<last>[^"]*)")?')


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a selection.

    Attributes:
        text: As it was written.
        method: None for a name.
        value: The name, or what stands after the method.
        up, down: How many steps to follow; None for all.
        around: `@`: the ancestors of its descendants too.
        rule: The partition suffix.
    """

    text: str
    method: str | None
    value: str
    up: int | None = 0
    down: int | None = 0
    around: bool = False
    rule: KeyRule | None = None


def parse_selection(text: str) -> list[tuple[Term, ...]]:
    """Read a selection: the list is a union, each of its tuples an intersection.

    Raises:
        SelectionError: the text is not of the grammar.
    """
    found = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        chunk = _CHUNK.match(text, position)
        if chunk is None:
            _fail(text, position, "this quote is not closed")
        position = chunk.end()
        if position < len(text) and text[position] == '"':
            _fail(text, position, "this quote is not closed")
        found.append(_parse_intersection(text, chunk.start(), chunk.end()))
    if not found:
        raise SelectionError("the selection is an empty text", hint="to select everything leave it out")
    return found


def _parse_intersection(text: str, start: int, end: int) -> tuple[Term, ...]:
    terms = []
    position = start
    while True:
        piece = _PIECE.match(text, position, end)
        assert piece is not None
        if not piece[0]:
            _fail(text, min(position, end - 1), "a comma stands between two terms, with no spaces around it")
        terms.append(_parse_term(text, piece.start(), piece.end()))
        position = piece.end() + 1
        if piece.end() == end:
            return tuple(terms)


def _parse_term(text: str, start: int, end: int) -> Term:
    written = text[start:end]
    owner = _OWNER_EMAIL.match(written)
    at = written.find("@", owner.end() if owner else 1)
    head, rule = (written, None) if at < 0 else (written[:at], _parse_rule(text, start + at + 1, end))
    if '"' in head:
        _fail(text, start + head.index('"'), "only partition keys are quoted")
    parts = _HEAD.fullmatch(head)
    if parts is None or parts["body"] in {"+", "@"}:
        _fail(text, start, f"{head!r} names nothing")
    around = parts["at"] is not None
    if around and (parts["up"] is not None or parts["down"] is not None):
        _fail(text, start, "@ already follows both ways; leave out the +")
    method = _METHOD.fullmatch(parts["body"])
    if method is None and "+" in parts["body"]:
        place = start + parts.start("body") + parts["body"].index("+")
        _fail(text, place, "a + stands before or after a name; between two names write a space")
    if method is not None and not method["value"]:
        _fail(text, start + parts.end("body") - 1, f"a value is missing after {method['method']}:")
    return Term(
        text=written,
        method=method["method"] if method else None,
        value=method["value"] if method else parts["body"],
        up=None if around else _read_steps(parts["up"]),
        down=None if around else _read_steps(parts["down"]),
        around=around,
        rule=rule,
    )


def _parse_rule(text: str, start: int, end: int) -> KeyRule:
    written = text[start:end]
    if not written:
        _fail(text, start - 1, "a partition key is missing after @")
    if '"' in written:
        quoted = _QUOTED.fullmatch(written)
        if quoted is None:
            _fail(text, start, 'a quoted key is written "KEY", a range of them "FIRST".."LAST"')
        first, last = quoted["first"], quoted["last"]
        return OneKey(first) if last is None else KeyRange(first, last)
    if written == "latest":
        return LatestKeys(1)
    if written == "missing":
        return MissingKeys()
    if written.endswith("+"):
        _fail(text, end - 1, "the + stands before the partition, as in name+@KEY")
    found = split_range(written)
    if found == KeyRange(None, None):
        _fail(text, start, "a range needs a first or a last key")
    return found or OneKey(written)


def _read_steps(written: str | None) -> int | None:
    if written is None:
        return 0
    return int(written) if written else None


def _fail(text: str, position: int, message: str) -> NoReturn:
    line = "".join(" " if character.isspace() else character for character in text)
    raise SelectionError(f"{message}\n  {line}\n  {' ' * position}^")
