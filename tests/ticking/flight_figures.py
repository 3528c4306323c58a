"""What the example's assets come to, figured in plain Python: each function takes what the asset of its name reads.

Two values are equal just where the tables would be; texts that are no numbers raise ValueError as the assets do.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from raw_files import Rows, find_date, read_raw, read_row

Row = dict[str, str]
Days = dict[str, tuple[str, ...]]
Table = tuple[Any, ...]
NUMBERS = ("dep_time", "arr_time", "dep_delay", "arr_delay", "air_time")
KEPT = ("time_hour", "origin", "temp", "wind_speed", "wind_gust", "precip", "visib")
COUNTS = ("flights", "cancelled", "arrived", "late", "arrived in bad weather", "late in bad weather", "minutes")


def read_number(text: str) -> float | None:
    return None if text == "NA" else float(text)


@functools.cache
def read_flight(line: str) -> Row:
    return read_row(line, read_raw().flight_columns)


@functools.cache
def read_names(text: str) -> dict[str, str]:
    """Return the second column of a file by the first."""
    return {line.split(",")[0]: line.split(",")[1] for line in text.splitlines()[1:]}


@functools.cache
def split_days(table: Table) -> dict[str, Table]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in table:
        found[row[0]].append(row)
    return {day: tuple(rows) for day, rows in found.items()}


@functools.cache
def flights(_: str, rows: Rows) -> Table:
    """Return a row for each flight: the date, and the line; in no order but that of the lines themselves."""
    for line in rows:
        for column in NUMBERS:
            read_number(read_flight(line)[column])
    return tuple(sorted((find_date(line), line) for line in rows))


@functools.cache
def weather(_: str, rows: Rows) -> Table:
    """Return of each hour what is kept; where anything in a column is no number, all of it is text."""
    table = [read_row(line, read_raw().weather_columns) | {"date": find_date(line)} for line in rows]
    texts = {column for column in KEPT[2:] if any(not is_number(row[column]) for row in table)}
    kept = [
        (row["date"], *(row[name] if name in {*KEPT[:2], *texts} else read_number(row[name]) for name in KEPT))
        for row in table
    ]
    return tuple(sorted(kept, key=lambda row: row[:3]))


def is_number(text: str) -> bool:
    try:
        read_number(text)
    except ValueError:
        return False
    return True


def daily_flights(key: str, table: Table) -> Table:
    return split_days(table).get(key, ())


def daily_weather(key: str, table: Table) -> Table:
    types = tuple(type(cell) for cell in (table[0] if table else ()) if isinstance(cell, str))
    return (types, *split_days(table).get(key, ()))


@functools.cache
def carrier_delays(_: str, flown: Table, hours: Table, airlines: str) -> Table:
    """Return for each carrier of a day its counts."""
    bad = {(origin, hour): is_bad(*numbers) for _, hour, origin, *numbers in hours[1:]}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in (read_flight(line) for _, line in flown):
        delay = read_number(row["arr_delay"])
        is_late = delay is not None and delay > 15
        was_bad = bad.get((row["origin"], row["time_hour"]), False)
        counts[row["carrier"]] += Counter({
            "flights": 1,
            "cancelled": row["dep_time"] == "NA",
            "arrived": delay is not None,
            "late": is_late,
            "arrived in bad weather": delay is not None and was_bad,
            "late in bad weather": is_late and was_bad,
        })  # fmt: skip
        counts[row["carrier"]]["minutes"] += int(delay or 0)
    names = read_names(airlines)
    return tuple(
        (carrier, names.get(carrier), *(found[name] for name in COUNTS)) for carrier, found in sorted(counts.items())
    )


def is_bad(_: object, wind: Any, __: object, precipitation: Any, visibility: Any) -> bool:
    if isinstance(precipitation, str):
        raise ValueError("a text is not compared with a number")
    return (
        (precipitation is not None and precipitation > 0)
        or (visibility is not None and visibility < 3)
        or (wind is not None and wind >= 25)
    )


def monthly_carriers(_: str, *days: Table) -> Table:
    return add_up([row for day in days for row in day])


def add_up(rows: list[Table]) -> Table:
    """Return the sums of each carrier, by what it is called."""
    sums: dict[Table, list[int]] = {}
    for carrier, name, *counts in rows:
        before = sums.get((carrier, name), [0] * len(counts))
        sums[carrier, name] = [one + other for one, other in zip(before, counts, strict=True)]
    return tuple((*who, *sums[who]) for who in sorted(sums, key=str))


def monthly_destinations(_: str, *read: Any) -> Table:
    *days, airports = read
    flown = [read_flight(line) for day in days for _, line in day]
    miles: Counter[str] = Counter()
    for row in flown:
        miles[row["dest"]] += int(row["distance"])
    number = Counter(row["dest"] for row in flown)
    carriers = Counter(dest for dest, _ in {(row["dest"], row["carrier"]) for row in flown})
    names = read_names(airports)
    return tuple((dest, names.get(dest), number[dest], carriers[dest], miles[dest]) for dest in sorted(number))


def carrier_report(_: str, *months: Table) -> Table:
    return add_up([row for month in months for row in month])


def plane_report(_: str, table: Table, planes: str) -> Table:
    maker = {line.split(",")[0]: line.split(",")[3] for line in planes.splitlines()[1:]}
    flown = [row for _, line in table if (row := read_flight(line))["air_time"] != "NA" and row["tailnum"] in maker]
    found = Counter(maker[row["tailnum"]] for row in flown)
    tails = Counter(maker[tail] for tail in {row["tailnum"] for row in flown})
    miles: Counter[str] = Counter()
    for row in flown:
        miles[maker[row["tailnum"]]] += int(row["distance"])
    return tuple((name, tails[name], found[name], miles[name]) for name in sorted(found))


def year_by_day(_: str, *days: Table) -> Table:
    """Return the first four sums of each day on which anything flew, with a number that is the day's own."""
    sums = enumerate([sum(column) for column in zip(*(row[2:6] for row in day), strict=True)] for day in days)
    return tuple((number, *day) for number, day in sums if day)


def headlines(_: str, report: Table, days: Table) -> Table:
    late = sorted((round(100 * row[5] / row[4], 2), row[0], row[1]) for row in report)
    worst = max(days, key=lambda day: day[2])
    return sum(row[2] for row in report), sum(row[3] for row in report), late[0][2], late[-1][2], worst[0], worst[2]


FIGURES: dict[str, Callable[..., Table]] = {
    each.__name__: each
    for each in (
        flights, weather, daily_flights, daily_weather, carrier_delays, monthly_carriers, monthly_destinations,
        carrier_report, plane_report, year_by_day, headlines,
    )
}  # fmt: skip
"""In an order in which each comes after all that it reads."""
