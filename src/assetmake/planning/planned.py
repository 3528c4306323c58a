"""The shapes that write a plan down, and that keep to one which was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assetmake.planning.plan import Plan
from assetmake.planning.plan_files import (
    Document,
    describe_aim,
    find_aim,
    list_moved,
    read_seconds,
    read_work,
    refuse,
)
from assetmake.planning.shaping import Aim, Everything, Shape
from assetmake.planning.shards import Shard, take_shard

if TYPE_CHECKING:
    from assetmake.graph.selection import Selection
    from assetmake.planning.world import World


@dataclass(slots=True)
class NotingShape:
    """Chooses as another one does, and writes down what came of it.

    Attributes:
        chosen: What chooses.
        document: What was written down.
    """

    chosen: Shape = field(default_factory=Everything)
    document: Document = field(default_factory=dict)

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:
        return self.chosen.choose(world, selection, forced=forced, only=only)

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        self.chosen.review(world, aim, plan)
        self.document = describe_aim(world, aim, plan)


@dataclass(frozen=True, slots=True)
class PlannedShardShape:
    """Chooses a shard of what a document asks for.

    It is divided as it was written down, so all see the same shards, also those that come when some of it is done.

    Attributes:
        shard: Which one.
        planned: What is divided.
    """

    shard: Shard
    planned: PlannedShape

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:
        aim = self.planned.choose(world, selection, forced=forced, only=only)
        planner = world.make_planner(forced=aim.forced)
        whole = planner.make_plan(aim.targets, only=aim.only, looked_at=aim.looked_at)
        self.planned.review(world, aim, whole)
        document = self.planned.document
        plan, averages = read_work(document, world, aim), read_seconds(document)
        own, remarks = take_shard(self.shard, plan, world, aim, averages=averages)
        world.remarks.extend(remarks)
        return replace(own, whole=whole)

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        """What is divided was looked at as a whole."""


@dataclass(frozen=True, slots=True)
class PlannedShape:
    """Chooses what a document asks for, and refuses a plan that is not the one which was written down.

    Attributes:
        document: What was written down.
        name: What it is called, for messages.
    """

    document: Document
    name: str

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:  # noqa: ARG002 - the document says it all
        return find_aim(self.document, world)

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        refuse(list(list_moved(self.document, world, aim, plan)), name=self.name)
