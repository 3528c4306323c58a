"""What a plan rests on that found nothing to do: all that was looked at, and until when the clock leaves it alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from assetmake.discovery.recall.inputs import Inputs, Stamp, is_older, is_settled, stamp_of
from assetmake.planning.scope import Survey
from assetmake.storage.ledger import SourceRow
from assetmake.storage.refreshing import RefreshedRow
from assetmake.storage.sources import list_searched
from assetmake.storage.standing import MOST_PATHS, hash_variable


@dataclass(slots=True)
class Sightings:
    """Outputs as they were when a plan looked at them: files, or the folder that stands for many.

    Attributes:
        stamps: By path, what stat said.
        absent: Paths at which there was nothing.
        is_partial: Something was decided by more than stat, so that stat alone cannot vouch for it.
        refreshed: Outputs with the recorded bytes and another mtime or inode, of which stat can vouch from now on.
    """

    stamps: dict[str, Stamp] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    is_partial: bool = False
    refreshed: list[RefreshedRow] = field(default_factory=list)

    def note(self, path: str, seen: os.stat_result) -> None:
        self.stamps[path] = stamp_of(seen)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on; see `storage.standing.keep_answer`."""

    made_at: int
    until: int | None
    salt: str
    variables: Mapping[str, str | None]
    absent: tuple[str, ...]
    present: Mapping[str, int]
    links: Mapping[str, str]
    stamps: Mapping[str, Stamp]

    def to_arguments(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def find_grounds(
    survey: Survey,
    sightings: Sightings,
    inputs: Inputs | None,
    *,
    root: Path,
    environment: Mapping[str, str],
    begun_at: int,
    also: Iterable[str],
) -> Grounds | None:
    """Return what a plan rests on; None where stat cannot vouch for some of it.

    Args:
        survey: The sources and partitions that it was made over.
        sightings: The outputs that it looked at.
        inputs: What decided the manifest and the configuration.
        root: The project's folder.
        environment: Environment variables.
        begun_at: Before anything was looked at, in nanoseconds since 1970. What has changed since then or just before
            may have been seen as it was, or may change once more and look the same.
        also: Other files that decide it, which nobody changes while the state is read.
    """
    if inputs is None or sightings.is_partial:
        return None
    known = {**inputs.files, **inputs.folders}
    stamps = {path: seen.stamp for path, seen in known.items()}
    absent = [*inputs.absent, *(os.path.join(root, path) for path in survey.absent)]
    sources = {os.path.join(root, path): row for path, row in survey.seen.items()}
    looked_at = [*sources, *_list_folders(survey, root)]
    if len(looked_at) + len(inputs.present) > MOST_PATHS or not all(
        seen.digest and is_settled(seen) for seen in known.values()
    ):
        return None
    seen_now = {path: _find_stamp(path) for path in looked_at}
    if any(stamp is not None and not is_older(stamp, begun_at) for stamp in seen_now.values()):
        return None
    if not _are_as_surveyed(sources, seen_now) or not all(each.finds_the_same(root) for each in survey.searched):
        return None
    if not _is_path_absolute(environment):
        return None
    seen_now.update({path: _find_stamp(path) for path in also})
    absent += [path for path, stamp in seen_now.items() if stamp is None]
    absent += sightings.absent
    stamps.update({path: stamp for path, stamp in seen_now.items() if stamp is not None})
    stamps.update(sightings.stamps)
    if len(stamps) > MOST_PATHS:
        return None
    plain = {name: hash_variable(name, environment.get(name), salt=inputs.salt) for name in _VARIABLES}
    variables = {**inputs.variables, **plain}
    until = _find_end(survey)
    return Grounds(
        begun_at, until, inputs.salt, variables, tuple(absent), dict(inputs.present), dict(inputs.links), stamps
    )


_VARIABLES = ("ASSETMAKE_ENV", "PYTHONPATH", "PYTHONOPTIMIZE", "PYTHONUTF8", "PYTHONNOUSERSITE")
"""They decide what is configured, and what can be imported."""


def _find_stamp(path: str) -> Stamp | None:
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return None


def _are_as_surveyed(sources: Mapping[str, SourceRow], seen_now: Mapping[str, Stamp | None]) -> bool:
    """Tell whether source files are still those that the plan was made of.

    They need not be, however old what is there now is: a link may lead elsewhere, or a folder have changed places with
    another. For folders that are searched a search tells, made after they were looked at.
    """
    for path, row in sources.items():
        stamp = seen_now[path]
        if stamp is None or (row.size, row.mtime, row.inode) != (stamp[0], stamp[1], stamp[3]):
            return False
    return True


def _is_path_absolute(environment: Mapping[str, str]) -> bool:
    """Tell whether PYTHONPATH means the same in whatever folder a command is called."""
    path = environment.get("PYTHONPATH", "")
    return not path or all(map(os.path.isabs, path.split(os.pathsep)))


def _list_folders(survey: Survey, root: Path) -> Iterator[str]:
    for search in survey.searched:
        yield from islice(list_searched(root, search.pattern), MOST_PATHS + 1)


def _find_end(survey: Survey) -> int | None:
    """Return the nanosecond at which the first definition may have another partition; None for never."""
    scope = survey.scope
    definitions = {definition for definition in scope.definitions.values() if definition is not None}
    ends = [end for definition in definitions if (end := definition.changes_at(scope.now)) is not None]
    return min(ends) * 1_000_000_000 if ends else None
