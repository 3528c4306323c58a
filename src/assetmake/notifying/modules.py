"""Modules that do not import: which they are, and which of them somebody has been told of."""

from __future__ import annotations

from collections.abc import Collection

from assetmake import clock
from assetmake.project import Project
from assetmake.storage.automation_book import Known, forget_known, read_known, write_known

_KIND = "module"


def list_broken(project: Project) -> list[str]:
    """Return the modules that do not import."""
    return [failure.module for failure in project.manifest.failures if failure.place is None]


def read_told(project: Project) -> frozenset[str]:
    """Return the modules that somebody has been told of, and not that they import again."""
    with project.state.reading() as db:
        return frozenset(name for kind, name in read_known(db) if kind == _KIND)


def note_told(project: Project, told: Collection[str], *, before: Collection[str]) -> None:
    """Keep which modules somebody has been told of, in the place of those before."""
    if set(told) == set(before):
        return
    with project.state.writing() as db:
        forget_known(db, [(_KIND, name) for name in before if name not in told])
        write_known(db, {(_KIND, name): Known(clock.now()) for name in told if name not in before})
