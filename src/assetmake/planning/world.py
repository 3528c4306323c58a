"""World: sources, state and outputs as one command saw them, and the plans that can be made from that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.settings import OutputCheck
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.key_rules import Targets
from assetmake.graph.selection import Selection, select
from assetmake.graph.selectors import Rules
from assetmake.planning.backfilled import take_partitioned
from assetmake.planning.edited import find_edited
from assetmake.planning.homes import find_homes
from assetmake.planning.opening import open_view
from assetmake.planning.outputs import verify_outputs
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.planner import Planner
from assetmake.planning.portion import Portion, cut
from assetmake.planning.prepared import cached_plan
from assetmake.planning.rebuilder import check, force
from assetmake.planning.recorded import find_results, find_state
from assetmake.planning.scope import Survey, list_beginnings, survey
from assetmake.planning.setbacks import find_setbacks
from assetmake.planning.shaping import Everything, Shape
from assetmake.planning.standing import Sightings
from assetmake.planning.targets import filter_status, find_looked_at, find_targets
from assetmake.planning.turns import Turns
from assetmake.planning.view import View
from assetmake.storage.confirmations import Confirmations
from assetmake.storage.dynamic_keys import read_dynamic_keys
from assetmake.storage.ledger import read_sources
from assetmake.storage.observations import read_observations
from assetmake.storage.state import Database


def look_around(
    db: Database,
    graph: AssetGraph,
    whole: AssetGraph,
    *,
    root: Path,
    outputs: Path,
    verifying: OutputCheck,
    is_alive: Callable[[str], bool],
    confirmations: Confirmations | None = None,
    reads: Reads | None = None,
) -> World:
    """Look at the sources and the state, as far as a graph needs them; inside a block of the state.

    Args:
        db: The connection.
        graph: The part of the project that is asked about.
        whole: The project.
        root: What paths are relative to.
        outputs: Where outputs are.
        verifying: How outputs are looked at.
        is_alive: Tells of a run whether its process lives.
        confirmations: What IO managers of the user's said of what they keep.
        reads: What modules looked at while they were imported; None where that is not known.
    """
    known, dynamic = read_sources(db, list_beginnings(graph)), read_dynamic_keys(db, graph.find_dynamic())
    elsewhere = [str(key) for key, source in graph.sources.items() if source.external is not None]
    observed = read_observations(db, elsewhere)
    seen = survey(graph, root, known=known, now=clock.now(), dynamic=dynamic, observed=observed)
    view = open_view(db, seen.scope, is_alive=is_alive, homes=find_homes(db, graph), confirmations=confirmations)
    return World(graph, whole, seen, view, root, outputs, verifying, reads=reads)


@dataclass(frozen=True, slots=True)
class World:
    """What was seen inside one block of the state.

    Attributes:
        graph: The project, or the part of it that is asked about.
        whole: The project; what names and operators of a selection mean.
        survey: Sources and partitions.
        view: What is recorded.
        root: What paths are relative to.
        outputs: Where outputs are.
        verifying: How outputs are looked at.
        sightings: Outputs that plans have looked at.
        remarks: What a person should know of what a selection came to.
        reads: What modules looked at while they were imported; None where that is not known.
    """

    graph: AssetGraph
    whole: AssetGraph
    survey: Survey
    view: View
    root: Path
    outputs: Path
    verifying: OutputCheck
    sightings: Sightings = field(default_factory=Sightings)
    remarks: list[str] = field(default_factory=list)
    reads: Reads | None = None

    def make_planner(self, *, forced: bool = False, again: Mapping[AssetKey, Parts] | None = None) -> Planner:
        """Return what makes plans of given nodes; all of them forced, or some."""
        look = partial(
            verify_outputs,
            self.view,
            root=self.outputs,
            project=self.root,
            mode=self.verifying.value,
            sightings=self.sightings,
        )
        return Planner(self.graph, self.view, check, look, force if forced else None, again)

    def make_plan(
        self,
        selection: Selection,
        *,
        forced: bool = False,
        only: bool = False,
        checks_only: bool = False,
        shape: Shape | None = None,
        portion: Portion | None = None,
    ) -> Plan:
        """Return what a build of a selection would do.

        Args:
            selection: What is asked for.
            forced: Take everything selected as stale.
            only: Leave upstream alone.
            checks_only: Make no asset, only the checks of what stands.
            shape: Chooses what of the selection it is made of; default: all of it.
            portion: How much of it.
        """
        aim = Everything() if shape is None else shape
        chosen = aim.choose(self, selection, forced=forced, only=only)
        planner, targets = self.make_planner(forced=chosen.forced, again=chosen.again), chosen.targets
        if checks_only:
            return planner.make_check_plan(targets, looked_at=chosen.looked_at)
        is_backfill = portion is not None and portion.is_backfill
        if is_backfill:
            targets = take_partitioned(targets, selection.keys, self.view.scope)
        looked_at = chosen.looked_at
        if is_backfill:
            looked_at = {key: parts for key, parts in looked_at.items() if self.view.is_partitioned(key)}
        if chosen.whole is None:
            plan = planner.make_plan(targets, only=chosen.only, looked_at=looked_at)
        else:
            plan = planner.narrow(chosen.whole, targets, only=chosen.only, looked_at=looked_at)
        aim.review(self, chosen, plan)
        if shape is None:  # otherwise nobody asked for these nodes, and no others
            self.remarks.extend(self._tell_widened(targets, plan))
        if portion is None:
            return plan
        narrow = partial(planner.narrow, plan, only=chosen.only)
        reach = partial(planner.find_needed, only=chosen.only)
        return cut(plan, targets, portion, self.find_turns(portion, plan), narrow, reach)

    def find_turns(self, portion: Portion, plan: Plan) -> Turns:
        """Return which node of a plan comes before which in a portion."""
        setbacks = find_setbacks(self.view, self.graph, plan)
        return Turns(self.graph, self.view.scope, newest_first=portion.newest_first, setbacks=setbacks)

    def _tell_widened(self, targets: Mapping[AssetKey, Parts], plan: Plan) -> Iterator[str]:
        """Say where more partitions are looked at than were asked for, because of what has none and reads them all."""
        parts = self.view.scope.parts
        limited = [key for key, asked in targets.items() if len(asked) < len(parts[key]) and key in plan.verdicts]
        for key in limited:
            total = plan.verdicts[key].total
            below = self.graph.descendants([key]) if total > len(targets[key]) else set()
            readers = [str(each) for each in targets if each in below and not self.view.is_partitioned(each)]
            if readers:
                yield (
                    f"{readers[0]} has no partitions and reads all of {key}: {total} partitions of it are brought up to"
                    f" date, not only the {len(targets[key])} that were asked for (--only leaves the others alone)"
                )
                return

    def find_targets(self, selection: Selection) -> dict[AssetKey, Parts]:
        """Return the nodes that a selection means."""
        return self.find_nodes(selection, with_checked=False)[0]

    def find_nodes(
        self, selection: Selection, *, with_checked: bool = True
    ) -> tuple[dict[AssetKey, Parts], dict[AssetKey, Parts]]:
        """Return the nodes that a selection means, and the partitions of sources whose checks it means.

        Args:
            selection: What is asked for.
            with_checked: Such sources may be asked for.
        """
        everything = cached_plan(self._plan_all)
        chosen = select(
            self.whole,
            selection.include,
            exclude=selection.exclude,
            keys=selection.keys,
            job=selection.job,
            world=partial(self._look_up, everything),
            root=str(self.root),
            with_checked=with_checked,
        )
        return self._resolve(chosen, everything), find_looked_at(chosen, self.view.scope)

    def resolve(self, targets: Targets) -> dict[AssetKey, Parts]:
        """Return the nodes that rules mean."""
        return self._resolve(targets, cached_plan(self._plan_all))

    def _resolve(self, targets: Targets, everything: Callable[[], Plan]) -> dict[AssetKey, Parts]:
        view = self.view
        return find_targets(self.graph, targets, view.scope, everything=everything, find_recorded=view.find_recorded)

    def look_up(self, method: str, value: str) -> Mapping[AssetKey, Rules] | Set[AssetKey]:
        """Return the assets that a method of a selection means, as the world is now."""
        return self._look_up(cached_plan(self._plan_all), method, value)

    def _look_up(
        self, everything: Callable[[], Plan], method: str, value: str
    ) -> Mapping[AssetKey, Rules] | Set[AssetKey]:
        match method:
            case "changed":
                self.sightings.is_partial = True  # what git says, stat cannot vouch for
                edited = find_edited(value, self.whole, self.view.scope, root=self.root, reads=self.reads)
                self.remarks.extend(edited.remarks)
                return edited.assets
            case "result":
                return find_results(self.view, value)
            case "state":
                return find_state(self.view, self.whole, value)
            case _:
                return filter_status(everything(), value)

    def _plan_all(self) -> Plan:
        return self.make_planner().make_plan({key: self.view.scope.parts[key] for key in self.graph.order})
