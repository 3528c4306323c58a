"""Why a node is stale, in words, as a difference, and as a document."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from plans import MISSING, NOW, STALE_CODE, WAITING, daily, key, make_view

from assetmake.planning.explain import Explanation, Kept, MemberChange, UpstreamChange
from assetmake.planning.history import NodeFailure
from assetmake.planning.plan import Reason, Verdict
from assetmake.reporting.change_lines import list_members
from assetmake.reporting.documents import describe_all, describe_why
from assetmake.reporting.paint import Paint
from assetmake.reporting.why_lines import list_groups, list_why

FRESH = Explanation(
    asset=key("daily"),
    key="2026-01-05",
    verdict=Verdict.FRESH,
    reason=None,
    built_at=NOW - timedelta(hours=2),
    run="r1",
    changed=(),
    members=(),
    upstream=(UpstreamChange(key("raw"), "same"),),
    failure=None,
    kept=Kept(("assets.py::daily", "helpers.py::clean"), ("pandas 2.2.3", "$API_URL"), ("assets.py::daily: exec",)),
)
CHANGED = dataclasses.replace(
    FRESH,
    verdict=Verdict.STALE,
    reason=Reason.CODE,
    members=(MemberChange("assets.py::daily", "changed", "def daily():\n    return 1", "def daily():\n    return 2"),),
    upstream=(UpstreamChange(key("raw"), "same"), UpstreamChange(key("days"), "changed", ("2026-01-05",))),
)


def test_what_is_fresh_says_since_when() -> None:
    assert list(list_why(FRESH, now=NOW)) == [
        "daily@2026-01-05 is fresh: built 2 hours ago in run r1, nothing has changed",
        "  code          assets.py::daily",
        "                helpers.py::clean",
        "  not followed  assets.py::daily: exec",
        "  environment   pandas 2.2.3",
        "                $API_URL",
        "  upstream      raw",
        "  output        as it was built",
    ]


def test_of_many_members_the_first_are_named() -> None:
    kept = Kept(tuple(f"a.py::f{number}" for number in range(1010)), stores=False)
    lines = list(list_why(dataclasses.replace(FRESH, kept=kept, upstream=()), now=NOW))
    assert (lines[1], lines[8:]) == ("  code  a.py::f0", ["        a.py::f7", "        +1,002 more"])


def test_undeclared_reads_are_listed_of_fresh_and_stale_nodes() -> None:
    files = ("lookups/rates.yaml", "odd\x1b.txt")
    lines = ["  reads lookups/rates.yaml without declaring it", "  reads odd\\x1b.txt without declaring it"]
    for explanation in (FRESH, CHANGED):
        told = list(list_why(dataclasses.replace(explanation, undeclared=files), now=NOW))
        assert [line for line in told if "without declaring" in line] == lines
    assert describe_why(dataclasses.replace(FRESH, undeclared=files))["undeclared"] == list(files)


def test_changed_code_is_shown_as_a_difference() -> None:
    assert list(list_why(CHANGED, now=NOW)) == [
        "daily@2026-01-05 is stale: code changed (built 2 hours ago in run r1)",
        "  upstream days  changed  2026-01-05",
        "  assets.py::daily changed (-1 +1)",
        "@@ -1,2 +1,2 @@",
        " def daily():",
        "-    return 1",
        "+    return 2",
    ]


def test_the_difference_is_coloured_where_colours_are_wanted() -> None:
    lines = list(list_why(CHANGED, now=NOW, paint=Paint(enabled=True)))
    assert lines[-2:] == ["\x1b[31m-    return 1\x1b[0m", "\x1b[32m+    return 2\x1b[0m"]


def test_what_was_never_built_has_no_difference() -> None:
    missing = dataclasses.replace(
        CHANGED, key=None, reason=Reason.MISSING, built_at=None, run=None, members=(), upstream=()
    )
    assert list(list_why(missing, now=NOW)) == ["daily is stale: missing"]


def test_a_failure_is_told_with_its_log() -> None:
    failure = NodeFailure("2026-01-05", "ValueError: one\ntwo\x1b[2J", ".assetmake/logs/x.log", NOW)
    failed = dataclasses.replace(FRESH, verdict=Verdict.STALE, reason=Reason.FAILED, upstream=(), failure=failure)
    assert list(list_why(failed, now=NOW))[1:] == [
        "  ValueError: one",
        "  two\\x1b[2J",
        "  log: .assetmake/logs/x.log",
    ]


def test_partitions_are_told_by_reason() -> None:
    nodes = {"2026-01-01": MISSING, "2026-01-02": MISSING, "2026-01-03": STALE_CODE, "2026-01-05": WAITING}
    assert list(list_groups(make_view({"daily": daily(nodes)}), key("daily"))) == [
        "daily: 3 stale and 1 waiting of 31 partitions",
        "  stale    2  missing             2026-01-01..2026-01-02",
        "  stale    1  code changed        2026-01-03",
        "  waiting  1  waits for upstream  2026-01-05",
    ]


def test_partitions_that_are_all_fresh_are_one_line() -> None:
    lines = list(list_groups(make_view({"daily": daily()}), key("daily")))
    assert lines == ["daily is fresh: all 31 partitions, nothing has changed"]


def test_the_document_has_the_lines_of_the_difference() -> None:
    document = describe_why(CHANGED)
    assert document | {"run": "r1"} == document
    assert {name: document[name] for name in ("asset", "key", "verdict", "reason", "removed", "added")} == {
        "asset": "daily",
        "key": "2026-01-05",
        "verdict": "stale",
        "reason": "code",
        "removed": ["    return 1"],
        "added": ["    return 2"],
    }
    assert document["members"] == ["assets.py::daily"]
    (change,) = document["changes"]
    assert {name: change[name] for name in ("member", "state", "notes", "removed", "added")} == {
        "member": "assets.py::daily",
        "state": "changed",
        "notes": [],
        "removed": 1,
        "added": 1,
    }
    assert change["diff"][-2:] == ["-    return 1", "+    return 2"]
    assert document["upstream"][1] == {"asset": "days", "state": "changed", "keys": ["2026-01-05"], "reasons": []}
    assert document["rests_on"]["environment"] == ["pandas 2.2.3", "$API_URL"]


def test_without_differences_there_is_only_where_the_code_changed() -> None:
    assert list(list_why(CHANGED, now=NOW, diffs=False))[-1] == "  assets.py::daily changed (-1 +1)"


def test_what_the_source_does_not_show_is_told_in_words() -> None:
    members = (
        MemberChange("a.py::LIMIT", "changed", "LIMIT = count()", "LIMIT = count()", ("its value changed",)),
        MemberChange("a.py::STEP", "changed", "STEP = 1", "STEP = 2", ("its value changed",)),
        MemberChange("a.py::new\x1b", "new", new="def new():\n    pass"),
        MemberChange("a.py::old", "gone", old="old = 1"),
    )
    assert list(list_members(members)) == [
        "  a.py::LIMIT changed",
        "    its value changed",
        "  a.py::STEP changed (-1 +1)",
        "@@ -1 +1 @@",
        "-STEP = 1",
        "+STEP = 2",
        "  a.py::new\\x1b is new (+2)",
        "  a.py::old is gone (-1)",
    ]


def test_upstream_that_runs_first_is_told_with_why() -> None:
    upstream = (
        UpstreamChange(key("days"), "will run first", ("a..b", "d", "f", "h"), (Reason.CODE, Reason.FAILED)),
        UpstreamChange(key("raw"), "may run first", (), (Reason.UPSTREAM,)),
        UpstreamChange(key("same"), "same"),
    )
    waiting = dataclasses.replace(
        CHANGED, verdict=Verdict.WAITING, reason=Reason.UPSTREAM, members=(), upstream=upstream
    )
    assert list(list_why(waiting, now=NOW)) == [
        "daily@2026-01-05 waits for upstream (built 2 hours ago in run r1)",
        "  upstream days  will run first: code changed, failed last time  a..b, d, f, +1 more",
        "  upstream raw   may run first",
    ]


def test_the_document_of_all_partitions_has_groups_and_an_example() -> None:
    view = make_view({"daily": daily({"2026-01-05": STALE_CODE})})
    document = describe_all(view, key("daily"), CHANGED)
    assert (document["key"], document["example"], document["reason"]) == (None, "2026-01-05", "code")
    assert document["groups"] == [{"verdict": "stale", "reason": "code", "count": 1, "keys": ["2026-01-05"]}]


def test_the_document_of_fresh_partitions_says_so() -> None:
    document = describe_all(make_view({"daily": daily()}), key("daily"), None)
    assert (document["verdict"], document["reason"], document["added"], document["groups"]) == ("fresh", None, [], [])
    assert document["undeclared"] == []
