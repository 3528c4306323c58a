"""Who gives an asset its resources, and what is told where nobody does, or two do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assetmake.discovery.manifest import AssetRecord, Manifest
from assetmake.errors import ConfigError, DefinitionError
from assetmake.graph.asset_graph import AssetGraph, build_graph

Write = Callable[..., None]
Discover = Callable[[], Manifest]

DB = """
from assetmake import ConfigurableResource


class Db(ConfigurableResource):
    host: str = "h"
"""
ORDERS = """
from assetmake import asset

from db import Db


@asset
def orders(db: Db):
    return 1
"""
GIVES = """
from assetmake import Definitions

from db import Db

defs = Definitions(resources={"db": Db()})
"""


@pytest.fixture
def modules(root: Path, write: Write) -> Write:
    """Write the modules of a project, by name, and list them."""

    def write_all(**texts: str) -> None:
        listed = ", ".join(f'"{name}"' for name in texts)
        write("assets.toml", f"[project]\nmodules = [{listed}]\n")
        write("db.py", DB)
        for name, text in texts.items():
            write(f"{name}.py", text)

    return write_all


def find(manifest: Manifest, name: str) -> AssetRecord:
    return next(each for each in manifest.assets if str(each.key) == name)


def list_problems(manifest: Manifest) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        build_graph(manifest)
    return caught.value.message.splitlines()


def test_a_resource_is_found_in_any_module_of_the_project(modules: Write, discover: Discover) -> None:
    modules(first=ORDERS, second=GIVES)

    assert find(discover(), "orders").resources == (("db", "second"),)


def test_the_definitions_that_list_the_asset_win(modules: Write, discover: Discover) -> None:
    lists = "from assetmake import Definitions\nfrom db import Db\nfrom first import orders\n"
    modules(
        first=ORDERS, second=GIVES, third=f'{lists}\ndefs = Definitions([orders], resources={{"db": Db(host="x")}})'
    )

    assert find(discover(), "orders").resources == (("db", "third"),)


def test_then_those_of_the_assets_own_module(modules: Write, discover: Discover) -> None:
    own = ORDERS + '\n\nfrom assetmake import Definitions\n\ndefs = Definitions(resources={"db": Db(host="own")})\n'
    modules(second=GIVES, first=own)

    assert find(discover(), "orders").resources == (("db", "first"),)


def test_what_the_asset_brings_along_comes_first(modules: Write, discover: Discover) -> None:
    modules(first=ORDERS.replace("@asset", '@asset(resource_defs={"db": Db(host="mine")})'), second=GIVES)

    assert find(discover(), "orders").resources == (("db", ""),)


def test_the_same_object_may_be_given_in_several_places(modules: Write, discover: Discover) -> None:
    again = "from assetmake import Definitions\nfrom second import defs as given\n"
    modules(first=ORDERS, second=GIVES, third=f"{again}\ndefs = Definitions(resources=given.resources)\n")

    assert find(discover(), "orders").resources == (("db", "second"),)


def test_different_objects_of_one_name_are_refused_with_both_places(modules: Write, discover: Discover) -> None:
    modules(first=ORDERS, second=GIVES, third=GIVES)

    [problem] = list_problems(discover())
    assert problem.startswith(
        "first.py:6: asset orders: parameter 'db' needs the resource db, and db is given in two places, "
        "second.py:5 and third.py:5, by different objects; give one of them another name"
    )


def test_all_that_is_missing_is_told_at_once_with_near_names(modules: Write, discover: Discover) -> None:
    needs = ORDERS + (
        '\n\n@asset(required_resource_keys={"db2"})\ndef asks(context):\n    return 1\n'
        '\n\n@asset(io_manager_key="dbs")\ndef kept():\n    return 1\n'
    )
    modules(first=needs.replace("db: Db", "dbx: Db"), second=GIVES)

    assert list_problems(discover()) == [
        "first.py:6: asset orders: parameter 'dbx' needs the resource dbx, and nothing gives it; did you mean db?",
        "first.py:11: asset asks: required_resource_keys names the resource db2, and nothing gives it; did you mean db?",  # noqa: E501
        "first.py:16: asset kept: there is no IO manager 'dbs' (did you mean db?)",
    ]


def test_where_nothing_is_given_it_says_how(modules: Write, discover: Discover) -> None:
    modules(first=ORDERS)

    [problem] = list_problems(discover())
    assert problem.endswith('write Definitions(resources={"db": ...}) in a module that [project] modules lists')


def test_what_a_resource_needs_comes_with_it(modules: Write, discover: Discover) -> None:
    gives = """
    from assetmake import ConfigurableResource, Definitions, asset, resource

    from db import Db

    class Holder(ConfigurableResource):
        inner: Db

    @resource(required_resource_keys={"deep"})
    def outer(context):
        return 1

    partial = Db.configure_at_launch()
    defs = Definitions(resources={"outer": outer, "deep": 3, "held": Holder(inner=partial), "inner": partial, "x": 1})

    @asset(required_resource_keys={"outer", "held"})
    def asks(context):
        return 1
    """
    modules(first=gives)

    assert [name for name, _ in find(discover(), "asks").resources] == ["held", "inner", "outer", "deep"]


KEEPS = """
from assetmake import Definitions, IOManager, asset


class Kept(IOManager):
    def handle_output(self, context, obj): ...

    def load_input(self, context): ...


@asset
def one():
    return 1


@asset(io_manager_key="json")
def two(one):
    return 1


@asset(io_manager_key="own")
def three(two):
    return 1


@asset(deps=[one])
def four() -> None: ...
"""


def test_an_io_manager_by_the_default_name_stores_all_that_have_no_other(modules: Write, discover: Discover) -> None:
    modules(
        first=KEEPS, second='from first import *\ndefs = Definitions(resources={"io_manager": Kept(), "own": Kept()})'
    )
    manifest = discover()

    assert {str(each.key): (each.resources, each.loaders) for each in manifest.assets} == {
        "one": ((("io_manager", "second"),), ()),
        "two": ((), (("one", "io_manager", "second"),)),
        "three": ((("own", "second"),), ()),
        "four": ((), ()),
    }
    build_graph(manifest)


BRINGS = """
from assetmake import IOManager, asset, with_resources


class Kept(IOManager):
    def handle_output(self, context, obj): ...

    def load_input(self, context): ...


@asset(io_manager_key="files")
def a():
    return 1


@asset(io_manager_key="files")
def b(a):
    return 1


both = Kept()
"""


def test_a_manager_that_an_upstream_brings_along_loads_what_it_kept(modules: Write, discover: Discover) -> None:
    modules(first=BRINGS.replace("@asset", "_asset").replace("_asset(", "@asset(resource_defs={'files': Kept()}, "))

    assert find(discover(), "b").loaders == (("a", "files", ""),)


def test_assets_that_are_given_the_same_manager_read_each_other(modules: Write, discover: Discover) -> None:
    bound = "a, b = with_resources([a, b], {'files': both})\n"
    modules(first=BRINGS + bound)
    manifest = discover()

    assert (find(manifest, "b").resources, find(manifest, "b").loaders) == ((("files", ""),), (("a", "files", ""),))


def test_an_unknown_manager_of_an_input_is_refused(modules: Write, discover: Discover) -> None:
    reads = (
        "from assetmake import AssetIn, asset\n\n\n@asset(ins={'a': AssetIn(input_manager_key='jsn')})\ndef b(a): ...\n"
    )
    modules(first=f"{reads}\n\n@asset\ndef a():\n    return 1\n")

    [problem] = list_problems(discover())
    assert problem == (
        "first.py:4: asset b: parameter 'a' has input_manager_key='jsn', and there is no IO manager 'jsn'; "
        "did you mean 'json'?"
    )


def test_what_is_no_io_manager_is_refused(modules: Write, discover: Discover) -> None:
    modules(first=KEEPS, second='from first import *\ndefs = Definitions(resources={"own": 3})')

    assert list_problems(discover()) == ["first.py:20: asset three: its IO manager own is int, which is no IOManager"]


@pytest.mark.parametrize("broken", ['raise ValueError\nresources={"db": 1}', "raise ValueError"])
def test_beside_a_broken_module_only_what_may_need_it_is_left_out(
    modules: Write, discover: Discover, broken: str
) -> None:
    modules(first=ORDERS + "\n\n@asset\ndef apart():\n    return 1\n", second=broken)
    graph: AssetGraph = build_graph(discover())

    assert [str(key) for key in graph.order] == ["apart"]
    [(key, lost)] = graph.unavailable.items()
    assert str(key) == "orders"
    assert "second" in lost


def test_where_the_io_manager_of_all_did_not_import_nothing_is_stored_elsewhere(
    modules: Write, discover: Discover
) -> None:
    modules(first=KEEPS.split('@asset(io_manager_key="own")')[0], second='raise ValueError\nx = {"io_manager": 1}')
    graph = build_graph(discover())

    assert {str(key) for key in graph.unavailable} == {"one", "two"}, "two reads one"


@pytest.mark.parametrize(
    ("toml", "message", "hint"),
    [
        (
            "[resources.dbb]\nhost = 'x'",
            "assets.toml: [resources.dbb]: nothing gives a resource dbb",
            "did you mean db?",
        ),
        ("[resources.db]\nhots = 'x'", 'Received unexpected config entry "hots"', "did you mean host?"),
        (
            "[resources.db]\nhost = 3",
            "assets.toml: [resources.db]: Invalid scalar at path root:resources:db:config:host",
            "",
        ),
    ],
)
def test_tables_that_do_not_fit_are_refused(
    modules: Write, root: Path, discover: Discover, toml: str, message: str, hint: str
) -> None:
    modules(first=ORDERS, second=GIVES)
    (root / "assets.toml").write_text(f"{(root / 'assets.toml').read_text()}\n{toml}\n")

    with pytest.raises(ConfigError) as caught:
        discover()
    assert message in caught.value.message
    assert caught.value.hint == hint
