"""Reads config by a schema: applies defaults, reads environment variables, and tells each wrong entry with its path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from assetmake.definitions.configuring import schema_types as types
from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.entries import read_entries
from assetmake.definitions.configuring.env_var import EnvVar, are_variables_kept, read_variable
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.plain_values import is_env_var
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.errors import RunConfigError

_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}


def read_by_schema(schema: Any, given: Any, *, path: str, about: str) -> Any:
    """Return plain config as a schema wants it; `Missing` means that nothing is given.

    Raises:
        RunConfigError: an entry is missing, unknown or of the wrong type; `about` says what is configured.
    """
    problems: list[str] = []
    field = types.read_field(schema)
    value = given
    if given is Missing:
        value = field.default_value
        if value is Missing:
            if not field.is_required:
                return None
            value = _stand_in(field.config_type)
    read = _read(field.config_type, value, path, problems)
    if problems:
        raise RunConfigError("\n    ".join([f"Error in config for {about}", *problems]))
    return read


def _stand_in(kind: Any) -> Any:
    """Return {} for a dict of fields, so that each missing field is told by name."""
    return {} if isinstance(kind, (types.Shape, types.Permissive)) or is_kind(kind, ConfigModel) else Missing


def _read(kind: Any, value: Any, path: str, problems: list[str]) -> Any:
    if value is Missing:
        above, _, entry = path.rpartition(":")
        problems.append(f'Missing required config entry "{entry}" at path {above or "root"}')
        return None
    if is_kind(kind, types.Scalar):
        return _read_scalar(kind, value, path, problems)
    if is_kind(kind, ConfigModel):
        return _read_model(kind, value, path, problems)
    match kind:
        case types.Noneable():
            return None if value is None else _read(kind.inner, value, path, problems)
        case types.Array():
            return _read_list(kind, value, path, problems)
        case types.Map():
            return _read_map(kind, value, path, problems)
        case types.Shape() | types.Permissive():
            return _read_fields(kind, value, path, problems)
        case types.Selector():
            return _read_choice(kind, value, path, problems)
        case types.Enum():
            return _read_member(kind, value, path, problems)
        case types.ScalarUnion():
            several = isinstance(value, (dict, list))
            return _read(kind.other if several else kind.scalar, value, path, problems)
    return read_variable(value, path=path) if is_env_var(value) else value


def _read_model(model: Any, value: Any, path: str, problems: list[str]) -> Any:
    """Return the entries of a Config class, defaults among them, and no object of it."""
    read = read_entries(model, value, path=path, problems=problems)
    for entry, field in types.describe_model(model).items():
        if entry not in read and field.is_required:
            problems.append(f'Missing required config entry "{entry}" at path {path}')
        read.setdefault(entry, field.default_value)
    return {
        entry: read_variable(each, path=f"{path}:{entry}") if is_env_var(each) else each for entry, each in read.items()
    }


def _read_scalar(kind: type[types.Scalar], value: Any, path: str, problems: list[str]) -> Any:
    if is_env_var(value):
        value = {"env": value.env_var_name}
    elif not kind.source and isinstance(value, Mapping):
        return _refuse_scalar(kind, value, path, problems)
    if isinstance(value, Mapping) and value.keys() == {"env"}:
        return _read_variable(kind, str(value["env"]), path, problems)
    fits = isinstance(value, kind.kinds) and (isinstance(value, bool) == (bool in kind.kinds))
    return value if fits else _refuse_scalar(kind, value, path, problems)


def _refuse_scalar(kind: type[types.Scalar], value: Any, path: str, problems: list[str]) -> Any:
    problems.append(
        f'Invalid scalar at path {path}. Value "{value}" of type "{type(value).__name__}" is not valid for expected '
        f'type "{kind.__name__}"'
    )
    return value


def _read_variable(kind: type[types.Scalar], name: str, path: str, problems: list[str]) -> Any:
    if are_variables_kept():
        return EnvVar(name)
    text = os.environ.get(name)
    if text is None:
        problems.append(
            f'You have attempted to fetch the environment variable "{name}" which is not set. It is asked for at '
            f"path {path}"
        )
        return None
    try:
        if bool in kind.kinds and text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        return text if str in kind.kinds else kind.kinds[0](text)
    except ValueError:
        problems.append(f'The value of the environment variable "{name}" at path {path} is no {kind.__name__}')
        return None


def _read_list(kind: types.Array, value: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(value, list):
        problems.append(f"Value at path {path} must be list. Expected: a list, got {type(value).__name__}")
        return value
    return [_read(kind.inner, each, f"{path}[{at}]", problems) for at, each in enumerate(value)]


def _read_map(kind: types.Map, value: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        return _refuse_dict(value, path, problems)
    return {
        _read(kind.key, key, f"{path}:{key}", problems): _read(kind.inner, each, f"{path}:{key}", problems)
        for key, each in value.items()
    }


def _refuse_dict(value: Any, path: str, problems: list[str]) -> Any:
    problems.append(f"Value at path {path} must be dict, got {type(value).__name__}")
    return value


def _read_fields(kind: types.Shape | types.Permissive, value: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        return _refuse_dict(value, path, problems)
    read = {}
    for entry, field in kind.fields.items():
        if entry in value:
            read[entry] = _read(field.config_type, value[entry], f"{path}:{entry}", problems)
        elif field.is_required:
            problems.append(f'Missing required config entry "{entry}" at path {path}')
        elif field.default_provided:
            read[entry] = _read(field.config_type, field.default_value, f"{path}:{entry}", problems)
    for entry in value.keys() - kind.fields.keys():
        if isinstance(kind, types.Permissive):
            read[entry] = value[entry]
        else:
            expected = ", ".join(kind.fields) or "no entries"
            problems.append(f'Received unexpected config entry "{entry}" at path {path}. Expected: {expected}')
    return read


def _read_choice(kind: types.Selector, value: Any, path: str, problems: list[str]) -> Any:
    if isinstance(value, str) and value in kind.fields:
        value = {value: kind.fields[value].default_value}
    names = ", ".join(kind.fields)
    if not isinstance(value, Mapping) or len(value) != 1:
        problems.append(f"Value at path {path} must have exactly one of the entries {names}")
        return value
    entry, inner = next(iter(value.items()))
    if entry not in kind.fields:
        problems.append(f'Received unexpected config entry "{entry}" at path {path}. Expected: {names}')
        return value
    return {entry: _read(kind.fields[entry].config_type, inner, f"{path}:{entry}", problems)}


def _read_member(kind: types.Enum, value: Any, path: str, problems: list[str]) -> Any:
    for each in kind.enum_values:
        if value in (each.config_value, each.python_value):
            return each.python_value
    names = ", ".join(each.config_value for each in kind.enum_values)
    problems.append(f'Value at path {path} not in enum type {kind.name} got "{value}". It has {names}')
    return value
