"""@resource, ResourceDefinition, configured, contexts for tests, and the schemas of `config_schema=`."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

import assetmake as am
from assetmake import (
    Array,
    BoolSource,
    Config,
    ConfigurableResource,
    Enum,
    EnumValue,
    Field,
    InitResourceContext,
    IntSource,
    Map,
    Noneable,
    Permissive,
    ResourceDefinition,
    ScalarUnion,
    Selector,
    StringSource,
    build_init_resource_context,
    build_resources,
    configured,
    make_values_resource,
    resource,
)
from assetmake.definitions.configuring.resource_definition import bind_config
from assetmake.definitions.configuring.schema_reading import read_by_schema
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.errors import (
    DefinitionError,
    InvariantError,
    InvocationError,
    ResourceFunctionError,
    RunConfigError,
)


def read(schema: Any, given: Any) -> Any:
    return read_by_schema(schema, given, path="root:config", about="it")


def test_resources_need_each_other() -> None:
    @resource(config_schema={"animal": str, "legs": Field(int, default_value=4)})
    def animal(context: InitResourceContext) -> str:
        return f"{context.resource_config['animal']}/{context.resource_config['legs']}"

    @resource(required_resource_keys={"animal"})
    def story(context: InitResourceContext) -> str:
        return f"a story of {context.resources.animal}"

    given = {"animal": {"config": {"animal": "dog"}}}
    with build_resources({"story": story, "animal": animal}, resource_config=given) as resources:
        assert resources.story == "a story of dog/4"
    with (
        pytest.raises(DefinitionError, match="resource with key 'animal' required by resource with key 'story'"),
        build_resources({"story": story}),
    ):
        pass


def test_resources_that_need_each_other_in_a_circle_are_refused() -> None:
    declared = {
        "a": ResourceDefinition(lambda _: 1, required_resource_keys={"b"}),
        "b": ResourceDefinition(lambda _: 1, required_resource_keys={"a"}),
    }
    with (
        pytest.raises(InvariantError, match='Resource key "a" transitively depends on itself'),
        build_resources(declared),
    ):
        pass


@pytest.mark.parametrize("decorate", [lambda function: function, contextlib.contextmanager], ids=["plain", "manager"])
def test_what_yields_is_resumed(decorate: Any) -> None:
    log = []

    @resource
    @decorate
    def yielding(_: Any) -> Iterator[str]:
        try:
            yield "value"
        finally:
            log.append("closed")

    with build_resources({"yielding": yielding}) as resources:
        assert resources.yielding == "value"
        assert log == []
    assert log == ["closed"]


def test_what_yields_twice_or_never_is_an_error() -> None:
    @resource
    def twice(_: Any) -> Iterator[int]:
        yield from (1, 2)

    @resource
    def never(_: Any) -> Iterator[int]:
        yield from ()

    said: list[str] = []
    with am.build_resources({"twice": twice}, log_manager=mock.Mock(warning=said.append)):
        pass
    assert "yielded more than one item" in said[0]
    with pytest.raises(InvariantError, match="must yield one item"), build_resources({"never": never}):
        pass


def test_an_error_names_the_resource() -> None:
    @resource
    def broken(_: Any) -> None:
        raise OSError("no")

    with (
        pytest.raises(ResourceFunctionError, match="Error executing resource_fn on ResourceDefinition broken"),
        build_resources({"broken": broken}),
    ):
        pass


def test_ready_made_definitions() -> None:
    declared = {
        "hard": ResourceDefinition.hardcoded_resource(3),
        "none": ResourceDefinition.none_resource(),
        "mock": ResourceDefinition.mock_resource(),
        "text": ResourceDefinition.string_resource(),
        "values": make_values_resource(rows=int),
    }
    given = {"text": {"config": "t"}, "values": {"config": {"rows": 3}}}
    with build_resources(declared, resource_config=given) as resources:
        assert (resources.hard, resources.none, resources.text, resources.values) == (3, None, "t", {"rows": 3})
        assert isinstance(resources.mock, mock.MagicMock)


def test_a_function_with_more_parameters_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"expects only a single positional required argument. .*extra params b"):

        @resource
        def more(a: Any, b: Any) -> None: ...


def test_calling_a_definition() -> None:
    @resource
    def bare() -> int:
        return 5

    @resource(required_resource_keys={"foo"})
    def needing(ctx: InitResourceContext) -> Any:
        """Needs foo."""
        return ctx.resources.foo

    @resource(config_schema={"foo": str})
    def wanting(ctx: InitResourceContext) -> Any:
        return ctx.resource_config

    assert bare() == 5
    assert needing.description == "Needs foo."
    assert needing(ctx=build_init_resource_context(resources={"foo": "bar"})) == "bar"
    assert wanting(build_init_resource_context(config={"foo": "x"})) == {"foo": "x"}
    assert wanting.configured({"foo": "y"})(None) == {"foo": "y"}
    for call, message in [
        (lambda: bare(None), "Attempted to invoke resource with argument"),
        (lambda: needing(), "no context was provided when invoking"),
        (lambda: needing(context=None), "expected argument 'ctx'"),
        (lambda: needing(None), "Resource has required resources, but no context"),
        (lambda: wanting(None), "Resource has required config schema, but no context"),
    ]:
        with pytest.raises(InvocationError, match=message):
            call()
    with pytest.raises(DefinitionError, match="resource with key 'foo' required was not provided"):
        needing(build_init_resource_context())
    with pytest.raises(RunConfigError, match="Error in config for resource"):
        wanting(build_init_resource_context())
    with pytest.raises(RunConfigError, match="Error when applying config mapping for resource"):
        wanting.configured({"fooo": "y"})(None)


class Simple(Config):
    animal: str


class Full(ConfigurableResource):
    text: str


def test_configuring_by_functions() -> None:
    @resource(config_schema={"text": str})
    def by_function(context: InitResourceContext) -> str:
        return context.resource_config["text"]

    @configured(by_function, config_schema={"animal": str})
    def from_dict(config: dict[str, Any]) -> dict[str, Any]:
        return {"text": f"{config['animal']}!"}

    @configured(by_function)
    def from_model(config: Simple) -> dict[str, Any]:
        return {"text": f"{config.animal}?"}

    @configured(Full)
    def of_class(config: Simple) -> Full:
        return Full(text=config.animal)

    @configured(Full)
    def of_class_by_dict(_: Any) -> dict[str, Any]:
        return {"text": "fixed"}

    given = {name: {"config": {"animal": "dog"}} for name in ("dict", "model", "of")}
    declared = {"dict": from_dict, "model": from_model, "of": of_class, "fixed": of_class_by_dict}
    with build_resources(declared, resource_config=given) as resources:
        assert (resources.dict, resources.model) == ("dog!", "dog?")
        assert (resources.of.text, resources.fixed.text) == ("dog", "fixed")
    with build_resources({"of": of_class.configured({"animal": "cat"})}) as resources:
        assert resources.of.text == "cat"
    with pytest.raises(DefinitionError, match="exactly one parameter"):
        configured(by_function)(lambda a, b: {})
    with pytest.raises(DefinitionError, match="Cannot provide config_schema to @configured function with Config"):

        @configured(by_function, config_schema={"a": str})
        def wrong(config: Simple) -> None: ...


def test_config_may_be_bound_by_name() -> None:
    @resource(config_schema=str)
    def text(context: InitResourceContext) -> str:
        return context.resource_config

    with build_resources(bind_config({"a": text, "b": 1}, {"a": {"config": "x"}, "unknown": {}})) as resources:
        assert resources.a == "x"
    with pytest.raises(RunConfigError, match="resource key 'a'"):
        bind_config({"a": text}, {"a": "x"})


def test_a_context_closes_what_it_holds() -> None:
    log = []

    @resource
    def yielding(_: Any) -> Iterator[str]:
        yield "value"
        log.append("closed")

    context = build_init_resource_context(resources={"foo": yielding})
    with pytest.raises(InvariantError, match=r"`with build_init_resource_context\(...\) as context:`"):
        _ = context.resources
    del context
    assert log == ["closed"]
    with build_init_resource_context(resources={"foo": yielding, "bar": 1}) as entered:
        assert (entered.resources.foo, entered.resources.bar) == ("value", 1)
    assert log == ["closed", "closed"]


class Color(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    ("schema", "given", "expected"),
    [
        (str, "a", "a"),
        ({"a": int}, {"a": 1}, {"a": 1}),
        ({"a": Field(int, default_value=2), "b": Field(str, is_required=False)}, {}, {"a": 2}),
        ({"a": Field(int, default_value=2)}, Missing, {"a": 2}),
        ({"deep": {"a": Field(int, default_value=2)}}, {}, {"deep": {"a": 2}}),
        ([int], [1, 2], [1, 2]),
        (Array(Noneable(str)), ["a", None], ["a", None]),
        ({int: str}, {1: "a"}, {1: "a"}),
        (Map(str, {"a": int}), {"x": {"a": 1}}, {"x": {"a": 1}}),
        (Noneable(dict), Missing, None),
        (Permissive({"a": int}), {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        (dict, {"x": [1]}, {"x": [1]}),
        (Selector({"a": int, "b": str}), {"b": "x"}, {"b": "x"}),
        (Enum.from_python_enum(Color), "RED", Color.RED),
        (Enum("Size", [EnumValue("BIG"), EnumValue("SMALL", 1)]), "SMALL", 1),
        (ScalarUnion(int, {"a": int}), 3, 3),
        (ScalarUnion(int, {"a": int}), {"a": 3}, {"a": 3}),
        (float, 3, 3),
        (am.Any, object, object),
        (StringSource, {"env": "SOME_TEXT"}, "12"),
        (IntSource, {"env": "SOME_TEXT"}, 12),
        (IntSource, 3, 3),
        (BoolSource, {"env": "SOME_BOOL"}, False),
        (str, am.EnvVar("SOME_TEXT"), "12"),
        (Field(str, default_value="x"), Missing, "x"),
    ],
)
def test_schemas_read(monkeypatch: pytest.MonkeyPatch, schema: Any, given: Any, expected: Any) -> None:
    monkeypatch.setenv("SOME_TEXT", "12")
    monkeypatch.setenv("SOME_BOOL", "false")
    assert read(schema, given) == expected


@pytest.mark.parametrize(
    ("schema", "given", "message"),
    [
        (str, 1, 'Invalid scalar at path root:config. .*"String"'),
        (int, True, '"Int"'),
        (bool, 1, '"Bool"'),
        ({"a": int}, {}, 'Missing required config entry "a" at path root:config'),
        ({"a": int}, Missing, 'Missing required config entry "a" at path root:config'),
        (str, Missing, 'Missing required config entry "config" at path root'),
        ({"a": int}, {"a": 1, "b": 1}, 'unexpected config entry "b" at path root:config'),
        ({"a": [int]}, {"a": [1, "x"]}, r"root:config:a\[1\]"),
        ({int: str}, {"x": "a"}, "root:config:x"),
        (Selector({"a": int}), {"b": 1}, 'unexpected config entry "b"'),
        (Selector({"a": int, "b": int}), {"a": 1, "b": 1}, "exactly one of the entries a, b"),
        (Enum.from_python_enum(Color), "BLUE", "not in enum type Color"),
        ({"a": {"b": int}}, {"a": 3}, "root:config:a must be dict"),
        ([int], 3, "must be list"),
        (str, {"env": "SOME_TEXT"}, "String"),
        (StringSource, {"env": "NOT_SET_AT_ALL"}, '"NOT_SET_AT_ALL" which is not set'),
    ],
)
def test_schemas_refuse(schema: Any, given: Any, message: str) -> None:
    with pytest.raises(RunConfigError, match=message):
        read(schema, given)


def test_what_is_no_schema_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no type of config"):
        Field("text")
    with pytest.raises(DefinitionError, match="required fields should not specify default values"):
        Field(int, default_value=1, is_required=True)


def test_a_model_is_a_schema() -> None:
    class Limits(Config):
        rows: int
        name: str = "n"

    assert read(Limits.to_config_schema(), {"rows": 1}) == {"rows": 1, "name": "n"}
    assert read(Limits.to_fields_dict(), {"rows": 1}) == {"rows": 1, "name": "n"}
    with pytest.raises(RunConfigError, match='"rows" at path root:config'):
        read(Limits, Missing)
