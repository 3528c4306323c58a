"""What a build would come to, as `plan` and `build --check` tell it: work, and checks that stand as failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import ExitCode
from assetmake.events import CheckAnswered
from assetmake.execution.standing_answers import list_standing
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.plan import Plan
from assetmake.planning.prepared import describe_ranges
from assetmake.planning.view import Scope
from assetmake.reporting.check_lines import list_answers
from assetmake.reporting.console import Console
from assetmake.storage.verdicts import FAILED


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a build would find.

    Attributes:
        work: How many nodes it would run at most.
        failed: What is known of checks that failed and that it would not make again.
    """

    work: int
    failed: tuple[CheckAnswered, ...] = ()

    def find_exit_code(self) -> ExitCode:
        """Return the exit code of a command that is asked whether a build is needed.

        Where none is, a check that stands as failed is a failure: a build would end with the same.
        """
        if self.work:
            return ExitCode.STALE
        return ExitCode.FAILED if self.failed else ExitCode.OK

    def tell_failed(self, console: Console) -> None:
        for line in list_answers(self.failed, paint=console.paint):
            console.talk(line)


def find_prospect(graph: AssetGraph, plan: Plan, scope: Scope) -> Prospect:
    """Return what a build of a plan would find."""
    describe: Callable[[AssetKey, Sequence[int]], str] = partial(describe_ranges, scope)
    answers = (
        answer
        for key, found in plan.answers.items()
        if found.failed
        for answer in list_standing(graph.checks[key], found, describe, besides=set(plan.checks[key].parts))
    )
    return Prospect(plan.work + plan.checks_to_make, tuple(each for each in answers if each.verdict == FAILED))
