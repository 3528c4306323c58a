"""Telling of lateness: once when an asset becomes late, and once when it is no longer; what was told is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from assetmake.discovery.notify_settings import LATE, RECOVERY, NotifyConfig
from assetmake.notifying.listening import Warn, find_origin, send
from assetmake.notifying.notices import Late, Notice, tell_late, tell_no_longer_late
from assetmake.project import Project
from assetmake.storage.automation_book import read_known, write_known
from assetmake.ticking.decision import Kind, Known
from assetmake.ticking.freshness_rule import Told, read_told
from assetmake.ticking.lateness import FAIL, UNKNOWN


def tell_lateness(project: Project, config: NotifyConfig, command: str, warn: Warn) -> None:
    """Tell of what is late and was not told of, and of what was told of and is no longer late.

    The second is told only to whom the first was. What could not be delivered stays to be told.
    """
    if LATE not in config.on:
        return
    with project.state.reading() as db:
        known = {name: each for (kind, name), each in read_known(db).items() if kind == Kind.FRESHNESS}
    there = {str(policy.asset) for policy in project.manifest.automation.policies}
    judged = {name: (each, read_told(each)) for name, each in known.items() if name in there}
    late = {name: pair for name, pair in judged.items() if pair[1].state == FAIL and not pair[1].told}
    mended = {name: pair for name, pair in judged.items() if pair[1].told and pair[1].state not in {FAIL, UNKNOWN}}
    origin = find_origin(project, command)
    if late and _send(project, config, tell_late(origin, _list(late, "late since {since}")), warn):
        _keep(project, late, told=True)
    if not mended:
        return
    notice = tell_no_longer_late(origin, _list(mended, "it was built again"))
    if RECOVERY not in config.on or _send(project, config, notice, warn):
        _keep(project, mended, told=False)


def _list(judged: dict[str, tuple[Known, Told]], message: str) -> list[Late]:
    found = []
    for name, (known, told) in judged.items():
        since = datetime.fromisoformat(told.since) if told.since else known.evaluated_at
        found.append(Late(name, since, message.format(since=f"{since:%Y-%m-%d %H:%M} UTC")))
    return found


def _send(project: Project, config: NotifyConfig, notice: Notice, warn: Warn) -> bool:
    return send([notice], config, folder=project.root, warn=warn)


def _keep(project: Project, judged: dict[str, tuple[Known, Told]], *, told: bool) -> None:
    """Note that something was told; what another tick has found meanwhile stays."""
    with project.state.writing() as db:
        known = read_known(db)
        names = [(str(Kind.FRESHNESS), name) for name in judged]
        write_known(
            db,
            {
                name: replace(known[name], memory=replace(read_told(known[name]), told=told).write())
                for name in names
                if name in known
            },
        )
