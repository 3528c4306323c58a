"""Which partitions have something to do with each other, of what reads its own earlier ones."""

from __future__ import annotations

from assetmake.planning.earlier import EarlierReads
from assetmake.planning.joins import Between

CHAIN = EarlierReads(range(5), [Between(range(5), range(-1, 4), range(-1, 4))])
"""Each of five reads the one before it."""


def test_what_reads_some_comes_after_them() -> None:
    assert list(CHAIN.spread_down({2}, among=range(5))) == [2, 3, 4]
    assert list(CHAIN.spread_down({2}, among=range(4))) == [2, 3]


def test_what_some_read_comes_before_them() -> None:
    assert list(CHAIN.spread_up([2])) == [0, 1, 2]


def test_what_is_no_partition_makes_none_wait() -> None:
    assert list(CHAIN.spread_down({3, 4, 97, 98, 99}, among=range(5))) == [3, 4]
