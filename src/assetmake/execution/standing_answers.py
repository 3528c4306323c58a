"""Standing answers: checks that need not be made and that did not pass are told of all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import AssetRecord
from assetmake.events import CheckAnswered
from assetmake.graph.asset_graph import inspected
from assetmake.planning.plan import Answers
from assetmake.storage.verdicts import FAILED, WARNED


def list_standing(
    check: AssetRecord,
    answers: Answers,
    describe: Callable[[AssetKey, Sequence[int]], str],
    *,
    only: Set[int] | None = None,
    besides: Set[int] = frozenset(),
) -> Iterator[CheckAnswered]:
    """Return what a check has found before where it did not pass: an event for all that failed, and one for warnings.

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
        if parts:
            yield CheckAnswered(
                asset=str(inspection.asset),
                check=inspection.name,
                key=describe(check.key, parts),
                verdict=verdict,
                blocking=inspection.blocking,
                stands=True,
                count=len(parts),
            )
