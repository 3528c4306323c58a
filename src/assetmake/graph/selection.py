"""Selection: what a person typed, and the options beside it, become targets in the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import SelectionError, UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.evaluating import NO_SUFFIX, Evaluator, expand_terms, refuse_partitions, unite
from assetmake.graph.expressions import Expression
from assetmake.graph.grammar import parse_selection
from assetmake.graph.jobs import list_assets
from assetmake.graph.key_rules import (
    AllKeys,
    KeyOptions,
    KeyRule,
    MissingKeys,
    Targets,
    merge_rules,
)
from assetmake.graph.selectors import WORLDLY, Chosen, Selectors, WorldLookup

_SHOWN = 10


class PlacedText(str):
    """A selection that stands in a file, and where: what is wrong with it is told with its place."""

    __slots__ = ("place",)
    place: str

    def __new__(cls, text: str, *, place: str) -> PlacedText:
        found = super().__new__(cls, text)
        found.place = place
        return found


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person asks for: terms, terms to leave out, which partitions, and of which job only.

    Attributes:
        job_key: The partition that the job's run is of, where it is of one.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    keys: KeyOptions = field(default_factory=KeyOptions)
    job: str | None = None
    job_key: str | None = None

    @property
    def job_run(self) -> str | None:
        """The job as `--job` names it: NAME, or NAME@KEY."""
        return self.job if self.job_key is None else f"{self.job}@{self.job_key}"

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
    world: WorldLookup | None = None,
    root: str = "",
    with_checked: bool = False,
) -> Targets:
    """Return the assets that a selection means, with the rules for their partitions.

    Args:
        graph: The project's assets.
        include: Selections; their union is meant, and without any, every asset.
        exclude: Selections to take away.
        keys: The options that choose partitions of every partitioned asset that has no suffix of its own.
        job: The name of a job; only its assets are meant.
        world: Looks up what depends on the state of the world, such as `status:`.
        root: The project's folder, to which `path:` terms are relative.
        with_checked: Sources may be asked for whose checks are to be made.

    Raises:
        SelectionError: a text is not of the grammar, a term means nothing, or nothing is selected.
        UsageError: the options contradict each other, or there are no partitions that they could choose.
    """
    option = keys.to_rule() if keys else None
    checked = graph.checked_sources if with_checked else ()
    evaluator = Evaluator(graph, Selectors(graph, root=root, world=world, checked=checked), checked)
    wanted, unwanted = list(map(_Reader(graph), include)), list(map(_Reader(graph), exclude))
    is_worldly = any(each.is_worldly for each in (*wanted, *unwanted))
    chosen = (
        unite(each.find(evaluator) for each in wanted) if wanted else dict.fromkeys((*graph.order, *checked), NO_SUFFIX)
    )
    if job is not None:
        chosen = _cut_to_job(graph, chosen, job, written="" if is_worldly else " ".join(include))
    for each in unwanted:
        refuse_partitions(graph, each.expression, f"--exclude {each.text}")
    removed = unite(each.find(evaluator) for each in unwanted)
    kept = {key: rules for key, rules in chosen.items() if key not in removed}
    if not kept and not is_worldly:
        _refuse_empty(chosen, include=include)
    if option is not None and kept:
        _check_option(graph, kept)
    rules = {key: _settle(graph, key, kept[key], option=option or AllKeys()) for key in graph.order if key in kept}
    looked_at = {key: _settle(graph, key, kept[key], option=option or AllKeys()) for key in checked if key in kept}
    return Targets(rules, is_worldly, looked_at)


def find_needed(graph: AssetGraph, selection: Selection, *, root: str) -> AssetGraph:
    """Return the part of a graph that a plan for a selection looks at: all of it where the state decides what that is.

    Raises:
        SelectionError, UsageError: as `select`.
    """
    if selection.is_everything:
        return graph
    if any(each.is_worldly for each in map(_Reader(graph), (*selection.include, *selection.exclude))):
        return graph
    chosen = select(
        graph,
        selection.include,
        exclude=selection.exclude,
        keys=selection.keys,
        job=selection.job,
        root=root,
        with_checked=True,
    )
    return graph.restrict((*chosen.rules, *chosen.looked_at))


def check_saved(graph: AssetGraph, *, root: str) -> None:
    """Raise where a saved selection is wrong, whatever the world is like.

    Raises:
        SelectionError: naming all that are.
    """
    found: dict[str, SelectionError] = {}
    for name in graph.selectors:
        try:
            select(graph, [f'selector:"{name}"'], world=lambda *_: set(), root=root)
        except SelectionError as error:
            found[error.message] = error
    # Of one that uses a wrong one the same is told, with its name before it.
    wrong = [error for told, error in found.items() if not any(told.endswith(f": {other}") for other in found)]
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        told = [f"{each.message} (hint: {each.hint})" if each.hint else each.message for each in wrong]
        raise SelectionError("\n  ".join([f"{len(wrong)} saved selections are wrong", *told]))


@dataclass(frozen=True, slots=True)
class _Read:
    """A selection that was read.

    Attributes:
        text: As it was written.
        expression: What it says.
        is_worldly: What it means depends on the state of the world.
    """

    text: str
    expression: Expression
    is_worldly: bool

    def find(self, evaluator: Evaluator) -> Chosen:
        with _placing(self.text):
            return evaluator.find(self.expression)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads texts, with all saved selections that they use."""

    graph: AssetGraph

    def __call__(self, text: str) -> _Read:
        with _placing(text):
            found = parse_selection(text)
            terms = list(expand_terms(self.graph, found))
        return _Read(text, found, any(term.method in WORLDLY for term in terms))


@contextmanager
def _placing(text: str) -> Iterator[None]:
    """Say in an error where in a file the text stands, if it does."""
    try:
        yield
    except SelectionError as error:
        if not isinstance(text, PlacedText):
            raise
        raise SelectionError(f"{text.place}: {error.message}", hint=error.hint) from None


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
            f"{' '.join(include)!r} selects nothing: no asset is in all that it asks for",
            hint="a comma means both, a space means either; `assetmake list` shows the assets there are",
        )


def _check_option(graph: AssetGraph, chosen: Chosen) -> None:
    partitioned = [key for key in chosen if graph.find_partitions(key) is not None]
    if not partitioned:
        names = ", ".join(sorted(map(str, chosen))[:_SHOWN])
        raise UsageError(f"partitions were given, but no selected asset has any: {names}")
    if not any(None in chosen[key] for key in partitioned):
        raise UsageError(
            "partitions were given twice: as an option, and after @ for every selected asset",
            hint="leave out one of the two",
        )


def _settle(
    graph: AssetGraph, key: AssetKey, rules: tuple[KeyRule | None, ...], *, option: KeyRule
) -> tuple[KeyRule, ...]:
    if graph.find_partitions(key) is None:
        return (MissingKeys(),) if set(rules) == {MissingKeys()} else (AllKeys(),)
    return merge_rules(tuple(option if rule is None else rule for rule in rules))
