"""Checks that did not pass and need not be made again: a build says what they found, and since when."""

from __future__ import annotations

import json
from datetime import datetime

from assetmake import (
    AssetCheckResult,
    AssetExecutionContext,
    DailyPartitionsDefinition,
    asset,
    asset_check,
)
from assetmake.events import CheckAnswered
from assetmake.reporting.documents import write_event
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-31")


@asset
def orders() -> int:
    return 1


@asset_check(asset=orders, blocking=True)
def complete() -> AssetCheckResult:
    return AssetCheckResult(passed=False, description="3 rows without a key", metadata={"rows": 3})


@asset(partitions_def=DAYS)
def daily(context: AssetExecutionContext) -> str:
    return context.partition_key


@asset_check(asset=daily, partitions_def=DAYS)
def whole(context: AssetExecutionContext) -> AssetCheckResult:
    day = int(context.partition_key[-2:])
    return AssetCheckResult(passed=day == 1, description="a hole" if day <= 3 else f"{day} holes")


def list_answers(sandbox: Sandbox, *selection: str) -> list[CheckAnswered]:
    return [event for event in sandbox.build(*selection).events if isinstance(event, CheckAnswered)]


def test_what_was_found_is_told_again() -> None:
    sandbox = Sandbox([orders, complete])
    (made,) = list_answers(sandbox)
    (standing,) = list_answers(sandbox)

    assert (made.stands, made.since) == (False, None)
    assert (standing.description, standing.metadata) == (made.description, made.metadata)
    assert standing.stands
    assert standing.since is not None
    assert datetime.fromisoformat(standing.since).tzinfo is not None
    assert json.loads(write_event(standing))["metadata"] == {"rows": 3}


def test_partitions_of_which_the_same_was_found_are_told_at_once_and_so_are_those_beyond_the_first_twenty() -> None:
    sandbox = Sandbox([daily, whole])
    list_answers(sandbox)
    standing = list_answers(sandbox)

    told = {each.description: (each.key, each.count) for each in standing}
    assert told["a hole"] == ("2026-01-02..2026-01-03", 2)
    assert told["4 holes"] == ("2026-01-04", 1)
    assert told[""] == ("2026-01-22..2026-01-30", 9)
    assert sum(each.count for each in standing) == 29
