"""Config: models, what run config makes of them, and the errors with paths."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import pytest
from pydantic import Field, SecretStr, ValidationError, field_validator

from assetmake import Config, EnvVar, PermissiveConfig, RunConfig
from assetmake.definitions.configuring.reading import read_config, read_configs
from assetmake.definitions.configuring.run_config import read_run_config
from assetmake.definitions.configuring.schema_types import Field as SchemaField
from assetmake.errors import DefinitionError, InvocationError, RunConfigError


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Inner(Config):
    name: str = "inner"
    size: int = 1


class Outer(Config):
    inner: Inner
    several: list[Inner] = []
    by_name: dict[str, Inner] = {}
    color: Color = Color.RED
    note: str | None


def read(given: object) -> Outer:
    read = read_config(Outer, given, node="a")
    assert isinstance(read, Outer)
    return read


def test_run_config_is_read_into_nested_models() -> None:
    made = read({"inner": {"size": 2}, "several": [{"name": "x"}], "by_name": {"k": {"size": 3}}, "color": "BLUE"})
    assert made.inner == Inner(size=2)
    assert made.several == [Inner(name="x")]
    assert made.by_name == {"k": Inner(size=3)}
    assert made.color is Color.BLUE
    assert made.note is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inner": {"sise": 2}}, 'unexpected config entry "sise" at path root:ops:a:config:inner'),
        ({"inner": {"size": "2"}}, 'Invalid scalar at path root:ops:a:config:inner:size. .*"Int"'),
        ({"inner": {"size": True}}, "root:ops:a:config:inner:size"),
        ({"inner": {"name": 2}}, '"String"'),
        ({"inner": {}, "several": [{}, {"size": 1.5}]}, r"root:ops:a:config:several\[1\]:size"),
        ({"inner": {}, "by_name": {"k": {"size": "x"}}}, "root:ops:a:config:by_name:k:size"),
        ({"inner": {}, "by_name": {1: {}}}, 'Key "1" at path root:ops:a:config:by_name'),
        ({"inner": {}, "color": "GREEN"}, "root:ops:a:config:color is no name of Color"),
        ({"inner": 3}, "Value at path root:ops:a:config:inner must be dict"),
        ([], "must be dict"),
    ],
)
def test_each_wrong_entry_is_told_with_its_path(given: object, message: str) -> None:
    with pytest.raises(RunConfigError, match=message):
        read(given)


class Needing(Config):
    rows: int
    inner: Inner


class Deep(Config):
    needing: Needing


def test_what_is_missing_is_told_with_its_path() -> None:
    for given in (None, {}, {"inner": {}}):
        with pytest.raises(RunConfigError, match='Missing required config entry "rows" at path root:ops:a:config'):
            read_config(Needing, given, node="a")
    with pytest.raises(RunConfigError, match='Missing required config entry "needing" at path root:ops:a:config'):
        read_config(Deep, node="a")


def test_a_model_that_needs_nothing_does_not_have_to_be_given() -> None:
    assert read_config(Needing, {"rows": 1}, node="a") == Needing(rows=1, inner=Inner())
    with pytest.raises(ValidationError):
        Needing(rows=1)


def test_an_object_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "you")
    assert read_config(Inner, Inner(name=EnvVar("NAME")), node="a").name == "you"
    given = Inner(size=3)
    assert read_config(Inner, given, node="a") is given


def test_fields_of_schemas_are_no_fields_of_models() -> None:
    class Wrong(Config):
        rows: int = SchemaField(int, default_value=1)

    with pytest.raises(DefinitionError, match=r"Wrong.rows: .* Did you mean to use 'pydantic.Field' instead"):
        Wrong()


def test_all_wrong_entries_are_told_at_once() -> None:
    with pytest.raises(RunConfigError) as caught:
        read({"inner": {"sise": 1, "size": "x"}, "colour": "RED"})
    assert all(name in caught.value.message for name in ("sise", "size", "colour"))


def test_environment_variables_are_read_when_a_run_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sized(Config):
        size: int
        tags: list[str] = []
        inner: Inner = Inner()

    held = Sized(size=EnvVar.int("SIZE"), tags=[EnvVar("TAG")], inner=Inner(name=EnvVar("TAG")))
    monkeypatch.setenv("SIZE", "7")
    monkeypatch.setenv("TAG", "t")
    given = read_run_config(RunConfig(ops={"a": held})).ops["a"]
    assert given == {"size": {"env": "SIZE"}, "tags": [{"env": "TAG"}], "inner": {"name": {"env": "TAG"}, "size": 1}}
    made = read_config(Sized, given, node="a")
    assert made == Sized(size=7, tags=["t"], inner=Inner(name="t"))


def test_what_is_not_known_yet_is_not_validated_before(monkeypatch: pytest.MonkeyPatch) -> None:
    class Server(Config):
        url: str
        debug: bool
        color: Color
        inner: Inner

        @field_validator("url")
        @classmethod
        def check(cls, url: str) -> str:
            if not url.startswith("http"):
                raise ValueError("no url")
            return url

    held = Server(url=EnvVar("URL"), debug=EnvVar("DEBUG"), color=EnvVar("COLOR"), inner={"name": EnvVar("URL")})
    assert held.inner.size == 1
    given = read_run_config(RunConfig(ops={"a": held})).ops["a"]
    monkeypatch.setenv("URL", "http://x")
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("COLOR", "b")
    made = read_config(Server, given, node="a")
    assert made == Server(url="http://x", debug=True, color=Color.BLUE, inner=Inner(name="http://x"))
    monkeypatch.setenv("URL", "ftp://x")
    with pytest.raises(RunConfigError, match=r"root:ops:a:config:url: .*no url"):
        read_config(Server, given, node="a")
    with pytest.raises(ValidationError, match="no url"):
        Server(url="x", debug=EnvVar("DEBUG"), color=Color.RED, inner=Inner())


def test_a_default_may_be_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    class Named(Config):
        name: str = EnvVar("NAME")

    monkeypatch.setenv("NAME", "you")
    assert read_config(Named, node="a").name == "you"


def test_a_plain_dict_does_not_hold_env_var_objects() -> None:
    with pytest.raises(RunConfigError, match="Invalid use of environment variable wrapper"):
        read_config(Inner, {"name": EnvVar("X")}, node="a")


def test_a_value_of_a_variable_has_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIZE", "big")
    with pytest.raises(RunConfigError, match="root:ops:a:config:size"):
        read_config(Inner, {"size": {"env": "SIZE"}}, node="a")


def test_choices_are_written_as_a_dict_of_one_entry() -> None:
    class Cat(Config):
        kind: Literal["cat"] = "cat"
        meows: int

    class Dog(Config):
        kind: Literal["dog", "wolf"] = "dog"
        barks: float

    class Home(Config):
        pet: Cat | Dog = Field(discriminator="kind")

    assert read_config(Home, {"pet": {"cat": {"meows": 2}}}, node="a").pet == Cat(meows=2)
    assert read_config(Home, {"pet": {"wolf": {"barks": 2}}}, node="a").pet.kind == "wolf"
    assert Home(pet={"cat": {"meows": 1}}) == Home(pet=Cat(meows=1))
    assert RunConfig(ops={"a": Home(pet=Cat(meows=2))}).to_config_dict()["ops"]["a"]["config"] == {
        "pet": {"cat": {"meows": 2}}
    }
    for wrong in ({"bird": {}}, {"cat": {"meows": 1}, "dog": {"barks": 1}}, {"cat": {"barks": 1}}):
        with pytest.raises(RunConfigError, match="root:ops:a:config:pet"):
            read_config(Home, {"pet": wrong}, node="a")


def test_a_member_of_an_enum_may_be_named() -> None:
    assert Outer(inner=Inner(), color="BLUE").color is Color.BLUE
    assert Outer(inner=Inner(), color="b").color is Color.BLUE
    written = RunConfig(ops={"a": Outer(inner=Inner(), color=Color.BLUE)}).to_config_dict()
    assert written["ops"]["a"]["config"]["color"] == "BLUE"


def test_an_object_does_not_change() -> None:
    with pytest.raises(
        InvocationError, match="'Inner' is a Pythonic config class and does not support item assignment"
    ):
        Inner().name = "other"


def test_properties_are_cached_and_defaults_are_not_validated() -> None:
    class Counted(Config):
        rows: int = 3
        name: str | None = None

        @cached_property
        def twice(self) -> list[int]:
            return [self.rows * 2]

        @field_validator("name")
        @classmethod
        def refuse(cls, value: object) -> object:
            raise ValueError("no name")

    counted = Counted()
    assert counted.twice is counted.twice
    with pytest.raises(ValidationError, match="no name"):
        Counted(name=None)
    assert read_config(Counted, {"rows": 4}, node="a").twice == [8]


def test_aliases_are_the_names_of_entries() -> None:
    class Aliased(Config):
        schema_: str = Field(alias="schema")

    assert read_config(Aliased, {"schema": "s"}, node="a").schema_ == "s"
    assert RunConfig(ops={"a": Aliased(schema="s")}).to_config_dict()["ops"]["a"]["config"] == {"schema": "s"}
    with pytest.raises(RunConfigError, match="schema_"):
        read_config(Aliased, {"schema_": "s"}, node="a")


def test_a_permissive_config_takes_more() -> None:
    class Open(PermissiveConfig):
        rows: int

    made = read_config(Open, {"rows": 1, "more": {"x": 2}}, node="a")
    assert made.more == {"x": 2}
    assert made.model_dump() == {"rows": 1, "more": {"x": 2}}


def test_secrets_stay_objects() -> None:
    class Login(Config):
        password: SecretStr

    assert read_config(Login, {"password": "hush"}, node="a").password.get_secret_value() == "hush"


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (str, "x", 1),
        (int, 1, "1"),
        (bool, False, 0),
        (dict, {"a": 1}, [1]),
        (list, [1, "a"], {}),
    ],
)
def test_a_plain_annotation_reads_plain_config(annotation: Any, good: object, bad: object) -> None:
    assert read_config(annotation, good, node="a") == good
    with pytest.raises(RunConfigError, match="root:ops:a:config"):
        read_config(annotation, bad, node="a")


def test_equal_run_configs_are_equal_however_they_are_written() -> None:
    assert RunConfig(ops={"a": Inner(size=2)}) == RunConfig({"a": {"config": {"name": "inner", "size": 2}}})
    assert RunConfig() != RunConfig(ops={"a": Inner()})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"opps": {}}, 'unexpected config entry "opps" at path root'),
        ({"ops": {"a": {"confg": {}}}}, 'unexpected config entry "confg" at path root:ops:a'),
        ({"ops": {"a": 3}}, "root:ops:a must be dict"),
        ({"resources": []}, None),
        ({"resources": [1]}, "root:resources must be dict"),
    ],
)
def test_run_config_has_known_sections(given: Mapping[str, Any], message: str | None) -> None:
    if message is None:
        assert read_run_config(given).resources == {}
        return
    with pytest.raises(RunConfigError, match=message):
        read_run_config(given)


def test_the_config_of_all_nodes_is_read_at_once() -> None:
    schemas = {"a": Inner, "shop__orders": int}
    given = {"ops": {"shop__orders": {"config": 3}, "plain": {"config": {"x": 1}}}}
    read = read_configs(schemas, given, nodes=["a", "shop__orders", "plain"])
    assert read == {"a": Inner(), "shop__orders": 3, "plain": {"x": 1}}
    with pytest.raises(RunConfigError, match='unexpected config entry "order" at path root:ops') as caught:
        read_configs(schemas, {"ops": {"order": {"config": 3}}}, nodes=["orders"])
    assert caught.value.hint == "did you mean orders?"
