"""What a job behind blocking checks waits for: kept up to date, and not put together anew at each look."""

from __future__ import annotations

from collections.abc import Set

import pytest

from assetmake import (
    AssetCheckResult,
    AssetExecutionContext,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    asset_check,
)
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import RunFinished
from assetmake.execution.jobs import Job
from assetmake.execution.sifting import Sieve
from assetmake.testing import BuildResult, Sandbox

NUMBERS = StaticPartitionsDefinition([f"{number:02}" for number in range(24)])
UP = AssetKey(["up"])


def declare(*, wrong: str = "", broken: str = "", version: str = "1") -> list[AssetsDefinition]:
    """up with two blocking checks by partition and one of the whole, and down, which reads up."""

    @asset(partitions_def=NUMBERS, code_version=version, retry_policy=RetryPolicy(max_retries=1))
    def up(context: AssetExecutionContext) -> str:
        if context.partition_key == broken:
            raise ValueError("broken")
        return context.partition_key

    @asset_check(asset=up, blocking=True, partitions_def=NUMBERS)
    def first(up: str) -> AssetCheckResult:
        return AssetCheckResult(passed=up != wrong)

    @asset_check(asset=up, blocking=True, partitions_def=NUMBERS)
    def second(up: str) -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset(partitions_def=NUMBERS)
    def down(up: str) -> str:
        return up

    return [up, first, second, down]


def finished(result: BuildResult) -> RunFinished:
    (found,) = (event for event in result.events if isinstance(event, RunFinished))
    return found


class Looks:
    """Listens to all that a sieve finds unfinished.

    Attributes:
        seen: What was found of `up` at each look of `down`; the same set mostly, which changes.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[Set[int]] = []
        find = Sieve.find_unfinished

        def listen(sieve: Sieve, job: Job) -> dict[AssetKey, Set[int]]:
            found = find(sieve, job)
            if str(job.key) == "down":
                three = (sieve.find_job(AssetKey.from_user_string(name)) for name in ("up", "up:first", "up:second"))
                expected = set().union(*(each.unfinished for each in three if each is not None))
                assert found.get(UP, set()) == expected
                if expected:
                    self.seen.append(found[UP])
            return found

        monkeypatch.setattr(Sieve, "find_unfinished", listen)


@pytest.mark.parametrize(
    ("edit", "built", "skipped"),
    [({}, 48, 0), ({"wrong": "07"}, 47, 1), ({"broken": "07"}, 46, 1)],
    ids=["all is well", "a check fails", "the asset fails"],
)
def test_it_is_put_together_once(
    monkeypatch: pytest.MonkeyPatch, edit: dict[str, str], built: int, skipped: int
) -> None:
    looks = Looks(monkeypatch)

    done = finished(Sandbox(declare(**edit)).build())

    assert (done.built, done.skipped) == (built, skipped)
    assert len(looks.seen) > 4
    assert len({id(each) for each in looks.seen}) == 1


def test_it_shrinks_with_what_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox(declare())
    sandbox.build()
    sandbox.replace(declare(version="2"))
    looks = Looks(monkeypatch)

    done = finished(sandbox.build())

    assert (done.unchanged, done.spared) == (24, 24)
    assert len({id(each) for each in looks.seen}) == 1
