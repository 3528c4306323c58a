"""Another try of a function that makes several assets: nothing of the first try counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assetmake import AssetKey, AssetOut, AssetsDefinition, Output, RetryPolicy, asset, multi_asset
from assetmake.events import NodeRetried
from assetmake.testing import Sandbox

POLICY = RetryPolicy(max_retries=1)


class Unstorable:
    def __reduce__(self) -> Any:
        raise ValueError("cannot be written")


@asset
def of_first(first: int) -> int:
    return first


@asset
def of_second(second: int) -> int:
    return second


def make_chain(first: Iterator[Any], *, can_subset: bool = False) -> list[AssetsDefinition]:
    """first -> second in one call, and a reader of each; `first` gives what each call gives as its first output."""

    @multi_asset(
        outs={name: AssetOut(is_required=not can_subset) for name in ("first", "second")},
        internal_asset_deps={"first": set(), "second": {AssetKey("first")}},
        retry_policy=POLICY,
        can_subset=can_subset,
    )
    def chain() -> Iterator[Output[Any]]:
        value = next(first)
        yield Output(value, output_name="first")
        yield Output(value if isinstance(value, int) else -1, output_name="second")

    return [chain, of_first, of_second]


@pytest.mark.parametrize("can_subset", [False, True])
def test_where_the_first_was_not_published_both_are_made_again(*, can_subset: bool) -> None:
    sandbox = Sandbox(make_chain(iter([Unstorable(), 2]), can_subset=can_subset))

    done = sandbox.build()

    assert done.success
    assert done.ran == ["first", "second"] * 2 + ["of_first", "of_second"]
    assert [(each.asset, each.count) for each in done.events if isinstance(each, NodeRetried)] == [("first", 2)]
    assert [done.asset_value(name) for name in ("second", "of_second")] == [2, 2]
    assert sandbox.build().ran == []


def test_where_the_first_is_never_published_neither_is_the_second() -> None:
    sandbox = Sandbox(make_chain(iter([Unstorable(), Unstorable()])))

    done = sandbox.build()

    assert done.ran == ["first", "second"] * 2
    assert [each.asset for each in done.failures] == ["first", "second"]
    assert not (sandbox.root / "data/second.json").exists()


def make_optional(*tries: int | None) -> list[AssetsDefinition]:
    """Each try gives `maybe` where there is a number for it; all but the last raise then."""
    left = list(tries)

    @multi_asset(outs={"maybe": AssetOut(is_required=False), "always": AssetOut()}, retry_policy=POLICY)
    def both() -> Iterator[Output[int]]:
        number = left.pop(0)
        if number is not None:
            yield Output(number, output_name="maybe")
        if left:
            raise ValueError("no rows")
        yield Output(len(tries), output_name="always")

    @asset(deps=["maybe"])
    def after() -> int:
        return 1

    return [both, after]


def test_what_only_the_first_try_gave_is_not_there() -> None:
    sandbox = Sandbox(make_optional(1, None))

    done = sandbox.build()

    assert done.success
    assert not (sandbox.root / "data/maybe.json").exists()
    assert (sandbox.root / "data/always.json").exists()
    assert sandbox.build().ran == []


def test_what_only_the_second_try_gave_is_there() -> None:
    done = Sandbox(make_optional(None, 2)).build()

    assert done.success
    assert done.asset_value("maybe") == 2


def test_what_only_the_first_try_gave_leaves_what_stood_before() -> None:
    sandbox = Sandbox(make_optional(7))
    sandbox.build()
    sandbox.replace(make_optional(8, None))

    done = sandbox.build("maybe", force=True)

    assert done.ran == ["maybe", "always"] * 2
    assert done.asset_value("maybe") == 7
    assert sandbox.build().ran == []
