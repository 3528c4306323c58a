"""March 2013 in New York, ticked: what went wrong, what was made how often, and what the log says of it."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airport import Airport, Ran, at

from assetmake.cli import tick as ticking

NAMES = {"UA": "United", "B6": "JetBlue", "AA": "American"}
AFTER = "32 20:00"
EVENINGS = {4, 12, 16, 18, 24, 31}
"""On these days there is a tick in the evening, too."""


def write_flights(day: int, *, more: int = 0) -> str:
    return "".join(["carrier,delay\n", f"UA,{day + more}\n", f"B6,{day % 7}\n"])


def write_weather(*winds: int) -> str:
    return "wind\n" + "".join(f"{wind}\n" for wind in winds)


def date(day: int) -> str:
    return f"{at(f'{day} 12:00'):%Y-%m-%d}"


@dataclass
class Story:
    """The airport, and all that ever lay in its inbox."""

    airport: Airport
    written: list[tuple[datetime, str, str]] = field(default_factory=list)

    def given(self, time: str, name: str, text: str) -> None:
        """Have a file come, or come again."""
        self.written.append((at(time), name, text))
        self.airport.write(name, text)

    def given_day(self, day: int, *, flights: str = "", weather: bool = True) -> None:
        """Have the files of a day come in the night after it."""
        night = f"{day + 1} 00:30"
        self.given(night, f"flights/{date(day)}.csv", flights or write_flights(day))
        if weather:
            self.given(night, f"weather/{date(day)}.csv", write_weather(day % 25, 3))

    def given_gates(self, time: str, *carriers: str) -> None:
        text = "gate,carrier\n" + "".join(f"B{number},{carrier}\n" for number, carrier in enumerate(carriers))
        self.given(time, "gates.csv", text)

    def given_airlines(self, time: str, *more: str) -> None:
        names = [f"{carrier},{name}\n" for carrier, name in NAMES.items()]
        self.given(time, "airlines.csv", "carrier,name\n" + "".join([*names, *more]))

    def read_runs(self, time: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.airport.read("history", "-n", "1000", now=at(time))["runs"]
        return runs

    def tick(self, time: str, *arguments: str, status: int = 0) -> Ran:
        return self.airport.tick(at(time), *arguments, status=status)

    def pass_day(self, day: int) -> Ran:
        """Have a day pass on which all is well; return what the tick in the night printed."""
        self.given_day(day - 1)
        night = self.tick(f"{day} 03:30")
        if day in EVENINGS:
            self.tick(f"{day} 18:00")
        return night


class Model:
    """How often each node is to be made, from nothing but the files and the times at which ticks looked at them.

    A node is made when what it reads has come to be another than when it was last made; what cannot be read, or is not
    there in the night that needs it, is tried once.
    """

    def __init__(self, story: Story) -> None:
        self._written = story.written
        self._ticks = story.airport.ticks
        self.attempts: Counter[str] = Counter()
        self._absent: Counter[str] = Counter()
        carriers = {day: self._follow_day(day) for day in range(1, 32)}
        for week in range(4):
            monday = 11 + 7 * week
            days = range(monday - 8, monday - 1)
            sums = [tuple(carriers[day](time) for day in days) for time in self._after(f"{monday} 06:00")]
            self.attempts[f"weekly_carriers@{date(monday - 8)}"] = count_changes(sums)
        self.attempts["airline_names"] = count_changes([self._find("airlines.csv", time) for time in self._ticks])
        boards = [(self._find("gates.csv", time), self._find("airlines.csv", time)) for time in self._ticks]
        self.attempts["board"] = count_changes(boards)

    @property
    def calls(self) -> Counter[str]:
        """How often each function is called: not where there is no file, and again after a tick was killed in it."""
        return self.attempts - self._absent + Counter([f"daily_flights@{date(28)}"])

    def _follow_day(self, day: int) -> Callable[[datetime], object]:
        """Note how often the nodes of a day are made; return what tells whether its delays are still the same."""
        names = {kind: f"{kind}/{date(day)}.csv" for kind in ("flights", "weather")}
        night = at(f"{day + 1} 02:30")
        for kind, name in names.items():
            seen = [(time, self._find(name, time)) for time in self._ticks]
            there = [text for time, text in seen if text is not None or time >= night]
            node = f"daily_{kind}@{date(day)}"
            self.attempts[node] = count_changes(there)
            self._absent[node] = there.count(None) > 0

        def read(time: datetime) -> tuple[str, str] | None:
            flights, weather = (self._find(name, time) for name in names.values())
            return None if flights is None or weather is None or "late" in flights else (flights, weather)

        asked = [read(time) for time in self._after(f"{day + 1} 02:30")]
        self.attempts[f"carrier_delays@{date(day)}"] = count_changes([each for each in asked if each is not None])

        def tell(time: datetime) -> object:
            found = read(time)
            return found and (found[0], max(map(int, found[1].split()[1:])) > 20)

        return tell

    def _after(self, time: str) -> list[datetime]:
        return [each for each in self._ticks if each >= at(time)]

    def _find(self, name: str, time: datetime) -> str | None:
        """Return what a file holds at a time."""
        texts = [text for since, written, text in self._written if written == name and since <= time]
        return texts[-1] if texts else None


def count_changes(several: Sequence[object]) -> int:
    """Return how often something came to be another than before; the first time counts."""
    return sum(number == 0 or several[number - 1] != each for number, each in enumerate(several))


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    folder = tmp_path / "airport"
    folder.mkdir()
    airport = Airport(folder)
    asking = SimpleNamespace(Asking=lambda *_: airport.ask)
    monkeypatch.setattr(ticking, "importlib", SimpleNamespace(import_module=lambda _: asking))
    yield Story(airport)
    airport.close()


def test_a_month(story: Story) -> None:
    begin(story)
    have_a_file_that_cannot_be_read(story)
    change_the_clocks(story)
    have_weather_come_late(story)
    have_files_corrected(story)
    miss_three_days(story)
    overlap(story)
    kill_ticks(story)
    for day in (30, 31, 32):
        story.pass_day(day)
    story.tick("32 19:00")

    airport, model = story.airport, Model(story)
    assert airport.count_attempts(at(AFTER)) == model.attempts
    assert airport.count_calls() == model.calls
    assert airport.run("plan", "--exit-code", now=at(AFTER)).says("up to date: 6 assets, 97 partitions")
    idle = story.tick("32 19:01")
    assert idle.says("nothing due: 3 schedules, 1 sensor, 2 conditions, 1 freshness rule"), idle.out
    for time in ("32 19:01", "32 18:30"):
        assert story.tick(time).says("nothing due"), "the same time again, and an earlier one"
    assert airport.take_notices() == []
    assert airport.count_calls() == model.calls
    explain_all_runs(story)
    outputs = airport.read_outputs()
    assert len(outputs) == 99
    assert build_at_once(story) == outputs


def begin(story: Story) -> None:
    story.given_airlines("1 09:00")
    story.given_gates("1 09:00", "UA", "B6")
    assert story.tick("1 12:00").says("due schedule hourly due at 2013-03-01 17:00 UTC")
    for day in range(2, 7):
        night = story.pass_day(day)
        assert night.says(f"due schedule nightly due at {date(day)} 02:30 EST")
        assert night.says("Done. BUILT=3 UNCHANGED=0 FRESH=2 FAILED=0 SKIPPED=0")
    story.given_gates("6 19:00", "AA", "B6")


def have_a_file_that_cannot_be_read(story: Story) -> None:
    """Its day fails in the night and is left alone; it is retried by hand when the file is mended."""
    airport = story.airport
    story.given_day(6, flights="carrier,delay\nUA,late\n")
    night = story.tick("7 03:30", status=1)
    assert night.says("FAILED daily_flights@2013-03-06 ValueError: invalid literal for int() with base 10: 'late'")
    assert night.says("skipped carrier_delays 1 partition daily_flights failed 2013-03-06")
    assert "assets.py" in night.err
    (notice,) = airport.take_notices()
    assert (notice["event"], notice["failed"][0]["asset"]) == ("failure", "daily_flights")
    assert notice["text"].splitlines()[1].startswith("daily_flights@2013-03-06: ValueError: invalid literal")

    assert story.tick("7 18:00").says("up to date"), "it is not tried again by itself"
    story.pass_day(8)
    assert airport.take_notices() == []
    story.given("9 09:00", f"flights/{date(6)}.csv", write_flights(6))
    story.pass_day(9)
    retry = airport.run("retry", now=at("9 19:00"))
    assert retry.says("built daily_flights 1 partition failed")
    assert retry.says("built carrier_delays 1 partition missing")
    assert [each["event"] for each in airport.take_notices()] == ["recovery"]
    tries = airport.read("history", f"daily_flights@{date(6)}", now=at("9 19:00"))["attempts"]
    assert [(each["outcome"], each["reason"]) for each in tries] == [("built", "failed"), ("failed", "missing")]
    assert tries[1]["message"].startswith("ValueError: invalid literal")


def change_the_clocks(story: Story) -> None:
    """At 02:30, when the nightly schedule is due, it is 03:30 already: it comes right after the gap, and once."""
    story.given_day(9)
    before = story.tick("10 01:59", "--explain")
    assert before.says("not due schedule nightly it last occurred at 2013-03-09 02:30 EST")
    assert "next: 2013-03-10 03:00 EDT" in before.lines[1]
    after = story.tick("10 03:00")
    assert after.says("due schedule nightly due at 2013-03-10 03:00 EDT")
    assert after.says("-> carrier_delays@2013-03-09")
    assert not story.tick("10 18:00").says("due schedule nightly")
    assert story.pass_day(11).says("due schedule nightly due at 2013-03-11 02:30 EDT")
    weekly = story.tick("11 19:00")
    assert weekly.says("due schedule weekly due at 2013-03-11 06:00 EDT")
    assert weekly.says("-> weekly_carriers@2013-03-03")
    story.pass_day(12)


def have_weather_come_late(story: Story) -> None:
    """The night that needs it fails and says which file there is not; the sensor sees it when it has come."""
    airport = story.airport
    story.given_day(12, weather=False)
    night = story.tick("13 03:30", status=1)
    missing = "the source weather_csv has no file inbox/weather/2013-03-12.csv"
    assert night.says(f"FAILED daily_weather@2013-03-12 {missing}")
    assert night.says("skipped carrier_delays 1 partition daily_weather failed 2013-03-12")
    story.pass_day(14)
    story.given("15 00:30", f"weather/{date(12)}.csv", write_weather(12))
    arrived = story.pass_day(15)
    assert arrived.says("due sensor weather_arrived it asks for 2 runs")
    assert arrived.says("-> daily_weather, carrier_delays@2013-03-12")
    assert arrived.says("built daily_weather 2 partitions failed")
    assert [each["event"] for each in airport.take_notices()] == ["failure", "recovery"]
    tries = airport.read("history", f"daily_weather@{date(12)}", now=at("15 19:00"))["attempts"]
    assert [(each["outcome"], each["reason"]) for each in tries] == [("built", "failed"), ("failed", "missing")]
    assert tries[1]["message"].startswith(missing)


def have_files_corrected(story: Story) -> None:
    """Of the week before, with and without consequences; in the week that nobody has asked for yet; and not at all."""
    story.given("15 19:00", f"weather/{date(9)}.csv", write_weather(30))
    night = story.pass_day(16)
    assert night.says("-> daily_weather, carrier_delays@2013-03-09")
    assert night.says("built daily_weather 2 partitions upstream")
    (run,) = [each for each in story.read_runs("17 00:00") if "weekly_carriers" in each["asked"].get("purpose", "")]
    assert (run["unchanged"], run["asked"]["purpose"]) == (1, "schedule hourly, condition weekly_carriers")
    story.pass_day(17)
    story.pass_day(18)
    assert not story.tick("18 19:00").says("due schedule weekly")
    story.given("18 19:00", f"weather/{date(16)}.csv", write_weather(17, 3))
    story.given("18 19:00", f"weather/{date(3)}.csv", write_weather(3, 3))
    assert story.pass_day(19).says("due sensor weather_arrived it asks for 2 runs")


def miss_three_days(story: Story) -> None:
    airport = story.airport
    story.given_gates("19 19:00", "AA")
    story.given_airlines("20 09:00", "VX,Virgin\n")
    story.given_airlines("21 09:00", "VX,Virgin America\n")
    story.given_gates("22 09:00", "AA", "VX")
    for day in (19, 20, 21, 22):
        story.given_day(day)
    back = story.tick("23 09:00")
    assert back.says("due schedule nightly due at 4 times from 2013-03-20 02:30 EDT to 2013-03-23 02:30 EDT")
    assert back.says("-> carrier_delays@2013-03-19..2013-03-22")
    assert back.says("due schedule hourly due at 2013-03-23 13:00 UTC; 101 earlier left out: catch_up is 'latest'")
    assert back.says("due condition airline_names airlines_csv has changed")
    assert back.says("late freshness carrier_delays late since 2013-03-21 19:30 UTC: it was built 2013-03-19 07:30 UTC")
    assert back.says("built carrier_delays 4 partitions missing")
    (notice,) = airport.take_notices()
    assert (notice["event"], notice["late"][0]["asset"]) == ("late", "carrier_delays")
    assert story.tick("23 18:00").says("up to date")
    assert [each["event"] for each in airport.take_notices()] == ["recovery"]
    story.pass_day(24)
    story.given("24 19:00", f"flights/{date(18)}.csv", write_flights(18, more=40))
    story.pass_day(25)
    weekly = story.tick("25 19:00")
    assert weekly.says("-> weekly_carriers@2013-03-17")
    assert weekly.says("built daily_flights 1 partition upstream")


def overlap(story: Story) -> None:
    """A tick runs for a day. Another one leaves to it what it makes, and makes what is nobody's."""
    airport = story.airport
    story.given_day(25)
    first = airport.hold_tick(at("26 03:30"), f"carrier_delays@{date(25)}")
    story.given_day(26)
    story.given_airlines("26 09:00", "VX,Virgin\n")
    second = story.tick("27 03:30")
    for name in ("schedule nightly", "schedule hourly", "sensor weather_arrived"):
        assert second.says(f"held {name} an earlier request is still running: run 20130326T0730")
    assert f"pid {first.pid} on " in second.out
    assert "since 2013-03-26 07:30:" in second.out
    assert "assetmake tick --at 2013-03-26T07:30:00+00:00" in second.out
    assert second.says("condition airline_names: airline_names")
    assert second.says("Done. BUILT=1 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0")
    assert first.end() == 0
    third = story.tick("27 04:00")
    assert third.says("due schedule nightly due at 2013-03-27 02:30 EDT")
    assert third.says("-> carrier_delays@2013-03-26")


def kill_ticks(story: Story) -> None:
    """One when it has decided, and one while it builds; the next one goes on."""
    airport = story.airport
    story.given_day(27)
    assert "carrier_delays@2013-03-27" in airport.kill_tick_before_it_builds(at("28 03:30"))
    assert airport.count_calls()["carrier_delays@2013-03-27"] == 0
    after = story.tick("28 04:00", "--explain")
    assert after.says("not due schedule nightly it last occurred at 2013-03-28 02:30 EDT")
    assert after.says("not due sensor weather_arrived no other weather than before")
    assert "(asked for at 2013-03-28 07:30 UTC, and not finished then)" in after.out
    assert after.says("built carrier_delays 1 partition missing")

    story.given("29 00:30", f"weather/{date(28)}.csv", write_weather(3))
    story.tick("29 01:00")
    story.given("29 01:30", f"flights/{date(28)}.csv", write_flights(28))
    assert airport.hold_tick(at("29 03:30"), f"daily_flights@{date(28)}").kill() == -signal.SIGKILL
    after = story.tick("29 04:00")
    assert "(asked for at 2013-03-29 07:30 UTC, and not finished then)" in after.out
    assert after.says("built daily_flights 1 partition missing")
    assert [each["outcome"] for each in story.read_runs("29 05:00")[:2]] == ["done", "killed"]


def explain_all_runs(story: Story) -> None:
    """The history tells of each run who asked for it."""
    runs = story.read_runs(AFTER)
    assert {each["asked"]["by"] for each in runs if "retry" not in each["command"]} == {"tick"}
    assert all(each["asked"]["purpose"] for each in runs if each["asked"]["by"] == "tick")
    assert Counter(each["outcome"] for each in runs if each["outcome"] != "done") == {"failed": 2, "killed": 1}


def build_at_once(story: Story) -> dict[str, str]:
    """Return what one build of everything makes of the same files."""
    story.airport.close()
    folder = story.airport.folder.with_name("clean")
    folder.mkdir()
    clean = Airport(folder)
    try:
        shutil.copytree(story.airport.folder / "inbox", folder / "inbox", dirs_exist_ok=True)
        assert clean.run("build", now=at(AFTER)).says("Done. BUILT=99 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0")
        return clean.read_outputs()
    finally:
        clean.close()
