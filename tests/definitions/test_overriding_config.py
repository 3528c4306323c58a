"""Config from several places, and words on the command line."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake import AssetKey, Config, ConfigurableResource, EnvVar, RunConfig
from assetmake.definitions.configuring.overriding import (
    Configurable,
    configure_resources,
    merge_configs,
    read_overrides,
)
from assetmake.definitions.configuring.reading import read_config
from assetmake.errors import RunConfigError


class Inner(Config):
    label: str = ""
    rows: int | None = None


class Limits(Config):
    rows: int = 1
    code: str = ""
    inner: Inner = Inner()
    tags: list[str] = []


class Db(ConfigurableResource):
    host: str = "h"
    port: int = 1


KNOWN = Configurable(
    {AssetKey("orders"): Limits, AssetKey(["shop", "orders"]): Limits, AssetKey("db"): Limits, AssetKey("plain"): None},
    {"db": Db(), "later": Db.configure_at_launch(), "text": "x"},
)


def test_later_config_wins_entry_by_entry() -> None:
    merged = merge_configs(
        {"ops": {"orders": {"config": {"rows": 1, "inner": {"label": "a", "rows": 1}}}}},
        RunConfig(resources={"db": Db(host=EnvVar("HOST"))}),
        None,
        {"ops": {"orders": {"config": {"inner": {"rows": 2}}}}, "resources": {"db": {"config": {"port": 2}}}},
        {"ops": {"orders": {"config": {"tags": ["x"]}}, "plain": {"config": 3}}},
    )
    assert merged["ops"] == {
        "orders": {"config": {"rows": 1, "inner": {"label": "a", "rows": 2}, "tags": ["x"]}},
        "plain": {"config": 3},
    }
    assert merged["resources"] == {"db": {"config": {"host": {"env": "HOST"}, "port": 2}}}


def test_a_variable_replaces_a_table_as_a_whole() -> None:
    first = {"ops": {"a": {"config": {"x": {"env": "A"}}}}}
    for value in ({"env": "B"}, {"deep": 1}, 3):
        second = {"ops": {"a": {"config": {"x": value}}}}
        assert merge_configs(first, second)["ops"] == second["ops"]
        assert merge_configs(second, first)["ops"] == first["ops"]


def test_tables_of_the_project_file_configure_resources() -> None:
    assert configure_resources({"db": {"host": "x"}}) == {"resources": {"db": {"config": {"host": "x"}}}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders.rows=3", {"ops": {"orders": {"config": {"rows": 3}}}}),
        ("shop/orders.rows=3", {"ops": {"shop__orders": {"config": {"rows": 3}}}}),
        ("shop__orders.rows=3", {"ops": {"shop__orders": {"config": {"rows": 3}}}}),
        ("orders.code=0123", {"ops": {"orders": {"config": {"code": "0123"}}}}),
        ("orders.code=12", {"ops": {"orders": {"config": {"code": "12"}}}}),
        ("orders.code=a=b", {"ops": {"orders": {"config": {"code": "a=b"}}}}),
        ("orders.inner.label=12", {"ops": {"orders": {"config": {"inner": {"label": "12"}}}}}),
        ("orders.inner.rows=12", {"ops": {"orders": {"config": {"inner": {"rows": 12}}}}}),
        ('orders.tags=["a", "b"]', {"ops": {"orders": {"config": {"tags": ["a", "b"]}}}}),
        ("plain.x.y=true", {"ops": {"plain": {"config": {"x": {"y": True}}}}}),
        ("plain.x=some words", {"ops": {"plain": {"config": {"x": "some words"}}}}),
        ("db.rows=3", {"ops": {"db": {"config": {"rows": 3}}}}),
        ("resources.db.host=12", {"resources": {"db": {"config": {"host": "12"}}}}),
        ("later.host=12", {"resources": {"later": {"config": {"host": "12"}}}}),
        ("later.port=12", {"resources": {"later": {"config": {"port": 12}}}}),
    ],
)
def test_words_are_config(text: str, expected: dict[str, Any]) -> None:
    read = read_overrides([text], KNOWN)
    assert {section: given for section, given in read.items() if given} == expected


def test_words_add_up() -> None:
    read = read_overrides(["orders.rows=3", "orders.inner.label=x", "orders.rows=4"], KNOWN)
    assert read_config(Limits, read["ops"]["orders"]["config"], node="orders") == Limits(rows=4, inner=Inner(label="x"))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("orders", "not of the form ASSET.FIELD=VALUE", ""),
        ("orders.rows", "not of the form ASSET.FIELD=VALUE", ""),
        ("orders=3", "not of the form ASSET.FIELD=VALUE", ""),
        ("order.rows=3", "nothing that takes config is called order", "did you mean orders"),
    ],
)
def test_other_words_are_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(RunConfigError, match=message) as caught:
        read_overrides([text], KNOWN)
    assert hint in caught.value.hint
