"""JUnit XML: what is a case, and that servers can read it."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from stories import FINISHED, HOSTILE, answer, build, fail, finish, make_places, start, tell

from assetmake.discovery.manifest import ModuleFailure
from assetmake.events import AssetFinished, NodesSkipped, NodesSpared
from assetmake.reporting.junit import write_junit
from assetmake.reporting.run_story import Ending, RunStory
from assetmake.reporting.source_places import SourcePlaces
from junit_schema import find_junit_faults

NOW = datetime(2026, 2, 1, 12)


def report(story: RunStory, places: SourcePlaces | None = None) -> dict[str, ET.Element]:
    """Return the cases of a report that is as it should be, by name."""
    text = write_junit(story, places, now=NOW)
    assert find_junit_faults(text.encode()) == []
    return {case.get("name", ""): case for case in ET.fromstring(text).iter("testcase")}


def test_an_asset_is_a_case_in_the_class_of_its_module(tmp_path: Path) -> None:
    done = AssetFinished("orders", 1, 0, 0, 0, 0, "code", "", 1.5)
    cases = report(tell(start(), build("orders"), done, finish(built=1)), make_places(tmp_path))
    assert list(cases) == ["orders"]
    assert cases["orders"].attrib == {"classname": "shop.assets", "name": "orders", "time": "1.500"}
    assert [child.text for child in cases["orders"]] == ["1 built (code)"]


def test_good_partitions_are_one_case_with_their_time_summed_and_each_failed_one_is_its_own(tmp_path: Path) -> None:
    story = tell(
        start(),
        build("daily", 20, seconds=2.0),
        fail("daily", "2026-01-03"),
        build("daily", 8, seconds=1.25),
        NodesSpared("daily", 1),
        fail("daily", "2026-01-09"),
        NodesSkipped("daily", 3, "orders failed"),
        finish(built=28, failed=2, skipped=3),
    )
    cases = report(story, make_places(tmp_path, daily=["daily"]))
    assert list(cases) == ["daily", "daily@2026-01-03", "daily@2026-01-09", "daily (skipped)"]
    assert cases["daily"].get("time") == "3.250"
    assert "28 built, 1 spared, 2 failed, 3 skipped" in (cases["daily"].findtext("system-out") or "")
    assert cases["daily (skipped)"].find("skipped").attrib == {"message": "3 partitions: orders failed"}  # type: ignore[union-attr]


def test_a_failure_has_message_traceback_place_log_and_what_was_printed(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    failed = fail("orders")
    (places.project / "run.log").write_text(f"reading\n{failed.traceback}")
    story = tell(start(), dataclasses.replace(failed, log="run.log"), finish(failed=1))
    case = report(story, places)["orders"]
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "ValueError", "message": "ValueError: boom"}
    assert failure.text == failed.traceback
    assert case.findtext("system-out") == "at project/assets.py:7\nlog: run.log\nreading"


def test_why_it_was_built_is_told_in_words() -> None:
    ended = AssetFinished("orders", 1, 0, 0, 0, 0, "output_modified", "", 1.5)
    assert report(tell(start(), build("orders"), ended))["orders"].findtext("system-out") == "1 built (output modified)"


def test_what_is_skipped_is_skipped_and_says_why() -> None:
    cases = report(tell(start(), NodesSkipped("report", 1, "orders failed"), finish(skipped=1)))
    assert cases["report"].find("skipped").attrib == {"message": "orders failed"}  # type: ignore[union-attr]


def test_what_is_skipped_for_several_reasons_says_each_once() -> None:
    because = ("orders failed", "prices failed", "orders failed")
    skipped = [NodesSkipped(name, 1, each) for name in ("report", "report:full") for each in because]
    cases = report(tell(start(), *skipped, finish(skipped=3)))
    for name in ("report", "report:full"):
        assert cases[name].find("skipped").attrib == {"message": "orders failed, prices failed"}  # type: ignore[union-attr]


def test_a_check_that_is_skipped_is_a_case_beside_what_it_found_elsewhere() -> None:
    skipped = [NodesSkipped(name, 1, "orders failed") for name in ("orders:unique", "daily:recent")]
    cases = report(tell(start(), *skipped, answer("daily:recent", "passed", "2026-01-01"), finish(checks_passed=1)))
    assert list(cases) == ["orders:unique", "daily:recent", "daily:recent (skipped)"]
    for name in ("orders:unique", "daily:recent (skipped)"):
        assert [child.tag for child in cases[name]] == ["skipped"]


def test_nodes_of_one_call_fail_as_one_case() -> None:
    calls = [fail("daily", f"2026-01-0{day}", call="2026-01-01..2026-01-03") for day in (1, 2, 3)]
    assert list(report(tell(start(), *calls, finish(failed=3)))) == ["daily@2026-01-01..2026-01-03"]


def test_however_many_fail_the_report_stays_small() -> None:
    failures = [fail(f"a{asset}", str(key), message="x" * 20_000) for asset in range(20) for key in range(100)]
    story = tell(start(), *failures, finish(failed=2000))
    cases = report(story)
    own = [name for name in cases if "(others)" not in name]
    assert len(own) == 500
    assert len(cases) == 520
    assert cases["a0 (others)"].find("failure").get("message", "").startswith("50 more failed: 50, 51")  # type: ignore[union-attr]
    assert len(write_junit(story, None, now=NOW)) < 10_000_000


def test_a_check_is_a_case_and_only_what_failed_is_a_failure() -> None:
    story = tell(
        start(),
        *(answer("daily:fine", "passed", f"2026-01-0{day}") for day in range(1, 8)),
        answer("daily:hot", "warned", "2026-01-01", said="too hot"),
        answer("daily:bad", "passed", "2026-01-01"),
        answer("daily:bad", "failed", "2026-01-02", said="a hole"),
        answer("daily:old", "failed", "2026-01-01..2026-01-05", stands=True),
        fail("daily:crash", "2026-01-02"),
        finish(),
    )
    cases = report(story)
    failed = {name: case.find("failure").get("message") for name, case in cases.items() if len(case.findall("failure"))}  # type: ignore[union-attr]
    assert failed == {
        "daily:bad@2026-01-02": "a hole",
        "daily:old@2026-01-01..2026-01-05": "stands since an earlier build",
        "daily:crash@2026-01-02": "ValueError: boom",
    }
    assert set(cases) - set(failed) == {"daily:fine", "daily:hot", "daily:bad"}
    assert cases["daily:fine"].findtext("system-out") == "7 passed, 0 warned"
    assert cases["daily:hot"].findtext("system-out") == "warning daily:hot@2026-01-01: too hot"


def test_of_a_check_that_fails_everywhere_some_are_cases() -> None:
    cases = report(tell(start(), *(answer("a:b", "failed", str(key)) for key in range(120)), finish()))
    assert len(cases) == 51
    assert cases["a:b (others)"].find("failure").get("message", "").startswith("70 more: 50, 51")  # type: ignore[union-attr]


def test_several_builds_of_one_command_are_one_report() -> None:
    """As where a command does what is due, thing by thing."""
    first = (start(), build("orders"), build("daily", 2), finish(built=3))
    second = (start(), build("daily", 3, seconds=0.5), fail("report"), finish(built=3, failed=1))
    story = tell(*first, *second)
    cases = report(story)
    assert {name: case.get("time") for name, case in cases.items()} == {
        "orders": "1.500",
        "daily": "2.000",
        "report": None,
    }
    text = write_junit(story, None, now=NOW)
    assert '<property name="built" value="6"/>' in text
    assert 'time="25.000"' in text


def test_what_is_fresh_is_no_case_but_a_report_is_never_empty() -> None:
    """Servers take a report without any case for a mistake."""
    cases = report(tell(start(to_run=0, partitions=31), FINISHED))
    assert list(cases) == ["up to date"]
    assert cases["up to date"].findtext("system-out") == "3 assets, 31 partitions: nothing to do"


@pytest.mark.parametrize(
    ("story", "kind", "message"),
    [
        (RunStory(ending=Ending("LockTimeout", "run r2 has it\nfor long", "wait")), "LockTimeout", "run r2 has it"),
        (tell(start(), finish(interrupted=True)), "Stopped", "stopped before the end; what was finished is recorded"),  # type: ignore[arg-type]
        (RunStory(broken=(ModuleFailure("shop.more", "more.py", "KeyError: 1", "..."),)), "ImportError", "KeyError: 1"),
    ],
)
def test_what_ends_a_build_is_an_error(story: RunStory, kind: str, message: str) -> None:
    (case,) = report(story).values()
    error = case.find("error")
    assert error is not None
    assert (error.get("type"), error.get("message")) == (kind, message)


def test_no_text_of_anybody_s_breaks_the_document(tmp_path: Path) -> None:
    story = tell(
        start(),
        build(HOSTILE),
        AssetFinished(HOSTILE, 1, 0, 0, 0, 0, HOSTILE, HOSTILE, 1.0),
        fail("a", HOSTILE, message=HOSTILE),
        NodesSkipped("b", 1, HOSTILE),
        answer("a:c", "failed", HOSTILE, said=HOSTILE),
        answer("a:d", "warned", HOSTILE, said=HOSTILE),
        finish(),
    )
    story.broken = (ModuleFailure(f"m{HOSTILE}", HOSTILE, HOSTILE, HOSTILE),)
    cases = report(story, make_places(tmp_path))
    assert len(cases) == 6
    story.ending = Ending(HOSTILE, HOSTILE, HOSTILE)
    report(story)


class TestTheSchemaItself:
    GOOD = write_junit(tell(start(), build("orders"), fail("daily"), finish()), None, now=NOW)

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ('name="orders"', 'name="orders" file="a.py"', "The attribute 'file' is not allowed"),
            (' name="orders"', "", "The attribute 'name' is required but missing"),
            (' errors="0"', "", "The attribute 'errors' is required but missing"),
            ("<properties>", "<properties><testcase name='x'/>", "Element 'testcase': This element is not expected"),
            ("<failure ", "<exit/><failure ", "Element 'exit': This element is not expected"),
            ('time="12.500"', 'time="1h"', "The value '1h' is not accepted by the pattern"),
            ('time="1.500"', 'time="soon"', "time soon"),
            ('tests="2"', 'tests="3"', "tests is not 2"),
            ('name="orders"', 'name="daily"', "is there twice"),
            ("testsuites", "testsuite", "the root is testsuite"),
        ],
    )
    def test_it_finds_faults(self, old: str, new: str, fault: str) -> None:
        assert find_junit_faults(self.GOOD.encode()) == []
        assert old in self.GOOD
        found = find_junit_faults(self.GOOD.replace(old, new).encode())
        assert any(fault in each for each in found), found
