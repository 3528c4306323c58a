"""Confirming: before a plan is made, IO managers of the user's are asked whether what they keep is still there.

Only of what they said was there right after they had kept it, and which no bytes of a file show. All partitions of an
asset are one question. Where they are in files, and these are what they were, the last answer stands.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from assetmake import clock
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.discovery.manifest import AssetRecord
from assetmake.execution.observing import Watching, make_work, run_before, show_log
from assetmake.execution.site import Site
from assetmake.execution.work import Failure, Outcome, Success, Work
from assetmake.graph.selection import Selection, find_needed
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.plan import Parts
from assetmake.planning.scope import resolve_partitions
from assetmake.storage.confirmations import (
    Answer,
    Askable,
    Sight,
    asking_for,
    find_askable,
    is_settled,
    keep_answers,
    read_answers,
    read_askable,
    see_place,
)
from assetmake.storage.dynamic_keys import read_dynamic_keys
from assetmake.storage.places import read_place

_LOGS = "confirmations"


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked about one asset.

    Attributes:
        number: Of its node.
        name: Stands for all that is asked.
        nodes: Part, key and revision of each output.
        sights: Of the files that hold them; None where there is none, or one that may change unseen.
    """

    number: int
    record: AssetRecord
    name: str
    nodes: Sequence[tuple[int, str | None, int]]
    sights: Mapping[str, Sight] | None

    def of(self, definition: PartitionsDefinition | None) -> _Question:
        """Return the question about those nodes that still have their keys; one of a day may now be one of an hour."""
        if definition is None or not definition.is_resolved:
            return self
        return replace(self, nodes=[each for each in self.nodes if definition.key_of(each[0]) == each[1]])


def confirm_outputs(site: Site, selection: Selection, watching: Watching, *, always: bool = False) -> tuple[str, ...]:
    """Ask for what a selection needs; `site.confirmations` has the answers then.

    Args:
        site: Where.
        selection: What is asked for.
        watching: How IO managers are asked.
        always: Whatever stat says of the files that the last answer rests on.

    Returns:
        What a person should know: which IO managers could not be asked. What they keep is taken to be there.
    """
    told = site.confirmations
    told.missing.clear()
    told.sights.clear()
    kept = {
        key: record
        for key, record in site.graph.assets.items()
        if record.resources and record.is_kept_by_user and not record.unconfigured
    }
    if not kept:
        return ()
    graph = find_needed(site.graph, selection, root=str(site.project))
    records = {str(key): record for key, record in kept.items() if key in graph.assets}
    now = clock.now()
    with site.state.reading() as db:
        dynamic = read_dynamic_keys(db, graph.find_dynamic())
        definitions = resolve_partitions(records.values(), dynamic=dynamic, now=now)
        parts = {name: _find_parts(definition, now) for name, definition in definitions.items()}
        with asking_for(db, parts, [name for name, definition in definitions.items() if definition is None]):
            askable = find_askable(db)
            known = read_answers(site.answers) if askable and not always else {}
            questions = [
                _Question(number, records[name], question, read_askable(db, name), sights)
                for number, (name, question, sights) in enumerate(_list_open(site, records, askable, known), start=1)
            ]
    questions = [each.of(definitions[str(each.record.key)]) for each in questions]
    if not questions:
        return ()
    outcomes = run_before(
        site,
        lambda run, folder: [_make_work(each, run, site.logs / _LOGS, folder, watching) for each in questions],
        watching,
        most=1,  # to import a project takes longer than to ask
    )
    warnings, news = [], {}
    for each in questions:
        outcome, name = outcomes.get(each.number), str(each.record.key)
        if outcome is None or isinstance(outcome.result, Failure):
            warnings.append(
                _tell_unasked(each.record, outcome, show_log(site.logs / _LOGS / f"{name}.log", site.project))
            )
            continue
        answer = _read_answer(each, outcome.result)
        _take(site, name, answer)
        if each.sights is not None:
            news[name] = answer
    if news:
        keep_answers(site.answers, {**(read_answers(site.answers) if always else known), **news})
    return tuple(warnings)


def _find_parts(definition: PartitionsDefinition | None, now: datetime) -> Parts | None:
    """Return the partitions that there are; None where only files tell."""
    if definition is None:
        return ONE_PART
    return definition.parts(current_time=now) if definition.is_resolved else None


def _list_open(
    site: Site, records: Mapping[str, AssetRecord], askable: Mapping[str, Askable], known: Mapping[str, Answer]
) -> Iterator[tuple[str, str, Mapping[str, Sight] | None]]:
    """Yield the assets that are to be asked for, each with its question and the files that the answer will rest on.

    Of the others the last answer is taken. Where what they are in is gone, there is nothing to ask.
    """
    for name, each in askable.items():
        if not any(_is_there(place, site.project) for place in each.places):
            continue
        question, sights = _name_question(records[name], each), _see(each, site.project)
        answer = known.get(name)
        if answer is not None and (answer.question, answer.sights) == (question, sights):
            _take(site, name, answer)
        else:
            yield name, question, sights


def _is_there(place: str, project: Path) -> bool:
    return not place or os.path.exists(read_place(place, str(project)))


def _name_question(record: AssetRecord, askable: Askable) -> str:
    # How a manager is configured decides where it looks.
    own = record.fingerprint
    return " ".join((askable.digest, own.call or own.code, own.io, own.environment))


def _see(askable: Askable, project: Path) -> Mapping[str, Sight] | None:
    if not all(askable.places):
        return None
    now, found = clock.now_ns(), {}
    for path in (read_place(place, str(project)) for place in askable.places):
        sight = see_place(path)
        if sight is None or not is_settled(sight, now=now):
            return None
        found[path] = sight
    return found


def _take(site: Site, name: str, answer: Answer) -> None:
    site.confirmations.missing[name] = dict(answer.missing)
    site.confirmations.sights.update(answer.sights)


def _read_answer(question: _Question, result: Success) -> Answer:
    gone = set(result.missing)
    missing = [(part, revision) for part, key, revision in question.nodes if key in gone]
    return Answer(question.name, question.sights or {}, missing)


def _make_work(question: _Question, run: str, logs: Path, folder: Path, watching: Watching) -> Work:
    record = question.record
    return make_work(
        record,
        [(question.number, record.key, record.output)],
        run=run,
        logs=logs,
        folder=folder,
        watching=watching,
        timeout=watching.limits.observe_timeout,
        resources=tuple(each for each in record.resources if each[0] == record.io_manager),
        sought=tuple(key for _, key, _ in question.nodes),
    )


def _tell_unasked(record: AssetRecord, outcome: Outcome | None, log: str) -> str:
    match outcome:
        case Outcome(result=Failure(message=message), logged=logged):
            why = f"{message} (log: {log})" if logged else message
        case _:
            why = "it was not asked to the end"
    return (
        f"nobody could tell whether {record.key} is still there, and it is taken to be: the IO manager"
        f" {record.io_manager!r} was asked: {why}"
    )
