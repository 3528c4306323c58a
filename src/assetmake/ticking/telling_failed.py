"""Telling of schedules and sensors that fail, and of modules that import again; what was told is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from assetmake.discovery.notify_settings import FAILURE, RECOVERY, NotifyConfig
from assetmake.notifying.listening import Warn, find_origin, send
from assetmake.notifying.modules import list_broken, note_told, read_told
from assetmake.notifying.notices import Trouble, tell_mended, tell_troubles
from assetmake.project import Project
from assetmake.storage.automation_book import Known, read_known, write_known
from assetmake.ticking.backlog import read_backlog
from assetmake.ticking.decision import Kind

Name = tuple[str, str]


def tell_failing(project: Project, config: NotifyConfig, command: str, failed: Collection[Name], warn: Warn) -> None:
    """Tell which schedules and sensors fail, and which were told of and do no longer.

    The second is told only to whom the first was. What could not be delivered stays to be told.

    Args:
        project: The project.
        config: Whom to tell, and of what.
        command: The command line.
        failed: The kinds and names of those that failed just now: what was told of already is told of again if it is
            one of them, and `repeat` is on.
        warn: Is told what nobody else could be told.
    """
    with project.state.reading() as db:
        known = {name: each for name, each in read_known(db).items() if name[0] in {Kind.SCHEDULE, Kind.SENSOR}}
    automation = project.manifest.automation
    there = {(str(Kind.SCHEDULE), each.name) for each in automation.schedules}
    there |= {(str(Kind.SENSOR), each.name) for each in automation.sensors}
    backlogs = {name: read_backlog(each) for name, each in known.items() if name in there}
    again = {(str(kind), name) for kind, name in failed} if config.repeat else set()
    failing = {name: each for name, each in backlogs.items() if each.since and (not each.told or name in again)}
    origin = find_origin(project, command)
    if failing and FAILURE in config.on:
        troubles = [
            Trouble(kind, name, each.message, each.failing_since) for (kind, name), each in sorted(failing.items())
        ]
        if send([tell_troubles(origin, troubles)], config, folder=project.root, warn=warn):
            _keep(project, failing, told=True)
    mended = {name: each for name, each in backlogs.items() if each.told and not each.since}
    modules = read_told(project)
    gone = sorted(modules - set(list_broken(project)))
    if not (mended or gone):
        return
    troubles = [*(Trouble(kind, name) for kind, name in sorted(mended)), *(Trouble("module", name) for name in gone)]
    notice = tell_mended(origin, troubles)
    if RECOVERY not in config.on or send([notice], config, folder=project.root, warn=warn):
        _keep(project, mended, told=False)
        note_told(project, modules - set(gone), before=modules)


def _keep(project: Project, several: Collection[Name], *, told: bool) -> None:
    """Note that something was told; what another tick has found meanwhile stays."""
    with project.state.writing() as db:
        known: Mapping[Name, Known] = read_known(db)
        write_known(
            db,
            {
                name: replace(known[name], memory=replace(read_backlog(known[name]), told=told).write())
                for name in several
                if name in known
            },
        )
