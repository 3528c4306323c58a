"""Classes of the project: a class is one unit, with its bases, its metaclass and what its methods refer to."""

from __future__ import annotations

from edits import Theme, add, change, must, must_not

ASSETS = """
from collections import namedtuple
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import cached_property
from typing import ClassVar, NamedTuple, Protocol, TypedDict

import shapes
from assetmake import asset
from shapes import Measured

UNIT = "cm"


def with_unit(value):
    return f"{value} {UNIT}"


class Square(Measured):
    sides = 4

    def __init__(self, size):
        self.size = size + 0

    def area(self):
        return self.size**2

    @property
    def label(self):
        return with_unit(self.size)

    @cached_property
    def edge(self):
        return self.size * self.sides

    @staticmethod
    def halve(size):
        return size / 2

    @classmethod
    def unit(cls):
        return cls(1)

    def unused_method(self):
        return 0


class Cube(Square):
    def volume(self):
        return self.area() * self.size


class UnusedShape(Measured):
    def area(self):
        return -1


@asset
def square() -> list:
    return [Square(3).area(), Square(3).label, Square(3).edge, Square.halve(3), Square.unit().size]


@asset
def inherited() -> str:
    return Square(2).describe()


@asset
def cube() -> int:
    return Cube(2).volume()


@dataclass(frozen=True)
class Options:
    width: int = 10
    names: list = field(default_factory=lambda: ["n"])
    scale: ClassVar[int] = 2

    def __post_init__(self):
        object.__setattr__(self, "width", self.width * self.scale)


OPTIONS = Options()
WIDE = Options(width=99)


@asset
def options() -> list:
    return [OPTIONS.width, OPTIONS.names]


@asset
def wide() -> int:
    return WIDE.width


class Colour(Enum):
    RED = "r"
    BLUE = "b"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


DEFAULT_COLOUR = Colour.RED


@asset
def member() -> str:
    return Colour.RED.value


@asset
def member_constant() -> str:
    return DEFAULT_COLOUR.value


@asset
def level() -> int:
    return int(Level.HIGH)


class Point(NamedTuple):
    x: int = 0
    y: int = 0


class Movie(TypedDict):
    title: str
    year: int


Pair = namedtuple("Pair", "left right")


@asset
def point() -> list:
    return list(Point(x=1))


@asset
def movie() -> list:
    return sorted(Movie.__annotations__)


@asset
def pair() -> list:
    return list(Pair._fields)


def sealed(cls):
    cls.seal = "wax"
    return cls


@sealed
class Letter:
    pass


@asset
def letter() -> str:
    return Letter.seal


class Registry(type):
    def __new__(mcls, name, bases, body):
        body["known"] = name.lower()
        return super().__new__(mcls, name, bases, body)


class Plugin(metaclass=Registry):
    pass


@asset
def plugin() -> str:
    return Plugin.known


class Adder:
    def __init__(self, amount):
        self.amount = amount

    def __call__(self, n):
        return n + self.amount


ADD_TWO = Adder(2)
ADD_SIX = Adder(6)


@asset
def added_two() -> int:
    return ADD_TWO(1)


@asset
def added_six() -> int:
    return ADD_SIX(1)


class Refused(Exception):
    text = "refused"


def refuse():
    raise Refused


@asset
def refusal() -> str:
    try:
        refuse()
    except Refused as error:
        return error.text


class Sized(Protocol):
    def size(self) -> int: ...


def measure(thing: Sized) -> int:
    return len(thing)


@asset
def measured() -> int:
    return measure("four")


class Outer:
    class Inner:
        depth = 2


@asset
def inner_class() -> int:
    return Outer.Inner.depth


@asset
def far_class() -> int:
    return shapes.Circle(2).area()
"""
SHAPES = '''
PI = 3


class Measured:
    """Can say what it is."""

    def describe(self):
        return f"area {self.area()}"


class Circle(Measured):
    def __init__(self, radius):
        self.radius = radius

    def area(self):
        return PI * self.radius**2


class Triangle(Measured):
    sides = 3
'''
SQUARES = "square inherited cube"


def edit(old: str, new: str):
    return change("assets.py", old, new)


def shape(old: str, new: str):
    return change("shapes.py", old, new)


WHOLE = "a class counts as a whole, whichever of its methods is called"

CLASSES = Theme(
    "classes",
    {"assets.py": ASSETS, "shapes.py": SHAPES},
    (
        must("method", edit("self.size**2", "self.size**3"), code=SQUARES),
        must("constructor", edit("size + 0", "size + 1"), code=SQUARES),
        must("property", edit("with_unit(self.size)", "with_unit(-self.size)"), code=SQUARES, beyond=WHOLE),
        must("cached property", edit("self.size * self.sides", "self.sides"), code=SQUARES, beyond=WHOLE),
        must("static method", edit("size / 2", "size / 4"), code=SQUARES, beyond=WHOLE),
        must("method that nobody calls", edit("return 0", "return 1"), code=SQUARES, beyond=WHOLE),
        must(
            "method added to a used class",
            edit("    def unused_method", "    def more(self):\n        return 1\n\n    def unused_method"),
            code=SQUARES,
            beyond=WHOLE,
        ),
        must("helper of a method", edit('f"{value} {UNIT}"', 'f"{value}{UNIT}"'), code=SQUARES, beyond=WHOLE),
        must("constant of a method's helper", edit('UNIT = "cm"', 'UNIT = "mm"'), code=SQUARES, beyond=WHOLE),
        must("method of a subclass", edit("self.area() * self.size", "self.area() + self.size + 1"), code="cube"),
        must(
            "base class in another module",
            shape('f"area {self.area()}"', 'f"{self.area()}"'),
            code=SQUARES + " far_class",
            beyond=WHOLE,
        ),
        must("class through its module", shape("PI * self", "2 * self"), code="far_class"),
        must("constant of a class in another module", shape("PI = 3", "PI = 4"), code="far_class"),
        must(
            "base class replaced",
            edit(
                "class Cube(Square):",
                "class Flat(Square):\n    def area(self):\n        return 1\n\n\nclass Cube(Flat):",
            ),
            code="cube",
        ),
        must(
            "default of a dataclass field",
            edit("width: int = 10", "width: int = 11"),
            code="options wide",
            beyond=WHOLE,
        ),
        must(
            "default factory of a dataclass field",
            edit('lambda: ["n"]', 'lambda: ["m"]'),
            code="options wide",
            beyond=WHOLE,
        ),
        must("method of a dataclass in a constant", edit("self.width * self.scale", "self.width"), code="options wide"),
        must("argument of an instance in a constant", edit("width=99", "width=98"), code="wide"),
        must("value of an enum's member", edit('RED = "r"', 'RED = "R"'), code="member member_constant"),
        must(
            "value of another member of an enum",
            edit('BLUE = "b"', 'BLUE = "B"'),
            code="member member_constant",
            beyond=WHOLE,
        ),
        must(
            "constant that is a member of an enum",
            edit("DEFAULT_COLOUR = Colour.RED", "DEFAULT_COLOUR = Colour.BLUE"),
            code="member_constant",
        ),
        must("value of an int enum's member", edit("HIGH = 2", "HIGH = 3"), code="level"),
        must("default of a named tuple's field", edit("y: int = 0", "y: int = 1"), code="point"),
        must("field of a typed dict", edit("    year: int\n", "    length: int\n"), code="movie"),
        must("field of a namedtuple", edit('"left right"', '"left middle right"'), code="pair"),
        must("class decorator", edit('"wax"', '"lead"'), code="letter"),
        must(
            "class decorator removed",
            edit("@sealed\nclass Letter:\n    pass", "class Letter:\n    seal = 1"),
            code="letter",
        ),
        must("metaclass", edit("name.lower()", "name.upper()"), code="plugin"),
        must("instance that is called", edit("ADD_TWO = Adder(2)", "ADD_TWO = Adder(3)"), code="added_two"),
        must(
            "class of instances that are called", edit("n + self.amount", "n - self.amount"), code="added_two added_six"
        ),
        must("class of an exception", edit('text = "refused"', 'text = "no"'), code="refusal"),
        must("class within a class", edit("depth = 2", "depth = 3"), code="inner_class"),
        must_not("method of an unrelated class", edit("return -1", "return -2")),
        must_not("unrelated class renamed", edit("class UnusedShape", "class Shapeless")),
        must_not("unrelated class in another module", shape("sides = 3", "sides = 33")),
        must_not(
            "unrelated class added to another module", add("shapes.py", "\n\nclass Oval(Circle):\n    flat = True\n")
        ),
        must_not("subclass added to a used class", add("assets.py", "\n\nclass Tile(Square):\n    colour = 1\n")),
        must_not(
            "protocol that only annotations name", edit("def size(self) -> int: ...", "def volume(self) -> int: ...")
        ),
        must_not("docstring of a base class", shape("Can say what it is.", "Knows its area.")),
        must_not("annotations of a method", edit("def halve(size):", "def halve(size: float) -> float:")),
        must_not(
            "instance that nobody reads", edit("ADD_SIX = Adder(6)\n", "ADD_SIX = Adder(6)\nADD_TEN = Adder(10)\n")
        ),
        must_not("member of an enum by its value", edit("DEFAULT_COLOUR = Colour.RED", 'DEFAULT_COLOUR = Colour("r")')),
        must_not(
            "unrelated class moved to the end of its file",
            edit("class UnusedShape(Measured):\n    def area(self):\n        return -1\n\n\n", ""),
            add("assets.py", "\n\nclass UnusedShape(Measured):\n    def area(self):\n        return -1\n"),
        ),
        must_not("docstring of a dataclass", edit("class Options:\n", 'class Options:\n    """Ours."""\n\n')),
        must_not("docstring of an enum", edit("class Colour(Enum):\n", "class Colour(Enum):\n    'Of paint.'\n\n")),
        must(
            "argument of an instance, spelled otherwise",
            edit("ADD_TWO = Adder(2)", "ADD_TWO = Adder(1 + 1)"),
            code="added_two",
            beyond="what is no simple data counts by the source of its assignment",
        ),
    ),
)
