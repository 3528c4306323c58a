"""The attribute syntax, `key:a+ and not tag:layer=gold`: read by recursive descent.

In it `+` without a number goes to the end, `+1` one layer. `not` binds tighter than `and`, and `and` than `or`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assetmake.definitions.naming import has_wildcard
from assetmake.definitions.selecting.expressions import And, Everything, Expression, Or, Without, combine
from assetmake.definitions.selecting.leaves import (
    STRUCTURES,
    Grouped,
    GroupPattern,
    KeyPattern,
    OfKind,
    Owned,
    Partitioned,
    Structured,
    Tagged,
)
from assetmake.definitions.selecting.tokens import Token, point_at, split_tokens
from assetmake.definitions.selecting.walks import Downstream, Roots, Sinks, Upstream
from assetmake.errors import SelectionError

ATTRIBUTES = ("key", "owner", "group", "tag", "kind", "is", "partitions")
_FUNCTIONS: dict[str, Callable[[Expression], Expression]] = {"sinks": Sinks, "roots": Roots}
_ELSEWHERE = {
    "automation_type",
    "changed_in_branch",
    "code_location",
    "column",
    "column_tag",
    "job",
    "schedule",
    "sensor",
    "status",
    "table_name",
}


def parse_attributes(text: str, *, include_sources: bool = False) -> Expression:
    """Read a selection in the attribute syntax.

    Raises:
        SelectionError: pointing at the character where it goes wrong.
    """
    return _Parser(text, include_sources, split_tokens(text)).read()


@dataclass(slots=True)
class _Parser:
    text: str
    include_sources: bool
    tokens: list[Token]
    place: int = field(default=0)

    def read(self) -> Expression:
        found = self._read_or()
        if self._next.kind != "end":
            raise self._unexpected("'and', 'or' or the end")
        return found

    @property
    def _next(self) -> Token:
        return self.tokens[self.place]

    def _take(self) -> Token:
        token = self.tokens[self.place]
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def _take_sign(self, sign: str) -> bool:
        found = self._next.is_sign(sign)
        if found:
            self._take()
        return found

    def _expect_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise self._unexpected(repr(sign))

    def _unexpected(self, wanted: str) -> SelectionError:
        return point_at(self.text, self._next.start, f"{wanted} is expected, and there is {self._next.text!r}")

    def _read_or(self) -> Expression:
        found = self._read_and()
        while self._next.is_word("or"):
            self._take()
            found = combine(Or, found, self._read_and())
        return found

    def _read_and(self) -> Expression:
        found = self._read_not()
        while self._next.is_word("and"):
            self._take()
            found = combine(And, found, self._read_not())
        return found

    def _read_not(self) -> Expression:
        if not self._next.is_word("not"):
            return self._read_walk()
        self._take()
        return Without(Everything(self.include_sources), self._read_not())

    def _read_walk(self) -> Expression:
        if self._next.is_word("*"):
            self._take()
            return Everything(self.include_sources)
        up = self._read_up()
        found = self._read_term()
        down = self._read_down()
        walks = [Upstream(found, *up)] if up else []
        return self._join(walks, Downstream(found, *down) if down else None) or found

    @staticmethod
    def _join(walks: list[Upstream], below: Downstream | None) -> Expression | None:
        if walks and below:
            return combine(Or, walks[0], below)
        return walks[0] if walks else below

    def _read_up(self) -> tuple[int | None] | None:
        token = self._next
        if token.kind == "word" and token.text.isdigit() and self.tokens[self.place + 1].is_sign("+"):
            self._take()
            self._take()
            return (int(token.text),)
        return (None,) if self._take_sign("+") else None

    def _read_down(self) -> tuple[int | None] | None:
        if not self._take_sign("+"):
            return None
        if self._next.kind == "word" and self._next.adjacent and self._next.text.isdigit():
            return (int(self._take().text),)
        return (None,)

    def _read_term(self) -> Expression:
        if self._take_sign("("):
            found = self._read_or()
            self._expect_sign(")")
            return found
        token = self._next
        if token.kind != "word":
            raise self._unexpected("an attribute, such as key:NAME,")
        self._take()
        if token.text in _FUNCTIONS:
            self._expect_sign("(")
            found = self._read_or()
            self._expect_sign(")")
            return _FUNCTIONS[token.text](found)
        if token.text in ATTRIBUTES and self._take_sign(":"):
            return self._read_attribute(token.text)
        raise self._refuse(token)

    def _refuse(self, token: Token) -> SelectionError:
        attributes = ", ".join(f"{name}:" for name in ATTRIBUTES)
        if token.text in _ELSEWHERE:
            hint = f"it depends on more than the definitions; what can be selected by is {attributes}"
            return point_at(self.text, token.start, f"{token.text!r} cannot be selected by", hint=hint)
        hint = f"write key:{token.text}; attributes are {attributes}"
        return point_at(self.text, token.start, f"{token.text!r} is not an attribute with its value", hint=hint)

    def _read_attribute(self, name: str) -> Expression:
        start = self._next.start
        value = self._read_value(patterns=name == "key")
        match name:
            case "key":
                if value is None:
                    raise point_at(self.text, start, "a key is expected")
                return KeyPattern(value)
            case "tag":
                return Tagged(self.include_sources, value or "", self._read_tag_value())
            case "owner":
                return Owned(value)
            case "kind":
                return OfKind(self.include_sources, value)
            case "is":
                if value not in STRUCTURES:
                    raise point_at(self.text, start, f"{value!r} is none of {', '.join(STRUCTURES)}")
                return Structured(value)
            case "partitions":
                return Partitioned(value or "none")
            case _:
                if value is not None and has_wildcard(value):
                    return GroupPattern(self.include_sources, value)
                return Grouped(self.include_sources, (value,) if value else ())

    def _read_tag_value(self) -> str:
        return (self._read_value(patterns=False) or "") if self._take_sign("=") else ""

    def _read_value(self, *, patterns: bool) -> str | None:
        token = self._next
        if token.kind == "null":
            self._take()
            return None
        if token.kind == "quoted" or (token.kind == "word" and (patterns or "*" not in token.text)):
            return self._take().text
        if token.kind == "word":
            raise point_at(self.text, token.start, f"{token.text!r} holds a *", hint="put it in double quotes")
        raise self._unexpected("a value")
