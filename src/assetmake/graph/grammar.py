"""The selection grammar: text becomes an expression, or an error that points at the character.

selection     alternative, or several with spaces or `or` between: their union
alternative   operand, or several with `and` between: what is in all of them
operand       [not] meeting
meeting       piece, or several with commas and no spaces between: what is in all of them
piece         [@ | N+ | +] (name | method:value | (selection) | function) [+ | +N] [@partition]
function      roots([selection]) | sinks([selection]) | path(selection, selection)
partition     KEY | FIRST..LAST | latest | missing | "KEY" | "FIRST".."LAST"

So the comma binds tightest, then `not`, `and`, and last `or` and the space, which mean the same. A value, a name and
a key may stand in double quotes, where they have spaces or signs of the grammar in them.
"""

from __future__ import annotations

import re
from typing import NoReturn

from assetmake.definitions.naming import find_nearest, suggest
from assetmake.definitions.selecting.tokens import draw_caret
from assetmake.errors import SelectionError
from assetmake.graph.expressions import Call, Complement, Expression, Intersection, Steps, Term, Union
from assetmake.graph.key_rules import KeyRange, KeyRule, LatestKeys, MissingKeys, OneKey, split_range

FUNCTIONS = {"roots": 1, "sinks": 1, "path": 2}
"""How many selections each one takes."""
_MOST_NESTED = 100
_OPERATOR = re.compile(r"@|\d*\+")
_STEPS = re.compile(r"\+(?P<steps>\d*)")
_HEAD = re.compile(r"(?P<body>.+?)(?:\+(?P<down>\d*))?", re.DOTALL)
_METHOD = re.compile(r"(?P<method>[A-Za-z_]+):(?P<value>.*)", re.DOTALL)
_FOREIGN = re.compile(r'(?P<name>[^\s:"(&|]*)(?P<sign>[(&|])')
_OWNER_EMAIL = re.compile(r"owner:(?!team:)[^@]*@[^@]*", re.DOTALL)
_QUOTED = re.compile(r'"(?P<first>[^"]*)"(?:\.{2,3}"(?P<last>[^"]*)")?')
_WORD = re.compile(r'[^\s()",]*')


def parse_selection(text: str) -> Expression:
    """Read a selection.

    Raises:
        SelectionError: the text is not of the grammar.
    """
    if not text.strip():
        raise SelectionError("the selection is an empty text", hint="to select everything leave it out")
    return _Parser(text).read()


class _Parser:
    """Reads by recursive descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._depth = 0

    def read(self) -> Expression:
        found = self._read_union(closers="")
        if self._place < len(self._text):
            self._fail(self._place, "this parenthesis was not opened")
        return found

    # ------------------------------------------------------------------ from the loosest to the tightest

    def _read_union(self, *, closers: str) -> Expression:
        parts = [self._read_alternative(closers)]
        while not self._is_at_end(closers):
            start = self._place
            if self._take_word("or"):
                parts.append(self._read_alternative(closers))
                continue
            if self._peek_word() == "not":
                self._fail(start, "before this `not` write `and` or `or`: a space alone means `or`")
            parts.append(self._read_alternative(closers))
        return parts[0] if len(parts) == 1 else Union(tuple(parts))

    def _read_alternative(self, closers: str) -> Expression:
        parts = [self._read_operand(closers)]
        while not self._is_at_end(closers) and self._take_word("and"):
            parts.append(self._read_operand(closers))
        return parts[0] if len(parts) == 1 else Intersection(tuple(parts))

    def _read_operand(self, closers: str) -> Expression:
        self._skip_spaces()
        start = self._place
        self._require_term(closers)
        if not self._take_word("not"):
            return self._read_meeting(closers)
        self._enter(start)
        part = self._read_operand(closers)
        self._depth -= 1
        return Complement(part, self._text[start : self._place])

    def _read_meeting(self, closers: str) -> Expression:
        parts = [self._read_piece()]
        while self._text[self._place : self._place + 1] == "," and "," not in closers:
            at = self._place
            self._place += 1
            following = self._text[self._place : self._place + 1]
            if not following or following.isspace() or following in ",)":
                self._fail(at + (following == ","), "a comma stands between two terms, with no spaces around it")
            if (word := self._peek_word()) in {"and", "or", "not"}:
                self._fail(self._place, f"a comma means both; write either the comma or `{word}`")
            parts.append(self._read_piece())
        return parts[0] if len(parts) == 1 else Intersection(tuple(parts))

    # ------------------------------------------------------------------ one piece

    def _read_piece(self) -> Term | Call:
        start = self._place
        operator = _OPERATOR.match(self._text, start)
        body = operator.end() if operator else start
        name = next((name for name in ("", *FUNCTIONS) if self._text.startswith(f"{name}(", body)), None)
        if name is None:
            if operator and operator[0] != "+" and operator[0] != "@" and self._ends_at(body):
                operator, body = None, start  # `2+` is what reads the asset 2
            return self._read_term(start, body, operator[0] if operator else "")
        self._place = body + len(name) + 1
        self._enter(body)
        arguments = self._read_arguments(name, body)
        self._depth -= 1
        down = _STEPS.match(self._text, self._place)
        self._place = down.end() if down else self._place
        steps = self._make_steps(start, operator[0] if operator else "", down["steps"] if down else None)
        if self._text[self._place : self._place + 1] == "@":
            at = self._place
            self._place = self._find_end(at)
            steps = Steps(steps.up, steps.down, steps.around, self._read_rule(at + 1, self._place))
        if not self._ends_at(self._place):
            self._fail(self._place, "behind a parenthesis stands a +, an @ or a space")
        return Call(self._text[start : self._place], name, arguments, steps)

    def _read_arguments(self, name: str, start: int) -> tuple[Expression, ...]:
        wanted = FUNCTIONS.get(name, 1)
        if name and wanted == 1 and self._text.startswith(")", self._place):
            self._place += 1
            return (parse_selection("*"),)  # of all assets
        arguments: list[Expression] = []
        closers = ",)" if wanted > 1 else ")"
        while True:
            arguments.append(self._read_union(closers=closers))
            closer = self._text[self._place : self._place + 1]
            if not closer:
                self._fail(start + len(name), "this parenthesis is not closed")
            self._place += 1
            if closer == ")":
                break
            if len(arguments) == wanted:
                self._fail(self._place - 1, f"{name}() takes {wanted} selections; for both of two write `and`")
        if len(arguments) < wanted:
            self._fail(self._place - 1, f"{name}() takes {wanted} selections, with a comma between")
        return tuple(arguments)

    def _read_term(self, start: int, body: int, operator: str) -> Term:
        end = self._place = self._find_end(body)
        written = self._text[body:end]
        owner = _OWNER_EMAIL.match(written)
        at = _find_outside(written, "@", owner.end() if owner else 0)
        head, rule = (written, None) if at < 0 else (written[:at], self._read_rule(body + at + 1, end))
        if not head or head in {"+", "@"}:
            self._fail(start, f"{self._text[start:end]!r} names nothing")
        if (foreign := _FOREIGN.match(head)) is not None:
            self._refuse_foreign(body + foreign.start("sign"), foreign["name"], foreign["sign"])
        method, value, down = self._split_head(head, body)
        steps = self._make_steps(start, operator, down)
        return Term(
            text=self._text[start:end],
            method=method,
            value=value,
            steps=Steps(steps.up, steps.down, steps.around, rule),
        )

    def _refuse_foreign(self, place: int, name: str, sign: str) -> NoReturn:
        """Refuse what other languages have: a function that there is not, and signs for `and` and `or`."""
        if sign == "(":
            known = ", ".join(f"{each}()" for each in FUNCTIONS)
            nearest = suggest([f"{each}()" for each in find_nearest(name, list(FUNCTIONS))[:1]])
            hint = f"{nearest} the functions are {known}" if nearest else f"the functions are {known}"
            self._fail(place - len(name), f"there is no function {name}()" if name else "a name is missing", hint=hint)
        word = "write `and`, or a comma with no spaces around it" if sign == "&" else "write `or`, or a space"
        self._fail(place, f"{sign} is none of the grammar: {word}")

    def _split_head(self, head: str, start: int) -> tuple[str | None, str, str | None]:
        parts = _HEAD.fullmatch(head)
        quoted = head.rfind('"')
        if quoted >= 0:  # a + inside of quotes is part of the value
            parts = re.compile(r"(?P<body>.*\")(?:\+(?P<down>\d*))?", re.DOTALL).fullmatch(head)
        if parts is None:
            self._fail(start + quoted + 1, "behind the quotes stands a +, an @ or a space")
        found = _METHOD.fullmatch(parts["body"])
        method, value = (found["method"], found["value"]) if found else (None, parts["body"])
        at = start + (parts.end("body") - len(value))
        if found is not None and not value:
            self._fail(start + parts.end("body") - 1, f"a value is missing after {method}:")
        if '"' in value:
            whole = _QUOTED.fullmatch(value)
            if whole is None or (whole["last"] is not None and method != "partition"):
                self._fail(at + value.index('"'), "quotes stand around the whole of a name, a value or a key")
            if not whole["first"]:
                self._fail(at, "nothing stands between these quotes")
            value = value if method == "partition" else whole["first"]
        elif method is None and "+" in value:
            self._fail(at + value.index("+"), "a + stands before or after a name; between two names write a space")
        return method, value, parts["down"]

    def _make_steps(self, start: int, operator: str, down: str | None) -> Steps:
        if operator == "@":
            if down is not None:
                self._fail(start, "@ already follows both ways; leave out the +")
            return Steps(None, None, around=True)
        return Steps(_count_steps(operator[:-1]) if operator else 0, 0 if down is None else _count_steps(down))

    def _read_rule(self, start: int, end: int) -> KeyRule:
        try:
            return read_rule(self._text[start:end])
        except _RuleError as error:
            self._fail(start + error.offset, str(error))

    # ------------------------------------------------------------------ characters

    def _find_end(self, start: int) -> int:
        """Return where a word ends: quotes and parentheses that are opened in it are part of it."""
        place, opened = start, 0
        while place < len(self._text):
            character = self._text[place]
            if character == '"':
                closing = self._text.find('"', place + 1)
                if closing < 0:
                    self._fail(place, "this quote is not closed")
                place = closing
            elif character == "(":
                opened += 1
            elif character == ")":
                if not opened:
                    break
                opened -= 1
            elif character.isspace() or (character == "," and not opened):
                break
            place += 1
        return place

    def _ends_at(self, place: int) -> bool:
        following = self._text[place : place + 1]
        return not following or following.isspace() or following in ",)"

    def _skip_spaces(self) -> None:
        while self._place < len(self._text) and self._text[self._place].isspace():
            self._place += 1

    def _is_at_end(self, closers: str) -> bool:
        """Skip spaces, and tell whether what is read ends here."""
        self._skip_spaces()
        following = self._text[self._place : self._place + 1]
        if following == "," and "," not in closers:
            self._fail(self._place, "a comma stands between two terms, with no spaces around it")
        return not following or following == ")" or following in closers

    def _require_term(self, closers: str) -> None:
        following = self._text[self._place : self._place + 1]
        if not following or following == ")" or following in closers:
            self._fail(min(self._place, max(len(self._text.rstrip()) - 1, 0)), "a term is missing here")
        if following == ",":
            self._fail(self._place, "a comma stands between two terms, with no spaces around it")
        if (word := self._peek_word()) in {"and", "or"}:
            self._fail(
                self._place,
                f"`{word}` stands between two terms",
                hint=f"the whole selection is one word of the command line: put it in quotes, as in 'a {word} b'",
            )

    def _peek_word(self) -> str:
        found = _WORD.match(self._text, self._place)
        assert found is not None
        following = self._text[found.end() : found.end() + 1]
        is_whole = not following or following.isspace() or following == "("
        return found[0].lower() if is_whole and (found[0].islower() or found[0].isupper()) else ""

    def _take_word(self, word: str) -> bool:
        self._skip_spaces()
        if self._peek_word() != word:
            return False
        self._place += len(word)
        return True

    def _enter(self, place: int) -> None:
        self._depth += 1
        if self._depth > _MOST_NESTED:
            self._fail(place, "this is nested too deeply")

    def _fail(self, place: int, message: str, *, hint: str = "") -> NoReturn:
        raise SelectionError(f"{message}\n{draw_caret(self._text, place)}", hint=hint)


class _RuleError(Exception):
    """A partition suffix that cannot be read; `offset` says where."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def read_rule(written: str) -> KeyRule:
    """Read what stands behind the @ of a term.

    Raises:
        _RuleError: it is no key, range or word.
    """
    if not written:
        raise _RuleError(-1, "a partition key is missing after @")
    if '"' in written:
        quoted = _QUOTED.fullmatch(written)
        if quoted is None:
            raise _RuleError(0, 'a quoted key is written "KEY", a range of them "FIRST".."LAST"')
        first, last = quoted["first"], quoted["last"]
        return OneKey(first) if last is None else KeyRange(first, last)
    if written == "latest":
        return LatestKeys(1)
    if written == "missing":
        return MissingKeys()
    if written.endswith("+"):
        raise _RuleError(len(written) - 1, "the + stands before the partition, as in name+@KEY")
    found = split_range(written)
    if found == KeyRange(None, None):
        raise _RuleError(0, "a range needs a first or a last key")
    return found or OneKey(written)


def _find_outside(text: str, sign: str, start: int) -> int:
    """Return where a sign stands outside of quotes, or -1; one at the very beginning is none."""
    is_quoted = False
    for place, character in enumerate(text):
        if character == '"':
            is_quoted = not is_quoted
        elif character == sign and not is_quoted and place >= max(start, 1):
            return place
    return -1


def _count_steps(written: str) -> int | None:
    return int(written) if written else None
