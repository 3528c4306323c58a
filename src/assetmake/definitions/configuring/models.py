"""Makes objects of models from what a run gives: entries read, environment variables resolved, errors with paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.entries import read_entries
from assetmake.definitions.configuring.env_var import are_variables_kept, read_variable
from assetmake.definitions.configuring.kinds import ConfigModel, Openable
from assetmake.definitions.configuring.plain_values import (
    has_env_vars,
    is_env_var,
    is_resource_field,
    list_fields,
    list_given,
)
from assetmake.errors import RunConfigError

M = TypeVar("M", bound=BaseModel)


def read_model(kind: type[M], given: Mapping[str, Any], *, path: str, before: Mapping[str, Any] | None = None) -> M:
    """Return an object of a model made with run config.

    Args:
        kind: The model.
        given: Plain entries.
        path: Where they stand in the run config.
        before: Values that hold where run config says nothing.

    Raises:
        RunConfigError: an entry is unknown, missing or wrong; the message has the path of each.
    """
    problems: list[str] = []
    values = read_entries(kind, given, path=path, problems=problems)
    if problems:
        raise _list_problems(problems)
    for entry, field in list_fields(kind).items():
        if entry not in values and entry not in (before or {}) and field.is_required() and makes_itself(field):
            values[entry] = {}
    return build_model(kind, {**(before or {}), **values}, path=path)


def makes_itself(field: Any) -> bool:
    """Tell whether a field holds a model that can be made of nothing, so that nothing needs to be given for it."""
    inner = field.annotation
    if not is_kind(inner, ConfigModel) or is_resource_field(field):
        return False
    return all(not each.is_required() or makes_itself(each) for each in inner.model_fields.values())


def build_model(kind: type[M], values: Mapping[str, Any], *, path: str) -> M:
    """Return an object of a model with these values, environment variables read now.

    Raises:
        RunConfigError: the model does not take the values, or a variable is not set.
    """
    resolved = {entry: resolve_value(value, path=f"{path}:{entry}") for entry, value in values.items()}
    try:
        made = kind(**resolved)
        return resolve_model(made, path=path)
    except ValidationError as error:
        raise _list_problems(_tell_problems(error, path=path)) from None


def resolve_model(model: M, *, path: str) -> M:
    """Return a model without environment variables: itself where it has none, else one that is made again.

    Raises:
        RunConfigError: a variable is not set, or its value does not fit.
    """
    if are_variables_kept() or not has_own_variables(model):
        return model
    return build_model(type(model), list_given(model), path=path)


def has_own_variables(model: BaseModel) -> bool:
    return any(has_env_vars(value) for value in list_given(model).values())


def resolve_value(value: Any, *, path: str) -> Any:
    """Return a value with the environment variables in it read now; nested resources look after their own."""
    if is_env_var(value):
        return read_variable(value, path=path)
    if isinstance(value, Openable) or not has_env_vars(value):
        return value
    if isinstance(value, ConfigModel) and isinstance(value, BaseModel):
        return resolve_model(value, path=path)
    if isinstance(value, Mapping):
        return {key: resolve_value(each, path=f"{path}:{key}") for key, each in value.items()}
    return type(value)(resolve_value(each, path=f"{path}[{at}]") for at, each in enumerate(value))


def _tell_problems(error: ValidationError, *, path: str) -> list[str]:
    problems = []
    for each in error.errors(include_url=False, include_input=False):
        at = ":".join([path, *(str(part) for part in each["loc"])])
        if each["type"] == "missing":
            above, _, entry = at.rpartition(":")
            problems.append(f'Missing required config entry "{entry}" at path {above}')
        else:
            problems.append(f"Invalid value at path {at}: {each['msg']}")
    return problems


def _list_problems(problems: list[str]) -> RunConfigError:
    return RunConfigError("\n    ".join(["Error in config", *problems]))
