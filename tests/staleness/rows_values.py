"""Values: constants of modules count by value where they are simple data, else by how they are assigned."""

from __future__ import annotations

from edits import Theme, add, change, must, must_not

READ = {
    "SECONDS": "60 * 60",
    "MASK": "0xFF",
    "NAME": '"north" "east"',
    "RATE": "0.5",
    "MAGIC": 'b"PK"',
    "NOTHING": "None",
    "FLAG": "1",
    "CODE": "5",
    "SIDES": '("left", "right")',
    "STEPS": "[1, 2, 3]",
    "PRICES": '{"tea": 2, "coffee": 3}',
    "VOWELS": '{"a", "e", "i"}',
    "FROZEN": 'frozenset({"x", "y"})',
    "FOLDER": 'Path("raw") / "2026"',
    "START": "date(2026, 1, 31)",
    "NOON": "datetime(2026, 1, 31, 12, tzinfo=timezone.utc)",
    "WAIT": "timedelta(days=1)",
    "TAX": 'Decimal("1.5")',
    "PATTERN": 're.compile("a+")',
    "NESTED": '{"a": [1, {"b": (2, 3)}], "c": {4, 5}}',
    "DERIVED": "SECONDS * HOURS",
    "ANNOTATED: Final[int]": "21",
    "LOW, HIGH": "(1, 9)",
    "CHOSEN": '"one" if sys.maxsize > 1 else "two"',
    "SQUARES": "{n: n * n for n in range(4)}",
    "RANGE": "range(3)",
    "BIG": "10**40",
    "COLUMN": 'TableColumn("a", "int")',
}
HEAD = """
import re
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Final

import limits
from assetmake import TableColumn, asset

HOURS = 24
UNREAD = 1
"""
REST = """
GROWING = ["a"]
GROWING.append("b")
TWICE = "first"
TWICE = "second"
if HOURS > 1:
    CONDITION = "long"
else:
    CONDITION = "short"


class Client:
    retries = 3

    def __init__(self, address):
        self.address = address

    def __repr__(self):
        return f"{self.address} {self.retries}"


ADDRESS = "localhost"
CLIENT = Client(ADDRESS)
LOOKUP = {"client": Client("other")}


def greet(name, greeting=NAME, pause=HOURS * 2):
    return [greeting, name, pause]


@asset
def client() -> str:
    return repr(CLIENT)


@asset
def lookup() -> str:
    return repr(LOOKUP["client"])


@asset
def growing() -> list:
    return GROWING


@asset
def twice() -> str:
    return TWICE


@asset
def condition() -> str:
    return CONDITION


@asset
def low() -> int:
    return LOW


@asset
def greeted() -> list:
    return greet("Ada")


def add_rate(n):
    return n + RATE


@asset
def through_helper() -> float:
    return add_rate(1)


@asset
def elsewhere() -> int:
    return limits.LARGEST


@asset
def default_of_asset(count=HOURS, step=2) -> list:
    return [count, step]
"""


def write_reader(target: str) -> str:
    name = target.split(":")[0].split()[-1]
    return f"\n\n@asset\ndef read_{name.lower()}() -> str:\n    return str({name})\n"


CONSTANTS = "".join(f"{name} = {value}\n" for name, value in READ.items())
READERS = "".join(map(write_reader, READ))
READERS = (
    READERS.replace("str(CODE)", "repr(CODE)")
    .replace("str(VOWELS)", "str(sorted(VOWELS))")
    .replace("str(FROZEN)", "str(sorted(FROZEN))")
)
READERS = READERS.replace("str(NESTED)", 'str([NESTED["a"], sorted(NESTED["c"])])')
LIMITS = "SMALLEST = 1\nLARGEST = SMALLEST + 98\nOTHER = 7\n"


def edit(old: str, new: str):
    return change("assets.py", old, new)


def assign(name: str, value: str):
    return edit(f"\n{name} = {READ[name]}\n", f"\n{name} = {value}\n")


VALUES = Theme(
    "values",
    {"assets.py": HEAD + CONSTANTS + REST + READERS, "limits.py": LIMITS},
    (
        must("value of a constant", assign("MASK", "0xFE"), code="read_mask"),
        must(
            "value of a constant that another is computed from",
            assign("SECONDS", "60 * 61"),
            code="read_seconds read_derived",
        ),
        must("constant that many read", edit("HOURS = 24", "HOURS = 25"), code="read_derived greeted default_of_asset"),
        must("string", assign("NAME", '"north" "west"'), code="read_name greeted"),
        must("float", assign("RATE", "0.25"), code="read_rate through_helper"),
        must("bytes", assign("MAGIC", 'b"PX"'), code="read_magic"),
        must("None to 0", assign("NOTHING", "0"), code="read_nothing"),
        must("1 to True", assign("FLAG", "True"), code="read_flag"),
        must("1 to 1.0", assign("FLAG", "1.0"), code="read_flag"),
        must("number to text", assign("CODE", '"5"'), code="read_code"),
        must("tuple", assign("SIDES", '("left", "middle")'), code="read_sides"),
        must("list", assign("STEPS", "[1, 2, 4]"), code="read_steps"),
        must("list to tuple", assign("STEPS", "(1, 2, 3)"), code="read_steps"),
        must("dict", assign("PRICES", '{"tea": 2, "coffee": 4}'), code="read_prices"),
        must("dict in another order", assign("PRICES", '{"coffee": 3, "tea": 2}'), code="read_prices"),
        must("set", assign("VOWELS", '{"a", "e", "o"}'), code="read_vowels"),
        must("frozenset", assign("FROZEN", 'frozenset({"x", "z"})'), code="read_frozen"),
        must("path", assign("FOLDER", 'Path("raw") / "2025"'), code="read_folder"),
        must("date", assign("START", "date(2026, 1, 30)"), code="read_start"),
        must("datetime", assign("NOON", "datetime(2026, 1, 31, 13, tzinfo=timezone.utc)"), code="read_noon"),
        must(
            "time zone of a datetime",
            assign("NOON", "datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=1)))"),
            code="read_noon",
        ),
        must("timedelta", assign("WAIT", "timedelta(days=2)"), code="read_wait"),
        must("decimal", assign("TAX", 'Decimal("1.50")'), code="read_tax"),
        must("pattern", assign("PATTERN", 're.compile("a*")'), code="read_pattern"),
        must("flags of a pattern", assign("PATTERN", 're.compile("a+", re.I)'), code="read_pattern"),
        must("value deep in another", assign("NESTED", '{"a": [1, {"b": (2, 4)}], "c": {4, 5}}'), code="read_nested"),
        must("one of two unpacked", assign("LOW, HIGH", "(1, 8)"), code="read_high"),
        must("comprehension of a constant", assign("SQUARES", "{n: n * n for n in range(5)}"), code="read_squares"),
        must("range", assign("RANGE", "range(4)"), code="read_range"),
        must("number of many digits", assign("BIG", "10**40 + 1"), code="read_big"),
        must("what is told of a table", assign("COLUMN", 'TableColumn("a", "float")'), code="read_column"),
        must("constant in another module", change("limits.py", "+ 98", "+ 99"), code="elsewhere"),
        must(
            "constant behind one in another module",
            change("limits.py", "SMALLEST = 1", "SMALLEST = 2"),
            code="elsewhere",
        ),
        must(
            "list that grows below its assignment", edit('GROWING.append("b")', 'GROWING.append("c")'), code="growing"
        ),
        must("second assignment of a name", edit('TWICE = "second"', 'TWICE = "third"'), code="twice"),
        must("branch that is taken", edit('CONDITION = "long"', 'CONDITION = "far"'), code="condition"),
        must("argument of an instance, by name", edit('ADDRESS = "localhost"', 'ADDRESS = "remote"'), code="client"),
        must("class of an instance", edit("retries = 3", "retries = 4"), code="client lookup"),
        must("instance within a dict", edit('Client("other")', 'Client("third")'), code="lookup"),
        must("computed default of a helper", edit("HOURS * 2", "HOURS * 3"), code="greeted"),
        must("literal default of an asset", edit("step=2", "step=3"), code="default_of_asset"),
        must("reads of a constant", edit("n + RATE", "n - RATE"), code="through_helper"),
        must_not("product to its result", assign("SECONDS", "3600")),
        must_not("hexadecimal to decimal", assign("MASK", "255")),
        must_not("pieces of a string joined", assign("NAME", '"northeast"')),
        must_not("exponent", assign("RATE", "5e-1")),
        must_not("bytes spelled otherwise", assign("MAGIC", 'b"\\x50K"')),
        must_not("set literal in another order", assign("VOWELS", '{"i", "e", "a"}')),
        must_not("set with an element twice", assign("VOWELS", '{"a", "e", "i", "a"}')),
        must_not("frozenset from a list", assign("FROZEN", 'frozenset(["y", "x"])')),
        must_not("tuple spelled otherwise", assign("SIDES", 'tuple(["left", "right"])')),
        must_not("list spelled otherwise", assign("STEPS", "[*range(1, 4)]")),
        must_not("dict by keywords", assign("PRICES", "dict(tea=2, coffee=3)")),
        must_not("path spelled otherwise", assign("FOLDER", 'Path("raw/2026")')),
        must_not("date spelled otherwise", assign("START", 'date.fromisoformat("2026-01-31")')),
        must_not("timedelta spelled otherwise", assign("WAIT", "timedelta(hours=24)")),
        must_not("pattern spelled otherwise", assign("PATTERN", 're.compile(r"a" "+")')),
        must_not("nested value spelled otherwise", assign("NESTED", 'dict(a=[1, {"b": (1 + 1, 3)}], c={5, 4})')),
        must_not("column spelled otherwise", assign("COLUMN", 'TableColumn(name="a", type="int")')),
        must_not("annotation of a constant", edit("ANNOTATED: Final[int] =", "ANNOTATED =")),
        must_not("first assignment of a name", edit('TWICE = "first"', 'TWICE = "earliest"')),
        must_not("branch that is not taken", edit('CONDITION = "short"', 'CONDITION = "near"')),
        must_not("condition spelled otherwise", edit("if HOURS > 1:", "if HOURS >= 2:")),
        must_not("constant that nobody reads", edit("UNREAD = 1", "UNREAD = 2")),
        must_not("constant that nobody reads, in a used module", change("limits.py", "OTHER = 7", "OTHER = 8")),
        must_not("constant added", add("assets.py", "\nMORE = 3\n")),
        must_not("constants in another order", edit("MASK = 0xFF\n", ""), edit("\nSECONDS", "\nMASK = 0xFF\nSECONDS")),
        must_not(
            "constant moved behind a name",
            edit("timedelta(days=1)", "ONE_DAY"),
            edit("UNREAD = 1\n", "UNREAD = 1\nONE_DAY = timedelta(days=1)\n"),
        ),
    ),
)
