"""EnvVar: a name that becomes a value in a run, and only there."""

from __future__ import annotations

import pickle

import pytest

from assetmake import EnvVar
from assetmake.definitions.configuring.env_var import read_variable
from assetmake.errors import RunConfigError


def test_it_has_a_name_and_no_value() -> None:
    variable = EnvVar("PORT")
    assert variable.env_var_name == "PORT"
    with pytest.raises(RuntimeError, match="Attempted to directly retrieve environment variable"):
        str(variable)
    with pytest.raises(RuntimeError, match="PORT"):
        f"port {variable}"
    with pytest.raises(RuntimeError, match="PORT"):
        "port " + variable


@pytest.mark.parametrize("use", [int, str, "{}".format])
def test_a_number_is_no_number_yet(use: object) -> None:
    with pytest.raises(RuntimeError, match="PORT"):
        use(EnvVar.int("PORT"))  # type: ignore[operator]


def test_the_value_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "80")
    monkeypatch.delenv("NO_PORT", raising=False)
    assert EnvVar("PORT").get_value() == "80"
    assert EnvVar.int("PORT").get_value() == 80
    assert EnvVar("NO_PORT").get_value() is None
    assert EnvVar.int("NO_PORT").get_value(default=3) == 3


def test_numbers_are_told_apart_by_name() -> None:
    assert EnvVar.int("A") == EnvVar.int("A")
    assert EnvVar.int("A") != EnvVar.int("B")
    assert EnvVar.int("A") != 0
    assert len({EnvVar.int("A"), EnvVar.int("A"), EnvVar.int("B")}) == 2


@pytest.mark.parametrize("variable", [EnvVar("A"), EnvVar.int("A")], ids=["text", "number"])
def test_it_goes_to_another_process_as_a_name(variable: EnvVar) -> None:
    copy = pickle.loads(pickle.dumps(variable))
    assert type(copy) is type(variable)
    assert copy == variable
    assert copy.env_var_name == "A"


def test_what_is_not_there_is_told_with_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PORT", raising=False)
    with pytest.raises(RunConfigError, match=r'variable "NO_PORT" which is not set. .*root:db:port'):
        read_variable(EnvVar("NO_PORT"), path="root:db:port")
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(RunConfigError, match=r'"PORT" cannot be coerced into an int. .*root:db:port'):
        read_variable(EnvVar.int("PORT"), path="root:db:port")
