"""What selections mean in a small project, and what is said about those that mean nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import DAILY, key, make_asset, make_graph
from hypothesis import given
from hypothesis import strategies as st

from assetmake.definitions.asset_key import AssetKey
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
        ("file:ops.py", "raw/flights daily monthly carriers"),
        ("file:plots/report.py", "report us/weather gb/weather"),
        ("file:./flights/ops.py", "raw/flights daily monthly carriers"),
        ("file:*/report.py+", "report us/weather gb/weather"),
        ("daily or carriers", "daily carriers"),
        ("tag:layer and not group:ingest", "daily monthly"),
        ("not path:flights/ops.py", "report us/weather gb/weather"),
        ("not (daily+ or *weather)", "raw/flights carriers"),
        ("daily or tag:layer and group:ingest", "daily raw/flights"),
        ("(daily or tag:layer) and group:ingest", "raw/flights"),
        ("(daily carriers)+", "daily carriers monthly report"),
        ("1+(monthly report)", "daily monthly report carriers"),
        ("@(carriers)", "carriers report raw/flights daily monthly"),
        ("(files)+1", "raw/flights"),
        ("roots(*)", "raw/flights carriers us/weather gb/weather"),
        ("sinks(*)", "report us/weather gb/weather"),
        ("roots(raw/flights monthly carriers)", "raw/flights carriers"),
        ("sinks(raw/flights monthly)", "monthly"),
        ("roots(daily+)+1", "daily monthly"),
        ("path(daily,report)", "daily monthly report"),
        ("path(files, monthly)", "raw/flights daily monthly"),
        ("path(daily, daily)", "daily"),
        ("path(daily carriers, report)", "daily monthly report carriers"),
        ("path(raw/flights, report) and not report", "raw/flights daily monthly"),
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
        ("(daily carriers)@x", {"daily": [OneKey("x")], "carriers": [OneKey("x")]}),
        ("(daily carriers@y)@x", {"daily": [OneKey("x")], "carriers": [OneKey("y")]}),
        ("+(monthly@2013-01)", {"raw/flights": [AllKeys()], "daily": [], "monthly": [OneKey("2013-01")]}),
        ("(daily@1)+1", {"daily": [OneKey("1")], "monthly": [AllKeys()]}),
        ("roots(daily@1 monthly)", {"daily": [OneKey("1")]}),
        ("daily@1 and not carriers", {"daily": [OneKey("1")]}),
        ("path(raw/flights,monthly@1)", {"raw/flights": [AllKeys()], "daily": [], "monthly": [OneKey("1")]}),
        ("partition:red", {"daily": [OneKey("red")], "monthly": [OneKey("red")], "carriers": [OneKey("red")]}),
        ("partition:a..b and daily", {"daily": [KeyRange("a", "b")]}),
        ('partition:"a b",carriers', {"carriers": [OneKey("a b")]}),
        ("(daily@1 daily@2),daily@2", {"daily": [OneKey("2")]}),
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
        (
            "zzz:layer",
            "no selection method zzz:",
            "changed, file, group, job, key, kind, owner, partition, path, result, selector, state",
        ),
        ("tag:layr", "no asset has tag:layr", "layer"),
        ("group:ingset", "no asset has group:ingset", "ingest"),
        ("path:flight/ops.py", "no asset has path:", "flights/ops.py"),
        ("status:stael", "no status 'stael'", "stale"),
        ("status:stale", "cannot be used here", ""),
        ("state:modifed", "no state 'modifed'", "modified"),
        ("state:modified.cod", "no state", "modified.code"),
        ("result:ok", "no result 'ok'", "failed, built, unchanged"),
        ("file:opps.py", "no asset has file:opps.py", "ops.py"),
        ("path(report,daily)", "no way leads", "other way"),
        ("path(daily,carriers)", "no way leads", "neither"),
        ("path(files,files)", "file source", ""),
        ("roots(files)", "file source", ""),
        ("not *", "selects nothing", "a comma means both"),
        ("daily and not daily", "selects nothing", "a comma means both"),
        ("not daily@1", "whole assets", "FIRST..LAST"),
        ("not (daily monthly)@1", "whole assets", "FIRST..LAST"),
        ("not partition:red", "whole assets", "FIRST..LAST"),
        ("(daily@1)@2", "given twice", "leave out"),
        ("partition:red@blue", "given twice", "leave out"),
        ("(daily@1 monthly@1)@2", "given twice", "leave out"),
        ("(us/weather)@1", "us/weather has no partitions", "leave out"),
        ("selector:nihgtly", "no saved selection 'nihgtly'", "[selectors]"),
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
    assert chosen(project, "status:failed,tag:layer", world=lambda _, value: world[value]) == {"daily"}
    assert chosen(project, "status:failed+", world=lambda _, value: world[value]) == {"daily", "monthly", "report"}


def test_a_status_can_tell_which_partitions(project: AssetGraph):
    world = {"failed": {key("daily"): (OneKey("2013-01-01"), OneKey("2013-01-02"))}}
    assert rules(project, "status:failed", world=lambda _, value: world[value]) == {
        "daily": [OneKey("2013-01-01"), OneKey("2013-01-02")]
    }


@pytest.mark.parametrize(
    ("include", "exclude"),
    [(["status:stale"], []), (["daily,status:stale"], []), (["daily"], ["status:fresh"])],
)
def test_the_world_may_leave_nothing(project: AssetGraph, include: list[str], exclude: list[str]):
    world = {"stale": set(), "fresh": {key("daily")}}
    found = select(project, include, exclude=exclude, world=lambda _, value: world[value], keys=KeyOptions(latest=1))
    assert found.rules == {}
    assert found.world_dependent


@pytest.mark.parametrize(
    "include",
    ["status:stale", "daily and status:stale", "not status:fresh and daily", "roots(status:stale)",
     "path(status:stale,report)", "(status:stale)+", "selector:idle", "changed:main+"],
)  # fmt: skip
def test_what_the_world_decides_may_be_nothing(include: str):
    graph = build_graph(
        Manifest((make_asset("daily"), make_asset("report", "daily"))), selectors={"idle": "status:stale"}
    )
    found = select(graph, [include], world=lambda _, value: {key("daily")} if value == "fresh" else set())
    assert found.rules == {}
    assert found.world_dependent


def test_the_world_is_asked_with_method_and_value(project: AssetGraph):
    asked: list[tuple[str, str]] = []

    def look_up(method: str, value: str) -> set[AssetKey]:
        asked.append((method, value))
        return {key("daily")}

    assert chosen(project, "changed:origin/main+", "state:modified.env", world=look_up) == {
        "daily",
        "monthly",
        "report",
    }
    assert asked == [("changed", "origin/main"), ("state", "modified.env")]


SAVED = {
    "gold": "tag:layer=gold",
    "most": "selector:gold+ or group:ingest and not carriers",
    "keyed": "daily@2013-01-01",
    "typo": "dayly",
    "broken": "a,,b",
    "lost": "selector:golden",
    "one": "selector:two",
    "two": "daily selector:one",
}


def save(graph: AssetGraph) -> AssetGraph:
    return replace(graph, selectors=SAVED)


@pytest.mark.parametrize(
    ("include", "meant"),
    [
        ("selector:gold", "monthly"),
        ("1+selector:gold", "daily monthly"),
        ("selector:most", "monthly report raw/flights"),
        ("* and not selector:most", "daily carriers us/weather gb/weather"),
    ],
)
def test_a_saved_selection_means_what_it_says(project: AssetGraph, include: str, meant: str):
    assert chosen(save(project), include) == set(meant.split())
    assert chosen(save(project), exclude=[include]) == set(ALL.split()) - set(meant.split())


def test_a_saved_selection_keeps_its_partitions(project: AssetGraph):
    assert rules(save(project), "selector:keyed") == {"daily": [OneKey("2013-01-01")]}
    assert "whole assets" in complain(save(project), exclude=["selector:keyed"])[0]


@pytest.mark.parametrize(
    ("include", "message", "hint"),
    [
        ("selector:glod", "no saved selection 'glod'", "did you mean gold?"),
        ("selector:zzzzz", "no saved selection 'zzzzz'", "there is gold, most"),
        ("selector:typo", "assets.toml: selectors.typo: no asset is named 'dayly'", "did you mean daily"),
        ("selector:broken", "assets.toml: selectors.broken: a comma stands", ""),
        ("selector:lost", "assets.toml: selectors.lost: there is no saved selection 'golden'", "did you mean gold"),
        ("selector:one", "use themselves: one -> two -> one", "[selectors]"),
        ("tag:layer or selector:two", "use themselves: two -> one -> two", "[selectors]"),
    ],
)
def test_what_is_wrong_with_a_saved_selection_names_it(project: AssetGraph, include: str, message: str, hint: str):
    said, advice = complain(save(project), include)
    assert message in said
    assert hint in advice


def test_wildcards_take_brackets_and_dots_literally():
    graph = make_graph(make_asset("a.b"), make_asset("axb"), make_asset("[a]"))
    assert chosen(graph, "a.*") == {"a.b"}
    assert chosen(graph, "[a*") == {"[a]"}


def test_ten_thousand_assets():
    graph = make_graph(*(make_asset(f"a{n}", *([f"a{n - 1}"] if n else []), partitions=DAILY) for n in range(10_000)))
    assert len(select(graph, []).rules) == 10_000
    assert len(select(graph, ["10+a5000+10"]).rules) == 21
    assert len(select(graph, ["@a5000"], exclude=["a9*"]).rules) == 10_000 - 1_111
    assert len(select(graph, ["path(a10,a9000) and not (a5* or roots(*))"]).rules) == 8_991 - 1_110
