"""What an asset finds as its instance in a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetmake.execution.worker_instance import NoInstanceError, WorkerInstance


@pytest.mark.parametrize(
    ("name", "hint"), [("add_dynamic_partitions", "assetmake partitions add NAME KEY"), ("get_runs", "assetmake why")]
)
def test_what_a_worker_cannot_record_is_refused_with_the_way_to_do_it(name: str, hint: str) -> None:
    with pytest.raises(NoInstanceError, match=rf"context\.instance\.{name}") as refused:
        getattr(WorkerInstance(Path()), name)
    assert hint in refused.value.hint
