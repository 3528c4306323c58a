"""explain(): what a verdict rests on, read from the parts that the trace has kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.code_changes import MemberChange, compare_code
from assetmake.planning.differences import compare_details
from assetmake.planning.fingerprints import read_kept_members
from assetmake.planning.history import LastAnswer, NodeFailure, NodeTrace, read_failures, read_trace
from assetmake.planning.plan import Plan, Reason, Verdict, decode
from assetmake.planning.upstream_changes import UpstreamChange, compare_upstream
from assetmake.planning.view import View
from assetmake.storage.decisions import Decision, read_last_decision
from assetmake.storage.ledger import SourceRow

__all__ = ["Explainer", "Explanation", "Kept", "MemberChange", "UpstreamChange"]

_WORDS = {
    Reason.MISSING: "it was never built",
    Reason.CODE: "its code changed",
    Reason.CONFIG: "its declaration or its config changed",
    Reason.IO: "its IO manager changed",
    Reason.ENVIRONMENT: "a declared distribution or environment variable changed",
    Reason.UPSTREAM: "upstream has other data",
    Reason.OUTPUT_MISSING: "its output is gone",
    Reason.OUTPUT_MODIFIED: "its output is not what was built",
    Reason.FORCED: "it was asked for",
    Reason.INVALIDATED: "it was marked as stale by hand",
    Reason.EXPIRED: "it asks what time it is, or when the asset was made, and that is asked anew each time",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a fresh node was compared with and found to be as it was.

    Attributes:
        members: The names of its code closure, its own function first.
        environment: Versions of declared distributions, and names of declared variables.
        unfollowed: What of its code cannot be followed, by member.
        stores: It has an output, which is what was built.
        place: What an IO manager of the user's keeps it in, and that is there.
    """

    members: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    unfollowed: tuple[str, ...] = ()
    stores: bool = True
    place: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a node is stale, or why not.

    Attributes:
        asset, key: The node.
        verdict, reason: As in the plan; a fresh node has no reason.
        built_at, run: Its last build.
        changed: In words, what besides code and upstream is not as it was.
        members: What of its code is not as it was.
        upstream: Each upstream.
        failure: Its last attempt, where that failed.
        kept: What it rests on.
        undeclared: Files that its last build read without declaring them.
        decision: What was decided of it by hand since it was built.
        answer: What it found when it was made last, of a check.
    """

    asset: AssetKey
    key: str | None
    verdict: Verdict
    reason: Reason | None
    built_at: datetime | None
    run: str | None
    changed: tuple[str, ...]
    members: tuple[MemberChange, ...]
    upstream: tuple[UpstreamChange, ...]
    failure: NodeFailure | None
    kept: Kept = Kept()
    undeclared: tuple[str, ...] = ()
    decision: Decision | None = None
    answer: LastAnswer | None = None


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains nodes of one plan.

    Attributes:
        view: With the state attached.
        graph: The project.
        plan: A plan that has the nodes.
        seen: Source files as they are now.
        failures: Of each asset, the nodes whose last attempt failed.
    """

    view: View
    graph: AssetGraph
    plan: Plan
    seen: Mapping[str, SourceRow]
    failures: Mapping[AssetKey, Sequence[NodeFailure]]

    def explain(self, asset: AssetKey, key: str | None = None) -> Explanation:
        """Return the explanation of one node; of a partitioned asset without a key, of its first one that is stale."""
        part, key = self._choose(asset, key)
        verdicts = self.plan.find(asset)
        codes = dict(zip(verdicts.parts, verdicts.codes, strict=True))
        verdict, reason = decode(codes[part]) if part in codes else (Verdict.FRESH, None)
        home = self.view.home(asset)
        trace = read_trace(self.view.db, home, part)
        failures = [each for each in self.failures.get(home, ()) if each.key == key]
        members = self._compare_code(asset, trace)
        details = compare_details(trace.details, self.graph.records[asset].fingerprint.details) if trace else []
        upstream = compare_upstream(self.view, self.graph, self.plan, (asset, part), trace=trace, seen=self.seen)
        decision = read_last_decision(self.view.db, str(home), part)
        return Explanation(
            asset=asset,
            key=key,
            verdict=verdict,
            reason=reason,
            built_at=trace.built_at if trace else None,
            run=trace.run if trace else None,
            changed=tuple(
                _list_changes(reason, self._tell_lost(asset, part, trace), details, members, is_decided=bool(decision))
            ),
            members=members,
            upstream=upstream,
            failure=failures[0] if failures else None,
            kept=self._list_kept(asset, trace),
            undeclared=trace.undeclared if trace else (),
            decision=decision,
            answer=trace.answer if trace else None,
        )

    def _tell_lost(self, asset: AssetKey, part: int, trace: NodeTrace | None) -> str:
        """Return where an output was that is gone, as far as an IO manager of the user's kept it."""
        place = trace.place if trace else ""
        if part in self.view.missing.get(asset, ()):
            where = f" in {place}" if place else ""
            return f": the IO manager {self.graph.records[asset].io_manager!r} finds it no more{where}"
        return f": {place} is not there" if place else ""

    def explain_all(self) -> Iterator[Explanation]:
        """Return for each asset that has work the explanation of one node: the first stale one, else one that waits."""
        for asset, verdicts in self.plan:
            if verdicts.parts:
                yield self.explain(asset)

    def _choose(self, asset: AssetKey, key: str | None) -> tuple[int, str | None]:
        definition, verdicts = self.view.scope.definitions[asset], self.plan.find(asset)
        if definition is None:
            return 0, None
        if key is not None:
            return definition.part_of(key), key
        parts = verdicts.select(Verdict.STALE) or verdicts.parts or self.view.scope.parts[asset][:1]
        return (parts[0], definition.key_of(parts[0])) if parts else (0, None)

    def _compare_code(self, asset: AssetKey, trace: NodeTrace | None) -> tuple[MemberChange, ...]:
        fingerprint = self.graph.records[asset].fingerprint
        if trace is None or self._is_same_code(asset, trace):
            return ()
        now = self.graph.code.reach(fingerprint.root, *fingerprint.keepers)
        return compare_code(read_kept_members(self.view.db, trace.fingerprint), now)

    def _is_same_code(self, asset: AssetKey, trace: NodeTrace) -> bool:
        known = self.view.fingerprints.get(self.view.numbers.get(str(asset), -1), {}).get(trace.fingerprint)
        now = self.graph.records[asset].fingerprint
        return known is not None and (known.code, known.io) == (now.code, now.io)

    def _list_kept(self, asset: AssetKey, trace: NodeTrace | None) -> Kept:
        fingerprint = self.graph.records[asset].fingerprint
        members = self.graph.code.reach(fingerprint.root, *fingerprint.keepers)
        environment = json.loads(fingerprint.details).get("environment", {}) if fingerprint.details else {}
        return Kept(
            members=tuple(member.name for member in members),
            environment=tuple(name if name.startswith("$") else f"{name} {each}" for name, each in environment.items()),
            unfollowed=tuple(f"{member.name}: {each}" for member in members for each in member.unfollowed),
            stores=trace is not None and trace.suffix is not None,
            place=trace.place if trace else "",
        )


def open_explainer(view: View, graph: AssetGraph, plan: Plan, *, seen: Mapping[str, SourceRow]) -> Explainer:
    """Return what explains nodes of a plan, inside a block of the state."""
    return Explainer(
        view, graph, plan, seen, read_failures(view.db, [*plan.verdicts, *plan.checks, *view.homes.values()])
    )


def _list_changes(
    reason: Reason | None, lost: str, details: Sequence[str], members: Sequence[MemberChange], *, is_decided: bool
) -> Iterator[str]:
    """Return the reason in words, where what follows it does not tell it better, and then the rest."""
    told = {Reason.UPSTREAM, Reason.FAILED}
    if details:
        told |= {Reason.CONFIG, Reason.IO, Reason.ENVIRONMENT}
    if members:
        told.add(Reason.CODE)
    if is_decided:
        told.add(Reason.INVALIDATED)
    if reason is not None and reason not in told:
        yield _WORDS[reason] + (lost if reason is Reason.OUTPUT_MISSING else "")
    yield from details
