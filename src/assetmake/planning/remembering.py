"""Remembering that there was nothing to do, so that the same command need not plan again while nothing moves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from assetmake.discovery.recall.inputs import Inputs
from assetmake.discovery.recall.own_code import list_own_paths
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
    words: Sequence[str] | None,
    is_told: bool,
    begun_at: int,
    kept_in: Path | None,
) -> None:
    """Keep the answer to a command line, where it rests on nothing but what stat can vouch for.

    To be called in the block of the state in which the plan was made.

    Args:
        plan: It has no work.
        seen: What it was made from.
        inputs: What decided the manifest and the configuration; None where more did than can be looked at.
        words: The command line; None where it does more than choose what is selected.
        is_told: Whether that command says a line where there is nothing to do.
        begun_at: Before anything of the plan was looked at, in nanoseconds since 1970.
        kept_in: The file of the state; None where what is recorded does not decide alone.
    """
    if words is None or kept_in is None:
        return
    if seen.graph.observed:
        return  # no look at files tells whether they would be seen as they were
    if not plan.is_clean or not plan.verdicts or seen.graph.unavailable or seen.view.homes or is_claimed(seen.view.db):
        return
    grounds = find_grounds(
        seen.survey,
        seen.sightings,
        inputs,
        root=seen.root,
        environment=os.environ,
        begun_at=begun_at,
        also=[str(kept_in), f"{kept_in}.wal", *list_own_paths()],
    )
    if grounds is not None:
        answer = len(plan.verdicts), count_partitions(plan, seen.survey.scope), is_told
        keep_answer(str(seen.root), words, answer, **grounds.to_arguments())
