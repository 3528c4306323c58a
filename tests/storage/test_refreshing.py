"""Refreshing: when stat may vouch for bytes that were read, and what is written of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from rows_for_tests import record, trace

from assetmake.clock import RACY_NANOSECONDS
from assetmake.storage.fingerprints import intern_assets
from assetmake.storage.refreshing import RefreshedRow, is_settled, refresh_identities
from assetmake.storage.state import EphemeralState


def test_stat_vouches_for_what_has_been_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("1")
    seen = os.stat(file)
    changed = max(seen.st_mtime_ns, seen.st_ctime_ns)

    assert is_settled(seen, os.stat(file), now=changed + RACY_NANOSECONDS + 1)
    assert not is_settled(seen, os.stat(file), now=changed + RACY_NANOSECONDS)


def test_not_for_what_changed_while_it_was_read(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("1")
    seen = os.stat(file)
    later = max(seen.st_mtime_ns, seen.st_ctime_ns) + RACY_NANOSECONDS + 1
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns + 1))

    assert not is_settled(seen, os.stat(file), now=later)


ROW = RefreshedRow(asset=1, part=0, before=(1, 1), mtime=7, inode=8)


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (ROW, (7, 8)),
        (replace(ROW, part=5), (1, 1)),
        (replace(ROW, before=(2, 1)), (1, 1)),
        (replace(ROW, before=(1, 2)), (1, 1)),
    ],
    ids=["the node", "another node", "another mtime was recorded since", "another inode was recorded since"],
)
def test_only_what_is_still_recorded_so_is_refreshed(row: RefreshedRow, kept: tuple[int, int]) -> None:
    with EphemeralState().writing() as db:
        assert intern_assets(db, ["one"]) == {"one": 1}
        record(db, trace("one", 0, mtime=1, inode=1))

        refresh_identities(db, [row])

        assert db.execute("select mtime, inode from state.traces").fetchall() == [kept]


def test_that_is_no_change_of_the_node() -> None:
    with EphemeralState().writing() as db:
        intern_assets(db, ["one"])
        record(db, trace("one", 0, mtime=1, inode=1))
        before = db.execute("select revision, changed, data, content from state.traces").fetchall()

        refresh_identities(db, [ROW])

        assert db.execute("select revision, changed, data, content from state.traces").fetchall() == before
