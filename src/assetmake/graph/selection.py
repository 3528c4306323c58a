"""Selection: what a person typed, and the options beside it, become targets in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.errors import SelectionError, UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.grammar import Term, parse_selection
from assetmake.graph.jobs import list_assets
from assetmake.graph.key_rules import (
    AllKeys,
    KeyOptions,
    KeyRule,
    MissingKeys,
    Targets,
    merge_rules,
)
from assetmake.graph.selectors import Chosen, Selectors, StatusLookup

_SHOWN = 10
_NO_SUFFIX: tuple[KeyRule | None, ...] = (None,)
_Find = Callable[[Term], Chosen]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person asks for: terms, terms to leave out, which partitions, and of which job only."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keys: KeyOptions = field(default_factory=KeyOptions)
    job: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no asset is named, included or excluded."""
        return not self.include and not self.exclude and self.job is None

    @classmethod
    def of(cls, asset: AssetKey, *, keys: KeyOptions | None = None) -> Selection:
        """Return what asks for one asset."""
        return cls((str(asset),), keys=keys or KeyOptions())


def select(
    graph: AssetGraph,
    include: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    keys: KeyOptions | None = None,
    job: str | None = None,
    status: StatusLookup | None = None,
    root: str = "",
) -> Targets:
    """Return the assets that a selection means, with the rules for their partitions.

    Args:
        graph: The project's assets.
        include: Selections; their union is meant, and without any, every asset.
        exclude: Selections to take away.
        keys: The options that choose partitions of every partitioned asset that has no suffix of its own.
        job: The name of a job; only its assets are meant.
        status: Looks up `status:` terms.
        root: The project's folder, to which `path:` terms are relative.

    Raises:
        SelectionError: a text is not of the grammar, a term means nothing, or nothing is selected.
        UsageError: the options contradict each other, or there are no partitions that they could choose.
    """
    option = keys.to_rule() if keys else None
    find = Selectors(graph, root=root, status=status).find
    wanted = [terms for text in include for terms in parse_selection(text)]
    unwanted = [terms for text in exclude for terms in parse_selection(text)]
    chosen = _unite(_intersect(terms, find) for terms in wanted)
    if not wanted:
        chosen = dict.fromkeys(graph.order, _NO_SUFFIX)
    world_dependent = any(term.method == "status" for terms in (*wanted, *unwanted) for term in terms)
    if job is not None:
        chosen = _cut_to_job(graph, chosen, job, written="" if world_dependent else " ".join(include))
    kept = _subtract(chosen, unwanted, find)
    if not kept and not world_dependent:
        _refuse_empty(chosen, include=include)
    if option is not None and kept:
        _check_option(graph, kept)
    rules = {
        key: _settle(graph.assets[key], kept[key], option=option or AllKeys()) for key in graph.order if key in kept
    }
    return Targets(rules, world_dependent)


def find_needed(graph: AssetGraph, selection: Selection, *, root: str) -> AssetGraph:
    """Return the part of a graph that a plan for a selection looks at: all of it where the state decides what that is.

    Raises:
        SelectionError, UsageError: as `select`.
    """
    if selection.is_everything:
        return graph
    asked: list[str] = []

    def note(status: str) -> set[AssetKey]:
        asked.append(status)
        return set()

    chosen = select(
        graph,
        selection.include,
        exclude=selection.exclude,
        keys=selection.keys,
        job=selection.job,
        status=note,
        root=root,
    )
    return graph if asked else graph.restrict(chosen.rules)


def _intersect(terms: Iterable[Term], find: _Find) -> Chosen:
    first, *others = terms
    chosen = find(first)
    for term in others:
        found = find(term)
        chosen = {key: _narrow(rules, found[key], term) for key, rules in chosen.items() if key in found}
    return chosen


def _narrow(
    left: tuple[KeyRule | None, ...], right: tuple[KeyRule | None, ...], term: Term
) -> tuple[KeyRule | None, ...]:
    for one, other in ((left, right), (right, left)):
        if one in {_NO_SUFFIX, other}:
            return other
    if not (left and right):  # one of them is only what others map to
        return left or right
    raise SelectionError(
        f"{term.text}: the partitions of two terms cannot be intersected",
        hint="write the partitions after one of the terms only",
    )


def _unite(parts: Iterable[Chosen]) -> Chosen:
    united: Chosen = {}
    for part in parts:
        for key, rules in part.items():
            united[key] = (*united.get(key, ()), *rules)
    return united


def _subtract(chosen: Chosen, unwanted: Iterable[tuple[Term, ...]], find: _Find) -> Chosen:
    removed: set[object] = set()
    for terms in unwanted:
        for term in terms:
            if term.rule is not None:
                raise SelectionError(
                    f"--exclude {term.text}: whole assets are excluded, not partitions",
                    hint="choose the partitions to build instead, as in name@FIRST..LAST",
                )
        removed.update(_intersect(terms, find))
    return {key: rules for key, rules in chosen.items() if key not in removed}


def _cut_to_job(graph: AssetGraph, chosen: Chosen, job: str, *, written: str) -> Chosen:
    """Return what is chosen of a job; nothing at all is refused where it was written down what is meant."""
    own = list_assets(graph, job)
    kept = {key: chosen[key] for key in own if key in chosen}
    if written and not kept:
        raise SelectionError(
            f"{written!r} selects nothing of job {job}",
            hint=f"with --job only assets of the job are meant: {', '.join(map(str, own[:_SHOWN]))}",
        )
    return kept


def _refuse_empty(chosen: Chosen, *, include: Sequence[str]) -> None:
    if chosen:
        names = sorted(map(str, chosen))
        shown = ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
        raise SelectionError(
            "nothing is selected: everything that was is excluded again",
            hint=f"selected and excluded: {shown}",
        )
    if include:
        raise SelectionError(
            f"{' '.join(include)!r} selects nothing: no asset is in all of its terms",
            hint="a comma means both, a space means either; `assetmake list` shows the assets there are",
        )


def _check_option(graph: AssetGraph, chosen: Chosen) -> None:
    partitioned = [key for key in chosen if graph.assets[key].partitions is not None]
    if not partitioned:
        names = ", ".join(sorted(map(str, chosen))[:_SHOWN])
        raise UsageError(f"partitions were given, but no selected asset has any: {names}")
    if not any(None in chosen[key] for key in partitioned):
        raise UsageError(
            "partitions were given twice: as an option, and after @ for every selected asset",
            hint="leave out one of the two",
        )


def _settle(record: AssetRecord, rules: tuple[KeyRule | None, ...], *, option: KeyRule) -> tuple[KeyRule, ...]:
    if record.partitions is None:
        return (MissingKeys(),) if set(rules) == {MissingKeys()} else (AllKeys(),)
    return merge_rules(tuple(option if rule is None else rule for rule in rules))
