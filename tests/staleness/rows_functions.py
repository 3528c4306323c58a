"""Functions: an asset's own body, its helpers near and far, and every kind of function there is."""

from __future__ import annotations

from edits import Theme, add, change, must, must_not, remove

ASSETS = """
import asyncio
from contextlib import contextmanager
from functools import lru_cache, partial, reduce

import tools
from assetmake import asset


def doubled(n):
    return n * 2


def tripled(n):
    return n + doubled(n)


def unused(n):
    return n - 1


@asset
def own() -> int:
    number = 40
    return number + 2


@asset
def below_own(own: int) -> int:
    return own + 100


@asset
def same_file() -> int:
    return doubled(21)


@asset
def two_steps() -> int:
    return tripled(5)


@asset
def other_file() -> int:
    return tools.tenfold(7)


@asset
def other_file_two_steps() -> int:
    return tools.hundredfold(7)


def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


@asset
def recursion() -> int:
    return factorial(5)


def ping(n):
    return 1 if n < 1 else 2 + pong(n - 1)


def pong(n):
    return 3 if n < 1 else 4 + ping(n - 1)


@asset
def from_ping() -> int:
    return ping(6)


@asset
def from_pong() -> int:
    return pong(6)


def countdown(n):
    while n > 0:
        yield n
        n -= 1


@asset
def generator() -> list:
    return list(countdown(3))


async def fetch(n):
    return n + 11


async def fetch_twice(n):
    return [await fetch(n), await fetch(n + 1)]


@asset
def awaited() -> list:
    return asyncio.run(fetch_twice(1))


@contextmanager
def opened(name):
    yield name + "-opened"


@asset
def in_context() -> str:
    with opened("door") as door:
        return door


@lru_cache(maxsize=None)
def costly(n):
    return n**2


@asset
def cached() -> int:
    return costly(9)


less = lambda n: n - 31
more = lambda n: n + 31


@asset
def by_lambda() -> int:
    return less(50)


def combine(a, b, sign=1):
    return a * 1000 + sign * b


combine_nine = partial(combine, 9)
combine_minus = partial(combine, b=5, sign=-1)


@asset
def by_partial() -> int:
    return combine_nine(4)


@asset
def by_keyword_partial() -> int:
    return combine_minus(4)


def strip_it(text):
    return text.strip(" .")


def lower_it(text):
    return text.lower()


def shout_it(text):
    return text.upper() + "!"


STEPS = [strip_it, lower_it]
LOUDNESS = {"quiet": lower_it, "loud": shout_it}


def apply_all(steps, text):
    return reduce(lambda done, step: step(done), steps, text)


@asset
def steps() -> str:
    return apply_all(STEPS, "  Some. Text.  ")


@asset
def registry() -> str:
    return LOUDNESS["loud"]("Aha")


def twice(function, value):
    return function(function(value))


def halve(n):
    return n / 2


@asset
def passed_on() -> float:
    return twice(halve, 100)


def total(rows):
    def weigh(row):
        return row * 13

    return sum(weigh(row) for row in rows if (left := row % 7) and left > 1)


@asset
def nested() -> int:
    return total(range(20))


def kind_of(value):
    match value:
        case []:
            return "empty"
        case [int(), *_]:
            return "numbers"
        case {"name": name}:
            return f"named {name}"
        case _:
            return "other"


@asset
def matched() -> list:
    return [kind_of([]), kind_of([1]), kind_of({"name": "x"}), kind_of(0)]


def with_defaults(a, b=61, *, c=62):
    return [a, b, c]


@asset
def defaults_of_helper() -> list:
    return with_defaults(1)
"""
TOOLS = """
def tenfold(n):
    return n * 10


def hundredfold(n):
    return tenfold(tenfold(n))


def unused_tool(n):
    return n - 3
"""


def edit(old: str, new: str):
    return change("assets.py", old, new)


FUNCTIONS = Theme(
    "functions",
    {"assets.py": ASSETS, "tools.py": TOOLS, "never_imported.py": "def lost(n):\n    return n\n"},
    (
        must("own body", edit("number + 2", "number + 3"), code="own", waiting="below_own"),
        must("own body at the end of a chain", edit("own + 100", "own + 101"), code="below_own"),
        must(
            "own body, to the same result",
            edit("number + 2", "2 + number"),
            code="own",
            waiting="below_own",
            beyond="a body counts by how it is written",
        ),
        must("helper in the same file", edit("n * 2\n", "n * 3\n"), code="same_file two_steps"),
        must("helper that calls a helper", edit("n + doubled(n)", "1 + doubled(n)"), code="two_steps"),
        must(
            "helper in another module",
            change("tools.py", "tenfold(tenfold(n))", "tenfold(n)"),
            code="other_file_two_steps",
        ),
        must(
            "helper of a helper, in another file",
            change("tools.py", "n * 10", "n * 11"),
            code="other_file other_file_two_steps",
        ),
        must("function that calls itself", edit("1 if n < 2", "2 if n < 2"), code="recursion"),
        must("one of two functions that call each other", edit("2 + pong", "20 + pong"), code="from_ping from_pong"),
        must("the other of two functions", edit("4 + ping", "40 + ping"), code="from_ping from_pong"),
        must("generator", edit("n -= 1", "n -= 2"), code="generator"),
        must("async function", edit("n + 11", "n + 12"), code="awaited"),
        must("async function that awaits another", edit("fetch(n + 1)]", "fetch(n + 2)]"), code="awaited"),
        must("context manager", edit('"-opened"', '"-ajar"'), code="in_context"),
        must("function under lru_cache", edit("n**2", "n**3"), code="cached"),
        must("lambda of the module", edit("n - 31", "n - 32"), code="by_lambda"),
        must("function in a partial", edit("a * 1000", "a * 100"), code="by_partial by_keyword_partial"),
        must("argument in a partial", edit("partial(combine, 9)", "partial(combine, 8)"), code="by_partial"),
        must("keyword in a partial", edit("b=5, sign", "b=6, sign"), code="by_keyword_partial"),
        must("function in a list of steps", edit('strip(" .")', "strip()"), code="steps"),
        must(
            "list of steps in another order", edit("STEPS = [strip_it, lower_it]", "STEPS = [lower_it]"), code="steps"
        ),
        must("function in a registry", edit('+ "!"', '+ "!!"'), code="registry"),
        must(
            "function in a registry under another key",
            edit("text.lower()", "text.casefold() + '.'"),
            code="registry steps",
            beyond="a registry counts as a whole, whichever key is read",
        ),
        must("function passed as an argument", edit("n / 2", "n / 4"), code="passed_on"),
        must("function that takes a function", edit("function(function(value))", "function(value)"), code="passed_on"),
        must("nested function", edit("row * 13", "row * 14"), code="nested"),
        must("walrus in a comprehension", edit("left := row % 7", "left := row % 6"), code="nested"),
        must("case of a match", edit('return "numbers"', 'return "digits"'), code="matched"),
        must("default of a helper", edit("b=61", "b=71"), code="defaults_of_helper"),
        must("keyword-only default of a helper", edit("c=62", "c=72"), code="defaults_of_helper"),
        must_not("unused function in the same file", edit("return n - 1\n\n\n@asset", "return n - 9\n\n\n@asset")),
        must_not("unused function removed", edit("def unused(n):\n    return n - 1\n", "")),
        must_not("unused function renamed", edit("def unused(n)", "def idle(n)")),
        must_not("unused function in a used module", change("tools.py", "n - 3", "n - 4")),
        must_not(
            "unused function removed from a used module",
            change("tools.py", "def unused_tool(n):\n    return n - 3\n", ""),
        ),
        must_not("unused lambda", edit("n + 31", "n + 32")),
        must_not("function added below", add("assets.py", "\n\ndef added(n):\n    return doubled(n)\n")),
        must_not("function added to a used module", add("tools.py", "\n\ndef added(n):\n    return tenfold(n)\n")),
        must_not("class added to a used module", add("tools.py", "\n\nclass Added:\n    x = 1\n")),
        must_not("module that nobody imports", change("never_imported.py", "return n", "return -n")),
        must_not("module that nobody imports, deleted", remove("never_imported.py")),
        must_not("unused import", edit("import asyncio\n", "import asyncio\nimport json\n")),
        must_not("unused import of a project module", edit("import tools\n", "import never_imported\nimport tools\n")),
        must(
            "import of a standard module by another name",
            edit("import asyncio\n", "import asyncio as aio\n"),
            edit("asyncio.run", "aio.run"),
            code="awaited",
            beyond="the name stands in the body",
        ),
        must(
            "body that raises", edit("return doubled(21)", "return doubled(undefined)"), code="same_file", proved=False
        ),
        must(
            "helper replaced by an import",
            edit("def doubled(n):\n    return n * 2\n", "from tools import tenfold as doubled\n"),
            code="same_file two_steps",
        ),
        must_not("comment in a generator", edit("        n -= 1\n", "        n -= 1  # down\n")),
        must_not("docstring of an async function", edit("async def fetch(n):\n", "async def fetch(n):\n    'Wait.'\n")),
        must_not("parentheses around a lambda", edit("less = lambda n: n - 31", "less = (lambda n: (n - 31))")),
        must_not("argument in a partial, spelled otherwise", edit("partial(combine, 9)", "partial(combine, 3 * 3)")),
        must_not(
            "partial that nobody calls", edit("combine_minus =", "combine_ten = partial(combine, 10)\ncombine_minus =")
        ),
        must_not(
            "list of steps spelled otherwise", edit("STEPS = [strip_it, lower_it]", "STEPS = [strip_it] + [lower_it]")
        ),
        must_not("registry with a trailing comma", edit('"loud": shout_it}', '"loud": shout_it,}')),
        must_not("docstring of a context manager", edit("def opened(name):\n", "def opened(name):\n    'Open.'\n")),
        must_not("blank line in a match", edit('return "numbers"\n', 'return "numbers"\n\n')),
        must_not(
            "functions that call each other, in another order",
            edit("def ping(n):\n    return 1 if n < 1 else 2 + pong(n - 1)\n", ""),
            add("assets.py", "\n\ndef ping(n):\n    return 1 if n < 1 else 2 + pong(n - 1)\n"),
        ),
    ),
)
