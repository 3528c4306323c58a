"""Metadata: what kinds of facts there are, what they are read from, and how they are kept."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import assetmake as dg
from assetmake import AssetKey, MetadataValue, TableColumn, TableColumnDep, TableColumnLineage, TableRecord, TableSchema
from assetmake.definitions.metadata.reading import check_metadata, read_value, restore_value, write_plain
from assetmake.errors import DefinitionError, InvalidMetadataError

SCHEMA = TableSchema(
    [
        TableColumn("id", "int", "the id", dg.TableColumnConstraints(nullable=False, unique=True, other=["> 0"])),
        TableColumn("name", tags={"pii": ""}),
    ],
    dg.TableConstraints(["id > 0"]),
)
LINEAGE = TableColumnLineage({"id": [TableColumnDep("b", "y"), TableColumnDep(["a", "x"], "z")], "name": []})
EVERY = [
    MetadataValue.text("t"),
    MetadataValue.md("**m**"),
    MetadataValue.url("https://x.org"),
    MetadataValue.path("/a/b"),
    MetadataValue.notebook(Path("n.ipynb")),
    MetadataValue.int(5),
    MetadataValue.float(0.5),
    MetadataValue.float(math.inf),
    MetadataValue.bool(False),
    MetadataValue.json({"a": [1, None]}),
    MetadataValue.json([]),
    MetadataValue.null(),
    MetadataValue.timestamp(5.5),
    MetadataValue.table([TableRecord({"id": 1, "name": None})], SCHEMA),
    MetadataValue.table_schema(SCHEMA),
    MetadataValue.column_lineage(LINEAGE),
    MetadataValue.asset(AssetKey(["a", "b"])),
    MetadataValue.dagster_run("r"),
    MetadataValue.job("j", "l", repository_name="r"),
    MetadataValue.pool("p"),
    MetadataValue.python_artifact(AssetKey),
    dg.CodeReferencesMetadataValue([dg.LocalFileCodeReference("a.py", 3, "A"), dg.UrlCodeReference("https://b.org")]),
]


@pytest.mark.parametrize("value", EVERY, ids=repr)
def test_a_value_is_kept_as_json_and_read_again(value: MetadataValue) -> None:
    kept = json.loads(json.dumps(write_plain(value), allow_nan=False))

    assert restore_value(value.kind, kept) == value
    assert pickle.loads(pickle.dumps(value)) == value


def test_every_kind_is_among_them() -> None:
    kinds = {type(value) for value in EVERY}
    assert kinds == set(MetadataValue.__subclasses__())
    assert len({value.kind for value in EVERY}) == len(kinds)


def test_a_kind_of_a_later_version_is_read_as_a_text() -> None:
    assert restore_value("hologram", [1]) == MetadataValue.text("[1]")


@pytest.mark.parametrize(
    ("value", "attribute", "holds"),
    [
        (MetadataValue.text("t"), "text", "t"),
        (MetadataValue.md("m"), "md_str", "m"),
        (MetadataValue.url("u"), "url", "u"),
        (MetadataValue.path(Path("p")), "path", "p"),
        (MetadataValue.notebook("n"), "path", "n"),
        (MetadataValue.json({"a": 1}), "data", {"a": 1}),
        (MetadataValue.table_schema(SCHEMA), "schema", SCHEMA),
        (MetadataValue.column_lineage(LINEAGE), "column_lineage", LINEAGE),
        (MetadataValue.asset(AssetKey("a")), "asset_key", AssetKey("a")),
        (MetadataValue.dagster_run("r"), "run_id", "r"),
        (MetadataValue.pool("p"), "pool", "p"),
    ],
)
def test_a_value_is_there_under_both_names(value: MetadataValue, attribute: str, holds: object) -> None:
    assert getattr(value, attribute) == holds
    assert value.value == holds


def test_values_with_parts_are_their_own_value() -> None:
    table = MetadataValue.table([TableRecord({"id": 1})])
    job = MetadataValue.job("j", "l")
    artifact = MetadataValue.python_artifact(AssetKey)

    assert table.value is table
    assert job.value is job
    assert (artifact.module, artifact.name) == ("assetmake.definitions.asset_key", "AssetKey")


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("t", dg.TextMetadataValue("t")),
        (5, dg.IntMetadataValue(5)),
        (True, dg.BoolMetadataValue(True)),
        (0.5, dg.FloatMetadataValue(0.5)),
        (None, dg.NullMetadataValue()),
        (["a"], dg.JsonMetadataValue(["a"])),
        ({"a": 1}, dg.JsonMetadataValue({"a": 1})),
        (Path("/a"), dg.PathMetadataValue("/a")),
        (AssetKey("a"), dg.DagsterAssetMetadataValue(AssetKey("a"))),
        (SCHEMA, dg.TableSchemaMetadataValue(SCHEMA)),
        (LINEAGE, dg.TableColumnLineageMetadataValue(LINEAGE)),
        (MetadataValue.md("m"), dg.MarkdownMetadataValue("m")),
        (np.int64(5), dg.IntMetadataValue(5)),
        (np.bool_(True), dg.BoolMetadataValue(True)),
        (np.float32(0.5), dg.FloatMetadataValue(0.5)),
        (np.str_("t"), dg.TextMetadataValue("t")),
        (np.array(5), dg.IntMetadataValue(5)),
        (pd.Series([1, 2]).sum(), dg.IntMetadataValue(3)),
        ({"a": np.int64(1), "b": [np.float64(0.5)]}, dg.JsonMetadataValue({"a": 1, "b": [0.5]})),
    ],
)
def test_a_plain_value_is_read_as_its_kind(plain: object, value: MetadataValue) -> None:
    read = check_metadata({"x": plain})["x"]

    assert read == value
    assert type(read.value) is type(value.value)


@pytest.mark.parametrize(
    "wrong",
    [object(), datetime(2026, 1, 5, tzinfo=UTC), np.datetime64("2026-01-05"), np.array([1]), {1, 2}, AssetKey],
)
def test_what_is_of_no_kind_is_refused_by_name(wrong: object) -> None:
    with pytest.raises(dg.DagsterInvalidMetadata) as refused:
        check_metadata({"fine": 1, "bad": wrong})

    assert refused.value.message == (
        f'Could not resolve the metadata value for "bad" to a known type. Its type was {type(wrong)}. '
        "Consider wrapping the value with the appropriate MetadataValue type."
    )
    assert isinstance(refused.value, DefinitionError)


def test_what_json_cannot_say_is_refused_by_name() -> None:
    with pytest.raises(InvalidMetadataError, match=r'"bad" to a known type. Value is not JSON serializable'):
        check_metadata({"bad": {"nested": object()}})


def test_metadata_is_by_name() -> None:
    with pytest.raises(InvalidMetadataError, match="by name"):
        check_metadata(["a"])  # type: ignore[arg-type]


def test_what_is_of_no_kind_may_be_told_by_its_class() -> None:
    assert check_metadata({"bad": object()}, unknown_as_text=True) == {
        "bad": MetadataValue.text("[object] (unserializable)")
    }


def test_a_value_does_not_change() -> None:
    value = MetadataValue.text("t")

    with pytest.raises(AttributeError, match="does not change"):
        value.text = "u"
    with pytest.raises(AttributeError, match="does not change"):
        del value.text


def test_values_of_different_kinds_differ() -> None:
    assert MetadataValue.int(1) != MetadataValue.bool(True)
    assert MetadataValue.text("a") != MetadataValue.md("a")
    assert len({MetadataValue.text("a"), MetadataValue.text("a"), MetadataValue.url("a")}) == 2
    assert repr(MetadataValue.job("j", "l")) == (
        "JobMetadataValue(job_name='j', location_name='l', repository_name=None)"
    )


def test_a_moment_is_seconds_or_an_aware_datetime() -> None:
    assert MetadataValue.timestamp(datetime(1970, 1, 1, 0, 1, tzinfo=UTC)) == MetadataValue.timestamp(60.0)
    assert MetadataValue.timestamp(5).value == 5.0
    with pytest.raises(InvalidMetadataError, match="must have timezones"):
        MetadataValue.timestamp(datetime(2026, 1, 5))
    with pytest.raises(InvalidMetadataError):
        MetadataValue.timestamp("noon")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (dg.TextMetadataValue, 5),
        (dg.MarkdownMetadataValue, 5),
        (dg.UrlMetadataValue, 5),
        (dg.PathMetadataValue, 5),
        (dg.IntMetadataValue, "5"),
        (dg.IntMetadataValue, 5.5),
        (dg.FloatMetadataValue, "5"),
        (dg.BoolMetadataValue, 1),
        (dg.TableSchemaMetadataValue, "s"),
        (MetadataValue.python_artifact, 5),
    ],
)
def test_a_kind_takes_only_what_it_is_of(kind: Any, wrong: object) -> None:
    with pytest.raises(InvalidMetadataError):
        kind(wrong)


def test_numbers_of_numpy_are_taken_by_the_kinds_too() -> None:
    assert MetadataValue.int(np.int64(5)) == MetadataValue.int(5)
    assert MetadataValue.float(np.float64(0.5)) == MetadataValue.float(0.5)
    assert MetadataValue.float(5).value == 5.0
    assert MetadataValue.bool(np.bool_(False)) == MetadataValue.bool(False)


def test_the_columns_of_a_table_are_told_by_its_first_row() -> None:
    table = MetadataValue.table([TableRecord({"name": "a", "ok": False, "n": np.int64(1), "x": 0.5})])

    assert table.schema == TableSchema.from_name_type_dict({"name": "string", "ok": "bool", "n": "int", "x": "float"})
    assert table.records == [TableRecord({"name": "a", "ok": False, "n": 1, "x": 0.5})]


def test_a_table_has_rows_of_one_shape() -> None:
    with pytest.raises(InvalidMetadataError, match="same fields"):
        MetadataValue.table([TableRecord({"a": 1}), TableRecord({"b": 1})])
    with pytest.raises(InvalidMetadataError, match="schema must be provided"):
        MetadataValue.table([])
    with pytest.raises(InvalidMetadataError):
        TableRecord({"a": object()})
    assert MetadataValue.table([], schema=SCHEMA).schema == SCHEMA


def test_a_column_is_a_text_that_may_be_null() -> None:
    column = TableColumn("a")

    assert (column.type, column.description, dict(column.tags)) == ("string", None, {})
    assert column.constraints == dg.TableColumnConstraints(nullable=True, unique=False, other=[])
    assert TableSchema([column]).constraints == dg.TableConstraints(other=[])


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (TableColumn, {"name": False}),
        (TableColumn, {"name": "a", "type": False}),
        (TableColumn, {"name": "a", "description": False}),
        (TableColumn, {"name": "a", "constraints": False}),
        (dg.TableConstraints, {"other": False}),
        (dg.TableConstraints, {"other": "a"}),
        (dg.TableColumnConstraints, {"nullable": "a"}),
        (dg.TableColumnConstraints, {"unique": "a"}),
        (dg.TableColumnConstraints, {"other": False}),
        (TableSchema, {"columns": False}),
        (TableSchema, {"columns": ["a"]}),
        (TableSchema, {"columns": [], "constraints": False}),
        (TableColumnLineage, {"deps_by_column": []}),
    ],
)
def test_a_table_is_told_in_the_types_it_has(kind: Any, wrong: Mapping[str, object]) -> None:
    with pytest.raises(InvalidMetadataError):
        kind(**wrong)


def test_columns_that_others_are_made_of_come_in_order_and_once() -> None:
    assert [dep.asset_key for dep in LINEAGE.deps_by_column["id"]] == [AssetKey(["a", "x"]), AssetKey("b")]
    with pytest.raises(InvalidMetadataError, match="must be unique by asset key and column name"):
        TableColumnLineage({"id": [TableColumnDep("a", "x"), TableColumnDep("a", "x")]})


def test_reading_takes_a_value_that_is_one() -> None:
    value = MetadataValue.md("m")
    assert read_value(value) is value


def test_declaring_an_asset_loads_no_records_of_runs() -> None:
    code = "import sys, assetmake; assetmake.asset; assetmake.MetadataValue.text('t'); print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("assetmake.definitions.")}
    assert "assetmake.definitions.metadata.values" in loaded
    assert not {"assetmake.definitions.occurrences.step_event", "assetmake.definitions.instance"} & loaded
