"""A blocking check of an asset that one call makes together with what reads it: the call does not wait for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from workshop import Workshop

from assetmake import (
    AssetCheckResult,
    AssetKey,
    AssetOut,
    BackfillPolicy,
    Output,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    multi_asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.testing import Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b"])
HOWS = ["of one", "of all partitions", "of each partition", "of each of a range"]


def declare(how: str, *, passes: bool = True) -> list[AssetsDefinition]:
    """One call makes first and second, which depends on first; first has a blocking check, and third reads first."""
    partitions = None if how == "of one" else LETTERS

    @multi_asset(
        outs={name: AssetOut(is_required=False) for name in ("first", "second")},
        internal_asset_deps={"first": set(), "second": {AssetKey("first")}},
        can_subset=True,
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run() if how == "of each of a range" else None,
    )
    def both(context) -> Iterator[Output]:  # type: ignore[no-untyped-def]
        is_range = how == "of each of a range"
        for name in sorted(key.to_user_string() for key in context.selected_asset_keys):
            yield Output(dict.fromkeys(context.partition_keys, name) if is_range else name, output_name=name)

    @asset_check(
        asset="first",
        blocking=True,
        partitions_def=partitions if "each" in how else None,
    )
    def right(first: object) -> AssetCheckResult:
        return AssetCheckResult(passed=passes)

    @asset(partitions_def=partitions)
    def third(first: str) -> str:
        return first

    return [both, right, third]


@pytest.mark.parametrize("how", HOWS)
def test_the_call_does_not_wait_for_it(how: str) -> None:
    done = Sandbox(declare(how)).build()

    assert done.success
    names = [node.partition("@")[0] for node in done.ran]
    assert set(names) == {"first", "second", "first:right", "third"}
    assert names.index("first:right") > names.index("second")


@pytest.mark.parametrize("how", HOWS[::2])
def test_where_it_fails_what_the_call_makes_besides_is_made_again_alone(how: str) -> None:
    sandbox = Sandbox(declare(how, passes=False))
    first = sandbox.build()
    assert "third" not in {node.partition("@")[0] for node in first.ran}
    for file in (sandbox.root / "data").rglob("*.json"):
        if "second" in file.relative_to(sandbox.root).as_posix():
            file.unlink()

    done = sandbox.build()

    assert {node.partition("@")[0] for node in done.ran} == {"second"}


def test_where_nothing_can_go_on_and_nobody_is_waited_for_the_build_ends(workshop: Workshop) -> None:
    @asset
    def alone() -> int:
        return 1

    workshop.slots = 0

    with pytest.raises(AssertionError, match="alone wait for each other"):
        workshop.build([alone])
