"""Shards: of the work that a selection has, a part that is as long as the others and that one machine does."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UsageError
from assetmake.graph.selection import Selection
from assetmake.planning.bottlenecks import find_bottleneck
from assetmake.planning.dividing import Piece, divide
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.shaping import Aim, Everything, Shape
from assetmake.planning.work_graph import WorkGraph, build_work_graph
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

    Attributes:
        remarks: What there is to say of how it was divided.
    """

    shard: Shard
    whole: Shape = field(default_factory=Everything)
    _aim: Aim | None = field(default=None, init=False)
    remarks: Sequence[str] = field(default=(), init=False)

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:
        if self._aim is None:
            aim = self.whole.choose(world, selection, forced=forced, only=only)
            planner = world.make_planner(forced=aim.forced)
            plan = planner.make_plan(aim.targets, only=aim.only, looked_at=aim.looked_at)
            self.whole.review(world, aim, plan)
            self._aim, self.remarks = take_shard(self.shard, plan, world, aim)
            aim = replace(self._aim, whole=plan)
        else:
            aim = self._aim
        world.remarks.extend(self.remarks)
        return aim

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        """What is divided was looked at as a whole."""


def take_shard(
    shard: Shard, plan: Plan, world: World, aim: Aim, *, averages: Mapping[AssetKey, float] | None = None
) -> tuple[Aim, list[str]]:
    """Return what one shard is to make, and what there is to say of how the work was divided.

    All that has work is in one of the shards.

    Args:
        shard: Which one.
        plan: Of all targets.
        world: What it was made of, inside a block of the state.
        aim: What was asked for. If nothing upstream is made, what reads another target has to be in its shard.
        averages: How long a node of each asset takes; default: what was recorded of each node.
    """
    work = build_work_graph(plan, world.graph, world.view, aim.targets, averages)
    pieces = divide(work, shard.count, is_whole=aim.only)
    own, sources = _collect(work, world, aim.targets, pieces[shard.number - 1]), world.graph.sources
    remark = find_bottleneck(work, pieces)
    taken = replace(
        aim,
        targets={key: parts for key, parts in own.items() if key not in sources},
        looked_at={key: parts for key, parts in own.items() if key in sources},
    )
    return taken, [] if remark is None else [remark]


def _collect(work: WorkGraph, world: World, targets: Targets, piece: Piece) -> dict[AssetKey, Parts]:
    """Return the targets that have the nodes of a piece made."""
    is_own = bytearray(len(work.seconds))
    wanted: dict[AssetKey, set[int]] = {}
    for node in piece.nodes:
        is_own[node] = 1
        for key, part in work.wants.get(node, ()):
            wanted.setdefault(key, set()).add(part)
    for key, parts in work.list_asked():
        own = {part for part, node in parts if is_own[node]}
        if own:
            wanted.setdefault(key, set()).update(own)
    scope = world.view.scope
    return {
        key: array("q", filter(wanted[key].__contains__, targets.get(key, scope.parts[key])))
        for key in (*world.graph.order, *world.graph.checked_sources)
        if key in wanted
    }
