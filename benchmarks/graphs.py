"""The graphs that every tool is given: what is in them, and the values that must come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import isqrt

MODULUS = 1_000_003
"""Keeps the sums small, so that awk's doubles and Python's integers agree."""

_END = date(2025, 1, 1)
HOURS = 24


@dataclass(frozen=True, slots=True)
class Layered:
    """N assets in layers of about sqrt N, two upstreams each from the layer before, over N/10 source files.

    >>> Layered(100).upstreams["a00010"]
    ('a00000', 'a00001')
    """

    size: int
    width: int = field(init=False)
    upstreams: Mapping[str, tuple[str, ...]] = field(init=False)
    """By asset, in an order in which they can run; the first layer's are source files."""
    sources: Mapping[str, int] = field(init=False)
    """By source file, a number that it holds."""

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
    def first_source(self) -> str:
        return next(iter(self.sources))

    def source_text(self, source: str) -> str:
        """Return what a source file holds: one number a line."""
        return "".join(f"{number}\n" for number in (self.sources[source], 1, 2, 3))

    def values(self, *, extra: int = 0) -> dict[str, int]:
        """Return every asset's value, where the first source holds `extra` more."""
        values = {source: number + 6 for source, number in self.sources.items()}
        values[self.first_source] += extra
        for name, above in self.upstreams.items():
            values[name] = sum(values[each] for each in above) % MODULUS
        return {name: values[name] for name in self.upstreams}

    def below_first_source(self) -> int:
        """Return how many assets the first source reaches."""
        reached = {self.first_source}
        for name, above in self.upstreams.items():
            if not reached.isdisjoint(above):
                reached.add(name)
        return len(reached) - 1


@dataclass(frozen=True, slots=True)
class Chain:
    """Three assets: raw, hourly -> clean, hourly, same key -> daily, which reads the 24 hours of its day."""

    days: int

    @classmethod
    def of_partitions(cls, total: int) -> Chain:
        """Return the chain with about that many partitions in all: 49 a day."""
        return cls(max(1, round(total / (2 * HOURS + 1))))

    @property
    def total(self) -> int:
        return self.days * (2 * HOURS + 1)

    @property
    def start(self) -> date:
        return _END - timedelta(days=self.days)

    @property
    def end(self) -> date:
        return _END

    def each_day(self) -> Iterator[date]:
        return (self.start + timedelta(days=number) for number in range(self.days))

    def nodes(self) -> Iterator[tuple[str, date, int | None]]:
        """Return asset, day and hour of every node, asset by asset in the order in which they can run."""
        for asset in ("raw", "clean"):
            for day in self.each_day():
                for hour in range(HOURS):
                    yield asset, day, hour
        for day in self.each_day():
            yield "daily", day, None

    def value(self, asset: str, day: date, hour: int | None) -> int:
        """Return what a node holds; there are few different values, so that they can be hashed beforehand."""
        if asset == "daily" or hour is None:
            return sum(self.value("clean", day, each) for each in range(HOURS))
        return (day.day + hour) * (2 if asset == "clean" else 1)


def _name(number: int) -> str:
    return f"a{number:05}"
