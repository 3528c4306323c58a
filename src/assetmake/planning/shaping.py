"""Shape: what of a selection a plan is made of, where that is not simply all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Parts, Plan

if TYPE_CHECKING:
    from assetmake.graph.selection import Selection
    from assetmake.planning.world import World


@dataclass(frozen=True, slots=True)
class Aim:
    """What a plan is to bring up to date.

    Attributes:
        targets: The nodes, by asset.
        forced: Take them as stale.
        only: Leave upstream alone.
        looked_at: Partitions of sources whose checks are to be made.
        whole: The plan of more targets that these were chosen from.
        again: Where only some of them are to be taken as stale: those.
    """

    targets: Mapping[AssetKey, Parts]
    forced: bool = False
    only: bool = False
    looked_at: Mapping[AssetKey, Parts] = field(default_factory=dict)
    whole: Plan | None = None
    again: Mapping[AssetKey, Parts] | None = None


class Shape(Protocol):
    """Chooses what the plans of one command are made of; a build may ask more than once."""

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:
        """Return what a plan is to be made of; inside a block of the state.

        Args:
            world: What was seen.
            selection: What is asked for.
            forced: Take everything selected as stale.
            only: Leave upstream alone.
        """

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        """Look at the plan that was made of that, and raise a UsageError if it is not to be used."""


class Everything:
    """All that is selected."""

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:
        targets, looked_at = world.find_nodes(selection)
        return Aim(targets, forced, only, looked_at)

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        """Any plan will do."""


@dataclass(frozen=True, slots=True)
class AgainShape:
    """All that is selected, and some of it is made again although it is fresh.

    Attributes:
        nodes: Those, by asset.
    """

    nodes: Mapping[AssetKey, Parts]

    def choose(self, world: World, selection: Selection, *, forced: bool, only: bool) -> Aim:  # noqa: ARG002 - it is forced
        targets, looked_at = world.find_nodes(selection)
        wanted = {key: set(self.nodes[key]) for key in targets if key in self.nodes}
        again = {key: [part for part in targets[key] if part in parts] for key, parts in wanted.items()}
        return Aim(targets, True, only, looked_at, again=again)

    def review(self, world: World, aim: Aim, plan: Plan) -> None:
        """Any plan will do."""
