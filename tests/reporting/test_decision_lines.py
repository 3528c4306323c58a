"""Decisions and orphans in lines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from plans import DAILY, NOW, key

from assetmake.planning.deciding import Decided
from assetmake.planning.orphans import Garbage, Orphans
from assetmake.planning.view import Scope
from assetmake.reporting.decision_lines import list_decided, tell_decision
from assetmake.reporting.documents import describe_garbage
from assetmake.reporting.orphan_lines import list_garbage, list_kept, tell_orphans
from assetmake.storage.decisions import ACCEPT, INVALIDATE, Decision

DAYS = DAILY.parts(current_time=NOW)
SCOPE = Scope({key("report"): None, key("daily"): DAILY}, {}, {}, NOW)
OLD = [Orphans("daily", 31, ("2025-12-01..2025-12-31",)), Orphans("old", 1, ())]
ROOT = Path("project")


def test_what_was_decided_is_counted_and_named() -> None:
    decided = Decided({key("report"): range(1), key("daily"): DAYS[:2]}, SCOPE)
    assert list(list_decided("accepted", decided, otherwise="")) == [
        "accepted 3 nodes of 2 assets: report, daily@2026-01-01..2026-01-02"
    ]
    assert list(list_decided("accepted", Decided({}, SCOPE), otherwise="all of it is fresh")) == [
        "nothing is accepted: all of it is fresh"
    ]


def test_a_decision_is_told_with_its_time_and_reason() -> None:
    accepted = Decision(ACCEPT, NOW - timedelta(hours=2), "same\x1bnumbers", "me@here")
    assert tell_decision(accepted, NOW) == "accepted 2 hours ago: same\\x1bnumbers"
    assert tell_decision(Decision(INVALIDATE, NOW, "odd", ""), NOW) == "invalidated just now: odd"


def test_orphans_are_one_line() -> None:
    assert list(tell_orphans([])) == []
    assert next(tell_orphans(OLD)) == (
        "orphans: 32 nodes of 2 assets are no longer in the project (daily@2025-12-01..2025-12-31, old);"
        " assetmake gc lists and removes them"
    )
    assert next(tell_orphans(OLD[1:])).startswith("orphans: 1 node of 1 asset is no longer in the project (old);")


def test_garbage_is_listed_by_asset_with_its_size() -> None:
    garbage = Garbage({ROOT / "a.json": 2000, ROOT / "b.json": 48}, {}, {"daily": 2048}, [("daily", 1)])
    assert list(list_garbage(OLD, garbage, is_removed=False)) == [
        "daily  31 nodes  2.0 KiB  2025-12-01..2025-12-31",
        "old      1 node  0 bytes",
        "2 files, 2.0 KiB to remove: assetmake gc --yes",
    ]
    assert list(list_garbage(OLD, garbage, is_removed=True))[-1] == "removed 1 node: 2 files, 2.0 KiB"
    assert list(list_garbage([], Garbage(), is_removed=False)) == [
        "nothing to collect: all that was built is in the project"
    ]
    assert list(list_garbage(OLD, Garbage(), is_removed=False))[-1] == "nothing of it can be removed"


def test_files_that_stay_are_named_up_to_a_number() -> None:
    garbage = Garbage(kept={ROOT / f"{number}.json": "it is not what was built" for number in range(7)})
    lines = list(list_kept(garbage, root=ROOT))
    assert lines[0] == "left alone: 0.json: it is not what was built"
    assert lines[5:] == ["left alone: 2 more"]


def test_old_logs_are_told_of_with_or_without_orphans() -> None:
    garbage = Garbage(logs=[ROOT / "logs/a", ROOT / "logs/b"])
    assert list(list_garbage([], garbage, is_removed=False)) == [
        "to remove with assetmake gc --yes: logs of 2 runs long ago, in which nothing was built last"
    ]
    assert next(list_garbage(OLD, garbage, is_removed=True)).startswith("removed logs of 2 runs")


def test_garbage_is_a_document() -> None:
    garbage = Garbage({ROOT / "a.json": 3}, {Path("elsewhere/b"): "why"}, {"old": 3}, [("old", 0)])
    assert describe_garbage(OLD, garbage, root=ROOT, is_removed=True) == {
        "removed": True,
        "bytes": 3,
        "files": ["a.json"],
        "kept": {"elsewhere/b": "why"},
        "orphans": [
            {"asset": "daily", "nodes": 31, "keys": ["2025-12-01..2025-12-31"]},
            {"asset": "old", "nodes": 1},
        ],
        "logs": [],
    }
