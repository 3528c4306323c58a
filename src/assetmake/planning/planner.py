"""make_plan: targets become a Plan, by one walk up to find what is needed and one down to check it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import Ranges
from assetmake.errors import UsageError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.joins import read_upstream
from assetmake.planning.keyset import unite
from assetmake.planning.plan import Parts, Plan, Reason, Verdicts
from assetmake.planning.rebuilder import Question
from assetmake.planning.view import View

Check = Callable[[View, Question], Verdicts]
Verify = Callable[[AssetKey, Parts], Mapping[int, Reason]]


@dataclass(frozen=True, slots=True)
class Planner:
    """What a plan is made with.

    Attributes:
        graph: The project.
        view: What is recorded.
        check: Decides; `rebuilder.check`.
        verify: Finds outputs that are not as recorded.
        force: Decides in its place for the targets, where they are to be built whatever is recorded.
    """

    graph: AssetGraph
    view: View
    check: Check
    verify: Verify
    force: Check | None = None

    def make_plan(self, targets: Mapping[AssetKey, Parts], *, only: bool = False) -> Plan:
        """Return the verdicts of the targets and, unless `only`, of all that they need.

        Args:
            targets: The nodes to bring up to date, by asset.
            only: Leave upstream as it stands; where it is out of date, warn.

        Raises:
            UsageError: with `only`, something upstream is not there.
        """
        needed = self._spread(targets)
        verdicts = self._check_all(needed, forced=frozenset() if self.force is None else frozenset(targets))
        selected = frozenset(targets)
        if not only:
            return Plan(verdicts, selected)
        warnings = self._inspect_upstream(targets, verdicts)
        alone = {key: parts for key, parts in needed.items() if key in targets}
        return Plan(self._check_all(alone, forced=selected if self.force else frozenset()), selected, warnings)

    def _spread(self, targets: Mapping[AssetKey, Parts]) -> dict[AssetKey, Parts]:
        """Return all nodes that the targets need, themselves included, in the order of the graph."""
        wanted: dict[AssetKey, list[Parts]] = {key: [parts] for key, parts in targets.items()}
        needed: dict[AssetKey, Parts] = {}
        for key in reversed(self.graph.order):
            if key not in wanted:
                continue
            parts = unite(self.view.scope.parts[key], wanted[key])
            needed[key] = parts
            for edge in self.graph.upstream[key]:
                if edge.upstream in self.graph.assets and parts:
                    wanted.setdefault(edge.upstream, []).append(read_upstream(self.view, key, edge, parts))
        return {key: needed[key] for key in self.graph.order if key in needed}

    def _check_all(self, needed: Mapping[AssetKey, Parts], *, forced: frozenset[AssetKey]) -> dict[AssetKey, Verdicts]:
        verdicts: dict[AssetKey, Verdicts] = {}
        for key, parts in needed.items():
            edges = self.graph.upstream[key]
            question = Question(
                key=key,
                fingerprint=self.graph.assets[key].fingerprint,
                edges=edges,
                parts=parts,
                dirty={edge.upstream: verdicts[edge.upstream] for edge in edges if edge.upstream in verdicts},
                outputs=self.verify(key, parts) if parts else {},
            )
            check = self.force if key in forced and self.force is not None else self.check
            verdicts[key] = check(self.view, question)
        return verdicts

    def _inspect_upstream(
        self, targets: Mapping[AssetKey, Parts], verdicts: Mapping[AssetKey, Verdicts]
    ) -> tuple[str, ...]:
        warnings = []
        for key, parts in targets.items():
            for edge in self.graph.upstream[key]:
                above = verdicts.get(edge.upstream)
                if above is None or not above.parts:
                    continue
                read = set(read_upstream(self.view, key, edge, parts)).difference(targets.get(edge.upstream, ()))
                dirty = array("q", (part for part in above.parts if part in read))
                if dirty:
                    self._take_as_it_stands(edge.upstream, dirty, reader=key)
                    named = self._name_nodes(edge.upstream, dirty)
                    warnings.append(f"{key} is built from {named}, which is out of date and left alone by --only")
        return tuple(warnings)

    def _take_as_it_stands(self, key: AssetKey, dirty: Parts, *, reader: AssetKey) -> None:
        outputs = self.verify(key, dirty)
        recorded = self.view.find_recorded(key, dirty)
        missing = [part for part in dirty if part not in recorded or outputs.get(part) is Reason.OUTPUT_MISSING]
        if missing:
            raise UsageError(
                f"{reader} reads {self._name_nodes(key, missing)}, which is not there",
                hint="leave out --only, and upstream is built first",
            )
        self.view.distrust(key, array("q", outputs))

    def _name_nodes(self, key: AssetKey, parts: Parts) -> str:
        definition = self.view.scope.definitions[key]
        if definition is None:
            return str(key)
        ranges = Ranges(definition, parts)
        more = f" and {len(ranges) - 3} more ranges" if len(ranges) > 3 else ""
        return f"{key}@{', '.join(ranges[:3])}{more}"
