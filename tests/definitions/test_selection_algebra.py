"""AssetSelection: the algebra, what it comes to in a graph, and the two string syntaxes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake import (
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    FileSource,
    StaticPartitionsDefinition,
    asset,
    materialize,
)
from assetmake.definitions.selecting.selectable import collect_graph
from assetmake.discovery.collect import describe_assets
from assetmake.errors import AssetmakeError, DefinitionError, SelectionError
from assetmake.graph.asset_graph import build_graph

raw = FileSource("raw", "raw.csv")


@asset(group_name="in", tags={"layer": "bronze"}, owners=["team:data"])
def a(raw: list[str]) -> int:
    return len(raw)


@asset(kinds={"python"}, partitions_def=StaticPartitionsDefinition(["x", "y"]))
def b(a: int) -> int:
    return a


@asset(key_prefix="out")
def c(b: int) -> int:
    return b


@asset(deps=[c])
def d() -> None: ...


ALL: list[AssetsDefinition | FileSource] = [raw, a, b, c, d]


def names(selection: AssetSelection) -> str:
    return " ".join(sorted(map(str, selection.resolve(ALL))))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", "a"),
        ("out/c", "out/c"),
        ("+b", "a b"),
        ("a+", "a b"),
        ("a++", "a b out/c"),
        ("b*", "b d out/c"),
        ("*d", "a b d out/c"),
        ("+b+", "a b out/c"),
        ("*", "a b d out/c"),
        ("key:a+", "a b d out/c"),
        ("key:a+1", "a b"),
        ("1+key:b", "a b"),
        ("key:out/*", "out/c"),
        ('key:"o*"', "out/c"),
        ("group:in", "a"),
        ('group:"i*"', "a"),
        ("tag:layer=bronze", "a"),
        ("kind:python", "b"),
        ("kind:<null>", "a d out/c"),
        ('owner:"team:data"', "a"),
        ("not key:a", "b d out/c"),
        ("key:a or key:b and not key:b", "a"),
        ("(key:a or key:b) and not key:b", "a"),
        ("key:a OR key:d", "a d"),
        ("sinks(*)", "d"),
        ("roots(key:b or key:d)", "b"),
        ("is:external", "raw"),
        ("partitions:static", "b"),
        ("key:nothing", ""),
    ],
)
def test_a_string_selects(text: str, found: str) -> None:
    assert names(AssetSelection.from_string(text)) == found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("not a", 5),
        ("a or b", 1),
        ("key:a and", 10),
        ("key:a key:b", 7),
        ("status:fresh", 1),
        ("is:odd", 4),
        ("(key:a", 7),
        ("key:$", 5),
        ("tag:layer=gold and (key:a", 26),
    ],
)
def test_an_error_points_at_the_character(text: str, place: int) -> None:
    with pytest.raises(SelectionError, match=f"at character {place}\n  ") as raised:
        AssetSelection.from_string(text)
    lines = raised.value.message.split("\n")
    assert lines[1:] == [f"  {text}", " " * (place + 1) + "^"]


def test_combining() -> None:
    one, two = AssetSelection.assets("a", "b"), AssetSelection.assets("b", d)

    assert names(one | two) == "a b d"
    assert names(one & two) == "b"
    assert names(one - two) == "a"
    assert names(AssetSelection.all(include_sources=True)) == "a b d out/c raw"


def test_walking() -> None:
    assert names(AssetSelection.assets("d").upstream(1)) == "d out/c"
    assert names(AssetSelection.assets("d").upstream(include_self=False)) == "a b out/c"
    assert names(AssetSelection.assets("b").downstream(include_self=False)) == "d out/c"
    assert names(AssetSelection.assets("d").upstream_source_assets()) == "raw"
    assert names(AssetSelection.assets("raw", "a").materializable()) == "a"
    assert names(AssetSelection.assets("b", d).sinks()) == "d"


def test_a_name_means_what_it_means_in_a_build() -> None:
    # given a name that is one asset beside its reader, another elsewhere, and the end of its reader's own
    @asset(key_prefix="one")
    def up() -> int:
        return 1

    other = asset(key_prefix="two", name="up")(lambda: 2)
    beside = asset(key_prefix="two", name="down")(lambda up: up)
    over = asset(key_prefix="three", name="a")(lambda a: a)
    assets = [up, other, beside, a, over]

    # when both link it
    graph = build_graph(describe_assets([raw, *assets], root=Path("/")))
    ours = collect_graph([raw, *assets]).selectables

    # then they agree
    for each in assets:
        assert ours[each.key].upstream == {edge.upstream for edge in graph.upstream[each.key]}
    assert AssetSelection.assets(beside).upstream().resolve(assets) == {other.key, beside.key}
    assert AssetSelection.assets(over).upstream().resolve(assets) == {a.key, over.key}


def test_what_has_no_words_is_not_written_as_something_else() -> None:
    nothing, one = AssetSelection.assets(), AssetSelection.assets("a")
    for selection in (
        nothing,
        nothing & one,
        one - nothing,
        AssetSelection.assets('a"b'),
        AssetSelection.assets("a*"),
        AssetSelection.groups("in", "i*"),
        AssetSelection.tag("layer", 'x"'),
        AssetSelection.owner('"'),
        AssetSelection.key_substring("?"),
    ):
        with pytest.raises(SelectionError, match="cannot be written"):
            selection.to_selection_str()
        assert str(selection) == repr(selection)


def test_materialize_takes_a_selection() -> None:
    one = asset(name="one", group_name="in")(lambda: 1)
    two = asset(name="two")(lambda one: one + 1)

    made = materialize([one, two], selection=AssetSelection.groups("in")).get_asset_materialization_events()
    assert [event.asset_key for event in made] == [AssetKey("one")]
    with pytest.raises(SelectionError, match='the selection group:"out" matches no'):
        materialize([one, two], selection=AssetSelection.groups("out"))


def test_assets_that_are_made_together_are_found_from_one_of_them() -> None:
    # given two assets from one call
    @dataclass(frozen=True)
    class Spec:
        key: AssetKey
        deps: tuple[str, ...] = ()

    @dataclass(frozen=True)
    class Both:
        specs: tuple[Spec, ...]
        can_subset: bool
        is_materializable: bool = True

    both = Spec(AssetKey("one")), Spec(AssetKey("two"), deps=("a",))
    one = AssetSelection.assets("one").required_multi_asset_neighbors()

    # then the other one comes along, unless it can be left out
    assert one.resolve([a, Both(both, can_subset=False)]) == {AssetKey("one"), AssetKey("two")}
    assert one.resolve([a, Both(both, can_subset=True)]) == {AssetKey("one")}
    assert AssetSelection.assets(a).downstream().resolve([a, Both(both, can_subset=True)]) == {a.key, AssetKey("two")}


def test_checks_go_with_their_assets() -> None:
    @dataclass(frozen=True)
    class CheckKey:
        asset_key: AssetKey
        name: str

    @dataclass(frozen=True)
    class Graph:
        assets_defs: list[AssetsDefinition]
        asset_check_keys: frozenset[CheckKey]

    on_a, on_b = CheckKey(a.key, "whole"), CheckKey(b.key, "whole")
    graph = Graph([a, b], frozenset({on_a, on_b}))

    assert AssetSelection.assets(a).resolve_checks(graph) == {on_a}
    assert AssetSelection.checks_for_assets(b).resolve_checks(graph) == {on_b}
    assert AssetSelection.checks_for_assets(b).resolve(graph) == set()
    assert AssetSelection.assets(a).without_checks().resolve_checks(graph) == set()
    with pytest.raises(SelectionError, match=r"\['a:other'\] were selected"):
        AssetSelection.checks(CheckKey(a.key, "other")).resolve_checks(graph)


def test_an_unknown_key_is_told_with_those_like_it() -> None:
    with pytest.raises(SelectionError, match=r"\['out/e'\] were selected") as raised:
        AssetSelection.assets("out/e").resolve(ALL)
    assert raised.value.hint == "did you mean out/c?"
    assert AssetSelection.assets("out/e", "a").resolve(ALL, allow_missing=True) == {a.key}


def test_what_is_coercible() -> None:
    assert names(AssetSelection.from_coercible("a+")) == "a b"
    assert names(AssetSelection.from_coercible(["a", "key:d"])) == "a d"
    assert names(AssetSelection.from_coercible((a, d))) == "a d"
    assert names(AssetSelection.from_coercible([AssetKey(["out", "c"])])) == "out/c"
    assert names(AssetSelection.from_coercible(a)) == "a"
    with pytest.raises(DefinitionError, match="selection argument must be one of"):
        AssetSelection.from_coercible([1, 2])


LEAVES = st.sampled_from(["a", "b", "d", "out/c"]).map(AssetSelection.assets) | st.sampled_from(
    [
        AssetSelection.all(),
        AssetSelection.groups("in", "default"),
        AssetSelection.tag("layer", "bronze"),
        AssetSelection.kind("python"),
        AssetSelection.kind(None),
        AssetSelection.owner("team:data"),
        AssetSelection.key_substring("c"),
    ]
)
SELECTIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
        st.tuples(inner, inner).map(lambda two: two[0] - two[1]),
        st.tuples(inner, st.none() | st.integers(0, 2), st.booleans()).map(lambda t: t[0].upstream(t[1], t[2])),
        st.tuples(inner, st.none() | st.integers(0, 2), st.booleans()).map(lambda t: t[0].downstream(t[1], t[2])),
        inner.map(AssetSelection.roots),
        inner.map(AssetSelection.sinks),
        inner.map(AssetSelection.materializable),
    ),
    max_leaves=6,
)


@given(SELECTIONS)
def test_what_is_written_reads_back_as_the_same_assets(selection: AssetSelection) -> None:
    read = AssetSelection.from_string(selection.to_selection_str())

    assert read.resolve(ALL) == selection.resolve(ALL)
    assert str(AssetSelection.from_string(str(read))) == str(read)


@given(st.text(alphabet='ab:+*()"= \n@$not', max_size=12))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        refusal = ""
        AssetSelection.from_string(text)
    except AssetmakeError as error:
        refusal = error.message
    assert not refusal or "Invalid selection string" in refusal
