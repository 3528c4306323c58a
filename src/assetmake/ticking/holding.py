"""Holding: what asked for something that is still being built is not asked again, until that is done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from assetmake import clock
from assetmake.project import Project
from assetmake.storage.automation_book import RequestRow, list_asked, list_open
from assetmake.storage.run_records import knows_run
from assetmake.storage.state import Database
from assetmake.ticking.decision import Answer, Decision
from assetmake.ticking.selecting import look_at_requests
from assetmake.ticking.written import tell_holder


def list_held(project: Project, db: Database, now: datetime) -> dict[tuple[str, str], str]:
    """Return who still builds what each asked for before, in words, by kind and name.

    One build may be of much that has nothing to do with each other: only that counts which each has asked for itself.
    """
    alive = project.site.runs.list_alive()
    builds: dict[str, list[RequestRow]] = {}
    for row in list_open(db):
        if row.owner in alive:
            builds.setdefault(row.owner, []).append(row)
    held: dict[tuple[str, str], str] = {}
    for rows in builds.values():
        for row, standing in zip(rows, look_at_requests(project, db, rows), strict=True):
            if not standing.is_done:
                held[row.kind, row.name] = f"an earlier request is still running: {tell_owner(db, row, now)}"
    return held


def list_taken(
    project: Project,
    decisions: Iterable[Decision],
    now: datetime,
    own: Collection[str],
    seen: Sequence[RequestRow] = (),
) -> list[tuple[RequestRow, str]]:
    """Return what a tick asked for or was to build and another one took, each asker once, with who that is in words.

    Args:
        project: The project.
        decisions: What the tick decided: one of the same time before it may have asked for the same.
        now: The time for which it decided.
        own: The requests that it has taken itself.
        seen: Those that nobody had taken when it was about to.
    """
    askers = {(each.kind.value, each.name) for each in decisions if each.answer is Answer.DUE}
    free = [row.id for row in seen if row.id not in own]
    if not (askers or free):
        return []
    with project.state.reading() as db:
        alive = project.site.runs.list_alive()
        rows = [row for row in list_asked(db, at=now, ids=free) if (row.kind, row.name) in askers or row.id in free]
        rows = [row for row in rows if row.id not in own]
        others = {(row.kind, row.name): row for row in rows if row.owner in alive or (row.is_finished and row.owner)}
        return [(row, tell_owner(db, row, clock.now())) for row in others.values()]


def tell_owner(db: Database, row: RequestRow, now: datetime) -> str:
    """Say who builds a request, with the name of the run once that is one which the history has."""
    return tell_holder(row, now, run=row.owner if knows_run(db, row.owner) else "")
