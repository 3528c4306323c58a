"""Remembering that there was nothing to do, so that the same command need not plan again while nothing moves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from assetmake.discovery.recall.inputs import Inputs
from assetmake.planning.plan import Plan
from assetmake.planning.prepared import count_partitions
from assetmake.planning.standing import find_grounds
from assetmake.planning.world import World
from assetmake.storage.ledger import is_claimed
from assetmake.storage.standing import keep_answer


def remember_nothing_to_do(
    plan: Plan,
    seen: World,
    inputs: Inputs | None,
    *,
    words: Sequence[str],
    is_told: bool,
    begun_at: int,
    also: Iterable[str],
) -> None:
    """Keep the answer to a command line, where it rests on nothing but what stat can vouch for.

    To be called in the block of the state in which the plan was made.

    Args:
        plan: It has no work.
        seen: What it was made from.
        inputs: What decided the manifest and the configuration; None where more did than can be looked at.
        words: The command line.
        is_told: Whether that command says a line where there is nothing to do.
        begun_at: Before anything of the plan was looked at, in nanoseconds since 1970.
        also: Files that decide the answer too, and that nobody changes while the state is read.
    """
    if not plan.is_clean or not plan.verdicts or seen.graph.unavailable or seen.view.homes or is_claimed(seen.view.db):
        return
    grounds = find_grounds(
        seen.survey,
        seen.sightings,
        inputs,
        root=seen.root,
        environment=os.environ,
        begun_at=begun_at,
        also=also,
    )
    if grounds is not None:
        answer = len(plan.verdicts), count_partitions(plan, seen.survey.scope), is_told
        keep_answer(str(seen.root), words, answer, **grounds.to_arguments())
