"""make_plan: targets become a Plan, by one walk up to find what is needed and one down to check it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import Ranges
from assetmake.discovery.manifest import AssetRecord
from assetmake.errors import UsageError
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.answers import read_answers
from assetmake.planning.earlier import find_earlier_reads
from assetmake.planning.failed_checks import warn_of_failed_checks
from assetmake.planning.joins import read_upstream
from assetmake.planning.keyset import unite
from assetmake.planning.needs import Needs
from assetmake.planning.plan import Parts, Plan, Reason, Verdict, Verdicts, encode
from assetmake.planning.rebuilder import Question
from assetmake.planning.view import View
from assetmake.storage.made import read_newest, read_told

Check = Callable[[View, Question], Verdicts]
Verify = Callable[[AssetKey, Parts], Mapping[int, Reason]]
Nodes = Mapping[AssetKey, Parts]
_NOTHING: Nodes = {}


@dataclass(frozen=True, slots=True)
class Planner:
    """What a plan is made with.

    Attributes:
        graph: The project.
        view: What is recorded.
        check: Decides; `rebuilder.check`.
        verify: Finds outputs that are not as recorded.
        force: Decides in its place for the targets, where they are to be built whatever is recorded.
        forced: Those of the targets that are; default: all.
    """

    graph: AssetGraph
    view: View
    check: Check
    verify: Verify
    force: Check | None = None
    forced: Nodes | None = None

    @property
    def needs(self) -> Needs:
        """What finds all that targets need."""
        return Needs(self.graph, self.view)

    def find_needed(self, targets: Nodes, *, only: bool = False) -> dict[AssetKey, Parts]:
        """Return all nodes that the targets need, themselves included; with `only`, as far as those are made then."""
        needed, _ = self.needs.find(targets)
        return self._leave_others(needed, targets) if only else needed

    def make_plan(self, targets: Nodes, *, only: bool = False, looked_at: Nodes = _NOTHING) -> Plan:
        """Return the verdicts of the targets and, unless `only`, of all that they need.

        Args:
            targets: The nodes to bring up to date, by asset.
            only: Leave upstream as it stands; where it is out of date, warn.
            looked_at: Partitions of sources whose checks are asked for.

        Raises:
            UsageError: with `only`, something upstream is not there.
        """
        needed, checks = self.needs.find(targets, looked_at)
        selected = frozenset((*targets, *looked_at))
        again = targets if self.forced is None else _pick(self.forced, needed)
        forced = {**again, **{key: checks[key] for key in self.graph.list_checks(looked_at) if key in checks}}
        if self.force is None:
            forced = {}
        if not only:
            return self._check_all(needed, checks, selected=selected, forced=forced)
        blocking = {key: parts for key, parts in checks.items() if inspected(self.graph.checks[key]).blocking}
        near = self._check_all(needed, blocking, selected=selected, forced=forced)
        alone = self._leave_others(needed, targets)
        warnings = (
            *self._inspect_upstream(alone, near.verdicts),
            *warn_of_failed_checks(self.graph, self.view, near, targets),
        )
        own = (
            self.needs.find_checks({**alone, **self.needs.find_standing_sources(looked_at)})
            if self.graph.checks
            else {}
        )
        return replace(self._check_all(alone, own, selected=selected, forced=forced), warnings=warnings)

    def _leave_others(self, needed: Nodes, targets: Nodes) -> dict[AssetKey, Parts]:
        """Return the targets, and what the same call makes, without what they need besides."""
        found = {}
        for key, parts in needed.items():
            unit = self.graph.units.get(key, (key,))
            asked = [targets[member] for member in unit if member in targets]
            if asked and self.graph.records[key].can_subset:
                # Of others only what a call for the targets makes, and not the earlier partitions that they read.
                together = set().union(*asked)
                found[key] = targets.get(key, array("q", (part for part in parts if part in together)))
            elif asked:
                found[key] = unite(self.view.scope.parts[key], asked)
        return found

    def narrow(self, plan: Plan, targets: Nodes, *, only: bool = False, looked_at: Nodes = _NOTHING) -> Plan:
        """Return the plan of some of the targets of another one, as `make_plan` makes it: mostly by reading it off.

        A node has the same verdict in both, because all that it needs is in both.

        Args:
            plan: Of more targets, made with the same `only` from what is still so.
            targets: Nodes of those.
            only: As for `make_plan`.
            looked_at: As for `make_plan`, no more than in the other plan.
        """
        if only or self.force is not None or not all(map(self._is_judged_by_node, plan.checks)):
            return self.make_plan(targets, only=only, looked_at=looked_at)
        needed, checks = self.needs.find(targets, looked_at)
        return Plan(
            {key: plan.verdicts[key].within(parts) for key, parts in needed.items()},
            frozenset((*targets, *looked_at)),
            checks={key: plan.checks[key].within(parts) for key, parts in checks.items()},
            answers={key: plan.answers[key].within(parts) for key, parts in checks.items()},
        )

    def _is_judged_by_node(self, check: AssetKey) -> bool:
        """Tell whether the verdict of a check's node has nothing to do with which others are in the plan."""
        record = self.graph.records[check]
        return record.asks is None and (check not in self.graph.units or record.can_subset)

    def make_check_plan(
        self, targets: Mapping[AssetKey, Parts], *, looked_at: Mapping[AssetKey, Parts] = _NOTHING
    ) -> Plan:
        """Return the verdicts of the checks of targets, and of sources, on what stands; no asset is looked at.

        Checks that the function of an asset makes, and makes only together with it, are left out.
        """
        standing = {key: self._find_standing(key, parts) for key, parts in targets.items()}
        standing |= self.needs.find_standing_sources(looked_at)
        whole = {key for key, parts in targets.items() if len(parts) == len(self.view.scope.parts[key])}
        found = self.needs.find_checks(standing, whole=whole)
        checks = {key: parts for key, parts in found.items() if self._is_made_apart(key)}
        verdicts: dict[AssetKey, Verdicts] = {}
        for key, parts in checks.items():
            verdicts[key] = self._ask(key, parts, {}, forced=() if self.force is None else parts)
        for unit in dict.fromkeys(self.graph.units[key] for key in checks if key in self.graph.units):
            if not self.graph.records[unit[0]].can_subset:
                self._run_together(unit, verdicts)
        answers = {key: read_answers(self.view, key, parts) for key, parts in checks.items()}
        return Plan({}, frozenset((*targets, *looked_at)), checks=verdicts, answers=answers)

    def _find_standing(self, key: AssetKey, parts: Parts) -> Parts:
        recorded = self.view.find_recorded(key, parts)
        return parts if len(recorded) == len(parts) else array("q", (part for part in parts if part in recorded))

    def _is_made_apart(self, check: AssetKey) -> bool:
        unit = self.graph.units.get(check, ())
        return self.graph.records[check].can_subset or not any(key in self.graph.assets for key in unit)

    def _check_all(
        self,
        needed: Mapping[AssetKey, Parts],
        checks: Mapping[AssetKey, Parts],
        *,
        selected: frozenset[AssetKey],
        forced: Mapping[AssetKey, Parts],
    ) -> Plan:
        verdicts: dict[AssetKey, Verdicts] = {}
        made = {key for key in checks if any(each in needed for each in self.graph.units.get(key, ()))}
        for key, parts in needed.items():
            verdicts[key] = self._ask(key, parts, verdicts, forced=forced.get(key, ()))
            unit = self.graph.units.get(key)
            if unit is not None and key == next(each for each in reversed(unit) if each in needed):
                for check in unit:
                    if check in made:
                        verdicts[check] = self._ask(check, checks[check], verdicts, forced=forced.get(check, ()))
                if not self.graph.records[key].can_subset:
                    self._run_together(unit, verdicts, asked=parts)
        alone = {key: parts for key, parts in checks.items() if key not in made}
        for key, parts in alone.items():
            verdicts[key] = self._ask(key, parts, verdicts, forced=forced.get(key, ()))
        for unit in dict.fromkeys(self.graph.units[key] for key in alone if key in self.graph.units):
            if not self.graph.records[unit[0]].can_subset:
                self._run_together(unit, verdicts)
        return Plan(
            {key: verdicts[key] for key in needed},
            selected,
            checks={key: verdicts[key] for key in checks},
            answers={key: read_answers(self.view, key, parts) for key, parts in checks.items()},
        )

    def _ask(self, key: AssetKey, parts: Parts, verdicts: Mapping[AssetKey, Verdicts], *, forced: Parts) -> Verdicts:
        edges, record = self.graph.upstream[key], self.graph.records[key]
        dirty = {edge.upstream: verdicts[edge.upstream] for edge in edges if edge.upstream in verdicts}
        question = Question(
            key=key,
            fingerprint=record.fingerprint,
            edges=edges,
            parts=parts,
            dirty=dirty,
            outputs=self.verify(key, parts) if parts else {},
            has_expired=self._has_expired(record, dirty),
        )
        if self.force is not None and len(forced) == len(parts):
            return self.force(self.view, question)
        found = self.check(self.view, question)
        if key in self.graph.self_edges:
            found = self._ask_again(question, found, forced)
        return self._add_forced(question, found, forced) if forced else found

    def _ask_again(self, question: Question, found: Verdicts, forced: Parts) -> Verdicts:
        """Ask once more, now that it is known which earlier partitions are not fresh, or will have waited for such."""
        first = {*found.parts, *forced}
        reads = find_earlier_reads(self.view, self.graph, (question.key,))
        if reads is None or not first:
            return found
        dirty = reads.spread_down(first, among=question.parts)
        waiting = Verdicts(len(question.parts), dirty, bytes(len(dirty)))
        found = self.check(self.view, replace(question, dirty={**question.dirty, question.key: waiting}))
        self.view.forget_mended(question.key, found.parts)
        return found

    def _add_forced(self, question: Question, found: Verdicts, forced: Parts) -> Verdicts:
        """Have nodes run that were asked for; those that they need besides are as they are."""
        assert self.force is not None, "what is not to be forced is not given"
        own = self.force(self.view, replace(question, parts=forced))
        codes = {
            **dict(zip(found.parts, found.codes, strict=True)),
            **dict(zip(own.parts, own.codes, strict=True)),
        }
        parts = array("q", (part for part in question.parts if part in codes))
        self.view.forget_mended(question.key, own.parts)
        return Verdicts(found.total, parts, bytes(codes[part] for part in parts))

    def _has_expired(self, record: AssetRecord, dirty: Mapping[AssetKey, Verdicts]) -> bool:
        """Tell whether what a check was told besides data is no longer so, or soon will not be."""
        if record.asks is None:
            return False
        return record.asks.is_timed or any(each.parts for each in dirty.values()) or self._is_made_since(record)

    def _is_made_since(self, record: AssetRecord) -> bool:
        """Tell whether an asset was made since a check of it was told when."""
        asset = str(self.view.home(inspected(record).asset))
        newest = read_newest(self.view.db, asset, most=1)
        told = read_told(self.view.db, str(self.view.home(record.key)))
        # With the time: after two states were merged, a number may be that of another transaction.
        return [row[:3] for row in newest] != [row[:3] for row in told[:1]]

    def _run_together(self, unit: Sequence[AssetKey], verdicts: dict[AssetKey, Verdicts], *, asked: Parts = ()) -> None:
        """Have all that one call makes run where some of it is to: for the same reason, if it has none of its own."""
        several = {key: verdicts[key] for key in unit if key in verdicts}
        if len({bytes(array("q", each.parts)) for each in several.values()}) == 1:
            return
        found: dict[int, int] = {}
        for each in several.values():
            for part, code in zip(each.parts, each.codes, strict=True):
                found.setdefault(part, code)
        reads = self.needs.find_earlier(unit[0])
        if reads is not None:
            for part in reads.spread_down(found, among=asked):
                found.setdefault(part, encode(Verdict.WAITING, Reason.UPSTREAM))
        for key, each in several.items():
            own = dict(zip(each.parts, each.codes, strict=True))
            parts = array("q", (part for part in self.view.scope.parts[key] if part in found))
            verdicts[key] = Verdicts(each.total, parts, bytes(own.get(part, found[part]) for part in parts))
            self.view.forget_mended(key, parts)

    def _inspect_upstream(
        self, targets: Mapping[AssetKey, Parts], verdicts: Mapping[AssetKey, Verdicts]
    ) -> tuple[str, ...]:
        warnings = []
        for key, parts in targets.items():
            for edge in self.graph.upstream[key]:
                above = verdicts.get(edge.upstream)
                earlier = edge in self.graph.self_edges.get(key, ())
                is_inner = edge.upstream in self.graph.units.get(key, ()) and not earlier
                if above is None or not above.parts or is_inner:
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
        return str(key) if definition is None else f"{key}@{Ranges(definition, parts).shorten()}"


def _pick(nodes: Nodes, needed: Nodes) -> Nodes:
    """Return those of some nodes that are needed."""
    several = ((key, set(parts)) for key, parts in nodes.items() if key in needed)
    return {key: array("q", (part for part in needed[key] if part in parts)) for key, parts in several}
