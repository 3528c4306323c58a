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
            own = parts if self.is_aligned(check, asset) else set(self._order.list_parts(asset))
            spread[asset] = spread.get(asset, set()) | own
        return spread

    def explain(self, asset: AssetKey, lost: Nodes) -> str:
        """Say why what reads an asset cannot run: the asset failed, or a check of it."""
        failed = [check for check in self.list_checks(asset) if self.held.get(check)]
        return f"{asset} failed" if asset in lost or not failed else f"the check {failed[0]} failed"

    def _blocks(self, check: AssetKey) -> bool:
        return check in self._graph.checks and inspected(self._graph.checks[check]).blocking
