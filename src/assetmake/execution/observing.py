"""Observing: before a plan is made, the functions look that tell of assets that others make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.config import BuildConfig
from assetmake.discovery.manifest import AssetRecord
from assetmake.execution.executors import Executor
from assetmake.execution.site import Site
from assetmake.execution.work import Failure, Node, Outcome, Work
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.selection import Selection, find_needed
from assetmake.storage.observations import WHOLE, Observed, read_observations, record_observations
from assetmake.storage.paths import temporary_name, write_stem
from assetmake.storage.texts import escape_text

_LOGS = "observations"
_MINUTE = 60 * 1_000_000_000
_GRACE = 1.0
_TURN = 0.5
"""Seconds after which it is asked whether to end now."""


@dataclass(frozen=True, slots=True)
class Watching:
    """How sources are looked at.

    Attributes:
        open_executor: Opens what runs functions, given how many at once and a folder for its files.
        limits: How many at once, and how many seconds one may take that does not say so itself.
        run_config: The config that they and their resources are given.
        stopped: Tells whether to end now.
    """

    open_executor: Callable[[int, Path], Executor]
    limits: BuildConfig
    run_config: Mapping[str, Any] = field(default_factory=dict)
    stopped: Callable[[], bool] = lambda: False


def observe_sources(site: Site, selection: Selection, watching: Watching) -> tuple[str, ...]:
    """Look at the sources that a selection needs and that have a function for it; keep their versions in the state.

    Of one that gives no version the last one stands.

    Returns:
        What a person should know: which sources could not be seen.
    """
    if not site.graph.observed:
        return ()
    graph = find_needed(site.graph, selection, root=str(site.project))
    observers = graph.observed
    now = clock.now_ns()
    with site.state.reading() as db:
        known = read_observations(db, list(map(str, observers)))
    calls = list(_list_due(graph, observers, known, now))
    if not calls:
        return ()
    outcomes = run_before(
        site,
        lambda run, folder: [_make_work(call, run, site.logs / _LOGS, folder, watching) for call in calls],
        watching,
    )
    seen: dict[str, Observed] = {}
    warnings: list[str] = []
    for node, key in ((node, key) for call in calls for node, key in call.nodes):
        outcome = outcomes.get(node)
        versions = None if outcome is None or isinstance(outcome.result, Failure) else outcome.result.versions
        if versions:
            seen[str(key)] = Observed({of: escape_text(version) for of, version in versions.items()}, now)
        else:
            log = site.logs / _LOGS / f"{key}.log"
            warnings.append(_tell_unseen(key, outcome, known.get(str(key)), show_log(log, site.project)))
    intervals = {str(key) for key, source in graph.sources.items() if source.external and source.external.interval}
    news = {name: each for name, each in seen.items() if name in intervals or _is_news(each, known.get(name))}
    if news:
        with site.state.writing() as db:
            record_observations(db, news)
    return tuple(warnings)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a function that looks.

    Attributes:
        record: One of the sources that it looks at.
        nodes: Number and key of each source that it is asked for.
        outputs: What the function calls each of them.
    """

    record: AssetRecord
    nodes: Sequence[tuple[int, AssetKey]]
    outputs: Sequence[str]


def _list_due(
    graph: AssetGraph, observers: Mapping[AssetKey, AssetRecord], known: Mapping[str, Observed], now: int
) -> Iterator[_Call]:
    """Yield the calls that are needed, all sources of one function together."""
    numbers = count(1)
    units: dict[tuple[AssetKey, ...], list[AssetKey]] = {}
    for key, record in observers.items():
        units.setdefault(record.unit or (key,), []).append(key)
    for keys in units.values():
        if any(_is_due(graph, key, known.get(str(key)), now) for key in keys):
            outputs = [observers[key].output for key in keys]
            yield _Call(observers[keys[0]], [(next(numbers), key) for key in keys], outputs)


def _is_due(graph: AssetGraph, key: AssetKey, last: Observed | None, now: int) -> bool:
    external = graph.sources[key].external
    interval = external.interval if external is not None else None
    if interval is None or last is None:
        return True
    return not 0 <= now - last.seen_at < interval * _MINUTE


def run_before(
    site: Site, make_works: Callable[[str, Path], Sequence[Work]], watching: Watching, *, most: int | None = None
) -> dict[int, Outcome]:
    """Run works before a plan is made.

    Args:
        site: Where.
        make_works: Makes them, given the name of a run and a folder for their files.
        watching: How they are run.
        most: How many at once; default: as the project says.

    Returns:
        What came of each node; those that were not run to the end are left out.
    """
    outcomes: dict[int, Outcome] = {}
    with site.runs.open_run(now=clock.now()) as run:
        folder = site.find_workshop(run)
        works = list(reversed(make_works(run, folder)))
        left = sum(len(work.nodes) for work in works)
        executor = watching.open_executor(min(most or watching.limits.jobs, len(works)), folder)
        try:
            while len(outcomes) < left and not watching.stopped():
                while works and executor.free_slots() > 0:
                    executor.submit(works.pop())
                outcomes |= {outcome.number: outcome for outcome in executor.wait(_TURN)}
        finally:
            executor.stop(grace=_GRACE)
            site.remove_workshop(run)
    return outcomes


def make_work(
    record: AssetRecord,
    nodes: Iterable[tuple[int, AssetKey, str]],
    *,
    run: str,
    logs: Path,
    folder: Path,
    watching: Watching,
    timeout: float | None,
    resources: tuple[tuple[str, str], ...],
    sought: tuple[str | None, ...] | None = None,
) -> Work:
    """Return a work that makes nothing that is kept.

    Args:
        record: Whose function or IO manager is called.
        nodes: Number, key and output of each.
        run: The run's name.
        logs: The folder of what they print.
        folder: The run's folder.
        watching: How they are run.
        timeout, resources, sought: As of `Work`.
    """
    return Work(
        run=run,
        asset=record.key,
        module=record.module,
        code=record.fingerprint.call or record.fingerprint.code,
        io_manager=record.io_manager,
        timeout=timeout,
        nodes=tuple(
            Node(
                number=number,
                part=0,
                key=None,
                inputs=(),
                temporary=str(folder / temporary_name(run, number)),
                log=f"{write_stem(str(logs), key.parts)}.log",
                output=output,
            )
            for number, key, output in nodes
        ),
        env_vars=record.env_vars,
        resources=resources,
        run_config=watching.run_config,
        sought=sought,
    )


def _make_work(call: _Call, run: str, logs: Path, folder: Path, watching: Watching) -> Work:
    record = call.record
    return make_work(
        record,
        ((number, key, output) for (number, key), output in zip(call.nodes, call.outputs, strict=True)),
        run=run,
        logs=logs,
        folder=folder,
        watching=watching,
        timeout=record.timeout or watching.limits.observe_timeout,
        resources=record.resources,
    )


def _is_news(seen: Observed, last: Observed | None) -> bool:
    if last is None or (WHOLE in seen.versions and len(last.versions) > 1):
        return True
    return not seen.versions.items() <= last.versions.items()


def _tell_unseen(key: AssetKey, outcome: Outcome | None, last: Observed | None, log: str) -> str:
    match outcome:
        case None:
            why = "it was not looked at to the end"
        case Outcome(result=Failure(message=message), logged=logged):
            why = f"{message} (log: {log})" if logged else message
        case _:
            why = "its function gave no version"
    what = "the last version stands" if last else "no version was ever seen, so what reads it cannot be built"
    return f"source {key} could not be observed: {why}; {what}"


def show_log(log: Path, project: Path) -> str:
    """Return how a log is named to people."""
    return str(log.relative_to(project)) if log.is_relative_to(project) else str(log)
