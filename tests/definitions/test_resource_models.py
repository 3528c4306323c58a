"""ConfigurableResource: opened for a run with its config, its nested resources and its lifecycle."""

from __future__ import annotations

import contextlib
import pickle
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from typing import Any

import pytest
from pydantic import PrivateAttr, ValidationError

from assetmake import (
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    ConfigurableLegacyIOManagerAdapter,
    ConfigurableResource,
    ConfigurableResourceFactory,
    EnvVar,
    IAttachDifferentObjectToOpContext,
    InitResourceContext,
    IOManager,
    IOManagerDefinition,
    ResourceDependency,
    RunConfig,
    build_init_resource_context,
    build_resources,
    io_manager,
)
from assetmake.definitions.configuring.opening import check_resources, open_resources, plan_resources
from assetmake.definitions.configuring.resource import ConfigurableLegacyResourceAdapter
from assetmake.definitions.configuring.resource_definition import ResourceDefinition, resource
from assetmake.definitions.configuring.resources import list_objects, restrict_resources
from assetmake.errors import (
    DefinitionError,
    InvariantError,
    InvocationError,
    ResourceFunctionError,
    RunConfigError,
    UnknownResourceError,
)

LOG: list[str] = []


@pytest.fixture(autouse=True)
def empty_log() -> Iterator[None]:
    LOG.clear()
    yield
    LOG.clear()


class Login(ConfigurableResource):
    user: str
    password: str = "none"
    _token: str = PrivateAttr()

    def setup_for_execution(self, context: InitResourceContext) -> None:
        self._token = f"{self.user}:{self.password}"
        LOG.append(f"open {self._token} {context.resource_config}")

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        LOG.append(f"close {self._token}")

    @property
    def token(self) -> str:
        return self._token


class Store(ConfigurableResource):
    login: Login
    bucket: str = "b"

    def setup_for_execution(self, context: InitResourceContext) -> None:
        LOG.append(f"open store with {self.login.token} {context.resource_config}")


class Outer(ConfigurableResource):
    store: Store


class Client:
    def __enter__(self) -> Client:
        raise AssertionError("nobody asked for this")

    def __exit__(self, *error: object) -> None: ...


def test_nested_resources_are_open_before_and_closed_after() -> None:
    with open_resources({"store": Store(login=Login(user="me"))}) as resources:
        assert resources.store.login.token == "me:none"
        LOG.append("run")
    assert LOG == [
        "open me:none {'user': 'me', 'password': 'none'}",
        "open store with me:none {'bucket': 'b'}",
        "run",
        "close me:none",
    ]


def test_each_run_has_objects_of_its_own() -> None:
    class Counted(ConfigurableResource):
        rows: int

        @cached_property
        def made(self) -> list[int]:
            return [self.rows]

    declared = Counted(rows=1)
    assert declared.made == [1]
    with open_resources({"counted": declared}) as first, open_resources({"counted": declared}) as second:
        assert first.counted.made is first.counted.made
        assert first.counted.made is not second.counted.made
        assert first.counted.made is not declared.made


def test_environment_variables_are_read_when_the_run_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = Store(login=Login(user=EnvVar("USER_NAME")), bucket=EnvVar("BUCKET"))
    monkeypatch.setenv("USER_NAME", "you")
    monkeypatch.setenv("BUCKET", "deep")
    with open_resources({"store": declared}) as resources:
        assert (resources.store.bucket, resources.store.login.user) == ("deep", "you")
    monkeypatch.delenv("USER_NAME")
    with (
        pytest.raises(RunConfigError, match=r'"USER_NAME" which is not set. .*root:resources:store:config:login:user'),
        open_resources({"store": declared}),
    ):
        pass
    assert LOG[-1] == "close you:none"


def test_run_config_overrides_what_was_given() -> None:
    declared = {"login": Login(user="me", password="p")}
    for given in (
        RunConfig(resources={"login": Login(user="you", password="p")}),
        {"resources": {"login": {"config": {"user": "you"}}}},
    ):
        with open_resources(declared, run_config=given) as resources:
            assert resources.login.token == "you:p"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"login": {"config": {"usr": "x"}}}, 'unexpected config entry "usr" at path root:resources:login:config'),
        ({"login": {"config": {"user": 1}}}, "root:resources:login:config:user"),
        ({"logins": {"config": {}}}, 'unexpected config entry "logins" at path root:resources'),
        ({}, 'Missing required config entry "user" at path root:resources:login:config'),
    ],
)
def test_config_is_checked_before_anything_is_opened(given: dict[str, Any], message: str) -> None:
    declared = {"first": Login(user="me"), "login": Login.configure_at_launch(password="p")}
    with pytest.raises(RunConfigError, match=message), open_resources(declared, run_config={"resources": given}):
        pass
    assert LOG == []


def test_what_is_configured_at_launch_is_shared_by_those_that_hold_it() -> None:
    login = Login.configure_at_launch()
    declared = {"a": Store(login=login), "b": Store(login=login), "key": login, "other": Login(user="unneeded")}
    given = {"resources": {"key": {"config": {"user": "me"}}}}
    with open_resources(declared, run_config=given, needed=["a", "b"]) as resources:
        assert resources.a.login is resources.b.login
        with pytest.raises(UnknownResourceError, match="Unknown resource `key`"):
            _ = resources.key
    assert [line.split(" {")[0] for line in LOG] == [
        "open me:none",
        "open store with me:none",
        "open store with me:none",
        "close me:none",
    ]


def test_run_config_reaches_a_nested_resource_that_is_configured_at_launch() -> None:
    login = Login.configure_at_launch()
    store = Store.configure_at_launch(login=login)
    given = {"resources": {"login": {"config": {"user": "me"}}, "store": {"config": {"bucket": "deep"}}}}
    with open_resources({"login": login, "store": store}, run_config=given, needed=["store"]) as resources:
        assert (resources.store.bucket, resources.store.login.user) == ("deep", "me")


def test_a_nested_resource_that_is_not_configured_has_to_be_declared() -> None:
    declared = {"store": Store(login=Login.configure_at_launch())}
    with pytest.raises(DefinitionError, match=r"Store.login. Any partially configured, nested resources must be"):
        plan_resources(declared)
    with pytest.raises(DefinitionError, match=r"Failed to resolve resource nested at Store.login"):
        check_resources({"outer": Outer(store=declared["store"])}, {})
    with pytest.raises(DefinitionError, match=r"Failed to resolve resource nested at Store.login"):
        check_resources({"store": Store.configure_at_launch(login=Login.configure_at_launch())}, {})
    login = Login.configure_at_launch()
    check_resources({"store": Store(login=login), "login": login}, {"orders": ["store"]})


def test_what_is_missing_is_told_with_who_needs_it() -> None:
    with pytest.raises(DefinitionError, match=r"resource with key 'db' required was not provided. .* login"):
        plan_resources({"login": Login(user="x")}, needed=["db"])
    with pytest.raises(DefinitionError, match="resource with key 'db' required by op 'orders' was not provided"):
        check_resources({"login": 1}, {"customers": ["login"], "orders": ["login", "db"]})


def test_a_dependency_is_what_the_resource_gives() -> None:
    class Greeting(ConfigurableResourceFactory[str]):
        name: str

        def create_resource(self, context: InitResourceContext) -> Any:
            LOG.append("open")
            yield f"hello {self.name}"
            LOG.append("close")

    class Card(ConfigurableResource):
        text: ResourceDependency[str]
        plain: ResourceDependency[Client]
        later: ResourceDependency["NotYet"]  # noqa: F821, UP037 - a class that nobody finds

    @resource
    def made(context: InitResourceContext) -> Iterator[str]:
        LOG.append("make")
        yield "made"
        LOG.append("unmake")

    client = Client()
    with open_resources({"card": Card(text=Greeting(name="you"), plain=client, later=made)}) as resources:
        assert (resources.card.text, resources.card.plain, resources.card.later) == ("hello you", client, "made")
    assert LOG == ["open", "make", "unmake", "close"]
    with open_resources({"card": Card(text="plain", plain=client, later="x")}) as resources:
        assert resources.card.text == "plain"


def test_optional_and_abstract_resources_nest() -> None:
    class Writer(ConfigurableResource, ABC):
        @abstractmethod
        def write(self, text: str) -> str: ...

    class Prefixed(Writer):
        prefix: str

        def write(self, text: str) -> str:
            return self.prefix + text

    class Twice(Writer):
        inner: Writer | None
        store: Store | None = None

        def write(self, text: str) -> str:
            return (self.inner.write(text) if self.inner else text) * 2

    with pytest.raises(TypeError):
        Writer()  # type: ignore[abstract]
    declared = {"full": Twice(inner=Prefixed(prefix="> ")), "empty": Twice(), "none": Twice(inner=None)}
    with open_resources(declared) as resources:
        assert resources.full.write("x") == "> x> x"
        assert resources.empty.write("x") == resources.none.write("x") == "xx"


def test_a_model_may_be_validated_from_dicts() -> None:
    assert Store.model_validate({"login": {"user": "me"}, "bucket": "c"}) == Store(login=Login(user="me"), bucket="c")
    with pytest.raises(ValidationError):
        Store(login=3)


def test_yield_for_execution_replaces_the_lifecycle() -> None:
    class Yielding(ConfigurableResource):
        @contextlib.contextmanager
        def yield_for_execution(self, context: InitResourceContext) -> Iterator[Any]:
            LOG.append("before")
            yield self
            LOG.append("after")

    with pytest.raises(KeyError), open_resources({"a": Yielding(), "b": Login(user="x")}):
        raise KeyError
    assert LOG == ["before", "open x:none {'user': 'x', 'password': 'none'}", "close x:none", "after"]


def test_yield_for_execution_may_be_asynchronous() -> None:
    class Later(ConfigurableResource):
        @contextlib.asynccontextmanager  # type: ignore[arg-type]
        async def yield_for_execution(self, context: InitResourceContext) -> AsyncIterator[str]:
            LOG.append("before")
            yield "value"
            LOG.append("after")

    with open_resources({"later": Later()}) as resources:
        assert resources.later == "value"
    assert LOG == ["before", "after"]


def test_what_fails_to_open_closes_what_is_open() -> None:
    class Failing(ConfigurableResource):
        def setup_for_execution(self, context: InitResourceContext) -> None:
            raise OSError("no network")

        def teardown_after_execution(self, context: InitResourceContext) -> None:
            LOG.append("never")

    with (
        pytest.raises(ResourceFunctionError, match="Error executing resource_fn on ResourceDefinition bad") as caught,
        open_resources({"good": Login(user="x"), "bad": Failing()}),
    ):
        pass
    assert isinstance(caught.value.__cause__, OSError)
    assert LOG[-1] == "close x:none"


def test_what_fails_to_close_is_reported_and_stops_nothing() -> None:
    class Failing(ConfigurableResource):
        def teardown_after_execution(self, context: InitResourceContext) -> None:
            raise OSError("gone")

    said: list[str] = []
    with open_resources({"good": Login(user="x"), "bad": Failing()}, report=said.append):
        pass
    assert said == ["Teardown of resources ['bad', 'good'] failed: OSError: gone"]
    assert LOG[-1] == "close x:none"


def test_a_resource_knows_its_context_only_when_it_is_open() -> None:
    class Asking(ConfigurableResource):
        rows: int = 1

        def ask(self) -> Any:
            return self.get_resource_context().resource_config

    class Holding(ConfigurableResource):
        asking: Asking

    with pytest.raises(InvariantError, match="Attempted to get context before resource was initialized"):
        Asking().ask()
    assert Asking().with_replaced_resource_context(build_init_resource_context({"rows": 4})).ask() == {"rows": 4}
    with open_resources({"holding": Holding(asking=Asking(rows=2))}) as resources:
        assert resources.holding.asking.ask() == {"rows": 2}


def test_another_object_may_be_shown_on_the_context() -> None:
    class Made(ConfigurableResource, IAttachDifferentObjectToOpContext):
        def get_object_to_set_on_execution_context(self) -> object:
            return "shown"

    with open_resources({"made": Made(), "other": 1}) as resources:
        assert resources.made == "shown"
        assert isinstance(list_objects(resources)["made"], Made)
        only = restrict_resources(resources, ["other", "unknown"])
        assert not hasattr(only, "made")
        assert only._asdict() == {"other": 1}


def test_a_resource_can_be_opened_outside_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain(ConfigurableResource):
        user: str

    monkeypatch.setenv("USER_NAME", "you")
    assert Plain(user=EnvVar("USER_NAME")).process_config_and_initialize().user == "you"
    assert Plain.from_resource_context(build_init_resource_context({"user": "me"})).user == "me"
    with pytest.raises(InvariantError, match="Use process_config_and_initialize_cm"):
        Login(user="x").process_config_and_initialize()
    with pytest.raises(InvariantError, match="Use from_resource_context_cm"):
        Login.from_resource_context(build_init_resource_context({"user": "x"}))
    with Store(login=Login(user=EnvVar("USER_NAME"))).process_config_and_initialize_cm() as store:
        assert store.login.token == "you:none"
    with Login.from_resource_context_cm(build_init_resource_context({"user": "x"})) as login:
        assert login.token == "x:none"
    assert [line.split(" ")[0] for line in LOG] == ["open", "open", "close", "open", "close"]


def test_a_resource_does_not_change() -> None:
    with pytest.raises(InvocationError, match="'Login' is a Pythonic resource and does not support item assignment"):
        Login(user="x").user = "y"


class Kept(IOManager):
    def __init__(self, where: str) -> None:
        self.where = where

    def handle_output(self, context: Any, obj: Any) -> None:
        LOG.append(f"keep {obj} in {self.where}")

    def load_input(self, context: Any) -> Any:
        return self.where


def test_io_managers_are_resources() -> None:
    @io_manager(config_schema={"where": str})
    def by_function(context: InitResourceContext) -> Kept:
        return Kept(context.resource_config["where"])

    class Made(ConfigurableIOManagerFactory):
        where: str

        def create_io_manager(self, context: InitResourceContext) -> Kept:
            return Kept(self.where)

    class Own(ConfigurableIOManager):
        where: str
        other: ResourceDependency[IOManager]

        def handle_output(self, context: Any, obj: Any) -> None:
            self.other.handle_output(context, obj)

        def load_input(self, context: Any) -> Any:
            return self.where

    class Adapted(ConfigurableLegacyIOManagerAdapter):
        where: str

        @property
        def wrapped_io_manager(self) -> IOManagerDefinition:
            return by_function

    declared = {
        "function": by_function.configured({"where": "f"}),
        "made": Made(where="m"),
        "own": Own(where="o", other=Made(where="inner")),
        "adapted": Adapted(where="a"),
        "launch": Own.configure_at_launch(where="l", other=Kept("x")),
        "plain": Kept("p"),
        "fixed": IOManagerDefinition.hardcoded_io_manager(Kept("h")),
    }
    with open_resources(declared) as resources:
        for name, letter in zip(declared, "fmoalph", strict=True):
            assert isinstance(getattr(resources, name), IOManager)
            assert getattr(resources, name).load_input(None) == letter
        resources.own.handle_output(None, 1)
    assert LOG == ["keep 1 in inner"]


def test_a_function_may_make_what_a_model_configures() -> None:
    @resource(config_schema={"prefix": str})
    def writer(context: InitResourceContext) -> str:
        return context.resource_config["prefix"] + "!"

    class Writer(ConfigurableLegacyResourceAdapter):
        prefix: str

        @property
        def wrapped_resource(self) -> ResourceDefinition:
            return writer

    with build_resources({"writer": Writer(prefix=">")}) as resources:
        assert resources.writer == ">!"


def test_an_open_resource_goes_to_another_process_without_its_run() -> None:
    with open_resources({"login": Login(user="me"), "other": object()}) as resources:
        copy = pickle.loads(pickle.dumps(resources.login))
        assert copy.token == "me:none"
        with pytest.raises(InvariantError, match="before resource was initialized"):
            copy.get_resource_context()


def test_nothing_given_is_no_config() -> None:
    given = {"resources": {"login": {"config": None}, "other": {}}}
    with open_resources(
        {"login": Login(user="me"), "other": Login.configure_at_launch(user="x")}, run_config=given
    ) as opened:
        assert (opened.login.user, opened.other.user) == ("me", "x")
    with pytest.raises(RunConfigError, match="plain object, which takes no config"):
        plan_resources({"plain": 1}, run_config={"resources": {"plain": {"config": 2}}})
