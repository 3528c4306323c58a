"""describe_config: what counts of a configuration, and that nothing secret is in it."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyUrl, BaseModel, Field, SecretStr

from assetmake import (
    Config,
    ConfigurableResource,
    EnvVar,
    InitResourceContext,
    ResourceDefinition,
    ResourceDependency,
    resource,
)
from assetmake.definitions.configuring.describing import describe_config
from assetmake.definitions.configuring.walking import list_code, list_variables

SECRET = "hush-hush"


class Size(enum.Enum):
    BIG = 1


class Inner(Config):
    rows: int = 3
    path: Path = Path("x")


class Db(ConfigurableResource):
    host: str = "h"
    max_tokens: int = 10
    password: str = "none"
    key: SecretStr = SecretStr("none")
    marked: str = Field(default="none", json_schema_extra={"is_secret": True})
    size: Size = Size.BIG
    inner: Inner = Inner()


class Holder(ConfigurableResource):
    db: Db
    other: ResourceDependency[object] = None


class Loose(BaseModel):
    names: list[str]


@dataclass
class Spot:
    near: list[int]


class Plain:
    def __init__(self, where: str) -> None:
        self.where = where
        self.client = object()
        self._cache = 3


@resource(config_schema={"prefix": str})
def writer(context: InitResourceContext) -> str:
    return str(context.resource_config)


PAIRS: list[tuple[Any, Any]] = [
    (Db(), Db(host="i")),
    (Db(), Db(max_tokens=11)),
    (Db(), Db(inner=Inner(rows=4))),
    (Db(), Db(inner=Inner(path=Path("y")))),
    (Db(host=EnvVar("A")), Db(host=EnvVar("B"))),
    (Db(host=EnvVar("A")), Db(host="A")),
    (Db(max_tokens=EnvVar.int("A")), Db(max_tokens=EnvVar.int("B"))),
    (Holder(db=Db()), Holder(db=Db(host="i"))),
    (Holder(db=Db(), other=Plain("a")), Holder(db=Db(), other=Plain("b"))),
    (Db.configure_at_launch(host="a"), Db.configure_at_launch(host="b")),
    (Db.configure_at_launch(), Holder.configure_at_launch()),
    (writer.configured({"prefix": "a"}), writer.configured({"prefix": "b"})),
    (Plain("a"), Plain("b")),
    ("a", "b"),
    ({"rows": 1}, {"rows": 2}),
    (True, 1),
    ("1", 1),
    (Decimal("1.0"), Decimal("1.1")),
    (timedelta(1), timedelta(2)),
    (b"a", b"b"),
    (Loose(names=["a"]), Loose(names=["b"])),
    (Spot(near=[1]), Spot(near=[2])),
    (AnyUrl("http://a"), AnyUrl("http://b")),
]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=range(len(PAIRS)))
def test_what_differs_is_described_differently(one: Any, other: Any) -> None:
    assert describe_config(one) != describe_config(other)
    assert describe_config(one) == describe_config(one)
    json.loads(describe_config(one))


HOLDERS: list[Any] = [
    Db(password=SECRET),
    Db(key=SecretStr(SECRET)),
    Db(marked=SECRET),
    Db(host=f"postgres://user:{SECRET}@host/db"),
    Db(password=EnvVar("PW")),
    Holder(db=Db(password=SECRET)),
    Db.configure_at_launch(password=SECRET),
    AnyUrl(f"http://user:{SECRET}@host"),
    {"password": SECRET.encode()},
    {"api_key": SECRET, "deep": [{"aws_secret_access_key": SECRET}]},
]


@pytest.fixture
def secret_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", SECRET)


@pytest.mark.usefixtures("secret_variable")
@pytest.mark.parametrize("holder", HOLDERS, ids=range(len(HOLDERS)))
def test_no_secret_is_in_it(holder: Any) -> None:
    assert SECRET not in describe_config(holder)


def test_another_password_makes_no_difference() -> None:
    assert describe_config(Db(password="a")) == describe_config(Db(password="b"))


def test_objects_that_hold_each_other_come_to_an_end() -> None:
    circle: dict[str, Any] = {}
    circle["self"] = circle
    assert "again" in describe_config(circle)


def test_the_order_of_sets_and_dicts_does_not_count() -> None:
    assert describe_config({"a": {"x", "y", "z"}, "b": 1}) == describe_config({"b": 1, "a": {"z", "y", "x"}})
    assert describe_config(Plain("a")) == describe_config(Plain("a"))


def test_the_variables_of_a_configuration_are_listed() -> None:
    held = Holder(db=Db(host=EnvVar("HOST"), max_tokens=EnvVar.int("TOKENS")), other=Inner(path=EnvVar("DEEP")))
    assert list_variables(held) == {"HOST", "TOKENS", "DEEP"}
    assert list_variables(Db.configure_at_launch(host=EnvVar("HOST"))) == {"HOST"}
    assert list_variables(writer.configured({"prefix": {"env": "PREFIX"}})) == {"PREFIX"}
    assert list_variables(Db()) == frozenset()


def test_the_code_of_a_resource_is_listed() -> None:
    plain = Plain("x")
    assert set(list_code(Holder(db=Db(), other=plain))) >= {Holder, Db, Inner, Plain, Size}
    assert list_code(Db.configure_at_launch()) == (Db,)
    assert list_code(writer) == list_code(writer.configured({"prefix": "x"})) == (writer.resource_fn,)
    assert list_code("text") == list_code({"a": [1]}) == ()


def make_prefix(config: dict[str, str]) -> dict[str, str]:
    return {"prefix": config["mark"]}


def test_what_a_resource_of_our_own_kinds_holds_counts() -> None:
    made = writer.configured(make_prefix, config_schema={"mark": str})
    assert make_prefix in list_code(made)
    one, other = (ResourceDefinition.hardcoded_resource(Plain(where)) for where in "ab")
    assert describe_config(one) != describe_config(other)
    assert Plain in list_code(one)


class Service:
    def __init__(self, client: Plain) -> None:
        self._client = client
        self._names = ["a"]


def test_an_object_counts_with_what_it_is_put_together_of() -> None:
    one, other = Service(Plain("a")), Service(Plain("b"))
    assert describe_config(one) != describe_config(other)
    assert {Service, Plain} <= set(list_code(one))
    other = Service(Plain("a"))
    assert describe_config(one) == describe_config(other)
    other._names.append("b")
    assert describe_config(one) != describe_config(other)


def fetch(table: str, *, rows: int) -> str:
    return table * rows


def test_a_partial_and_a_method_count_with_what_they_are_bound_to() -> None:
    one, other = partial(fetch, rows=1), partial(fetch, rows=2)
    assert describe_config(one) != describe_config(other)
    assert list_code(one) == (fetch,)
    assert describe_config(Db(host="a").get_resource_context) != describe_config(Db(host="b").get_resource_context)
