"""Shards: of the work that a selection has, a part that is as long as the others and that one machine does."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UsageError
from assetmake.graph.selection import Selection
from assetmake.planning.dividing import divide
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.shaping import Aim, Everything, Shape
from assetmake.planning.work_graph import Node, build_work_graph
from assetmake.planning.world import World

_WRITTEN = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)
Targets = Mapping[AssetKey, Parts]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of so many shards, the first of which is 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def take(self, aim: Aim, divided: Sequence[Targets], world: World) -> Aim:
        """Return this one of what an aim was divided into."""
        own, sources = divided[self.number - 1], world.graph.sources
        return replace(
            aim,
            targets={key: parts for key, parts in own.items() if key not in sources},
            looked_at={key: parts for key, parts in own.items() if key in sources},
        )


def read_shard(text: str) -> Shard:
    """Return what `2/3` means.

    Raises:
        UsageError: it means nothing.
    """
    found = _WRITTEN.fullmatch(text.strip())
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.count:
        raise UsageError(f"--shard {text!r} is no shard", hint="write 1/3, 2/3 and 3/3 for the three of three machines")
    return shard


@dataclass(slots=True)
class ShardShape:
    """Chooses one shard of what is to be done.

    Machines that see the same state and the same definitions divide the work in the same way. What was chosen first
    stays: what others record meanwhile does not make it another shard.

    Args:
        shard: Which one.
        whole: Chooses what is divided.
    """

    shard: Shard
    whole: Shape = field(default_factory=Everything)
    _aim: Aim | None = field(default=None, init=False)

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:
        if self._aim is None:
            aim = self.whole.choose(world, selection, forced=forced, only=only)
            planner = world.make_planner(forced=aim.forced)
            plan = planner.make_plan(aim.targets, only=aim.only, looked_at=aim.looked_at)
            self.whole.review(world, aim, plan)
            divided = divide_targets(plan, world, aim.targets, count=self.shard.count, only=aim.only)
            self._aim = self.shard.take(aim, divided, world)
            return replace(self._aim, whole=plan)
        return self._aim

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        """What is divided was looked at as a whole."""


def divide_targets(
    plan: Plan,
    world: World,
    targets: Targets,
    *,
    count: int,
    only: bool = False,
    averages: Mapping[AssetKey, float] | None = None,
) -> list[dict[AssetKey, Parts]]:
    """Return the targets of each shard, and the sources whose checks it makes: all that has work is in one of them.

    Args:
        plan: Of all targets.
        world: What it was made of, inside a block of the state.
        targets: What was asked for.
        count: How many shards.
        only: Nothing upstream is made, so what reads another target has to be in its shard.
        averages: How long a node of each asset takes; default: what was recorded of each node.
    """
    work = build_work_graph(plan, world.graph, world.view, targets, averages)
    pieces = divide(work, count, is_whole=only)
    return [_collect(world, targets, [want for node in piece.nodes for want in work.wants[node]]) for piece in pieces]


def _collect(world: World, targets: Targets, wants: Sequence[Node]) -> dict[AssetKey, Parts]:
    wanted: dict[AssetKey, set[int]] = {}
    for key, part in wants:
        wanted.setdefault(key, set()).add(part)
    scope = world.view.scope
    return {
        key: array("q", (part for part in targets.get(key, scope.parts[key]) if part in wanted[key]))
        for key in (*world.graph.order, *world.graph.checked_sources)
        if key in wanted
    }
