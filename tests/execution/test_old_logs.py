"""Logs of runs long ago go with gc, but for those that `log` would still look for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from workshop import Workshop

from assetmake import asset, by_hand, clock
from assetmake.execution.old_logs import find_old_logs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, OTHER, YOUNG = "20260105T120000-0000aa", "20260106T120000-0000bb", "20260220T120000-0000cc"


def make_logs(logs: Path, *names: str) -> None:
    for name in names:
        (logs / name).mkdir(parents=True)
        (logs / name / "one.log").write_text("hello")


def test_only_old_logs_that_nothing_leads_to_are_found(workshop: Workshop, tmp_path: Path) -> None:
    make_logs(tmp_path / "logs", OLD, OTHER, YOUNG, ".workers", "mine")
    with workshop.state.writing() as db:
        assert find_old_logs(db, tmp_path / "none", now=NOW) == []
        db.execute("insert into state.failures (asset, part, run) values (1, 0, ?)", [OTHER])
        assert find_old_logs(db, tmp_path / "logs", now=NOW) == [tmp_path / "logs" / OLD]
        db.execute("insert into state.traces (asset, part, run) values (1, 0, ?)", [OLD])
        assert find_old_logs(db, tmp_path / "logs", now=NOW) == []


def test_they_are_removed_when_that_is_asked_for(workshop: Workshop) -> None:
    @asset
    def one():  # type: ignore[no-untyped-def]
        print("hello")
        return 1

    workshop.build([one])
    project = workshop.open([one])
    logs = project.site.logs
    long_ago = f"{clock.now().year - 1}0105T120000-0000aa"
    make_logs(logs, long_ago)

    assert by_hand.collect(project, remove=False)[1].logs == [logs / long_ago]
    assert (logs / long_ago).exists()
    by_hand.collect(project, remove=True)
    assert not (logs / long_ago).exists()
    assert by_hand.collect(project, remove=False)[1].logs == []
