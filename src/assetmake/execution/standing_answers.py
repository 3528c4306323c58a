"""Standing answers: checks that need not be made and that did not pass are told of all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.events import CheckAnswered, Sink
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.plan import Answers, Finding, Plan
from assetmake.storage.verdicts import FAILED, WARNED


def list_standing(
    check: AssetRecord,
    answers: Answers,
    describe: Callable[[AssetKey, Sequence[int]], str],
    *,
    only: Set[int] | None = None,
    besides: Set[int] = frozenset(),
) -> Iterator[CheckAnswered]:
    """Return what a check has found before where it did not pass: failures, then warnings, with what it said.

    Nodes of which it said the same share an event, and so do those of which it is not known any more.

    Args:
        check: The check.
        answers: What it has found.
        describe: Writes nodes as ranges of keys.
        only: Nodes that are told of; default: all.
        besides: Nodes that are not.
    """
    inspection = inspected(check)
    for verdict, found in ((FAILED, answers.failed), (WARNED, answers.warned)):
        parts = sorted((found if only is None else found & only) - besides)
        for said, own in _group(parts, answers):
            yield CheckAnswered(
                asset=str(inspection.asset),
                check=inspection.name,
                key=describe(check.key, own),
                verdict=verdict,
                blocking=inspection.blocking,
                description=said.description if said else "",
                metadata=said.metadata if said else {},
                stands=True,
                count=len(own),
                since=said.since.isoformat() if said else None,
            )


def _group(parts: Sequence[int], answers: Answers) -> Iterator[tuple[Finding | None, list[int]]]:
    """Put nodes together of which the same was said; what is told of them is of the first that was made."""
    groups: dict[str, list[int]] = {}
    for part in parts:
        finding = answers.findings.get(part)
        said = "" if finding is None else repr((finding.description, finding.metadata))
        groups.setdefault(said, []).append(part)
    for said, own in groups.items():
        yield (min((answers.findings[part] for part in own), key=lambda each: each.since) if said else None), own


def tell_standing(
    graph: AssetGraph, plan: Plan, describe: Callable[[AssetKey, Sequence[int]], str], sink: Sink
) -> None:
    """Tell of the checks of a plan that need not run and that did not pass."""
    for key, answers in plan.answers.items():
        for event in list_standing(graph.checks[key], answers, describe, besides=set(plan.checks[key].parts)):
            sink(event)
