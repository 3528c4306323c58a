"""The ladder: each rung by itself, in order, and the same for one node as for a set."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import CURRENT, Field, edge, key

from assetmake import StaticPartitionsDefinition
from assetmake.definitions.resolution import MappingKind
from assetmake.graph.asset_graph import Edge
from assetmake.planning.plan import Reason, Verdict, Verdicts, decode, encode
from assetmake.planning.rebuilder import Question, check, force, judge
from assetmake.planning.view import Recorded, list_differences
from thoroughness import times

RECORDED = Recorded(1, (5, 6), 7, ".json")
INVALIDATED = replace(RECORDED, invalidated="by hand")
STALE, WAITING = Verdict.STALE, Verdict.WAITING
FRESH_NODE = {
    "recorded": RECORDED,
    "differs": None,
    "output": None,
    "waits": False,
    "inputs": (5, 6),
    "failed": False,
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"failed": True}, None),
        ({"recorded": None}, (STALE, Reason.MISSING)),
        ({"recorded": None, "failed": True}, (STALE, Reason.FAILED)),
        ({"recorded": None, "waits": True}, (STALE, Reason.MISSING)),
        *[({"differs": r}, (STALE, r)) for r in (Reason.CODE, Reason.CONFIG, Reason.IO, Reason.ENVIRONMENT)],
        ({"differs": Reason.CODE, "output": Reason.OUTPUT_MISSING, "waits": True}, (STALE, Reason.CODE)),
        ({"differs": Reason.CODE, "failed": True}, (STALE, Reason.FAILED)),
        ({"output": Reason.OUTPUT_MISSING}, (STALE, Reason.OUTPUT_MISSING)),
        ({"output": Reason.OUTPUT_MODIFIED, "waits": True}, (STALE, Reason.OUTPUT_MODIFIED)),
        ({"recorded": INVALIDATED}, (STALE, Reason.INVALIDATED)),
        ({"recorded": INVALIDATED, "differs": Reason.CODE}, (STALE, Reason.CODE)),
        ({"recorded": INVALIDATED, "output": Reason.OUTPUT_MODIFIED}, (STALE, Reason.OUTPUT_MODIFIED)),
        ({"recorded": INVALIDATED, "waits": True, "inputs": ()}, (STALE, Reason.INVALIDATED)),
        ({"recorded": INVALIDATED, "inputs": (5, 7)}, (STALE, Reason.INVALIDATED)),
        ({"recorded": INVALIDATED, "failed": True}, (STALE, Reason.FAILED)),
        ({"waits": True}, (WAITING, Reason.UPSTREAM)),
        ({"waits": True, "inputs": (), "failed": True}, (WAITING, Reason.UPSTREAM)),
        ({"inputs": (5, 7)}, (STALE, Reason.UPSTREAM)),
        ({"inputs": (6, 5)}, (STALE, Reason.UPSTREAM)),
        ({"inputs": (5,)}, (STALE, Reason.UPSTREAM)),
        ({"inputs": (5, 6, 0)}, (STALE, Reason.UPSTREAM)),
        ({"inputs": (5, 7), "failed": True}, (STALE, Reason.FAILED)),
    ],
)
def test_the_ladder(changed: dict[str, object], expected: tuple[Verdict, Reason] | None) -> None:
    assert judge(**{**FRESH_NODE, **changed}) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("code", Reason.CODE),
        ("config", Reason.CONFIG),
        ("io", Reason.IO),
        ("environment", Reason.ENVIRONMENT),
        ("root", None),
        ("details", None),
    ],
)
def test_each_part_of_a_fingerprint_counts_and_its_text_does_not(part: str, reason: Reason | None) -> None:
    told = [] if reason is None else [reason]
    assert list(list_differences(CURRENT, replace(CURRENT, **{part: "other"}))) == told
    assert list(list_differences(replace(CURRENT, **{part: "other"}), CURRENT)) == told


def test_verdicts_and_reasons_survive_their_byte() -> None:
    for verdict in (STALE, WAITING):
        for reason in Reason:
            assert decode(encode(verdict, reason)) == (verdict, reason)


_DIFFERS = {
    "same": None,
    "code": Reason.CODE,
    "config": Reason.CONFIG,
    "io": Reason.IO,
    "environment": Reason.ENVIRONMENT,
    "unknown": Reason.CODE,
}


@dataclass(frozen=True)
class Node:
    """What is known of a node and of the one node of each of two upstreams that it reads."""

    recorded: bool = True
    fingerprint: str = "same"
    output: Reason | None = None
    dirty: tuple[bool, bool] = (False, False)
    read: tuple[str, str] = ("same", "same")
    failed: bool = False
    invalidated: bool = False

    def judge(self) -> tuple[Verdict, Reason] | None:
        """Climb the ladder by hand."""
        mark = "by hand" if self.invalidated else None
        return judge(
            Recorded(1, (1, 1), 0, None, invalidated=mark) if self.recorded else None,
            differs=_DIFFERS[self.fingerprint],
            output=self.output,
            waits=any(self.dirty),
            inputs=tuple(int(read == "same") for read in self.read),
            failed=self.failed,
        )


nodes = st.builds(
    Node,
    recorded=st.sampled_from([True, True, True, False]),
    fingerprint=st.sampled_from(["same", "same", "same", "code", "config", "io", "environment", "unknown"]),
    output=st.sampled_from([None, None, None, Reason.OUTPUT_MISSING, Reason.OUTPUT_MODIFIED]),
    dirty=st.tuples(st.sampled_from([False, False, True]), st.sampled_from([False, False, True])),
    read=st.tuples(*[st.sampled_from(["same", "same", "same", "other", "gone", "nothing"])] * 2),
    failed=st.booleans(),
    invalidated=st.sampled_from([False, False, True]),
)
UPS = ("left", "right")


def plant(field: Field, node: Node, names: dict[str, str], part: int) -> None:
    """Plant a node and what it reads, under the given names."""
    digests = []
    for up, read in zip(UPS, node.read, strict=True):
        stands = 0 if read in {"gone", "nothing"} else field.plant(names[up], part)
        digests.append({"same": stands, "other": stands ^ 1, "gone": 12345, "nothing": 1}[read])
    if node.recorded:
        changed = {} if node.fingerprint == "same" else {node.fingerprint: "other"}
        if node.fingerprint == "unknown":
            changed = {"code": "unknown"}
        fingerprint = replace(CURRENT, **changed)
        field.plant(names["down"], part, inputs=digests, fingerprint=fingerprint, invalidated=node.invalidated)
    if node.failed:
        field.fail(names["down"], part)


def ask(names: dict[str, str], parts: array[int] | range, several: dict[int, Node], kind: MappingKind) -> Question:
    stale = encode(STALE, Reason.CODE)
    dirty = {}
    for number, up in enumerate(UPS):
        found = [part for part, node in several.items() if node.dirty[number]]
        dirty[key(names[up])] = Verdicts(len(parts), array("q", found), bytes([stale]) * len(found))
    return Question(
        key=key(names["down"]),
        fingerprint=CURRENT,
        edges=[edge(names[up], None, kind) for up in UPS],
        parts=parts,
        dirty=dirty,
        outputs={part: node.output for part, node in several.items() if node.output is not None},
    )


def list_verdicts(found: Verdicts) -> dict[int, tuple[Verdict, Reason]]:
    return {part: decode(code) for part, code in zip(found.parts, found.codes, strict=True)}


@settings(max_examples=times(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(nodes, min_size=1, max_size=8))
def test_a_set_of_partitions_is_judged_as_each_node_is(several: list[Node]) -> None:
    keys = [f"k{number}" for number in range(len(several))]
    static = StaticPartitionsDefinition(keys)
    sets = {name: name for name in (*UPS, "down")}
    singles = [{name: f"{name}{number}" for name in sets} for number in range(len(several))]
    field = Field(dict.fromkeys(sets, static) | {name: None for names in singles for name in names.values()})
    parts = array("q", field.parts("down"))
    by_part = dict(zip(parts, several, strict=True))
    for part, node, names in zip(parts, several, singles, strict=True):
        plant(field, node, sets, part)
        plant(field, node, names, 0)
    expected = {part: node.judge() for part, node in by_part.items()}

    with field.view() as view:
        together = check(view, ask(sets, parts, by_part, MappingKind.SAME_KEY))
        alone = {
            part: list_verdicts(check(view, ask(names, range(1), {0: node}, MappingKind.VALUE))).get(0)
            for (part, node), names in zip(by_part.items(), singles, strict=True)
        }

    assert together.total == len(parts)
    assert list(together.parts) == [part for part in parts if expected[part] is not None]
    assert list_verdicts(together) == {part: verdict for part, verdict in expected.items() if verdict}
    assert alone == expected


def test_nothing_is_asked_and_nothing_is_answered() -> None:
    field = Field({"left": None, "right": None, "down": None})
    plant(field, Node(fingerprint="code"), {name: name for name in field.definitions}, 0)

    with field.view() as view:
        question = ask({name: name for name in field.definitions}, range(0), {}, MappingKind.VALUE)
        assert check(view, question) == Verdicts(0, range(0), b"")


def test_force_takes_everything_as_stale() -> None:
    field = Field({"left": None, "right": None, "down": None})
    plant(field, Node(), {name: name for name in field.definitions}, 0)

    with field.view() as view:
        question = ask({name: name for name in field.definitions}, range(1), {0: Node()}, MappingKind.VALUE)
        assert list_verdicts(check(view, question)) == {}
        assert list_verdicts(force(view, question)) == {0: (STALE, Reason.FORCED)}


def test_questions_leave_nothing_behind_in_the_database() -> None:
    static = StaticPartitionsDefinition(["a", "b"])
    names = {name: name for name in (*UPS, "down")}
    field = Field(dict.fromkeys(names, static))
    parts = array("q", field.parts("down"))
    for part in parts:
        plant(field, Node(), names, part)

    with field.view() as view:
        count = "select count(*) from duckdb_views() where view_name like 'keys_%'"
        check(view, ask(names, parts, {parts[0]: Node(dirty=(True, False))}, MappingKind.SAME_KEY))
        first = view.db.execute(count).fetchall()
        for _ in range(3):
            check(view, ask(names, parts, {parts[0]: Node(dirty=(True, False))}, MappingKind.SAME_KEY))

        assert view.db.execute(count).fetchall() == first


def depend(*names: str, loaded: str = "") -> list[Edge]:
    """Return the edges of an asset: what it loads by parameters, then what stands in deps=."""
    parameters = [Edge(key(name), name, None, MappingKind.VALUE) for name in loaded.split()]
    return [*parameters, *(Edge(key(name), None, None, MappingKind.VALUE) for name in names)]


def same_key(edges: list[Edge]) -> list[Edge]:
    return [replace(each, kind=MappingKind.SAME_KEY) for each in edges]


STALE_UPSTREAM = (STALE, Reason.UPSTREAM)


@pytest.mark.parametrize("is_partitioned", [False, True], ids=["one node", "a set"])
@pytest.mark.parametrize(
    ("built", "now", "exchanged", "expected"),
    [
        (depend("a", "b", "c"), depend("a", "b", "c"), "", None),
        (depend("a", "b", "c"), depend("c", "a", "b"), "", None),
        (depend("a", "b"), depend("b", "a"), "a b", STALE_UPSTREAM),
        (depend("a", "b"), depend("a", "b"), "a b", STALE_UPSTREAM),
        (depend("a", "b", "c"), depend("c", "d", "a"), "b d", None),
        (depend("a", "b", "c"), depend("c", "d", "a"), "", STALE_UPSTREAM),
        (depend("a", "b"), depend("a", "b", "c"), "", STALE_UPSTREAM),
        (depend("a", "b", "c"), depend("a", "b"), "", STALE_UPSTREAM),
        (depend(loaded="a b"), depend(loaded="b a"), "", STALE_UPSTREAM),
        (depend(loaded="a b"), depend(loaded="b a"), "a b", None),
        (depend("c", "d", loaded="a b"), depend("d", "c", loaded="a b"), "", None),
        (depend("c", "d", loaded="a b"), depend("d", "c", loaded="b a"), "", STALE_UPSTREAM),
    ],
)
def test_what_is_not_loaded_is_compared_by_name(
    built: list[Edge],
    now: list[Edge],
    exchanged: str,
    expected: tuple[Verdict, Reason] | None,
    *,
    is_partitioned: bool,
) -> None:
    """`exchanged`: two upstreams of which each now has the data that the other had."""
    static = StaticPartitionsDefinition(["k1", "k2"]) if is_partitioned else None
    field = Field(dict.fromkeys((*"abcd", "down"), static))
    parts = field.parts("down")
    data = {name: {part: field.plant(name, part) for part in parts} for name in "abcd"}
    if exchanged:
        first, second = exchanged.split()
        data[first], data[second] = data[second], data[first]
    for part in parts:
        inputs = [data[str(each.upstream)][part] for each in built]
        field.plant("down", part, inputs=inputs, upstreams=[str(each.upstream) for each in built])

    with field.view() as view:
        edges = same_key(now) if is_partitioned else now
        found = check(view, Question(key("down"), CURRENT, edges, parts, {}, {}))

    assert list_verdicts(found) == ({} if expected is None else dict.fromkeys(parts, expected))
