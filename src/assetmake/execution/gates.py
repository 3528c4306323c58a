"""Gates: blocking checks, which hold what reads an asset until they were made, and for good where they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.order import Order
from assetmake.planning.plan import Plan

Nodes = Mapping[AssetKey, Set[int]]


class Gates:
    """Knows the blocking checks of a project.

    Args:
        graph: The project.
        order: Knows the partitions.

    Attributes:
        held: Nodes of blocking checks that failed.
    """

    def __init__(self, graph: AssetGraph, order: Order) -> None:
        self._graph = graph
        self._order = order
        self._checks: dict[AssetKey, list[AssetKey]] = {}
        for key, check in graph.checks.items():
            inspection = inspected(check)
            if inspection.blocking:
                self._checks.setdefault(inspection.asset, []).append(key)
        self.held: dict[AssetKey, set[int]] = {}

    def list_checks(self, asset: AssetKey) -> Sequence[AssetKey]:
        """Return the blocking checks of an asset."""
        return self._checks.get(asset, ())

    def is_aligned(self, check: AssetKey, asset: AssetKey) -> bool:
        """Tell whether a check is made of each partition of an asset for itself."""
        return self._graph.find_partitions(check) == self._graph.find_partitions(asset)

    def hold_standing(self, plan: Plan) -> None:
        """Hold what is below blocking checks that failed before and need not run."""
        for key, answers in plan.answers.items():
            self.hold(key, answers.failed.difference(plan.checks[key].parts))

    def hold(self, check: AssetKey, parts: Set[int]) -> None:
        """Take note of nodes of a check that failed; of one that blocks nothing, nothing is noted."""
        if parts and inspected(self._graph.checks[check]).blocking:
            self.held.setdefault(check, set()).update(parts)

    def spread(self, nodes: Nodes, checks: Nodes, *, inner: Set[AssetKey]) -> Nodes:
        """Return nodes together with those of assets whose blocking checks are among some.

        Args:
            nodes: The nodes.
            checks: Nodes of checks.
            inner: Assets that one call makes with what reads them: none of their checks comes between.
        """
        blocking = {check: parts for check, parts in checks.items() if parts and self._blocks(check)}
        if not blocking:
            return nodes
        spread = dict(nodes)
        for check, parts in blocking.items():
            asset = inspected(self._graph.checks[check]).asset
            if asset in inner:
                continue
            spread[asset] = spread.get(asset, set()) | self._spread_within(check, asset, parts)
        return spread

    def list_held(self, asset: AssetKey) -> Mapping[AssetKey, Set[int]]:
        """Return which nodes of an asset are held, by the check that failed."""
        failed = [check for check in self.list_checks(asset) if self.held.get(check)]
        return {check: self._spread_within(check, asset, self.held[check]) for check in failed}

    def explain(self, culprit: AssetKey) -> str:
        """Say why something cannot run, given the asset that failed or the check that holds it back."""
        return f"the check {culprit} failed" if culprit in self._graph.checks else f"{culprit} failed"

    def _spread_within(self, check: AssetKey, asset: AssetKey, parts: Set[int]) -> Set[int]:
        return parts if self.is_aligned(check, asset) else set(self._order.list_parts(asset))

    def _blocks(self, check: AssetKey) -> bool:
        return check in self._graph.checks and inspected(self._graph.checks[check]).blocking
