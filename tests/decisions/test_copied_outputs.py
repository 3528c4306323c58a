"""Outputs that were copied or touched: their bytes are read once, and never taken for what they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assetmake import StaticPartitionsDefinition, asset, clock
from assetmake.planning import outputs
from assetmake.testing import Sandbox

KEYS = StaticPartitionsDefinition(["a", "b", "c"])


@asset(partitions_def=KEYS)
def letters(context) -> str:
    return context.partition_key


@asset
def joined(letters: dict[str, str]) -> str:
    return "".join(letters.values())


class Shop:
    """A project that is built, and what is read of its outputs."""

    def __init__(self, sandbox: Sandbox, read: list[str]) -> None:
        self.sandbox, self._read = sandbox, read

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.sandbox.root.rglob("*.json") if ".assetmake" not in path.parts)

    def touch(self) -> None:
        """Give every output another mtime, as a copy or a checkout does."""
        for file in self.files:
            os.utime(file, ns=(1_000_000_000, 1_000_000_000))

    def build(self) -> tuple[list[str], int]:
        """Return what ran, and how many outputs were read to find out."""
        self._read.clear()
        return self.sandbox.build().ran, len(self._read)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    read: list[str] = []
    hash_file = outputs.hash_file

    def hash_and_note(path: Path) -> bytes:
        read.append(path.name)
        return hash_file(path)

    monkeypatch.setattr(outputs, "hash_file", hash_and_note)
    now = clock.now_ns
    monkeypatch.setattr(clock, "now_ns", lambda: now() + 3600 * 10**9)  # all that was written lies an hour back
    shop = Shop(Sandbox([letters, joined], root=tmp_path), read)
    assert len(shop.build()[0]) == 4
    return shop


def test_they_are_read_once(shop: Shop) -> None:
    shop.touch()

    assert shop.build() == ([], 4)
    assert shop.build() == ([], 0)


def test_those_that_are_touched_right_now_are_read_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.touch()
    with monkeypatch.context() as just_now:
        just_now.setattr(clock, "now_ns", lambda: max(file.stat().st_ctime_ns for file in shop.files))
        assert shop.build() == ([], 4)

    assert shop.build() == ([], 4)
    assert shop.build() == ([], 0)


def test_a_change_after_that_is_seen(shop: Shop) -> None:
    shop.touch()
    shop.build()
    one = shop.files[1]
    one.write_text('"z"')
    os.utime(one, ns=(1_000_000_000, 1_000_000_001))

    assert shop.build()[0] == ["letters@a"]


def test_a_build_with_something_to_do_reads_the_others_once_too(shop: Shop) -> None:
    shop.touch()
    shop.files[1].unlink()

    assert shop.build()[0] == ["letters@a"]
    assert shop.build() == ([], 0)
