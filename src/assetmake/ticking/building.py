"""Building: what was asked for is taken, built with everything else that fits into one build, and finished.

A request is one tick's for as long as that lives; what a tick that was killed has left is whoever's comes next.
"""

from __future__ import annotations

import json
import os
import socket
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.occurrences.tags import PARTITION_TAG
from assetmake.discovery.launch import Launch
from assetmake.errors import AssetmakeError, LockTimeout, StorageError
from assetmake.events import RunFinished, Sink
from assetmake.execution.asked import BuildOptions
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.history import read_last_builds
from assetmake.project import Project
from assetmake.storage.automation_book import RequestRow, finish_requests, list_open, take_requests
from assetmake.storage.state import Database
from assetmake.ticking.decision import Spans, Wanted
from assetmake.ticking.selecting import is_anew, look_at_requests, make_selection
from assetmake.ticking.written import SINCE, read_wanted

DONE, FAILED = "done", "failed"
_GIVEN = PARTITION_TAG.partition("/")[0] + "/"
"""What tags begin with that no user gave."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests that one build answers: of one job, with one config.

    Attributes:
        is_anew: What is asked for is made although it is fresh.
    """

    requests: tuple[RequestRow, ...]
    wanted: Wanted
    is_anew: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Who asked."""
        return tuple(dict.fromkeys(f"{each.kind} {each.name}" for each in self.requests))


@dataclass(slots=True)
class Built:
    """What became of all that was asked for.

    Attributes:
        finished: The end of each build.
        failures: What could not be built at all, with the reason.
        held: What was left to the next tick, and why: another build held it.
        taken: The requests that this tick has dealt with.
    """

    finished: list[RunFinished] = field(default_factory=list)
    failures: list[tuple[Batch, AssetmakeError]] = field(default_factory=list)
    held: list[tuple[Batch, LockTimeout]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    interrupted: bool = False

    @property
    def is_failed(self) -> bool:
        return bool(self.failures) or any(each.failed or each.checks_failed for each in self.finished)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How what was asked for is built.

    Attributes:
        open_with: Opens the project with config.
        options: How to build.
        listen: Given a batch and the project that it is built in, returns what hears of its build.
        stopped: Tells whether to end now.
        names: Only what these schedules, sensors and assets asked for; none: all.
    """

    open_with: Callable[[Launch], Project]
    options: BuildOptions
    listen: Callable[[Batch, Project], Sink]
    stopped: Callable[[], bool] = lambda: False
    names: Sequence[str] = ()


def build_requested(project: Project, around: Surroundings) -> Built:
    """Build what was asked for and nobody builds, until nothing of it is left.

    Raises:
        StorageError: the state cannot be read or written; what is not finished is left to the next tick.
    """
    built = Built()
    apart: deque[frozenset[str]] = deque()
    while not around.stopped():
        only = apart.popleft() if apart else None
        if only is None and not _list_free(project, around.names, built.taken):
            break
        # The build of a batch is the run that owns it: who is held by it names what the history knows.
        with project.site.runs.open_run(now=clock.now()) as owner:
            batch = _take(project, owner, around, built.taken, only)
            if batch is not None:
                built.taken.update(each.id for each in batch.requests)
                own = replace(around, options=replace(around.options, run=owner))
                apart.extend(_build(project, batch, own, built))
            elif only is None:
                break
    built.interrupted = around.stopped()
    return built


def list_waiting(project: Project, names: Sequence[str] = ()) -> list[RequestRow]:
    """Return what was asked for before, by these or by anyone, and nobody builds: its tick has died."""
    return _list_free(project, names, set())


def _list_free(project: Project, names: Sequence[str], passed: Set[str]) -> list[RequestRow]:
    with project.state.reading() as db:
        return _choose_free(project, db, names, passed)


def _choose_free(
    project: Project, db: Database, names: Sequence[str], passed: Set[str], owner: str = ""
) -> list[RequestRow]:
    rows = [row for row in list_open(db) if not names or row.name in names]
    alive = project.site.runs.list_alive() - {owner}
    free = [row for row in rows if row.owner not in alive and row.id not in passed]
    return [row for row in free if not _is_unavailable(project, row)]


def _is_unavailable(project: Project, row: RequestRow) -> bool:
    """Tell whether a request waits for modules that do not import now: what it wants may be in one of them."""
    names = map(AssetKey.from_user_string, read_wanted(row.wanted).nodes)
    return bool(project.graph.broken) and any(key not in project.graph.records for key in names)


def _take(
    project: Project, owner: str, around: Surroundings, passed: Set[str], only: frozenset[str] | None
) -> Batch | None:
    """Take the first request that is free, and all others that fit into one build with it; of some only, if given."""
    with project.state.writing() as db:
        free = _choose_free(project, db, around.names, passed - (only or frozenset()), owner)
        if only is not None:
            free = [row for row in free if row.id in only]
        batch = next(group_requests(project.graph, [replace(row, owner=owner) for row in free]), None)
        if batch is None:
            return None
        since, command = clock.now().strftime(SINCE), around.options.command
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "command": command}
        take_requests(db, [each.id for each in batch.requests], owner, holder)
        return batch


def group_requests(graph: AssetGraph, rows: Sequence[RequestRow]) -> Iterator[Batch]:
    """Yield requests by what their builds have in common, in the order of the first of each.

    Those of what is to be made anew come first: others may read it.
    """
    groups: dict[str, list[tuple[RequestRow, Wanted]]] = {}
    for row in sorted(rows, key=lambda row: not is_anew(graph, row)):
        wanted = read_wanted(row.wanted)
        common = [is_anew(graph, row), wanted.job, dict(wanted.config), _list_own_tags(wanted)]
        groups.setdefault(json.dumps(common, sort_keys=True), []).append((row, wanted))
    for group in groups.values():
        nodes = _unite([wanted.nodes for _, wanted in group])
        requests = tuple(row for row, _ in group)
        tags = _share_tags([wanted for _, wanted in group])
        yield Batch(requests, replace(group[0][1], nodes=nodes, tags=tags), is_anew(graph, requests[0]))


def _list_own_tags(wanted: Wanted) -> dict[str, str]:
    """Return the tags that a user gave: who asked, and for which partition, keeps no requests apart."""
    return {name: text for name, text in wanted.tags.items() if not name.startswith(_GIVEN)}


def _share_tags(several: Sequence[Wanted]) -> dict[str, str]:
    """Return the tags that all have."""
    return {
        name: text for name, text in several[0].tags.items() if all(each.tags.get(name) == text for each in several)
    }


def _unite(several: Sequence[Mapping[str, Spans | None]]) -> dict[str, Spans | None]:
    united: dict[str, Spans | None] = {}
    for nodes in several:
        for name, spans in nodes.items():
            known = united.get(name, ())
            united[name] = None if spans is None or known is None else tuple(dict.fromkeys((*known, *spans)))
    return united


def _build(project: Project, batch: Batch, around: Surroundings, built: Built) -> Iterator[frozenset[str]]:
    """Build a batch; yield requests that are to be tried again apart from others, which a build by hand held up."""
    ids = [each.id for each in batch.requests]
    try:
        config = batch.wanted.config
        opened = around.open_with(Launch(job=batch.names[0], job_config=config)) if config else project
        selection = make_selection(opened.graph, batch.wanted)
        if not selection.include:
            _finish(project, ids, run="", outcome=DONE, message="none of its assets is in the project any more")
            return
        sink = around.listen(batch, opened)
        is_forced = batch.is_anew and not _is_made_since(project, batch)
        purpose, tags = ", ".join(batch.names), batch.wanted.tags
        options = replace(around.options, purpose=purpose, tags=tags, force=is_forced)
        finished = opened.build(selection, options, sink, stopped=around.stopped)
    except LockTimeout as error:
        left = _finish_done(project, batch)
        several = () if around.options.wait else tuple(_set_apart(project.graph, left, error.held))
        if len(several) > 1:
            yield from several
        else:
            built.held.append((_shrink(project.graph, batch, left), error))
    except StorageError:
        _give_back(project, ids)
        raise
    except AssetmakeError as error:
        built.failures.append((batch, error))
        _finish(project, ids, run="", outcome=FAILED, message=error.message)
    else:
        built.finished.append(finished)
        if finished.interrupted:
            _finish_done(project, batch)
            return
        outcome = FAILED if finished.failed or finished.checks_failed else DONE
        _finish(project, ids, run=finished.run, outcome=outcome)


def _finish_done(project: Project, batch: Batch) -> list[RequestRow]:
    """Finish those requests of which nothing is left to be done, though the build has ended before it was; give back
    the others, and return them.
    """
    with project.state.reading() as db:
        standings = look_at_requests(project, db, batch.requests)
    pairs = list(zip(batch.requests, standings, strict=True))
    for is_failed, outcome in ((True, FAILED), (False, DONE)):
        ids = [row.id for row, found in pairs if found.is_done and found.is_failed is is_failed]
        if ids:
            _finish(project, ids, run=batch.requests[0].owner, outcome=outcome)
    left = [row for row, found in pairs if not found.is_done]
    _give_back(project, [row.id for row in left])
    return left


def _set_apart(graph: AssetGraph, rows: Sequence[RequestRow], held: Collection[str]) -> Iterator[frozenset[str]]:
    """Yield requests by whether they may need something that is held: those that do not together, the others singly."""
    clear = frozenset(row.id for row in rows if _list_needed(graph, row).isdisjoint(held))
    if clear:
        yield clear
    yield from (frozenset({row.id}) for row in rows if row.id not in clear)


def _list_needed(graph: AssetGraph, row: RequestRow) -> set[str]:
    """Return the names of what may have to be made for a request, checks included."""
    names = map(AssetKey.from_user_string, read_wanted(row.wanted).nodes)
    return set(map(str, graph.restrict(key for key in names if key in graph.assets).records))


def _shrink(graph: AssetGraph, batch: Batch, rows: Sequence[RequestRow]) -> Batch:
    return next(group_requests(graph, rows), batch)


def _is_made_since(project: Project, batch: Batch) -> bool:
    """Tell whether what is asked for was made since: by a tick that was killed then, or by hand."""
    keys = [AssetKey.from_user_string(name) for name in batch.wanted.nodes]
    asked_at = max(each.requested_at for each in batch.requests)
    with project.state.reading() as db:
        last = read_last_builds(db, keys)
    return all(key in last and last[key].built_at >= asked_at for key in keys)


def _finish(project: Project, ids: Sequence[str], *, run: str, outcome: str, message: str = "") -> None:
    with project.state.writing() as db:
        finish_requests(db, ids, run=run, at=clock.now(), outcome=outcome, message=message)


def _give_back(project: Project, ids: Sequence[str]) -> None:
    with project.state.writing() as db:
        take_requests(db, ids, "", None)


def sum_up(several: Sequence[RunFinished], seconds: float) -> RunFinished:
    """Return the end of several builds as that of one."""
    names = ["built", "unchanged", "fresh", "failed", "skipped", "spared", "cached"]
    names += [f"checks_{verdict}" for verdict in ("passed", "warned", "failed", "skipped")]
    counts = {name: sum(getattr(each, name) for each in several) for name in names}
    run = several[-1].run if several else ""
    return RunFinished(run=run, seconds=seconds, interrupted=any(each.interrupted for each in several), **counts)
