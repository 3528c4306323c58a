"""What an opened project has done: runs, attempts at a node, the difference of two builds, what is to be retried."""

from __future__ import annotations

import shlex
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.selection import Selection
from assetmake.planning.attempts import Attempt, choose_builds, find_attempts
from assetmake.planning.history import LastAnswer, read_trace
from assetmake.planning.places import find_log_of
from assetmake.planning.retrying import Leftover, find_forced, find_leftover
from assetmake.planning.run_history import (
    AssetInRun,
    FailedInRun,
    RunRecord,
    find_run,
    is_run,
    read_assets_of,
    read_failed_of,
    read_runs,
)
from assetmake.planning.view import Scope, View
from assetmake.project import Project
from assetmake.storage.attempts import AttemptEnd
from assetmake.storage.run_records import RunEnd

_COMPARED = 100_000
"""How far back a run may be that two builds are compared with."""


def list_runs(
    project: Project, *, limit: int | None = None, since: datetime | None = None, failed: bool = False
) -> list[RunRecord]:
    """Return runs, the newest first; see `read_runs`."""
    with project.state.reading() as db:
        return read_runs(db, is_alive=project.site.runs.is_alive, limit=limit, since=since, failed=failed)


def knows_run(project: Project, name: str) -> bool:
    """Tell whether a text names a run, and no asset or check."""
    if any(str(key) == name for key in project.graph.records):
        return False
    with project.state.reading() as db:
        return is_run(db, name)


def look_at_run(
    project: Project, name: str, *, failures: int | None
) -> tuple[RunRecord, list[AssetInRun], list[FailedInRun]]:
    """Return a run, what it did by asset, and some of the nodes that failed in it.

    Raises:
        UsageError: there is no such run.
    """
    with project.state.reading() as db:
        run = find_run(db, name, is_alive=project.site.runs.is_alive)
        return run, read_assets_of(db, run.id), read_failed_of(db, run.id, limit=failures)


def list_attempts(
    project: Project,
    asset: AssetKey,
    key: str | None,
    *,
    limit: int,
    since: datetime | None = None,
    failed: bool = False,
) -> list[Attempt]:
    """Return attempts at a node, the newest first; of a partitioned asset without a key, those at all of it."""
    with project.state.reading() as db:
        view = project.look(db, selection=Selection.of(project.graph.find_asset(asset))).view
        return find_attempts(view, asset, key, limit=limit, since=since, failed=failed)


def find_builds(
    project: Project, asset: AssetKey, key: str | None, *, before: str | None, after: str | None
) -> tuple[Attempt, Attempt]:
    """Return the two builds of a node that are to be compared, the older one first; see `choose_builds`."""
    with project.state.reading() as db:
        view = project.look(db, selection=Selection.of(project.graph.find_asset(asset))).view
        attempts = find_attempts(view, asset, key, limit=_COMPARED, changed=True)
    name = str(asset) if key is None else f"{asset}@{key}"
    return choose_builds(attempts, name=name, before=before, after=after)


def find_earlier_log(project: Project, asset: AssetKey, key: str | None, run: str) -> Path | None:
    """Return what a node printed in a run; None where that is nothing, or not kept any more.

    Raises:
        UsageError: there is no such run, or the node did not run in it.
    """
    with project.state.reading() as db:
        found = find_run(db, run, is_alive=project.site.runs.is_alive)
        view = project.look(db, selection=Selection.of(project.graph.find_asset(asset))).view
        attempts = find_attempts(view, asset, key, limit=_COMPARED)
        log = find_log_of(view, asset, key, run=found.id, logs=project.site.logs)
    if log is None and all(each.run != found.id for each in attempts):
        name = str(asset) if key is None else f"{asset}@{key}"
        known = ", ".join(each.run for each in attempts[:3])
        raise UsageError(
            f"{name} did not run in {found.id}", hint=f"it did in {known}" if known else f"see assetmake history {name}"
        )
    return log


def find_answer(project: Project, check: AssetKey, key: str | None) -> LastAnswer | None:
    """Return what a check found when it was made last; None where it never was, or is none."""
    if check not in project.graph.checks:
        return None
    with project.state.reading() as db:
        view = project.look(db, selection=Selection.of(project.graph.find_asset(check))).view
        definition = view.scope.definitions[check]
        trace = read_trace(db, view.home(check), 0 if definition is None or key is None else definition.part_of(key))
    return None if trace is None else trace.answer


def find_retry(project: Project, name: str | None) -> Leftover | None:
    """Return what is left of a run that is not in order: the one named, else the last that left anything.

    Raises:
        UsageError: there is no such run, or nothing is known of what it left.
    """
    with project.state.reading() as db:
        is_alive = project.site.runs.is_alive
        if name is None:
            runs = read_runs(db, is_alive=is_alive, failed=True)
            run = next((each for each in runs if not _has_not_begun(each)), None)
        else:
            run = find_run(db, name, is_alive=is_alive)
        if run is None:
            return None
        seen = project.look(db)
        return replace(find_leftover(run, project.graph, seen.survey.scope), forced=find_forced(run, seen.view))


def find_mender(project: Project, left: Leftover) -> str | None:
    """Return the run that put right what another one left; None where something of it is still to be built.

    It is the retry of that run which went well. Else it is the last run that made some of what was left, if all of that
    has been made since, or is fresh.
    """
    with project.state.reading() as db:
        later = read_runs(db, is_alive=project.site.runs.is_alive, since=left.run.started_at)
        retried = [each.id for each in later if each.outcome == RunEnd.DONE and _is_retry(each.command, left.run.id)]
        if retried:
            return retried[-1]
        seen = project.look(db, selection=left.selection)
        makers, is_all = _find_makers(seen.view, left)
    if not makers:
        return None
    is_right = is_all or (
        not left.forced and project.make_plan(left.selection or Selection(), only=left.only).plan.is_idle
    )
    return next((each.id for each in later if each.id in makers), None) if is_right else None


def _is_retry(command: str, run: str) -> bool:
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    return "retry" in words and run in words


def _find_makers(view: View, left: Leftover) -> tuple[set[str], bool]:
    """Return the later runs that made some of what a run left, and tell whether all of that has been made."""
    makers: set[str] = set()
    is_all = True
    for name, spans in left.run.left.items():
        key = AssetKey.from_user_string(name)
        if key not in view.scope.definitions:
            continue  # the project no longer has it
        last: dict[str | None, Attempt] = {}
        for each in find_attempts(view, key, None, limit=_COMPARED, since=left.run.started_at):
            last.setdefault(each.key, each)
        made = {each.key: each.run for each in last.values() if each.outcome != AttemptEnd.FAILED}
        makers.update(made.values())
        is_all = is_all and all(each in made for each in _list_keys(view.scope, key, spans))
    return makers - {left.run.id}, is_all


def _list_keys(scope: Scope, asset: AssetKey, spans: Sequence[tuple[str, str]] | None) -> Iterator[str | None]:
    """Return the keys of ranges, one by one: of which there are too many to list, all that there are."""
    definition, parts = scope.definitions[asset], scope.parts[asset]
    if definition is None:
        yield None
        return
    if spans is None:
        yield from map(definition.key_of, parts)
        return
    for first, last in spans:
        yield first
        if first != last:
            with suppress(UnknownPartitionError):  # the project no longer has it
                low, high = definition.part_of(first), definition.part_of(last)
                yield from map(definition.key_of, parts[bisect_right(parts, low) : bisect_right(parts, high)])


def _has_not_begun(run: RunRecord) -> bool:
    """Tell whether a run gave up before it did anything, as those do that do not wait for another one."""
    return run.outcome == RunEnd.ABORTED.value and not run.left and not any(run.counts.values())
