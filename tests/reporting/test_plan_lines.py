"""A plan and a status, as people and as scripts read them."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from plans import FAILED, MISSING, NOW, STALE_CODE, WAITING, daily, key, make_view, single

from assetmake.planning.plan import Verdicts
from assetmake.reporting.documents import describe_plan
from assetmake.reporting.plan_lines import list_plan, list_status

WORK = {
    "raw/flights": single(STALE_CODE),
    "daily": daily(
        {
            "2026-01-01": MISSING,
            "2026-01-02": MISSING,
            "2026-01-05": WAITING,
            "2026-01-07": WAITING,
            "2026-01-09": FAILED,
        }
    ),
    "report": single(WAITING),
    "airports": single(),
}


def test_a_plan_names_what_is_stale_and_why() -> None:
    assert list(list_plan(make_view(WORK), seconds=0.1)) == [
        "raw/flights  stale                         code changed",
        (
            "daily        3 stale, 2 waiting, 26 fresh  missing 2, waits for upstream 2, failed last time 1"
            "  2026-01-01..2026-01-02, 2026-01-05, 2026-01-07, +1 more"
        ),
        "report       waiting                       waits for upstream",
        "≤ 7 to run: 4 stale, 3 waiting, 27 fresh",
    ]


def test_without_anything_waiting_the_number_is_exact() -> None:
    view = make_view({"daily": daily({"2026-01-01": STALE_CODE}, total=1_001)})
    assert list(list_plan(view, seconds=0.1))[-1] == "1 to run: 1 stale, 1,000 fresh"


def test_a_plan_without_work_is_one_line() -> None:
    view = make_view({"a": single(), "daily": daily(), "other": daily(total=1_000)})
    assert list(list_plan(view, seconds=0.18)) == ["up to date: 3 assets, 1,031 partitions (0.18s)"]
    assert list(list_plan(make_view({"a": single()}), seconds=1)) == ["up to date: 1 asset (1.0s)"]


def test_a_state_that_no_asset_is_in_selects_nothing() -> None:
    nothing = ["nothing is selected: no asset is in that state now"]
    assert list(list_plan(make_view({}), seconds=0.1)) == nothing
    assert list_status(make_view({}), [], now=NOW) == nothing


def test_of_a_source_whose_checks_are_asked_for_a_status_has_no_row() -> None:
    view = make_view({})
    plan = dataclasses.replace(view.plan, checks={key("ext:kept"): Verdicts(1, range(0), b"")})
    assert list_status(dataclasses.replace(view, plan=plan), [], now=NOW) == []


def test_a_status_has_a_row_for_each_asset() -> None:
    view = make_view(WORK, built={"daily": NOW - timedelta(hours=2), "airports": NOW - timedelta(days=3)})
    lines = list_status(view, [key("airports"), key("daily"), key("report")], now=NOW)
    assert lines == [
        (
            "ASSET     FRESH  STALE  WAITING  MISSING  FAILED  LAST BUILD   REASON"
            "                                         KEYS"
        ),
        "airports      1      -        -        -       -  3 days ago   -",
        (
            "daily        26      -        2        2       1  2 hours ago"
            "  missing, waits for upstream, failed last time"
            "  2026-01-01..2026-01-02, 2026-01-05, 2026-01-07, +1 more"
        ),
        "report        -      -        1        -       -  never        waits for upstream",
    ]


def test_a_name_that_would_move_the_cursor_is_shown_escaped() -> None:
    line = next(list_plan(make_view({"a\x1b[2Jb": single(MISSING)}), seconds=0.1))
    assert line.startswith("a\\x1b[2Jb")


def test_the_document_of_a_plan_is_what_scripts_rely_on() -> None:
    assert describe_plan(make_view(WORK)) == {
        "counts": {"fresh": 27, "stale": 4, "waiting": 3},
        "assets": [
            {"asset": "raw/flights", "fresh": 0, "stale": 1, "waiting": 0, "reasons": {"code": 1}},
            {
                "asset": "daily",
                "fresh": 26,
                "stale": 3,
                "waiting": 2,
                "reasons": {"missing": 2, "upstream": 2, "failed": 1},
                "stale_keys": ["2026-01-01..2026-01-02", "2026-01-05", "2026-01-07", "2026-01-09"],
            },
            {"asset": "report", "fresh": 0, "stale": 0, "waiting": 1, "reasons": {"upstream": 1}},
            {"asset": "airports", "fresh": 1, "stale": 0, "waiting": 0, "reasons": {}},
        ],
    }


def test_the_document_of_a_status_counts_only_the_assets_asked_for() -> None:
    document = describe_plan(make_view(WORK), [key("report"), key("unknown")])
    assert document["counts"] == {"fresh": 0, "stale": 0, "waiting": 1}
