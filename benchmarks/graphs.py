"""The graphs that every tool is given: what is in them, and the values that must come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import isqrt
from typing import Protocol

MODULUS = 1_000_003
"""Keeps the sums small, so that awk's doubles and Python's integers agree."""

HOURS = 24
_END = date(2025, 1, 1)

Rule = tuple[str, Sequence[str], str | int]
"""Target, what it reads, and "sum", "double" or the number that it is.

A target is `out/ASSET` or `out/ASSET/KEY`; what it reads is targets before it, and `sources/NAME`.
"""


class Project(Protocol):
    """What a row is about."""

    @property
    def name(self) -> str:
        """What its folder is called."""

    @property
    def total(self) -> int:
        """How many nodes there are."""


class Graph(Project, Protocol):
    """What is to be built, as rules that every tool can be given."""

    @property
    def sources(self) -> Mapping[str, int]:
        """By source file, a number that it holds; the first is the one that is edited."""

    def rules(self) -> Iterator[Rule]:
        """Return every node, in an order in which they can run."""

    def checked(self) -> Sequence[str]:
        """Return the targets whose values are looked at after a build."""


@dataclass(frozen=True, slots=True)
class Layered:
    """N assets in layers of about sqrt N, two upstreams each from the layer before, over N/10 source files.

    With `frames`, the modules of a Python project import pandas and the functions use it.

    >>> Layered(100).upstreams["a00010"]
    ('a00000', 'a00001')
    """

    size: int
    frames: bool = False
    width: int = field(init=False)
    upstreams: Mapping[str, tuple[str, ...]] = field(init=False)
    """By asset, in an order in which they can run; the first layer's are source files."""
    sources: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        width = max(2, isqrt(self.size - 1) + 1)
        sources = {f"s{number:05}": number % 97 for number in range(max(width, self.size // 10))}
        names = list(sources)
        upstreams: dict[str, tuple[str, ...]] = {}
        for number in range(self.size):
            layer, place = divmod(number, width)
            if layer == 0:
                upstreams[_name(number)] = tuple(names[place::width])
            else:
                above = (layer - 1) * width
                upstreams[_name(number)] = (_name(above + place), _name(above + (place + 1) % width))
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "sources", sources)
        object.__setattr__(self, "upstreams", upstreams)

    @property
    def name(self) -> str:
        return f"{'frames' if self.frames else 'layered'}-{self.size}"

    @property
    def total(self) -> int:
        return self.size

    def rules(self) -> Iterator[Rule]:
        for name, above in self.upstreams.items():
            yield f"out/{name}", [f"{'sources' if each in self.sources else 'out'}/{each}" for each in above], "sum"

    def checked(self) -> Sequence[str]:
        return [f"out/{name}" for name in list(self.upstreams)[-self.width :]]


@dataclass(frozen=True, slots=True)
class Chain:
    """Three assets: raw, hourly -> clean, hourly, same key -> daily, which reads the hours of its day.

    A single day may have fewer hours.
    """

    days: int
    hours: int = HOURS

    @classmethod
    def of_partitions(cls, total: int) -> Chain:
        """Return the chain with about that many partitions in all: 49 a day, or three of one hour."""
        return cls(max(1, round(total / (2 * HOURS + 1))), hours=1 if total < HOURS else HOURS)

    @property
    def name(self) -> str:
        return f"chain-{self.total}"

    @property
    def total(self) -> int:
        return self.days * (2 * self.hours + 1)

    @property
    def sources(self) -> Mapping[str, int]:
        return {}

    @property
    def start(self) -> date:
        return _END - timedelta(days=self.days)

    @property
    def end(self) -> date:
        return _END

    @property
    def end_of_hours(self) -> str:
        """Return the hour at which the hourly partitions end."""
        return f"{self.end}-00:00" if self.hours == HOURS else f"{self.start}-{self.hours:02}:00"

    def each_day(self) -> Iterator[date]:
        return (self.start + timedelta(days=number) for number in range(self.days))

    def nodes(self) -> Iterator[tuple[str, date, int | None]]:
        """Return asset, day and hour of every node, asset by asset in the order in which they can run."""
        for asset in ("raw", "clean"):
            for day in self.each_day():
                for hour in range(self.hours):
                    yield asset, day, hour
        for day in self.each_day():
            yield "daily", day, None

    def value(self, asset: str, day: date, hour: int | None) -> int:
        """Return what a node holds; there are few different values, so that they can be hashed beforehand."""
        if asset == "daily" or hour is None:
            return sum(self.value("clean", day, each) for each in range(self.hours))
        return (day.day + hour) * (2 if asset == "clean" else 1)

    def rules(self) -> Iterator[Rule]:
        for asset, day, hour in self.nodes():
            target = f"out/{asset}/{day}" if hour is None else f"out/{asset}/{day}T{hour:02}"
            if asset == "raw":
                yield target, (), self.value(asset, day, hour)
            elif asset == "clean":
                yield target, (f"out/raw/{day}T{hour:02}",), "double"
            else:
                yield target, [f"out/clean/{day}T{each:02}" for each in range(self.hours)], "sum"

    def checked(self) -> Sequence[str]:
        return [f"out/daily/{day}" for day in self.each_day()][-7:]


@dataclass(frozen=True, slots=True)
class Keys:
    """One asset with N static partitions, which read nothing."""

    size: int

    @property
    def name(self) -> str:
        return f"keys-{self.size}"

    @property
    def total(self) -> int:
        return self.size

    @property
    def sources(self) -> Mapping[str, int]:
        return {}

    def nodes(self) -> Iterator[tuple[str, int]]:
        """Return key and value of every node."""
        return ((f"k{number:06}", number % 97) for number in range(self.size))

    def rules(self) -> Iterator[Rule]:
        return ((f"out/value/{key}", (), value) for key, value in self.nodes())

    def checked(self) -> Sequence[str]:
        return [f"out/value/{key}" for key, _ in self.nodes()][-7:]


@dataclass(frozen=True, slots=True)
class Fan:
    """Fan-in and fan-out of N keys.

    `a` reads a source file for each key; `total` reads all of `a`; a key of `b` reads `base` and the same key of `a`.
    The names are short because a shell takes no more than 128 KiB in one command.
    """

    size: int

    @property
    def name(self) -> str:
        return f"fan-{self.size}"

    @property
    def total(self) -> int:
        return 2 * self.size + 2

    @property
    def sources(self) -> Mapping[str, int]:
        return {**{f"keys/{key}": number % 97 for number, key in enumerate(self.keys())}, "base": 7}

    def keys(self) -> list[str]:
        return [f"{number:05}" for number in range(self.size)]

    def rules(self) -> Iterator[Rule]:
        keys = self.keys()
        yield from ((f"out/a/{key}", (f"sources/keys/{key}",), "sum") for key in keys)
        yield "out/total", [f"out/a/{key}" for key in keys], "sum"
        yield "out/base", ("sources/base",), "sum"
        yield from ((f"out/b/{key}", ("out/base", f"out/a/{key}"), "sum") for key in keys)

    def checked(self) -> Sequence[str]:
        keys = self.keys()
        return ["out/total", f"out/b/{keys[0]}", f"out/b/{keys[-1]}"]


def source_text(graph: Graph, source: str) -> str:
    """Return what a source file holds: one number a line."""
    return "".join(f"{number}\n" for number in (graph.sources[source], 1, 2, 3))


def evaluate(graph: Graph, read_source: Callable[[str], int]) -> dict[str, int]:
    """Return every target's value, given what the numbers in `sources/NAME` add up to."""
    values: dict[str, int] = {}
    for target, reads, kind in graph.rules():
        if isinstance(kind, int):
            values[target] = kind
        else:
            total = sum(values[each] if each in values else read_source(each) for each in reads)
            values[target] = 2 * total if kind == "double" else total % MODULUS
    return values


def count_below(rules: Iterable[Rule], source: str) -> int:
    """Return how many targets a source file reaches."""
    reached = {f"sources/{source}"}
    for target, reads, _ in rules:
        if not reached.isdisjoint(reads):
            reached.add(target)
    return len(reached) - 1


def _name(number: int) -> str:
    return f"a{number:05}"
