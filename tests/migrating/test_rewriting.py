"""The import lines of one file: they are changed, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake.migrating.names import PUBLIC, STAND_INS, advise_library, advise_name
from assetmake.migrating.rewriting import rewrite


def convert(text: str) -> str:
    return rewrite(text.encode(), file="a.py").content.decode()


def list_decisions(text: str, own: tuple[str, ...] = ()) -> list[tuple[tuple[int, ...], str]]:
    return [(found.lines, found.what) for found in rewrite(text.encode(), file="a.py", own=own).decisions]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import dagster as dg\n", "import assetmake as dg\n"),
        ("import dagster\n", "import assetmake as dagster\n"),
        ("import os, dagster, sys\n", "import os, assetmake as dagster, sys\n"),
        ("import dagster as a, dagster as b", "import assetmake as a, assetmake as b"),
        ("from dagster import asset\n", "from assetmake import asset\n"),
        ("from dagster import asset as a, Config  # both\n", "from assetmake import asset as a, Config  # both\n"),
        (
            "from dagster import (\n  asset,  # one\n\n  Config,\n)\n",
            "from assetmake import (\n  asset,  # one\n\n  Config,\n)\n",
        ),
        ("from dagster import *\n", "from assetmake import *\n"),
        ("from dagster \\\n    import asset\n", "from assetmake \\\n    import asset\n"),
        ("x = 1; from dagster import asset; y = 2\n", "x = 1; from assetmake import asset; y = 2\n"),
        ("if 1: import dagster as dg\n", "if 1: import assetmake as dg\n"),
        ("def f():\n\tfrom dagster import asset\n", "def f():\n\tfrom assetmake import asset\n"),
        (
            "if TYPE_CHECKING:\n    from dagster import Config\nelse:\n    Config = 1\n",
            "if TYPE_CHECKING:\n    from assetmake import Config\nelse:\n    Config = 1\n",
        ),
        ("from dagster_duckdb import DuckDBResource\n", "from assetmake.duckdb import DuckDBResource\n"),
        ("import dagster_duckdb\n", "import assetmake.duckdb as dagster_duckdb\n"),
        (
            "from dagster_duckdb_pandas import DuckDBPandasIOManager as M\n",
            "from assetmake.duckdb import DuckDBPandasIOManager as M\n",
        ),
        (
            "from dagster._core.definitions.asset_key import AssetKey\n",
            "from assetmake import AssetKey\n",
        ),
    ],
)
def test_an_import_line_is_changed(before: str, after: str) -> None:
    assert convert(before) == after
    assert compile(after, "a.py", "exec")


@pytest.mark.parametrize(
    "text",
    [
        '"""\nimport dagster\nfrom dagster import asset\n"""\n',
        'x = "import dagster"  # import dagster\n',
        'name = "b"\nx = f"""\nimport dagster {name}\n"""\n',
        "from . import dagster\nfrom .dagster import asset\nfrom ..dagster import asset\n",
        "def f():\n    yield from dagster\n    raise x from dagster\n",
        "import my.dagster\nfrom my.dagster import asset\nimport dagsters\n",
        "dagster = 1\nx = {dagster: dagster}\n",
        'import importlib\nx = importlib.import_module("dagster")\n',
    ],
)
def test_what_is_no_import_of_it_is_left(text: str) -> None:
    assert convert(text) == text
    assert list_decisions(text) == []


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("head", "encoding"),
    [("", "utf-8"), ("\ufeff", "utf-8"), ("# coding: latin-1\n", "latin-1"), ("# -*- coding: cp1252 -*-\n", "cp1252")],
)
def test_bytes_stay_as_they_are(ends: str, head: str, encoding: str) -> None:
    text = head + 'é = "é"\x0c; from dagster import asset  # é\n\nx = 1  \n\n\n@asset\ndef a(): ...'
    content = text.replace("\n", ends).encode(encoding)
    changed = rewrite(content, file="a.py").content
    assert changed == content.replace(b"dagster", b"assetmake")


@pytest.mark.parametrize("content", [b"# coding: nonsense\nimport dagster\n", b"import dagster\nx = '\xff'\n"])
def test_a_file_that_cannot_be_decoded_is_left_and_told(content: bytes) -> None:
    found = rewrite(content, file="a.py")
    assert found.content == content
    assert [decision.what for decision in found.decisions] == ["not changed"]


@pytest.mark.parametrize("text", ["import dagster\nx = (\n", "import dagster\rx = 1\r"])
def test_a_file_that_is_no_python_is_left_and_told(text: str) -> None:
    assert convert(text) == text
    assert list_decisions(text) == [((), "not changed")]


_LINES = st.sampled_from(
    [
        "x = 'é'",
        "# 𝔡agster",
        "import dagster as d",
        "from dagster import asset",
        'y = """',
        "if x:",
        "\tz = 1",
        "",
        "  ",
    ]
)


@given(st.lists(_LINES, max_size=8), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))
def test_whatever_a_file_holds_only_the_names_of_modules_change(lines: list[str], ends: str, mark: str) -> None:
    content = (mark + ends.join(lines)).encode()
    found = rewrite(content, file="a.py")
    assert found.content.replace(b"assetmake", b"dagster") == content
    assert found.content.count(b"assetmake") == found.imports


def test_refused_names_are_told_where_they_are_used() -> None:
    text = (
        "from dagster import op, job as nightly\n\n@op\ndef a(): ...\n\n@op\ndef b(): ...\n\n@nightly\ndef c(): ...\n"
    )
    assert list_decisions(text) == [((3, 6), "op"), ((9,), "job")]
    assert list_decisions("import dagster as dg\n\n@dg.graph_asset\ndef a(): ...\n") == [((3,), "graph_asset")]


def test_missing_names_are_told_where_they_fail() -> None:
    text = "from dagster import (\n    asset,\n    NotThere,\n)\nx = NotThere\n"
    assert list_decisions(text) == [((3,), "NotThere")]
    assert list_decisions("import dagster\nx = dagster.NotThere\ny = dagster.asset\n") == [((2,), "NotThere")]
    assert list_decisions("import dagster as dg\nx = dg.components.load_defs(y)\n") == []
    assert list_decisions("import dagster as dg\nx = dg.components.Component\n") == [((2,), "Component")]


def test_a_public_name_is_taken_from_an_inner_module() -> None:
    text = "from dagster._utils.backoff import backoff\nfrom dagster.components import load_defs\n"
    assert convert(text) == "from assetmake import backoff\nfrom assetmake import load_defs\n"
    assert list_decisions(text) == []


def test_what_has_no_counterpart_is_left_and_told() -> None:
    text = "from dagster._utils.merger import merge\nimport dagster._core.x\nfrom dagster_dbt import dbt_assets\n"
    assert convert(text) == text
    assert list_decisions(text) == [
        ((1,), "dagster._utils.merger: merge"),
        ((2,), "dagster._core.x"),
        ((3,), "dagster_dbt: dbt_assets"),
    ]
    other = "from dagster_duckdb import DuckDBResource, Other\n"
    assert convert(other) == other
    assert list_decisions(other) == [((1,), "dagster_duckdb: DuckDBResource, Other")]


def test_a_module_of_the_project_may_be_called_like_a_library() -> None:
    assert list_decisions("from dagster_flights import assets\n", own=("dagster_flights",)) == []
    assert list_decisions("from dagster_flights import assets\n") == [((1,), "dagster_flights: assets")]


def test_code_that_this_python_cannot_parse_is_changed_and_said_to_be_unchecked() -> None:
    text = "from dagster import asset\nprint 1\n"
    assert convert(text) == "from assetmake import asset\nprint 1\n"
    assert list_decisions(text) == [((), "not checked")]


def test_pools_are_found_in_options_and_tags() -> None:
    text = (
        "from dagster import asset\n@asset(pool='db')\ndef a(): ...\n"
        "@asset(op_tags={'dagster/concurrency_key': 'api', **more})\ndef b(): ...\n@asset(pool=name)\ndef c(): ...\n"
    )
    usage = rewrite(text.encode(), file="a.py").usage
    assert set(usage.pools) == {"db", "api"}
    assert usage.declares


def test_a_name_that_is_there_needs_no_advice() -> None:
    assert {name for name in PUBLIC if advise_name(name) is not None} == {
        name for name in PUBLIC if "not supported" in repr(getattr(__import__("assetmake"), name))
    } | {"graph"}


def test_each_library_has_its_advice() -> None:
    assert advise_library("dagster_cloud_cli") == advise_library("dagster_cloud")
    assert advise_library("dagster_aws").endswith("write a ConfigurableResource around boto3")
    assert advise_library("dagster_nothing_known").endswith("around the client that it wraps")


@pytest.mark.parametrize("library", sorted(STAND_INS))
def test_what_stands_in_for_a_library_has_its_names(library: str) -> None:
    module, names = STAND_INS[library]
    found = pytest.importorskip(module, reason="it is not there yet")
    assert names <= set(dir(found))
