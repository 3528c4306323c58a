"""check(): is a node up to date? The one place that answers, for one node or for a million.

The ladder, the same in both of its forms: no trace? other fingerprint? output gone or altered? marked as stale by hand?
upstream about to run? upstream has other data than was read? else fresh. `judge` climbs it for a node that is not
partitioned, where a query would cost more than the answer; `check` climbs it in SQL for a set of partitions.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.manifest import Fingerprint
from assetmake.graph.asset_graph import Edge
from assetmake.planning.joins import Constant, Link, fold_constant, join_digest, join_dirty, link
from assetmake.planning.keyset import from_arrow
from assetmake.planning.plan import CODES, WAITING_BIT, Parts, Reason, Verdict, Verdicts, decode, encode
from assetmake.planning.view import Recorded, View
from assetmake.storage.columns import MOST_BY_PARAMETERS, int32_column, int64_column

_OUTPUT_REASONS = (Reason.OUTPUT_MISSING, Reason.OUTPUT_MODIFIED)
"""What was built since the last failure and is no longer there: the failure has nothing to do with it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What check() is asked about: nodes of one asset, and what is known of its surroundings.

    Attributes:
        key: The asset.
        fingerprint: As its definition now is.
        edges: Its upstreams, in the order of its dependencies.
        parts: The nodes that are asked about.
        dirty: Of each upstream asset that has any: its nodes that are not fresh.
        outputs: Nodes whose output is not as it was recorded.
        has_expired: What a check was told besides data is no longer so: what time it is, or when its asset was made.
    """

    key: AssetKey
    fingerprint: Fingerprint
    edges: Sequence[Edge]
    parts: Parts
    dirty: Mapping[AssetKey, Verdicts]
    outputs: Mapping[int, Reason]
    has_expired: bool = False


def check(view: View, question: Question) -> Verdicts:
    """Return the nodes that are not fresh, each with its verdict and reason."""
    if not question.parts:
        return Verdicts(0, range(0), b"")
    if view.is_partitioned(question.key):
        try:
            found = _expire(question, _check_set(view, question))
        finally:
            view.forget()
    else:
        found = _expire(question, _check_single(view, question))
    view.note_mended(question.key, question.parts, found.parts)
    return found


def _expire(question: Question, found: Verdicts) -> Verdicts:
    """Take nodes as stale that no data hash tells of; what is stale anyway keeps its reason."""
    if not question.has_expired or any(decode(code)[0] is Verdict.STALE for code in found.codes):
        return found
    code = encode(Verdict.STALE, Reason.EXPIRED)
    return Verdicts(found.total, question.parts, bytes([code]) * len(question.parts))


def force(view: View, question: Question) -> Verdicts:  # noqa: ARG001 - stands in for check()
    """Return every node as stale, whatever is recorded."""
    code = encode(Verdict.STALE, Reason.FORCED)
    return Verdicts(len(question.parts), question.parts, bytes([code]) * len(question.parts))


def judge(
    recorded: Recorded | None,
    *,
    differs: Reason | None,
    output: Reason | None,
    waits: bool,
    inputs: Sequence[int],
    failed: bool,
) -> tuple[Verdict, Reason] | None:
    """Climb the ladder for one node; None is fresh.

    Args:
        recorded: Its trace.
        differs: What of its fingerprint is no longer as in the trace.
        output: What is wrong with its output.
        waits: Something upstream is not fresh.
        inputs: The digest of what stands of each upstream.
        failed: Its last attempt failed.
    """
    own = differs or output
    if recorded is None:
        own = Reason.MISSING
    elif own is None and recorded.invalidated is not None:
        own = Reason.INVALIDATED
    if own is not None:
        return Verdict.STALE, Reason.FAILED if failed and own not in _OUTPUT_REASONS else own
    if waits:
        return Verdict.WAITING, Reason.UPSTREAM
    if recorded is not None and recorded.inputs != tuple(inputs):
        return Verdict.STALE, Reason.FAILED if failed else Reason.UPSTREAM
    return None


def read_inputs(view: View, key: AssetKey, edges: Sequence[Edge]) -> tuple[int, ...]:
    """Return the digest of what stands of each upstream of an asset that is not partitioned."""
    digests = []
    for edge in edges:
        if not view.is_partitioned(edge.upstream):
            digests.append(view.single_data(edge.upstream) or 0)
            continue
        digests.append(fold_constant(view, edge, _constant_parts(view, key, edge)) or 0)
    return tuple(digests)


def _constant_parts(view: View, key: AssetKey, edge: Edge) -> Parts:
    found = link(view, edge.mapping, upstream=edge.upstream, downstream=key, parts=view.scope.parts[key])
    assert isinstance(found, Constant), f"{key} is not partitioned, so its mapping of {edge.upstream} is constant"
    return found.parts


def _check_single(view: View, question: Question) -> Verdicts:
    key, recorded = question.key, view.singles.get(question.key)
    differs = None
    if recorded is not None:
        known = view.match_fingerprints(key, question.fingerprint)
        differs = known.get(recorded.fingerprint, Reason.CODE)
    waits = any(_touches(view, question, edge) for edge in question.edges)
    verdict = judge(
        recorded,
        differs=differs,
        output=question.outputs.get(0),
        waits=waits,
        inputs=() if recorded is None or waits else _read_arranged(view, question, recorded.fingerprint),
        failed=view.numbers.get(str(key), -1) in view.failed,
    )
    if verdict is None:
        return Verdicts(1, range(0), b"")
    return Verdicts(1, question.parts, bytes([encode(*verdict)]))


def _touches(view: View, question: Question, edge: Edge) -> bool:
    dirty = question.dirty.get(edge.upstream)
    if dirty is None or not dirty.parts:
        return False
    if not view.is_partitioned(edge.upstream) or dirty.all_dirty:
        return True
    parts = _constant_parts(view, question.key, edge)
    return parts is view.scope.parts[edge.upstream] or not set(parts).isdisjoint(dirty.parts)


def _check_set(view: View, question: Question) -> Verdicts:
    links = [
        link(view, edge.mapping, upstream=edge.upstream, downstream=question.key, parts=question.parts)
        for edge in question.edges
    ]
    joins, own = _own_rungs(view, question)
    waits = _waiting_rung(view, question, links, joins)
    inputs = []
    for number, (edge, found) in enumerate(zip(question.edges, links, strict=True)):
        join, digest = join_digest(view, edge, found, alias=f"u{number}")
        joins.append(join)
        inputs.append(digest)
    upstream = f"t.inputs is distinct from {_arrange_inputs(view, question, inputs)}"
    failed = view.failures(question.key)
    if failed:
        joins.append(f"left join {failed} f on f.part = w.part")
    ladder = (
        f"case when own is not null then own when waits then {CODES[Reason.UPSTREAM] | WAITING_BIT}"
        f" when upstream then {CODES[Reason.UPSTREAM]} end"
    )
    outputs = ", ".join(str(CODES[reason]) for reason in _OUTPUT_REASONS)
    query = (
        f"with rungs as (select w.part, {own} as own, {waits} as waits, {upstream} as upstream,"
        f" {'f.part is not null' if failed else 'false'} as failed"
        f" from {view.relate(question.parts)} w"
        f" left join {view.traces(question.key)} t on t.part = w.part {' '.join(joins)}),"
        f" climbed as (select part, failed, {ladder} as reason from rungs)"
        f" select part, (case when failed and reason < {WAITING_BIT} and reason not in ({outputs})"
        f" then {CODES[Reason.FAILED]} else reason end)::utinyint as code"
        " from climbed where reason is not null order by part"
    )
    parts, codes = _fetch(view, query, most=len(question.parts))
    return _in_order_of(question.parts, Verdicts(len(question.parts), parts, codes))


def _fetch(view: View, query: str, *, most: int) -> tuple[array[int], bytes]:
    """Return parts and codes; as Arrow, which takes long to load, only where there may be many."""
    if most <= MOST_BY_PARAMETERS:
        pairs = view.db.execute(query).fetchall()
        return array("q", (part for part, _ in pairs)), bytes(code for _, code in pairs)
    rows = view.db.sql(query).to_arrow_table()
    return from_arrow(rows.column("part")), bytes(rows.column("code").to_pylist()) if rows.num_rows else b""


def _read_arranged(view: View, question: Question, fingerprint: int) -> list[int]:
    inputs = read_inputs(view, question.key, question.edges)
    return [inputs[index] for index in view.arrange(fingerprint, question.edges)]


def _arrange_inputs(view: View, question: Question, inputs: Sequence[str]) -> str:
    """Return the expression for what a trace's inputs are to be, in the order in which that trace carries them."""
    orders: dict[tuple[int, ...], list[int]] = {}
    for number in view.fingerprints.get(view.numbers.get(str(question.key), -1), ()):
        orders.setdefault(view.arrange(number, question.edges), []).append(number)
    written = tuple(range(len(inputs)))
    orders.pop(written, None)
    cases = [
        f"when t.fingerprint in ({', '.join(map(str, numbers))}) then [{', '.join(inputs[each] for each in order)}]"
        for order, numbers in orders.items()
    ]
    plain = f"[{', '.join(inputs)}]::uhugeint[]"
    return f"case {' '.join(cases)} else {plain} end" if cases else plain


def _own_rungs(view: View, question: Question) -> tuple[list[str], str]:
    """Return the rungs that need nothing of upstream: joins, and an expression that is null where they hold."""
    steps = [f"when t.part is null then {CODES[Reason.MISSING]}"]
    numbers: dict[Reason | None, list[int]] = {None: []}
    for number, reason in view.match_fingerprints(question.key, question.fingerprint).items():
        numbers.setdefault(reason, []).append(number)
    same = numbers.pop(None)
    for reason, several in numbers.items():
        assert reason is not None
        steps.append(f"when t.fingerprint in ({', '.join(map(str, several))}) then {CODES[reason]}")
    known = f"t.fingerprint in ({', '.join(map(str, same))})" if same else "false"
    steps.append(f"when {known} is not true then {CODES[Reason.CODE]}")
    joins = []
    if question.outputs:
        table = {
            "part": int64_column(list(question.outputs)),
            "code": int32_column([CODES[reason] for reason in question.outputs.values()]),
        }
        joins.append(f"left join {view.relate_table(table)} o on o.part = w.part")
        steps.append("when o.part is not null then o.code")
    steps.append(f"when t.invalidated is not null then {CODES[Reason.INVALIDATED]}")
    return joins, f"case {' '.join(steps)} end"


def _waiting_rung(view: View, question: Question, links: Sequence[Link], joins: list[str]) -> str:
    waits = []
    for number, (edge, found) in enumerate(zip(question.edges, links, strict=True)):
        dirty = question.dirty.get(edge.upstream)
        if dirty is None or not dirty.parts:
            continue
        join, hit = join_dirty(view, found, dirty.parts, whole=dirty.all_dirty, alias=f"d{number}")
        joins.append(join)
        waits.append(hit)
    return f"({' or '.join(waits)})" if waits else "false"


def _in_order_of(parts: Parts, verdicts: Verdicts) -> Verdicts:
    """Put verdicts, which come ascending, in the order of the definition where that is another one."""
    if isinstance(parts, range) or len(verdicts.parts) < 2:
        return verdicts
    codes = dict(zip(verdicts.parts, verdicts.codes, strict=True))
    ordered = array("q", (part for part in parts if part in codes))
    return Verdicts(verdicts.total, ordered, bytes(codes[part] for part in ordered))
