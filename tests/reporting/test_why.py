"""Why a node is stale, in words, as a difference, and as a document."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from plans import MISSING, NOW, STALE_CODE, WAITING, daily, key, make_view

from assetmake.planning.explain import Explanation, UpstreamChange
from assetmake.planning.history import NodeFailure
from assetmake.planning.plan import Reason, Verdict
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
    old_source="def daily():\n    return 1",
    new_source="def daily():\n    return 1",
    changed=(),
    upstream=(UpstreamChange(key("raw"), "same"),),
    failure=None,
)
CHANGED = dataclasses.replace(
    FRESH,
    verdict=Verdict.STALE,
    reason=Reason.CODE,
    new_source="def daily():\n    return 2",
    changed=("its code changed",),
    upstream=(UpstreamChange(key("raw"), "same"), UpstreamChange(key("days"), "changed", ("2026-01-05",))),
)


def test_what_is_fresh_says_since_when() -> None:
    assert list(list_why(FRESH, now=NOW)) == [
        "daily@2026-01-05 is fresh: built 2 hours ago in run r1, nothing has changed"
    ]


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
        "  its code changed",
        "  upstream days  changed  2026-01-05",
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
        CHANGED, key=None, reason=Reason.MISSING, built_at=None, run=None, old_source="", changed=(), upstream=()
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
    assert document["members"] == ["its code changed"]
    assert document["upstream"][1] == {"asset": "days", "state": "changed", "keys": ["2026-01-05"]}


def test_the_document_of_all_partitions_has_groups_and_an_example() -> None:
    view = make_view({"daily": daily({"2026-01-05": STALE_CODE})})
    document = describe_all(view, key("daily"), CHANGED)
    assert (document["key"], document["example"], document["reason"]) == (None, "2026-01-05", "code")
    assert document["groups"] == [{"verdict": "stale", "reason": "code", "count": 1, "keys": ["2026-01-05"]}]


def test_the_document_of_fresh_partitions_says_so() -> None:
    document = describe_all(make_view({"daily": daily()}), key("daily"), None)
    assert (document["verdict"], document["reason"], document["added"], document["groups"]) == ("fresh", None, [], [])
    assert document["undeclared"] == []
