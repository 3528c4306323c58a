"""A project that uses much of Python, in the syntax of 3.11, for what must come out the same in every version.

It holds what versions are known to differ in: how f-strings are cut, type parameters, empty fields of the syntax tree,
what objects of the standard library say of the module they are from, what decorators and dataclasses generate.
"""

from __future__ import annotations

FILES = {
    "shapes.py": '''
"""Classes and constants."""

import collections
import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import pathlib
import re
import typing
import uuid
import zoneinfo
from dataclasses import dataclass, field
from functools import cached_property, total_ordering
from types import MappingProxyType, SimpleNamespace
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypedDict, TypeVar

__all__ = ["HERE", "Colour", "Deep", "Item", "MIXED", "Pair", "Row", "Stack", "WHEN", "tidy"]

T = TypeVar("T")
B = TypeVar("B", bound="Item")
HERE = pathlib.Path("data") / "in.csv"
PLAIN = pathlib.PurePosixPath("/srv/x")
WHEN = dt.datetime(2026, 1, 2, 3, 4, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
STEPS = (dt.date(2026, 1, 1), dt.timedelta(days=1, seconds=2), dt.timezone.utc, dt.time(1, 2))
WORD = re.compile(r"(?P<word>\\w+)\\s*", re.IGNORECASE | re.VERBOSE)
BYTES = re.compile(rb"\\x00+")
MIXED = {1, "one", (2, "two"), None, b"x", 1.5, frozenset({3, "3"})}
EXACT = [decimal.Decimal("1.10"), fractions.Fraction(1, 3), uuid.UUID(int=5), 1j, -0.0, float("inf"), 10**30]
TYPES = {
    "path": pathlib.Path, "pattern": re.Pattern, "callable": collections.abc.Callable, "zone": zoneinfo.ZoneInfo,
    "any": Any, "generic": dict[str, list[int]], "union": int | None, "optional": typing.Optional[str],
    "old": typing.List[int], "ordered": collections.OrderedDict,
    "tuple": tuple[int, ...], "literal": typing.Literal["a", 1],
}
NAMESPACE = SimpleNamespace(a=1, b=[2])
PROXY = MappingProxyType({"a": 1})
COUNTS = collections.Counter("hello")
GROUPS = collections.defaultdict(list, {"a": [1]})
QUEUE = collections.deque([1, 2], maxlen=3)
RANGES = [range(3), slice(1, None, 2), ...]
DOUBLE, HALVE = (lambda x: x * 2), (lambda x: x / 2)
MISSING = dataclasses.MISSING
LENGTH = collections.abc.Sized.__len__


class Colour(enum.Enum):
    RED = enum.auto()
    GREEN = "green"

    @property
    def label(self):
        return f"{self.name.lower()!r:>10}"


class Flags(enum.IntFlag):
    READ = enum.auto()
    WRITE = enum.auto()
    BOTH = READ | WRITE


class Level(enum.StrEnum):
    LOW = enum.auto()


class Row(NamedTuple):
    name: str
    size: "int" = 0

    def grow(self) -> "Row":
        return self._replace(size=self.size + len(TYPES))


class Deep(TypedDict, total=False):
    name: str
    items: "list[Deep]"


class Sized(Protocol):
    def size(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item."""

    name: str
    tags: "set[str]" = field(default_factory=set, compare=False)
    colour: Colour = Colour.RED
    limit: ClassVar[int] = 3

    def __post_init__(self) -> None:
        if len(self.tags) > self.limit:
            raise ValueError(self.name)


@total_ordering
@dataclass(eq=False)
class Pair(Generic[T]):
    first: T
    second: T | None = None
    when: dt.datetime = WHEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pair) and self.first == other.first

    def __lt__(self, other: "Pair[T]") -> bool:
        return str(self.first) < str(other.first)

    def __hash__(self) -> int:
        return super().__hash__()

    @cached_property
    def both(self) -> list[T]:
        return [self.first, *([self.second] if self.second is not None else [])]


class Stack(list[T]):
    """Kept in order."""

    kinds = {"a", "b", 3}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)

    @classmethod
    def of(cls, *each: T) -> "Stack[T]":
        return cls(each)

    @staticmethod
    def join(parts: list[str]) -> str:
        return "-".join(parts)

    class Inner:
        depth = 2

        def show(self):
            return f"{__class__.__name__}{self.depth}"


def tidy(text: str, /, *, width: "int" = 3) -> str:  # type: ignore[no-any-return]
    x = []  # type: list[int]
    for x in range(width):  # type: int
        pass
    return text.strip() + str(x)


Point = collections.namedtuple("Point", "x y", defaults=[1])
Typed = NamedTuple("Typed", [("a", int)])
Record = dataclasses.make_dataclass("Record", [("a", int), ("b", str, field(default="x"))])
Shape = enum.Enum("Shape", "ROUND FLAT")
Keyed = TypedDict("Keyed", {"in": int})
Number = typing.NewType("Number", int)
Plain = type("Plain", (Stack,), {"depth": 3})
DEFAULT_ITEM = Item(name="x", tags={"q", "p"})
DEFAULT_PAIR = Pair(1, 2)
ROW = Row("r", 3)
STACK = Stack.of(1, 2)
''',
    "tools.py": '''
"""Decorators, closures and what they carry."""

import asyncio
import contextlib
import functools
import itertools
import json
import operator
import os.path
import typing
from collections.abc import Callable, Iterator
from typing import Any, overload

import shapes
from shapes import *
from shapes import MISSING, WORD, Flags, Level

REGISTRY: dict[str, Callable[..., Any]] = {}


def register(name: str) -> Callable[..., Any]:
    def keep(function):
        REGISTRY[name] = function
        return function

    return keep


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def scaled(by: float, *, offset=0, kinds=frozenset({"x", 1, None})):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs) * by + offset

        return wrapper

    return decorate


class Retried:
    def __init__(self, times):
        self.times = times

    def __call__(self, function):
        functools.update_wrapper(self, function)
        self.function = function
        return self


def make_adder(step: int) -> Callable[[int], int]:
    pattern = WORD

    def add(number: int) -> int:
        return number + step + len(pattern.pattern)

    return add


@contextlib.contextmanager
def opened(name: str) -> Iterator[str]:
    try:
        yield name
    finally:
        pass


@contextlib.asynccontextmanager
async def opened_later(name):
    yield name


@functools.lru_cache(maxsize=None)
def squared(number: int) -> int:
    return number**2


@functools.cache
@traced
def cubed(number: int) -> int:
    return number**3


@functools.singledispatch
def shown(value):
    return str(value)


@shown.register
def _(value: int) -> str:
    return hex(value)


@overload
def pick(value: int) -> int: ...
@overload
def pick(value: str) -> str: ...
def pick(value):
    return value


@register("first")
def first(values, key=operator.itemgetter(0), *, fill=itertools.repeat, default=MISSING):
    return key(list(values)) if values else default


@register("second")
@scaled(by=2.5, offset=Flags.BOTH)
def second(values: "list[int]") -> float:
    return sum(values)


three = functools.partial(make_adder, step=3)
cast = functools.partial(typing.cast, int | None)
typed = [functools.partial(typing.cast, kind) for kind in (
    typing.Optional[str], typing.List[int], list[int], dict[str, "Item"],
    typing.Callable[[int], str], Callable[..., int],
    typing.Literal["a", 1], typing.Annotated[int, "deep"], typing.Union[int, str], type[int], Pair[int], typing.Any,
    typing.ClassVar[int], typing.Generic,
)]
path_of = functools.partial(os.path.join, "a", b := "b")
bound = "x".join
joined = Stack.of
add_five = make_adder(5)
pairs = [(lambda x: x + 1, "up"), (lambda x: x - 1, "down")]; spare = lambda: squared(4)
encode = json.JSONEncoder(sort_keys=True).encode
''',
    "texts.py": r'''
"""F-strings, and other things that are cut in their own way."""

from shapes import HERE, Item

NAME = "n"


def render(value, width=10, *, items=()):
    number = 3.14159
    inner = f"{f'{value}':>{width}}"
    plain = f"no holes" f" at {'all'}"
    quoted = f"{value!r} {'a' + 'b'} {value!s:<{width}.{3}} {{braces}} {value=} {number = :.2f} {number=!a}"
    empty = f"{value:}{''}" ""
    many = "a" "b" f"c{value}d" "e" f"{width}" rf"\d{value}\n" f"\N{BULLET}{value:%Y-%m-%d}"
    nested = f"{f'{value}' if value else width}" f"""{
        value
    } {items[0] if items else "none"}""" f"{value['a'] if items else 'x'}"
    dated = f"{value:{'%Y' if width else '%d'}-{width:03}x}"
    lamb = f"{(lambda x: x * 2)(3)} {[i for i in range(3)]} { {1: 2}[1] }"
    return inner, plain, quoted, empty, many, nested, dated, lamb


def tell(item: Item) -> str:
    return f"{item.name:>{len(NAME)}}|{HERE}" + "\x00\ud800é😀" + repr(b"\xff'\"")
''',
    "lazy.py": '''
"""Not imported by anything but a function's body."""

from __future__ import annotations

import re
from pathlib import Path

import shapes

KNOWN = {"b", "a", 1}
BASE = Path("x")
MADE = re.compile("a+")


class Late(shapes.Stack):
    size: int = 4

    def run(self, *, deep: set[int] = {3, 2, 1}) -> int:
        return self.size + len(KNOWN) + len(deep)


if KNOWN:
    def choose(x): return x
else:
    def choose(x): return -x


async def wait(): return [y async for y in stream()]


async def stream():
    for z in KNOWN:
        yield z
''',
    "assets.py": '''
"""Assets over all of that."""

import asyncio
import collections.abc as cabc
import functools
import math
import typing as t
from datetime import date

import shapes
import texts
import tools
from assetmake import asset
from shapes import *
from tools import REGISTRY, add_five, opened, pairs, second, three


@asset
def constants() -> list:
    return [
        shapes.HERE, shapes.PLAIN, shapes.WHEN, shapes.STEPS, shapes.WORD, shapes.BYTES, shapes.MIXED, shapes.EXACT,
        shapes.RANGES, shapes.COUNTS, shapes.GROUPS, shapes.PROXY, MIXED,
    ]


@asset
def types() -> list:
    return list(shapes.TYPES)


@asset
def objects() -> list:
    return [shapes.NAMESPACE, shapes.QUEUE, shapes.MISSING, shapes.LENGTH, shapes.T, shapes.B]


@asset
def kinds() -> list:
    return [Colour.RED.label, Item(name="a"), Pair(1), Row("a").grow(), Stack.of(1), shapes.DEFAULT_ITEM, shapes.ROW,
            shapes.Point(1), shapes.Typed(1), shapes.Record(1), shapes.Shape.FLAT, shapes.Keyed, shapes.Number,
            shapes.Plain, shapes.DEFAULT_PAIR, shapes.STACK, shapes.Flags.BOTH,
            shapes.Level.LOW, Deep(name="x"), shapes.Sized]


@asset
def lambdas() -> float:
    return shapes.DOUBLE(2) + shapes.HALVE(4) + pairs[0][0](1) + tools.spare()


@asset
def texted(constants: "list[t.Any]") -> list:
    return [texts.render(1), texts.tell(Item(name="b"))]


@asset
@tools.traced
@tools.scaled(3, offset=1)
def wrapped() -> int:
    with opened("a"), open("b") as (c):
        return add_five(1) + three()(2) + second([1]) + tools.squared(3) + tools.cubed(2) + len(tools.shown(3))


@tools.Retried(times=3)
def again():
    return 1


@asset
def carried() -> list:
    return [REGISTRY["first"]([1]), tools.path_of("c"), tools.bound(["a"]), tools.joined(1), tools.encode({}), again,
            tools.pick(1), tools.first([2]), tools.cast(1), tools.typed]


@asset
def matched(kinds: list[int]) -> int:
    match kinds:
        case [Item(name="a", tags=set()) as found, *rest] if False:
            return 1
        case {"key": [1 | 2, *_], **others} if others:
            return 2
        case Row(name=str(), size=-1) | Colour.RED | None | "text":
            return 3
        case [int(), str() as words]:
            return len(words)
        case -1.5 | 2 + 3j:
            return 4
        case _:
            return 5

@asset
async def later() -> list:
    async with tools.opened_later("x") as name:
        await asyncio.sleep(0)
    async for each in tools.opened_later("y").gen:
        yield each


@asset
def comprehended(matched: int, lambdas: "float") -> list:
    if (n := len(MIXED)) > 3 and not (m := n):
        del m
    squares = [y for x in range(n) if (y := x**2) > 1 for z in (x, y)]
    table = {k: {v, *squares} for k, v in zip("ab", [1, 2], strict=True)}
    total: int = sum(a @ b if False else a for a, b in [(1, 2)])
    total += 1; total **= 2; total //= 3; total <<= 1
    odd: "list[int]"
    first, *others = squares or [0]
    try:
        raise ValueError("x") from None
    except* (ValueError, TypeError) as group:
        print(group, *others, sep="")
    else:
        pass
    finally:
        assert table, "empty"
    while total:
        total = 0
    else:
        total = 1
    global LAST
    LAST = lambda *args, key=1, **kwargs: (args, key, kwargs)
    return [*squares, first, table["a":"b", ...] if False else 0, not n, ~n, n if n else -n, 0xFF, 1_000, 1e3]


def make(size: int, kind: type = Pair):
    @asset(name=f"made_{size}", partitions_def=None)
    def made() -> int:
        def inner(x: int = size, *, y: "t.Optional[int]" = None) -> int:
            nonlocal_size = size

            def innermost() -> int:
                nonlocal nonlocal_size
                nonlocal_size += 1
                return nonlocal_size + (y or 0)

            return innermost() + x

        return inner() + len(str(kind))

    return made


made_one, made_two = make(1), make(2, Item)


@asset
def lazily() -> int:
    import lazy
    from lazy import Late, choose as chosen

    return Late().run() + chosen(1) + len(lazy.KNOWN) + asyncio.run(lazy.wait()) + len(str(lazy.BASE) + str(lazy.MADE))


@asset
def whole() -> list:
    return [shapes, math, cabc, functools.reduce, date.today, getattr(tools, "first"), print, len]


@asset
def classes() -> object:
    class Local(Pair[int]):
        """Doc."""

        size: int = 3
        other: "str"
        names = [n for n in ("a", "b")]

        def __init__(self, value: int) -> None:
            super().__init__(value)
            self.value: int = value

        @property
        def doubled(self) -> int:
            "Double."
            return self.value * self.size

        @doubled.setter
        def doubled(self, value): self.value = value // 2

    return Local

''',
}
