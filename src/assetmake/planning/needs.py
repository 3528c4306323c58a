"""Needs: from targets to all nodes that they need, and to the checks of those; one walk up the graph."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Set
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.earlier import EarlierReads, find_earlier_reads
from assetmake.planning.joins import read_upstream
from assetmake.planning.keyset import unite
from assetmake.planning.plan import Parts
from assetmake.planning.view import View

_NOTHING: Mapping[AssetKey, Parts] = {}


@dataclass(frozen=True, slots=True)
class Needs:
    """Finds what nodes need.

    Attributes:
        graph: The project.
        view: Knows the partitions, and which of sources are there.
    """

    graph: AssetGraph
    view: View

    def find(
        self, targets: Mapping[AssetKey, Parts], looked_at: Mapping[AssetKey, Parts] = _NOTHING
    ) -> tuple[dict[AssetKey, Parts], dict[AssetKey, Parts]]:
        """Return all nodes that the targets need, themselves included, and the checks of those and of their sources."""
        wanted: dict[AssetKey, list[Parts]] = {key: [parts] for key, parts in targets.items()}
        while True:
            needed = self._spread({key: list(several) for key, several in wanted.items()})
            if not self.graph.checks:
                return needed, {}
            checks = self.find_checks({**needed, **self._find_sources(needed, looked_at)})
            more = self._list_read_besides(checks, needed)
            if not more:
                return needed, checks
            for key, parts in more:
                wanted.setdefault(key, []).append(parts)

    def _find_sources(
        self, needed: Mapping[AssetKey, Parts], looked_at: Mapping[AssetKey, Parts]
    ) -> dict[AssetKey, Parts]:
        """Return of sources that have checks what some nodes read, and what is looked at for itself."""
        checked = frozenset(self.graph.checked_sources)
        found = {key: [parts] for key, parts in looked_at.items()}
        for key, parts in needed.items() if checked else ():
            for edge in self.graph.upstream[key]:
                if edge.upstream in checked and parts:
                    found.setdefault(edge.upstream, []).append(read_upstream(self.view, key, edge, parts))
        return self.find_standing_sources(
            {key: unite(self.view.scope.parts[key], several) for key, several in found.items()}
        )

    def find_checks(
        self, needed: Mapping[AssetKey, Parts], *, whole: Set[AssetKey] = frozenset()
    ) -> dict[AssetKey, Parts]:
        """Return the checks of some nodes: of a whole asset, where a check is not made partition by partition.

        Args:
            needed: The nodes.
            whole: Assets of which all was asked for, so that checks are made which tell what is missing.
        """
        scope, found = self.view.scope, {}
        for key in self.graph.list_checks(needed):
            asset = inspected(self.graph.checks[key]).asset
            parts, own = needed[asset], scope.definitions[key]
            if not parts:
                continue
            if own == scope.definitions[asset]:
                found[key] = parts
            elif len(parts) == len(scope.parts[asset]) or (asset in whole and self.graph.checks[key].asks):
                found[key] = scope.parts[key]
        return found

    def _list_read_besides(
        self, checks: Mapping[AssetKey, Parts], needed: Mapping[AssetKey, Parts]
    ) -> list[tuple[AssetKey, Parts]]:
        """Return what checks read that nothing else needs."""
        more = []
        for key, parts in checks.items():
            for edge in self.graph.upstream[key]:
                if edge.upstream in self.graph.assets:
                    read = read_upstream(self.view, key, edge, parts)
                    known = needed.get(edge.upstream, ())
                    if len(known) < len(self.view.scope.parts[edge.upstream]) and not set(read) <= set(known):
                        more.append((edge.upstream, read))
        return more

    def _spread(self, wanted: dict[AssetKey, list[Parts]]) -> dict[AssetKey, Parts]:
        """Return all nodes that some need, themselves included, in the order of the graph."""
        needed: dict[AssetKey, Parts] = {}
        for key in reversed(self.graph.order):
            self._want_together(key, wanted)
            if key not in wanted:
                continue
            parts = self._reach_earlier(key, unite(self.view.scope.parts[key], wanted[key]))
            needed[key], wanted[key] = parts, [parts]
            for edge in self.graph.upstream[key]:
                if edge.upstream in self.graph.assets and parts:
                    wanted.setdefault(edge.upstream, []).append(read_upstream(self.view, key, edge, parts))
        return {key: needed[key] for key in self.graph.order if key in needed}

    def _want_together(self, key: AssetKey, wanted: dict[AssetKey, list[Parts]]) -> None:
        """Where one call makes all of a unit, want all of it for all that any of it is wanted for."""
        unit = self.graph.units.get(key)
        if unit is None or self.graph.assets[key].can_subset:
            return
        found = [parts for member in unit for parts in wanted.get(member, ())]
        if found:
            wanted.update({member: found for member in unit if member in self.graph.assets})

    def _reach_earlier(self, key: AssetKey, parts: Parts) -> Parts:
        """Return nodes with those of earlier partitions that they need of what the same call makes."""
        reads = self.find_earlier(key)
        return parts if reads is None else reads.spread_up(parts)

    def find_standing_sources(self, looked_at: Mapping[AssetKey, Parts]) -> dict[AssetKey, Parts]:
        """Return of sources the partitions that are there: files, or versions that were seen."""
        sources, scope = self.view.scope.sources, self.view.scope.parts
        return {
            key: parts
            if len(sources[key].data) == len(scope[key])
            else array("q", (part for part in parts if sources[key].data.get(part) is not None))
            for key, parts in looked_at.items()
        }

    def find_earlier(self, key: AssetKey) -> EarlierReads | None:
        """Return which earlier partitions are read of what makes an asset with the same call; None where none are."""
        if not self.graph.self_edges:
            return None
        record, unit = self.graph.records[key], self.graph.units.get(key, ())
        return find_earlier_reads(self.view, self.graph, (key,) if record.can_subset or not unit else unit)
