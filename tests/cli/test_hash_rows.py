"""hash_rows through the real command: what counts as the same table, and what a table below is spared for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from real_project import RealProject

from assetmake import asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.testing import Sandbox

TABLES = """
    import pyarrow as pa
    from assetmake import asset

    @asset(hash_rows="unordered")
    def orders() -> pa.Table:
        return pa.table({"id": pa.array([1, 1, 2], pa.int64()), "name": ["a", "a", "b"]})

    @asset
    def first(orders: pa.Table) -> str:
        return orders.column("name")[0].as_py()
"""
COLUMNS = '{"id": pa.array([1, 1, 2], pa.int64()), "name": ["a", "a", "b"]}'
SHUFFLED = '{"id": pa.array([2, 1, 1], pa.int64()), "name": ["b", "a", "a"]}'
SAME = "Done. BUILT=0 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0"


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    project = RealProject(tmp_path)
    project.write(TABLES)
    return project


def test_shuffled_rows_are_the_same_data_where_they_have_no_order(project: RealProject) -> None:
    project.build()
    project.edit(COLUMNS, SHUFFLED)

    done = project.run("build")
    assert done.stdout.splitlines()[-2:] == ["1 rebuilt to the same data, 1 downstream spared", SAME]
    assert project.build() == "up to date: 2 assets"
    assert project.run("show", "orders").stdout.split()[2:4] == ["2", "b"], "it is stored as it was returned"


def test_shuffled_rows_are_other_data_where_they_have_an_order(project: RealProject) -> None:
    project.edit('hash_rows="unordered"', 'hash_rows="ordered"')
    project.build()
    project.edit(COLUMNS, SHUFFLED)

    assert project.build() == "Done. BUILT=2 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
    assert project.run("show", "first").stdout.strip() == '"b"'


def orders_of(value: Any) -> AssetsDefinition:
    @asset(name="orders", hash_rows="unordered")
    def orders() -> Any:
        return value

    return orders


@asset
def below(orders: Any) -> int:
    return len(orders)


INT64, INT32 = pa.int64(), pa.int32()
ROWS = pa.table({"id": pa.array([1, 1, 2], INT64), "name": ["a", "a", "b"]})


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ROWS.slice(1), id="a row that was there twice"),
        pytest.param(pa.table({"id": pa.array([1, 2, 2], INT64), "name": ["a", "b", "b"]}), id="which row is twice"),
        pytest.param(ROWS.select(["name", "id"]), id="the order of columns"),
        pytest.param(pa.table({"id": pa.array([1, 1, 2], INT32), "name": ["a", "a", "b"]}), id="a type"),
        pytest.param(pa.table({"id": pa.array([1, 2, 1], INT64), "name": ["a", "a", "b"]}), id="values across rows"),
    ],
)
def test_without_order_everything_else_still_counts(other: pa.Table) -> None:
    sandbox = Sandbox([orders_of(ROWS), below])
    sandbox.build()
    sandbox.replace([orders_of(other), below])
    sandbox.build("orders", force=True)

    assert sandbox.build().ran == ["below"]


def test_what_is_no_table_is_hashed_as_ever() -> None:
    sandbox = Sandbox([orders_of([1, 2]), below])
    sandbox.build()
    sandbox.replace([orders_of([2, 1]), below])
    sandbox.build("orders", force=True)

    assert sandbox.build().ran == ["below"]


def test_the_same_rows_in_another_order_spare_what_is_below() -> None:
    sandbox = Sandbox([orders_of(ROWS), below])
    sandbox.build()
    sandbox.replace([orders_of(ROWS.take([2, 0, 1])), below])
    sandbox.build("orders", force=True)

    assert sandbox.build().ran == []


def test_to_ask_for_another_hash_rebuilds_once(project: RealProject) -> None:
    project.edit('@asset(hash_rows="unordered")', "@asset")
    project.build()
    project.edit("@asset\ndef orders", '@asset(hash_rows="unordered")\ndef orders')

    found = project.why("orders")
    assert (found["reason"], found["because"]) == ("config", ["hash_rows ordered -> unordered"])
    project.build()
    assert project.build() == "up to date: 2 assets"
