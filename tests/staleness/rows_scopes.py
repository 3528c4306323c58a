"""Scopes: which of many things of one name is meant. Each asset reads at most the constant it is named after."""

from __future__ import annotations

from edits import Theme, add, change, must, must_not

ASSETS = """
from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import limits
from assetmake import asset

if TYPE_CHECKING:
    from marks import Mark

LIMIT = 100
WIDTH = 8
FACTOR = 3
OFFSET = 5
SHOWN = "shown"
Numbers = list[int]
settings = SimpleNamespace(LIMIT=1)


@asset
def local() -> int:
    LIMIT = 2
    return LIMIT


def clip(LIMIT):
    return min(LIMIT, 3)


@asset
def parameter() -> int:
    return clip(9)


@asset
def attribute() -> int:
    return settings.LIMIT


@asset
def attribute_of_module() -> int:
    return limits.LIMIT


@asset
def keyword() -> dict:
    return dict(LIMIT=4)


@asset
def text() -> list:
    return ["LIMIT", "{LIMIT}", f"{{LIMIT}}", {"LIMIT": 5}["LIMIT"]]


@asset
def comprehension() -> list:
    return [LIMIT + 1 for LIMIT in (1, 2)]


@asset
def lambda_parameter() -> int:
    return (lambda LIMIT: LIMIT + 2)(1)


@asset
def loop_and_more() -> list:
    for LIMIT in (1, 2):
        pass
    with open("/dev/null") as WIDTH:
        pass
    import math as FACTOR
    if OFFSET := LIMIT + 3:
        pass
    match [7]:
        case [SHOWN]:
            pass
    return [LIMIT, FACTOR.floor(2.5), OFFSET, SHOWN]


@asset
def nested_parameter() -> int:
    def inner(LIMIT):
        return LIMIT * 2

    return inner(5)


class Box:
    LIMIT = 6

    def limit(self):
        return self.LIMIT

    def WIDTH(self):
        return 1


@asset
def class_attribute() -> int:
    return Box().limit() + Box().WIDTH()


def mark(value: Mark, numbers: Numbers = ()) -> Mark:
    return len(numbers) + value


@asset
def annotated() -> int:
    return mark(7)


@asset
def really_read() -> int:
    return LIMIT + 1


@asset
def read_in_f_string() -> str:
    return f"{SHOWN!r:>{WIDTH}}"


@asset
def read_in_comprehension() -> list:
    return [n * FACTOR for n in range(3)]


@asset
def read_in_lambda() -> list:
    return sorted([3, 1, 2], key=lambda n: n * (FACTOR - 4))


@asset
def read_in_nested() -> int:
    def inner(FACTOR):
        return FACTOR + OFFSET

    return inner(1)


@asset
def read_in_nested_default() -> int:
    def inner(n=OFFSET):
        return n

    return inner()


def count_up():
    global counted
    counted = LATER + 1
    return counted


counted = 0
LATER = 50


@asset
def global_statement() -> int:
    return count_up()


@asset
def builtin() -> list:
    return sorted([2, 1])


def outer_count():
    steps = 10

    def step():
        nonlocal steps
        steps += 1
        return steps

    return step()


@asset
def closure_variable() -> int:
    return outer_count()


steps = 77
"""
LIMITS = "LIMIT = 8\nWIDTH = 9\n"
MARKS = "class Mark:\n    x = 1\n"


def edit(old: str, new: str):
    return change("assets.py", old, new)


SCOPES = Theme(
    "scopes",
    {"assets.py": ASSETS, "limits.py": LIMITS, "marks.py": MARKS},
    (
        must("constant that many things are named after", edit("LIMIT = 100", "LIMIT = 101"), code="really_read"),
        must("local of the same name as a constant", edit("LIMIT = 2\n", "LIMIT = 3\n"), code="local"),
        must("parameter of the same name", edit("min(LIMIT, 3)", "min(LIMIT, 4)"), code="parameter"),
        must("attribute of the same name", edit("LIMIT=1)", "LIMIT=2)"), code="attribute"),
        must(
            "constant of the same name in another module",
            change("limits.py", "LIMIT = 8", "LIMIT = 9"),
            code="attribute_of_module",
        ),
        must("class attribute of the same name", edit("LIMIT = 6", "LIMIT = 7"), code="class_attribute"),
        must("constant in an f-string", edit('SHOWN = "shown"', 'SHOWN = "seen"'), code="read_in_f_string"),
        must("constant in the format of an f-string", edit("WIDTH = 8", "WIDTH = 12"), code="read_in_f_string"),
        must(
            "constant in a comprehension and a lambda",
            edit("FACTOR = 3", "FACTOR = 6"),
            code="read_in_comprehension read_in_lambda",
        ),
        must(
            "constant in a nested function and its default",
            edit("OFFSET = 5", "OFFSET = 6"),
            code="read_in_nested read_in_nested_default",
        ),
        must("constant behind a global statement", edit("LATER = 50", "LATER = 51"), code="global_statement"),
        must("variable that a closure changes", edit("steps = 10", "steps = 20"), code="closure_variable"),
        must(
            "function that hides a builtin",
            add("assets.py", "\n\ndef sorted(items, key=None):\n    return [9]\n"),
            code="builtin read_in_lambda",
        ),
        must(
            "constant replaced by an import",
            edit('SHOWN = "shown"\n', "from limits import WIDTH as SHOWN\n"),
            code="read_in_f_string",
        ),
        must_not(
            "constant of a module that is read by another name only", change("limits.py", "WIDTH = 9", "WIDTH = 10")
        ),
        must_not("constant of the name of a closure's variable", edit("steps = 77", "steps = 78")),
        must_not("function of the name of a local", add("assets.py", "\n\ndef inner(n):\n    return n\n")),
        must_not("function of the name of a method", add("assets.py", "\n\ndef limit(self):\n    return 1\n")),
        must_not("constant of the name of a parameter", add("assets.py", "\n\nvalue = 3\n")),
        must_not("constant of the name of a comprehension's variable", add("assets.py", "\n\nn = 3\n")),
        must_not("constant of the name of an upper local", add("assets.py", "\n\nnumbers, item, key = 1, 2, 3\n")),
        must_not("type alias that only annotations read", edit("Numbers = list[int]", "Numbers = tuple[int, ...]")),
        must_not("class that only annotations name", change("marks.py", "x = 1", "x = 2")),
        must_not("import under TYPE_CHECKING replaced", edit("    from marks import Mark\n", "    Mark = int\n")),
        must_not("constant that hides an unused builtin", add("assets.py", "\n\ncopyright = 1\n")),
    ),
)
