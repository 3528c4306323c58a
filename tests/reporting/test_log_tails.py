"""The ends of logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetmake.events import NodeFailed
from assetmake.reporting.log_tails import read_printed

TRACE = 'Traceback (most recent call last):\n  File "{}assets.py", line 4, in orders\nValueError: no\n'


@pytest.mark.parametrize(("printed", "left"), [("", []), ("read 3\n", ["read 3"])])
def test_the_traceback_is_left_out_although_the_log_names_files_in_full(
    tmp_path: Path, printed: str, left: list[str]
) -> None:
    (tmp_path / "orders.log").write_text(printed + TRACE.format(f"{tmp_path}/"))
    failed = NodeFailed("orders", "", "ValueError: no", TRACE.format(""), "orders.log")
    assert [line for line in read_printed(tmp_path, failed, lines=10, characters=1000) if line] == left
