"""What parameters of an asset's function are given, and how the function is called directly."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from assetmake import Config, ConfigurableResource, ConfigurableResourceFactory, InitResourceContext, ResourceParam
from assetmake.definitions.configuring.invoking import bind_arguments, call_directly
from assetmake.definitions.configuring.opening import build_resources
from assetmake.definitions.configuring.parameters import ConfigArgumentWarning, read_parameters
from assetmake.definitions.configuring.resource_definition import resource
from assetmake.definitions.configuring.resources import Resources, list_objects
from assetmake.errors import DefinitionError, InvocationError, RunConfigError

if TYPE_CHECKING:
    from nowhere import Unknown  # type: ignore[import-not-found]


class Db(ConfigurableResource):
    url: str


class Limits(Config):
    rows: int = 3


SEVEN = Limits(rows=7)


class Factory(ConfigurableResourceFactory[str]):
    def create_resource(self, context: InitResourceContext) -> str:
        return "made"


@dataclass(frozen=True)
class FakeContext:
    resources: Resources = field(default_factory=Resources)
    op_config: Any = None


def call(function: Any, *args: Any, **kwargs: Any) -> Any:
    return call_directly(
        function,
        args,
        kwargs,
        context_type=FakeContext,
        show_resources=lambda context, resources: replace(context, resources=resources),
    )


def test_annotations_tell_what_a_parameter_is() -> None:
    def asset(
        context: Any,
        orders: int,
        db: Db,
        other: ResourceParam[str],
        config: Limits,
        late: Unknown,
        plain,
        limit: int = 3,
    ) -> None: ...

    read = read_parameters(asset)
    assert read.takes_context
    assert read.config is Limits
    assert read.resources == ("db", "other")
    assert [each.name for each in read.inputs] == ["orders", "late", "plain", "limit"]


def test_classes_inside_functions_are_found_in_quotes() -> None:
    class Inner(ConfigurableResource):
        name: str

    def asset(inner: Inner) -> Any:
        return Inner

    assert read_parameters(asset).resources == ("inner",)


def test_only_a_first_context_is_the_context() -> None:
    def first(ctx: Any, context: Any) -> None: ...

    def bare(context) -> None: ...

    assert [each.name for each in read_parameters(first).inputs] == ["ctx", "context"]
    assert read_parameters(bare).takes_context


def test_config_without_an_annotation_is_an_upstream() -> None:
    def asset(config) -> None: ...

    def typed(config: dict[str, int]) -> None: ...

    assert [each.name for each in read_parameters(asset).inputs] == ["config"]
    assert not read_parameters(asset).takes_config
    assert read_parameters(typed).takes_config


def test_config_may_have_a_default() -> None:
    def plain(config: str = "x") -> str:
        return config

    def model(config: Limits = SEVEN) -> int:
        return config.rows

    assert (call(plain), call(plain, "y"), call(model), call(model, {"rows": 1})) == ("x", "y", 7, 1)


def test_what_cannot_be_config_is_refused() -> None:
    def asset(config: Iterator[int]) -> None: ...

    with pytest.raises(DefinitionError, match=r"Unable to resolve config type .* of asset"):
        read_parameters(asset)


def test_a_config_class_under_another_name_is_warned_of() -> None:
    def asset(limits: Limits) -> None: ...

    with pytest.warns(ConfigArgumentWarning, match="Did you mean to name this parameter 'config' instead"):
        assert [each.name for each in read_parameters(asset).inputs] == ["limits"]


def test_what_makes_a_resource_is_no_annotation() -> None:
    def asset(made: Factory) -> None: ...

    with pytest.raises(DefinitionError, match=r"'made' is annotated as .*Factory'>.* should instead be 'ResourceParam"):
        read_parameters(asset)


def test_reading_parameters_loads_no_models() -> None:
    code = (
        "import sys\n"
        "from assetmake.definitions.configuring.parameters import read_parameters\n"
        "from assetmake import ResourceParam\n"
        "def asset(context, orders: 'list[int]', db: ResourceParam[str]): ...\n"
        "assert read_parameters(asset).resources == ('db',)\n"
        "print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def add(context: Any, x: int, y: int, db: Db) -> str:
    return f"{x + y} {db.url}"


def add_plainly(x: int, y: int, db: Db) -> str:
    return f"{x + y} {db.url}"


def db_first(db: Db, x: int) -> str:
    return f"{x} {db.url}"


@pytest.fixture
def context() -> Iterator[FakeContext]:
    with build_resources({"db": Db(url="held")}) as resources:
        yield FakeContext(resources)


def test_resources_come_from_the_context_or_as_arguments(context: FakeContext) -> None:
    assert call(add, context, 1, 2) == call(add, context, y=1, x=2) == call(add, x=1, y=2, context=context) == "3 held"
    assert call(add_plainly, context, 1, 2) == call(add_plainly, context, x=1, y=2) == "3 held"
    assert call(add, FakeContext(), 1, 2, Db(url="given")) == "3 given"
    assert call(add, FakeContext(), 1, 2, db=Db(url="given")) == "3 given"
    assert call(add_plainly, 1, 2, db=Db(url="given")) == call(add_plainly, 1, 2, Db(url="given")) == "3 given"
    assert call(db_first, context, x=3) == call(db_first, context, 3) == "3 held"
    assert call(db_first, Db(url="given"), 3) == "3 given"


def test_resources_that_are_given_show_on_the_context() -> None:
    def asset(context: FakeContext, db: Db) -> Any:
        return context.resources.db is db

    assert call(asset, FakeContext(), Db(url="x"))


def test_resources_that_are_given_are_open_during_the_call() -> None:
    log: list[str] = []

    @resource
    def logged() -> Iterator[str]:
        log.append("open")
        yield "value"
        log.append("close")

    def asset(db: ResourceParam[str]) -> None:
        log.append(db)

    def several(db: ResourceParam[str]) -> Iterator[int]:
        log.append(db)
        yield 1

    def failing(db: ResourceParam[str]) -> None:
        raise KeyError

    call(asset, logged)
    assert log == ["open", "value", "close"]
    log.clear()
    generator = call(several, db=logged)
    assert log == ["open"]
    assert list(generator) == [1]
    assert log == ["open", "value", "close"]
    log.clear()
    with pytest.raises(KeyError):
        call(failing, logged)
    assert log == ["open", "close"]


def test_config_is_an_object_a_dict_or_the_contexts() -> None:
    def asset(context: Any, orders: int, config: Limits) -> int:
        return orders * config.rows

    def plain(config: Limits, orders: int) -> int:
        return orders * config.rows

    assert call(asset, FakeContext(), 2, Limits(rows=5)) == call(asset, FakeContext(), 2, config={"rows": 5}) == 10
    assert call(asset, FakeContext(), 2) == 6
    assert call(asset, FakeContext(op_config={"rows": 4}), 2) == 8
    assert call(plain, FakeContext(op_config={"rows": 4}), 2) == 8
    with pytest.raises(InvocationError, match="Cannot provide config in both context and kwargs"):
        call(asset, FakeContext(op_config={"rows": 4}), 2, config=Limits())
    with pytest.raises(RunConfigError, match="root:ops:plain:config"):
        call(plain, {"row": 1}, 2)


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "message"),
    [
        (add, (), {}, "'add' has context argument, but no context was provided"),
        (add_plainly, (1, 2), {}, "resource 'db'"),
        (add_plainly, (1,), {"db": "x"}, "required input 'y'"),
        (add_plainly, (1, 2, 3, 4), {}, "Too many"),
        (add_plainly, (1, 2), {"x": 1, "db": "d"}, "by position and by name"),
        (add_plainly, (1, 2), {"db": "d", "z": 1}, "takes no argument 'z'"),
    ],
)
def test_what_is_wrong_is_told(function: Any, args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(InvocationError, match=message):
        call(function, *args, **kwargs)


def test_a_resource_is_not_given_twice(context: FakeContext) -> None:
    with pytest.raises(InvocationError, match="Cannot provide resources in both context and kwargs"):
        call(add, context, 1, 2, db=Db(url="given"))


def test_binding_opens_nothing() -> None:
    bound = bind_arguments(db_first, [Db(url="x"), 1], {}, context_type=FakeContext)
    assert bound.resources == {"db": Db(url="x")}
    assert bound.arguments == {"x": 1}
    assert bound.context is None


def test_no_warning_comes_of_plain_functions() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_parameters(add).resources == ("db",)
        assert list_objects(Resources({"a": 1})) == {"a": 1}
