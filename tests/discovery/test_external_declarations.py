"""What others make, as modules declare it: given files, when they are discovered, then the sources there are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.place import Place
from assetmake.discovery.importer import import_assets
from assetmake.discovery.manifest import Manifest
from assetmake.graph.asset_graph import AssetGraph, build_graph

Discover = Callable[[], Manifest]


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("from assetmake import *\n" + text)


def name_sources(graph: AssetGraph) -> list[str]:
    return [str(key) for key in graph.sources]


def test_specs_and_source_assets_of_a_module_are_sources(root: Path, discover: Discover) -> None:
    text = """
loose = AssetSpec("loose")
listed = [AssetSpec(["a", "deep"]), SourceAsset("shop", io_manager_key="warehouse")]
by_hand = AssetsDefinition(specs=[AssetSpec("one"), AssetSpec("two")])
defs = Definitions(assets=[AssetSpec("defined"), loose])

@observable_source_asset
def seen(): ...
"""
    write(root, "assets.py", text)

    manifest = discover()

    found = {str(source.key): source for source in manifest.sources}
    assert set(found) == {"loose", "a/deep", "shop", "one", "two", "defined", "seen"}
    assert found["loose"].place == Place("assets.py", 3)
    assert found["a/deep"].place == Place("assets.py", 4)
    assert {each.external.module for each in manifest.sources if each.external} == {"assets"}
    assert [str(each.key) for each in manifest.sources if each.external and each.external.observer] == ["seen"]
    assert found["shop"].external
    assert found["shop"].external.io_manager == "warehouse"


def test_a_spec_that_an_asset_with_a_prefix_was_made_of_is_no_source(root: Path, discover: Discover) -> None:
    write(root, "assets/specs.py", 'orders = AssetSpec("orders")\nshop = AssetSpec("shop")\n')
    text = """
from assets.specs import orders

@multi_asset(specs=[orders.replace_attributes(key=["x", "orders"])])
def make(): ...

@asset(deps=["orders", "shop"])
def report() -> int:
    return 1
"""
    write(root, "assets/made.py", text)

    graph = build_graph(discover())

    assert name_sources(graph) == ["shop"]
    assert [edge.upstream for edge in graph.upstream[AssetKey("report")]] == [
        AssetKey(["x", "orders"]),
        AssetKey("shop"),
    ]


def test_where_the_module_of_an_asset_is_broken_what_is_told_of_it_does_not_stand_for_it(
    root: Path, discover: Discover
) -> None:
    write(root, "assets/broken.py", "@asset\ndef orders() -> int:\n    return 1\n1 / 0\n")
    write(root, "assets/good.py", '@asset(deps=[AssetSpec("orders")])\ndef report() -> int:\n    return 1\n')
    write(root, "assets/told.py", 'orders = AssetSpec("orders")\n')

    graph = build_graph(discover())

    assert name_sources(graph) == []
    assert AssetKey("report") in graph.unavailable


def test_a_worker_finds_what_is_made_and_not_what_is_told_of_it(root: Path, discover: Discover) -> None:
    text = """
told = [AssetSpec("orders"), AssetSpec("seen")]

@asset
def orders() -> int:
    return 1

@observable_source_asset
def seen(): ...

again = [AssetSpec("orders"), AssetSpec("seen")]
"""
    write(root, "assets.py", text)
    discover()

    found = import_assets("assets")

    assert found[AssetKey("orders")].is_materializable
    assert found[AssetKey("seen")].is_observable


LIBRARY = """
orders = AssetSpec("orders")
others = [AssetSpec("orders", description="the same"), AssetDep(AssetSpec("shop"))]

@asset(deps=[orders])
def report() -> int:
    return 1

@asset(deps=others)
def summary() -> int:
    return 1
"""


def test_a_spec_that_an_asset_depends_on_tells_that_others_make_it(root: Path, discover: Discover) -> None:
    write(root, "library.py", LIBRARY)
    write(root, "assets.py", "import library\n\ndefs = Definitions(load_assets_from_modules([library]))\n")

    graph = build_graph(discover())

    assert name_sources(graph) == ["orders", "shop"]
    assert graph.sources[AssetKey("orders")].place == Place("library.py", 3)
    assert [edge.upstream for edge in graph.upstream[AssetKey("summary")]] == [AssetKey("orders"), AssetKey("shop")]


def test_a_spec_of_what_is_made_here_tells_nothing_else_of_it(root: Path, discover: Discover) -> None:
    write(root, "library.py", LIBRARY)
    text = """
import library

@multi_asset(specs=[library.orders.replace_attributes(key=["x", "orders"])])
def make(): ...

defs = Definitions([*load_assets_from_modules([library]), FileSource("shop", "shop.csv")])
"""
    write(root, "assets.py", text)

    graph = build_graph(discover())

    assert [str(key) for key, source in graph.sources.items() if source.external] == []
    assert [str(edge.upstream) for edge in graph.upstream[AssetKey("summary")]] == ["x/orders", "shop"]


def test_where_a_module_is_broken_a_dependency_may_stand_in_it(root: Path, discover: Discover) -> None:
    write(root, "assets/broken.py", "@asset\ndef orders() -> int:\n    return 1\n1 / 0\n")
    write(root, "library.py", LIBRARY)
    write(root, "assets/good.py", "import library\n\ndefs = Definitions(load_assets_from_modules([library]))\n")

    assert set(build_graph(discover()).unavailable) == {AssetKey("report"), AssetKey("summary")}
