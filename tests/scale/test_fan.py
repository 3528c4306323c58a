"""Fan-in and fan-out of ten thousand: a key that changes reaches exactly what reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from assetmake import StaticPartitionsDefinition, asset
from assetmake.planning.plan import Verdict
from assetmake.testing import Sandbox

SIZE = 10_000
KEYS = StaticPartitionsDefinition([f"key{number:05}" for number in range(SIZE)])


@asset(partitions_def=KEYS)
def each() -> None: ...


@asset
def base() -> None: ...


@asset(deps=[each])
def total() -> None: ...


@asset(partitions_def=KEYS, deps=[each, base])
def spread() -> None: ...


@asset(partitions_def=KEYS, deps=[total])
def shared() -> None: ...


@pytest.fixture(scope="module")
def built() -> Sandbox:
    sandbox = Sandbox([each, base, total, spread, shared])
    assert len(sandbox.build().ran) == 3 * SIZE + 2
    return sandbox


@contextmanager
def changed(sandbox: Sandbox, statement: str, asset_name: str, part: int) -> Iterator[None]:
    """Have the state say something else of a node in the block."""
    where = "where asset = (select id from state.assets where key = ?) and part = ?"
    with sandbox.project.state.writing() as db:
        db.execute(f"create temp table kept as select * from state.traces {where}", [asset_name, part])
        db.execute(f"{statement} {where}", [asset_name, part])
    try:
        yield
    finally:
        with sandbox.project.state.writing() as db:
            db.execute(f"delete from state.traces {where}", [asset_name, part])
            db.execute("insert into state.traces select * from kept")
            db.execute("drop table kept")


def plan(sandbox: Sandbox) -> Mapping[str, tuple[int, int]]:
    """Return how many nodes of each asset are stale, and how many wait, where any are."""
    found = {
        str(key): (len(verdicts.select(Verdict.STALE)), len(verdicts.select(Verdict.WAITING)))
        for key, verdicts in sandbox.plan().plan
    }
    return {name: counts for name, counts in found.items() if any(counts)}


def test_built_all_is_fresh(built: Sandbox) -> None:
    assert plan(built) == {}


@pytest.mark.parametrize("key", ["key00000", "key04711", "key09999"])
def test_one_key_of_ten_thousand(built: Sandbox, key: str) -> None:
    part = KEYS.part_of(key)
    with changed(built, "update state.traces set data = data + 1", "each", part):
        assert plan(built) == {"total": (1, 0), "spread": (1, 0), "shared": (0, SIZE)}
        (stale,) = [verdicts.parts for name, verdicts in built.plan().plan if str(name) == "spread"]
        assert list(stale) == [part]
    with changed(built, "delete from state.traces", "each", part):
        assert plan(built) == {"each": (1, 0), "total": (0, 1), "spread": (0, 1), "shared": (0, SIZE)}


def test_what_all_of_them_read(built: Sandbox) -> None:
    with changed(built, "update state.traces set data = data + 1", "base", 0):
        assert plan(built) == {"spread": (SIZE, 0)}
    with changed(built, "update state.traces set data = data + 1", "total", 0):
        assert plan(built) == {"shared": (SIZE, 0)}
