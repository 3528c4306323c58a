"""What of given nodes a run has done, and what of them it is yet to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UnknownPartitionError
from assetmake.graph.selection import Selection
from assetmake.planning.plan import Parts
from assetmake.planning.view import Scope
from assetmake.planning.world import World
from assetmake.storage.attempts import AttemptEnd, read_ends
from assetmake.storage.run_records import knows_run, read_planned
from assetmake.storage.state import Database


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run has come with what one of many asked it for.

    Attributes:
        is_done: Nothing of it is left to be done.
        is_failed: Some of it has failed.
    """

    is_done: bool
    is_failed: bool = False


NOT_BEGUN = Standing(is_done=False)


def find_standings(
    db: Database, seen: World, run: str, selections: Sequence[Selection], *, forced: bool
) -> list[Standing]:
    """Return how far a run has come with each of some selections, and with the checks of their assets.

    What was not tried and is fresh now needs not be: what it reads came out as it was.

    Args:
        db: The connection.
        seen: Sources and state, as far as the selections need them.
        run: The run.
        selections: What it was asked for.
        forced: It makes what is fresh, too.
    """
    if not knows_run(db, run):
        return [NOT_BEGUN] * len(selections)
    planned = read_planned(db, run)
    several = [_list_asked(seen, seen.find_targets(each), planned) for each in selections]
    ends = read_ends(db, run, {str(key) for asked in several for key in asked})
    untried = [{key: parts - ends.get(str(key), {}).keys() for key, parts in asked.items()} for asked in several]
    stale: dict[AssetKey, Set[int]] | None = None
    if not forced and any(any(each.values()) for each in untried):
        plan = seen.make_plan(Selection(tuple(term for each in selections for term in each.include)))
        stale = {key: set(verdicts.parts) for key, verdicts in plan.list_all()}
    return [_judge(*each, ends, stale) for each in zip(several, untried, strict=True)]


def _judge(
    asked: Mapping[AssetKey, Set[int]],
    untried: Mapping[AssetKey, Set[int]],
    ends: Mapping[str, Mapping[int, AttemptEnd]],
    stale: Mapping[AssetKey, Set[int]] | None,
) -> Standing:
    pending = any(parts if stale is None else parts & stale.get(key, set()) for key, parts in untried.items())
    failed = any(
        end is AttemptEnd.FAILED and part in parts
        for key, parts in asked.items()
        for part, end in ends.get(str(key), {}).items()
    )
    return Standing(not pending, failed)


def _list_asked(
    seen: World, targets: Mapping[AssetKey, Parts], planned: Mapping[str, Sequence[tuple[str, str]] | None] | None
) -> dict[AssetKey, set[int]]:
    """Return what a run planned of the nodes that were asked for, and of their checks; where that is not known, all."""
    keys = [*targets, *seen.whole.list_checks(targets)]
    found: dict[AssetKey, set[int]] = {}
    for key in keys:
        if planned is not None and str(key) not in planned:
            continue
        spans = None if planned is None else planned[str(key)]
        parts = targets[seen.whole.find_asset(key)] if seen.view.is_partitioned(key) else (0,)
        found[key] = set(parts) if spans is None else set(_clip(seen.view.scope, key, parts, spans))
    return found


def _clip(scope: Scope, key: AssetKey, parts: Parts, spans: Sequence[tuple[str, str]]) -> Iterator[int]:
    definition = scope.definitions[key]
    if definition is None:
        yield from parts
        return
    known = set(parts)
    for first, last in spans:
        try:
            low, high = definition.part_of(first), definition.part_of(last)
        except UnknownPartitionError:  # there is no such partition any more
            continue
        if definition.is_listed:
            yield from known.intersection((low,))
        else:
            yield from (part for part in parts if low <= part <= high)
