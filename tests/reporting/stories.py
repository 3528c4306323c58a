"""Builds to report of: events told one after the other, on a project of a few real files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.calendars import DailyPartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.discovery.manifest import AssetRecord, Fingerprint
from assetmake.events import CheckAnswered, Event, NodeFailed, NodesBuilt, RunFinished, RunStarted
from assetmake.reporting.run_story import RunStory
from assetmake.reporting.source_places import SourcePlaces

HOSTILE = (
    "\x00\x07\x1b[2J\ud800\udcff\ufffe\uffff<b>&amp;]]>\"'|`_*[x](y)"
    "\n::error::owned\r##[add-mask]a\u2028$x$ @all www.x.y"
)
"""What nobody should have to fear: illegal in XML, markup in Markdown, obeyed by terminals and CI servers."""
FINISHED = RunFinished("r1", 0, 0, 0, 0, 0, 0, 0, 0, 0, 12.5)


def tell(*events: Event) -> RunStory:
    story = RunStory()
    for event in events:
        story(event)
    return story


def start(*, assets: int = 3, to_run: int = 1, partitions: int = 0) -> RunStarted:
    return RunStarted("r1" if to_run else "", assets=assets, fresh=assets, to_run=to_run, partitions=partitions)


def finish(**counts: int) -> RunFinished:
    return dataclasses.replace(FINISHED, **counts)


def build(asset: str, number: int = 1, *, seconds: float = 1.5) -> NodesBuilt:
    return NodesBuilt(asset, number, 0, seconds)


def fail(asset: str, key: str = "", *, message: str = "ValueError: boom", line: int = 7, call: str = "") -> NodeFailed:
    traceback = f'Traceback (most recent call last):\n  File "assets.py", line {line}, in f\n{message}\n'
    return NodeFailed(asset, key, message, traceback, "", "assets.py", line, call)


def answer(check: str, verdict: str, key: str = "", *, said: str = "", stands: bool = False) -> CheckAnswered:
    asset, _, name = check.partition(":")
    return CheckAnswered(asset, name, key, verdict, description=said, stands=stands)


def make_places(
    folder: Path, names: Iterable[str] = ("orders", "orders:fine"), daily: Iterable[str] = ()
) -> SourcePlaces:
    """Return a project in a repository: all its assets are declared in line 3 of its assets.py."""
    project = folder / "repository" / "project"
    project.mkdir(parents=True, exist_ok=True)
    (project / "assets.py").write_text("")
    records = {name: _make_record(name, project, daily=False) for name in names}
    records |= {name: _make_record(name, project, daily=True) for name in daily}
    return SourcePlaces(project, folder / "repository", records)


def _make_record(name: str, project: Path, *, daily: bool) -> AssetRecord:
    return AssetRecord(
        key=AssetKey(name.replace(":", "-")),
        module="shop.assets",
        place=Place(str(project / "assets.py"), 3),
        fingerprint=Fingerprint("", "", "", "", ""),
        partitions=DailyPartitionsDefinition("2026-01-01") if daily else None,
    )
