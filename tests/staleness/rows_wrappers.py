"""Wrappers: decorators of the project, closures, and functions that factories make."""

from __future__ import annotations

from edits import Theme, change, must, must_not

ASSETS = """
from functools import partial, wraps

from assetmake import asset
from marking import marked, Counted

GREETING = "hello"


def kept(function):
    @wraps(function)
    def call(*args, **kwargs):
        return [function(*args, **kwargs), "kept"]

    return call


def bare(function):
    def call():
        return [function(), "bare"]

    return call


def times(count):
    def decorate(function):
        @wraps(function)
        def call(*args, **kwargs):
            return [function(*args, **kwargs)] * count

        return call

    return decorate


def registered(function):
    NAMES.append("registered")
    return function


def unused_decorator(function):
    return function


NAMES = []


@asset
@kept
def with_wraps() -> list:
    return [1]


@asset(name="without_wraps")
@bare
def without_wraps() -> list:
    return [2]


@asset
@times(3)
def with_arguments() -> list:
    return [3]


@asset
@kept
@times(2)
def stacked() -> list:
    return [4]


@asset
@marked
def from_elsewhere() -> list:
    return [5]


@asset
@registered
def same_function() -> list:
    return [6]


@Counted
def counted_helper():
    return 7


@asset
def by_class() -> list:
    return counted_helper()


@kept
def wrapped_helper(word):
    return word + GREETING


@asset
def helper_with_wraps() -> list:
    return wrapped_helper("oh ")


@bare
def bare_helper():
    return "bare helper"


@asset
def helper_without_wraps() -> list:
    return bare_helper()


def make_scaler(factor):
    base = factor * 10

    def scale(n):
        return n + base

    return scale


scale_by_four = make_scaler(4)
scale_by_six = make_scaler(6)


@asset
def by_four() -> int:
    return scale_by_four(1)


@asset
def by_six() -> int:
    return scale_by_six(1)


powers = {}
for exponent in (2, 3):
    def power(n, exponent=exponent):
        return n**exponent

    powers[exponent] = power
square, cube = powers[2], powers[3]


@asset
def squared() -> int:
    return square(5)


@asset
def cubed() -> int:
    return cube(5)


def shorten(text, size):
    return text[:size]


def make_report(name, limit, transform):
    heading = name.title()

    @asset(name=f"report_{name}")
    def report() -> list:
        return [heading, transform("abcdefgh"), limit * 3]

    return report


for name, limit in (("small", 1), ("large", 100)):
    globals()[f"report_{name}"] = make_report(name, limit, partial(shorten, size=limit))


def make_named(label):
    @asset(name=label, description=f"for {label}")
    def named() -> int:
        return 1

    return named


named_one = make_named("one")
"""
MARKING = """
from functools import wraps

STAMP = "stamp"


def stamp(value):
    return [value, STAMP]


def marked(function):
    @wraps(function)
    def call():
        return stamp(function())

    return call


class Counted:
    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return [self.function(), self.calls]


def unmarked(function):
    return function
"""


def edit(old: str, new: str):
    return change("assets.py", old, new)


def mark(old: str, new: str):
    return change("marking.py", old, new)


WRAPPERS = Theme(
    "wrappers",
    {"assets.py": ASSETS, "marking.py": MARKING},
    (
        must("decorator with functools.wraps", edit('"kept"]', '"held"]'), code="with_wraps stacked helper_with_wraps"),
        must(
            "decorator without functools.wraps", edit('"bare"]', '"naked"]'), code="without_wraps helper_without_wraps"
        ),
        must("body under a decorator without functools.wraps", edit("return [2]", "return [22]"), code="without_wraps"),
        must("body under a decorator with functools.wraps", edit("return [1]", "return [11]"), code="with_wraps"),
        must("decorator with arguments", edit("] * count", "] * (count + 1)"), code="with_arguments stacked"),
        must("argument of a decorator", edit("@times(3)", "@times(4)"), code="with_arguments"),
        must("decorators in another order", edit("@kept\n@times(2)", "@times(2)\n@kept"), code="stacked"),
        must("decorator removed", edit("@kept\n@times(2)", "@times(2)"), code="stacked"),
        must("decorator from another module", mark("stamp(function())", "[function()]"), code="from_elsewhere"),
        must("helper of a decorator", mark("[value, STAMP]", "[STAMP, value]"), code="from_elsewhere"),
        must("constant of a decorator's helper", mark('"stamp"', '"seal"'), code="from_elsewhere"),
        must(
            "decorator that gives the same function back",
            edit("    return function\n\n\ndef unused", "    return kept(function)\n\n\ndef unused"),
            code="same_function",
        ),
        must("class as a decorator", mark("self.calls += 1", "self.calls += 2"), code="by_class"),
        must("body under a class as a decorator", edit("return 7", "return 77"), code="by_class"),
        must("decorated helper", edit("word + GREETING", "word"), code="helper_with_wraps"),
        must("constant of a decorated helper", edit('"hello"', '"hi"'), code="helper_with_wraps"),
        must("helper under a decorator without wraps", edit('"bare helper"', '"help"'), code="helper_without_wraps"),
        must("value that a closure captures", edit("make_scaler(4)", "make_scaler(5)"), code="by_four"),
        must("body of a closure", edit("n + base", "n - base"), code="by_four by_six"),
        must("what a factory computes for its closures", edit("factor * 10", "factor * 20"), code="by_four by_six"),
        must(
            "one value of a loop that defines functions",
            edit("(2, 3):\n    def", "(2, 4):\n    def"),
            edit("powers[3]", "powers[4]"),
            code="cubed",
        ),
        must("body of a function defined in a loop", edit("n**exponent", "-(n**exponent)"), code="squared cubed"),
        must("one value of a factory's loop", edit('("large", 100)', '("large", 101)'), code="report_large"),
        must("body of assets that a factory makes", edit("limit * 3", "limit * 4"), code="report_small report_large"),
        must(
            "function that a factory is given",
            edit("text[:size]", "text[:size + 1]"),
            code="report_small report_large",
            beyond="the longer text is cut before its end",
        ),
        must(
            "what a factory computes for its assets",
            edit("name.title()", "name.upper()"),
            code="report_small report_large",
        ),
        must(
            "asset added to a factory's loop",
            edit('(("small", 1), ', '(("small", 1), ("none", 0), '),
            missing="report_none",
            proved=False,
        ),
        must_not(
            "factory's loop in another order", edit('(("small", 1), ("large", 100))', '(("large", 100), ("small", 1))')
        ),
        must_not("loop that defines functions, in another order", edit("(2, 3):\n    def", "(3, 2):\n    def")),
        must_not("function added to a loop that defines functions", edit("(2, 3):\n    def", "(2, 3, 4):\n    def")),
        must_not(
            "closure that nobody calls added", edit("scale_by_six =", "scale_by_nine = make_scaler(9)\nscale_by_six =")
        ),
        must_not(
            "comment in a decorator",
            edit(
                "    def call():\n        return [function(), ",
                "    # no arguments\n    def call():\n        return [function(), ",
            ),
        ),
        must_not(
            "docstring of a decorator", edit("def kept(function):\n", 'def kept(function):\n    """Keep it."""\n')
        ),
        must_not(
            "decorator that nobody uses",
            edit(
                "def unused_decorator(function):\n    return function",
                "def unused_decorator(function):\n    return None",
            ),
        ),
        must_not(
            "decorator that nobody uses, in a used module",
            mark("def unmarked(function):\n    return function", "def unmarked(function):\n    return None"),
        ),
        must_not("annotations of a decorator", edit("def times(count):", "def times(count: int) -> object:")),
        must_not("description that a factory computes", edit('f"for {label}"', 'f"about {label}"')),
        must_not("captured value spelled otherwise", edit("make_scaler(4)", "make_scaler(2 * 2)")),
        must_not("loop that defines functions, spelled otherwise", edit("in (2, 3):", "in range(2, 4):")),
        must_not(
            "factory's loop spelled otherwise",
            edit('(("small", 1), ("large", 100))', '{"small": 1, "large": 100}.items()'),
        ),
        must_not("annotations of a factory", edit("def make_scaler(factor):", "def make_scaler(factor: float):")),
        must_not("docstring of a closure", edit("    def scale(n):\n", "    def scale(n):\n        'Scale.'\n")),
    ),
)
