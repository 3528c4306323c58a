"""What a build of a portion would do and how long that would take, of an opened project; nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import WorkLeft
from assetmake.execution.asked import BuildOptions
from assetmake.execution.remaining import Remaining
from assetmake.graph.selection import Selection
from assetmake.planning.forecast import Forecast
from assetmake.planning.history import read_average_seconds
from assetmake.planning.order import Order
from assetmake.planning.prepared import PlanView, describe_ranges
from assetmake.project import Project


@dataclass(frozen=True, slots=True)
class Foresight:
    """A plan of a portion, and how long it would take.

    Attributes:
        view: The plan.
        means: Seconds that a node of an asset takes, of those that were built before.
        work: Seconds that all of it would take one after the other, as far as is known.
        unknown: How many nodes are of assets that were never built.
        seconds: How long it would take with so many jobs; None where too little is known.
        left: What it would leave for another build.
        notes: What a person should know of the sources.
    """

    view: PlanView
    means: Mapping[AssetKey, float]
    work: float
    unknown: int
    jobs: int
    seconds: float | None
    left: WorkLeft | None
    notes: tuple[str, ...]


def foresee(project: Project, selection: Selection, options: BuildOptions) -> Foresight:
    """Say what a build would do, from what earlier ones took."""
    project.require_assets()
    notes = project.observe(selection, verify=options.verify)
    jobs = options.jobs or project.config.build.jobs
    with project.state.reading() as db:
        seen = project.look(db, verify=options.verify, selection=selection)
        portion = options.find_portion()
        forced, only, shape = options.force, options.only, options.shape
        plan = seen.make_plan(selection, forced=forced, only=only, shape=shape, portion=portion)
        plan = replace(plan, warnings=(*plan.warnings, *project.list_warnings(plan.busy)))
        means = read_average_seconds(db, {*plan.busy, *plan.rest})
        forecast = Forecast(
            plan,
            seen.graph,
            is_whole=Order(seen.graph, seen.view).is_whole,
            history=means,
            workers=jobs,
            pools=project.config.pools,
            elsewhere={},
        )
        counts = {key: len(plan.find(key).parts) for key in plan.busy}
        remaining = Remaining(seen.graph, plan)
        asked = remaining.find_asked()
        scope = seen.view.scope
        left = None
        if asked:
            seconds = remaining.estimate(means, workers=jobs, pools=project.config.pools)
            left = remaining.tell(asked, describe=partial(describe_ranges, scope), seconds=seconds, nothing_fits=False)
        return Foresight(
            view=PlanView(plan, scope, {}, {}),
            means=means,
            work=sum(means.get(key, 0.0) * number for key, number in counts.items()),
            unknown=sum(number for key, number in counts.items() if key not in means),
            jobs=jobs,
            seconds=forecast.estimate(),
            left=left,
            notes=notes,
        )
