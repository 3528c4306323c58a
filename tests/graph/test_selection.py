"""What selections mean in a small project, and what is said about those that mean nothing."""

from __future__ import annotations

import pytest
from handmade import DAILY, key, make_asset, make_graph
from hypothesis import given
from hypothesis import strategies as st

from assetmake.discovery.manifest import Manifest, ModuleFailure
from assetmake.errors import SelectionError, UsageError
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.graph.key_rules import AllKeys, KeyOptions, KeyRange, KeyRule, LatestKeys, MissingKeys, OneKey
from assetmake.graph.selection import select

ALL = "raw/flights daily monthly carriers report us/weather gb/weather"


def chosen(graph: AssetGraph, *include: str, **options: object) -> set[str]:
    return {str(each) for each in select(graph, include, **options).rules}  # type: ignore[arg-type]


def rules(graph: AssetGraph, *include: str, **options: object) -> dict[str, list[KeyRule]]:
    found = select(graph, include, **options)  # type: ignore[arg-type]
    return {str(each): list(some) for each, some in found.rules.items()}


def complain(graph: AssetGraph, *include: str, **options: object) -> tuple[str, str]:
    with pytest.raises(SelectionError) as caught:
        select(graph, include, **options)  # type: ignore[arg-type]
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize(
    ("include", "meant"),
    [
        ("daily", "daily"),
        ("raw/flights", "raw/flights"),
        ("flights", "raw/flights"),
        ("+monthly", "raw/flights daily monthly"),
        ("1+monthly", "daily monthly"),
        ("daily+", "daily monthly report"),
        ("daily+1", "daily monthly"),
        ("+daily+", "raw/flights daily monthly report"),
        ("1+daily+1", "raw/flights daily monthly"),
        ("@daily", "raw/flights daily monthly carriers report"),
        ("*", ALL),
        ("*weather", "us/weather gb/weather"),
        ("?s/*", "us/weather"),
        ("*ly+1", "daily monthly report"),
        ("daily carriers", "daily carriers"),
        ("  daily\n carriers ", "daily carriers"),
        ("daily+,+report", "daily monthly report"),
        ("+report,group:ingest,tag:layer", "raw/flights"),
        ("carriers daily+,+monthly", "carriers daily monthly"),
        ("tag:layer", "raw/flights daily monthly"),
        ("tag:layer=gold", "monthly"),
        ("tag:layer=*l*", "daily monthly"),
        ("tag:pii", "raw/flights"),
        ("+tag:layer=silver", "raw/flights daily"),
        ("group:ingest", "raw/flights carriers"),
        ("group:ingest+1", "raw/flights daily carriers report"),
        ("kind:plot", "report"),
        ("owner:jo@example.com", "carriers"),
        ("owner:*@example.com+", "carriers report"),
        ("owner:team:data", "report"),
        ("path:flights/ops.py", "raw/flights daily monthly carriers"),
        ("path:flights", ALL),
        ("path:./flights/plots/", "report us/weather gb/weather"),
        ("path:*/plots/*.py", "report us/weather gb/weather"),
        ("path:/project/flights/plots", "report us/weather gb/weather"),
        ("path:.", ALL),
        ("key:daily", "daily"),
        ("files+", "raw/flights daily monthly report"),
        ("files+1", "raw/flights"),
        ("@files", "raw/flights daily monthly carriers report"),
        ("file*+1", "raw/flights"),
    ],
)
def test_a_selection_means(project: AssetGraph, include: str, meant: str):
    assert chosen(project, include, root="/project") == set(meant.split())


def test_no_selection_means_everything_in_the_order_of_the_graph(project: AssetGraph):
    found = select(project, [])
    assert tuple(found.rules) == project.order
    assert set(found.rules.values()) == {(AllKeys(),)}
    assert not found.world_dependent


def test_several_selections_are_united(project: AssetGraph):
    assert chosen(project, "daily", "carriers") == {"daily", "carriers"}


def test_the_order_is_that_of_the_graph(project: AssetGraph):
    assert [*rules(project, "report daily raw/flights")] == ["raw/flights", "daily", "report"]


@pytest.mark.parametrize(
    ("exclude", "left"),
    [(["report"], "daily monthly"), (["+monthly"], "report"), (["daily", "tag:layer=gold"], "report")],
)
def test_exclude_takes_away(project: AssetGraph, exclude: list[str], left: str):
    assert chosen(project, "daily+", exclude=exclude) == set(left.split())


TERMS = st.sampled_from(["daily", "+monthly", "daily+", "@carriers", "*ly", "tag:layer", "group:ingest+1", "*"])


@given(one=TERMS, other=TERMS)
def test_operators_are_those_of_sets(one: str, other: str):
    graph = SETS
    left, right = chosen(graph, one), chosen(graph, other)
    assert chosen(graph, f"{one} {other}") == left | right == chosen(graph, one, other)
    if left & right:
        assert chosen(graph, f"{one},{other}") == left & right
    if left - right:
        assert chosen(graph, one, exclude=[other]) == left - right


SETS = make_graph(
    make_asset("raw", group="ingest"),
    make_asset("daily", "raw", tags={"layer": "1"}),
    make_asset("monthly", "daily", tags={"layer": "2"}),
    make_asset("carriers", group="ingest"),
    make_asset("report", "monthly", "carriers"),
)


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ("daily", {"daily": [AllKeys()]}),
        ("daily@2013-01-05", {"daily": [OneKey("2013-01-05")]}),
        ("daily@2013-01-05..2013-01-07", {"daily": [KeyRange("2013-01-05", "2013-01-07")]}),
        ("daily@2013-01-05...2013-01-07", {"daily": [KeyRange("2013-01-05", "2013-01-07")]}),
        ("daily@2013-01..", {"daily": [KeyRange("2013-01", None)]}),
        ("daily@..2013-01", {"daily": [KeyRange(None, "2013-01")]}),
        ("daily@latest", {"daily": [LatestKeys(1)]}),
        ("daily@missing", {"daily": [MissingKeys()]}),
        ('carriers@"latest"', {"carriers": [OneKey("latest")]}),
        ('carriers@"a b,c..d"', {"carriers": [OneKey("a b,c..d")]}),
        ('carriers@"a b".."c d"', {"carriers": [KeyRange("a b", "c d")]}),
        ("carriers@x@y", {"carriers": [OneKey("x@y")]}),
        ("owner:jo@example.com@red", {"carriers": [OneKey("red")]}),
        ("daily@1 daily@2 daily@1", {"daily": [OneKey("1"), OneKey("2")]}),
        ("daily@1 daily", {"daily": [AllKeys()]}),
        ("daily@1,tag:layer", {"daily": [OneKey("1")]}),
        ("tag:layer,daily@1", {"daily": [OneKey("1")]}),
        ("group:ingest@red", {"raw/flights": [AllKeys()], "carriers": [OneKey("red")]}),
        ("us/weather@missing", {"us/weather": [MissingKeys()]}),
        ("us/weather us/weather@missing", {"us/weather": [AllKeys()]}),
        ("+monthly@2013-01", {"raw/flights": [AllKeys()], "daily": [], "monthly": [OneKey("2013-01")]}),
        ("+monthly@2013-01,tag:layer=silver", {"daily": []}),
        ("1+monthly@2013-01 daily@9", {"daily": [OneKey("9")], "monthly": [OneKey("2013-01")]}),
        ("monthly+@2013-01", {"monthly": [OneKey("2013-01")], "report": [AllKeys()]}),
        ("daily+1@x", {"daily": [OneKey("x")], "monthly": [OneKey("x")]}),
    ],
)  # fmt: skip
def test_a_suffix_chooses_partitions(project: AssetGraph, include: str, expected: dict[str, list[KeyRule]]):
    assert rules(project, include) == expected


def test_the_operator_of_both_ways_takes_a_suffix(project: AssetGraph):
    found = rules(project, "@monthly@2013-01")
    assert (found["monthly"], found["daily"], found["carriers"]) == ([OneKey("2013-01")], [], [])
    assert found["report"] == [AllKeys()]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (KeyOptions(), AllKeys()),
        (KeyOptions(partition="red"), OneKey("red")),
        (KeyOptions(range="a...b"), KeyRange("a", "b")),
        (KeyOptions(range="a..b"), KeyRange("a", "b")),
        (KeyOptions(start="a"), KeyRange("a", None)),
        (KeyOptions(end="b"), KeyRange(None, "b")),
        (KeyOptions(start="a", end="b"), KeyRange("a", "b")),
        (KeyOptions(latest=3), LatestKeys(3)),
    ],
)
def test_options_choose_where_no_suffix_does(project: AssetGraph, options: KeyOptions, rule: KeyRule):
    found = rules(project, "raw/flights daily monthly@x carriers", keys=options)
    assert found == {
        "raw/flights": [AllKeys()],
        "daily": [rule],
        "monthly": [OneKey("x")],
        "carriers": [rule],
    }


@pytest.mark.parametrize(
    "options",
    [
        KeyOptions(partition="a", latest=1),
        KeyOptions(partition="a", range="a...b"),
        KeyOptions(range="a...b", start="a"),
        KeyOptions(end="a", latest=1),
        KeyOptions(range="a"),
        KeyOptions(range="..."),
        KeyOptions(latest=0),
    ],
)
def test_options_that_contradict_each_other_are_refused(project: AssetGraph, options: KeyOptions):
    with pytest.raises(UsageError):
        select(project, [], keys=options)


@pytest.mark.parametrize(
    ("include", "said"), [("report us/weather", "no selected asset has any"), ("daily@1", "given twice")]
)
def test_partitions_that_nothing_could_take_are_refused(project: AssetGraph, include: str, said: str):
    with pytest.raises(UsageError, match=said):
        select(project, [include], keys=KeyOptions(partition="a"))


@pytest.mark.parametrize(
    ("include", "message", "hint"),
    [
        ("dayly", "no asset is named 'dayly'", "daily"),
        ("DAILY", "no asset is named 'DAILY'", "daily"),
        ("flihgts", "no asset is named", "raw/flights"),
        ("nothing_like_it", "no asset is named", "assetmake list"),
        ("dayl?s", "no asset matches 'dayl?s'", "daily"),
        ("weather", "weather may mean gb/weather, us/weather", "whole name"),
        ("files", "file source", "files+"),
        ("+files", "file source", "files+"),
        ("files,daily", "file source", "files+"),
        ("tags:layer", "no selection method tags:", "tag"),
        ("zzz:layer", "no selection method zzz:", "group, job, key, kind, owner, path, status, tag"),
        ("tag:layr", "no asset has tag:layr", "layer"),
        ("group:ingset", "no asset has group:ingset", "ingest"),
        ("path:flight/ops.py", "no asset has path:", "flights/ops.py"),
        ("status:stael", "no status 'stael'", "stale"),
        ("status:stale", "cannot be used here", ""),
        ("us/weather@2013", "us/weather has no partitions", "leave out"),
        ("daily@1,daily@2", "cannot be intersected", ""),
        ("daily,carriers", "selects nothing", "a comma means both"),
        ("", "empty text", "everything"),
        (" ", "empty text", "everything"),
    ],
)
def test_a_term_that_means_nothing_is_explained(project: AssetGraph, include: str, message: str, hint: str):
    said, advice = complain(project, include, root="/project")
    assert message in said
    assert hint in advice


def test_what_exclude_leaves_must_not_be_nothing(project: AssetGraph):
    message, hint = complain(project, "daily carriers", exclude=["daily+ group:ingest"])
    assert "excluded" in message
    assert "carriers, daily" in hint


def test_exclude_takes_away_no_partitions(project: AssetGraph):
    assert "whole assets" in complain(project, "daily", exclude=["daily@2013-01-01"])[0]


def test_an_unknown_name_in_exclude_is_an_error(project: AssetGraph):
    assert "'dayly'" in complain(project, exclude=["dayly"])[0]


def test_an_unavailable_asset_says_why():
    failure = ModuleFailure("shop.broken", "shop/broken.py", "", "")
    graph = build_graph(Manifest((make_asset("a", "lost"), make_asset("b")), failures=(failure,)))
    needed = "lost, which may be in a module that did not import (shop.broken)"
    assert complain(graph, "a")[0] == f"a is unavailable: it needs {needed}"
    assert chosen(graph) == {"b"}


def test_an_asset_of_a_module_that_did_not_import_is_not_unknown():
    failures = [ModuleFailure(f"shop.{name}", f"shop/{name}.py", "", "", defines=(name,)) for name in ("one", "two")]
    graph = build_graph(Manifest((make_asset("b"),), failures=tuple(failures)))
    told = ("raw/one is unavailable: shop.one did not import", "the traceback is above")
    assert complain(graph, "raw/one") == told
    message, hint = complain(graph, "three")
    assert message == "no asset is named 'three'"
    assert hint.startswith("these modules did not import: shop.one, shop.two; ")


def test_a_status_is_looked_up(project: AssetGraph):
    world = {"failed": {key("daily"), key("report")}, "fresh": set()}
    assert chosen(project, "status:failed,tag:layer", status=world.__getitem__) == {"daily"}
    assert chosen(project, "status:failed+", status=world.__getitem__) == {"daily", "monthly", "report"}


def test_a_status_can_tell_which_partitions(project: AssetGraph):
    world = {"failed": {key("daily"): (OneKey("2013-01-01"), OneKey("2013-01-02"))}}
    assert rules(project, "status:failed", status=world.__getitem__) == {
        "daily": [OneKey("2013-01-01"), OneKey("2013-01-02")]
    }


@pytest.mark.parametrize(
    ("include", "exclude"),
    [(["status:stale"], []), (["daily,status:stale"], []), (["daily"], ["status:fresh"])],
)
def test_the_world_may_leave_nothing(project: AssetGraph, include: list[str], exclude: list[str]):
    world = {"stale": set(), "fresh": {key("daily")}}
    found = select(project, include, exclude=exclude, status=world.__getitem__, keys=KeyOptions(latest=1))
    assert found.rules == {}
    assert found.world_dependent


def test_wildcards_take_brackets_and_dots_literally():
    graph = make_graph(make_asset("a.b"), make_asset("axb"), make_asset("[a]"))
    assert chosen(graph, "a.*") == {"a.b"}
    assert chosen(graph, "[a*") == {"[a]"}


def test_ten_thousand_assets():
    graph = make_graph(*(make_asset(f"a{n}", *([f"a{n - 1}"] if n else []), partitions=DAILY) for n in range(10_000)))
    assert len(select(graph, []).rules) == 10_000
    assert len(select(graph, ["10+a5000+10"]).rules) == 21
    assert len(select(graph, ["@a5000"], exclude=["a9*"]).rules) == 10_000 - 1_111
