"""Run config for a model: what its entries mean, and every entry that it does not take, with its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.env_var import EnvVar, IntEnvVar
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.plain_values import is_env_var, is_resource_field, list_fields, strip_optional

_SCALARS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("String", lambda value: isinstance(value, str)),
    int: ("Int", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    float: ("Float", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
    bool: ("Bool", lambda value: isinstance(value, bool)),
}


def read_entries(model: Any, given: Any, *, path: str, problems: list[str]) -> dict[str, Any]:
    """Return what to make an object of a class of config with.

    Args:
        model: A class of config or of resources.
        given: Plain entries.
        path: Where they stand in the run config.
        problems: Gathers what is wrong, one text each.
    """
    if isinstance(given, ConfigModel):
        problems.append(f"Value at path {path} must be a dict, got an object of {type(given).__name__}")
        return {}
    if not isinstance(given, Mapping):
        problems.append(f'Value at path {path} must be dict. Value: "{given!r}"')
        return {}
    fields = {entry: field for entry, field in list_fields(model).items() if not is_resource_field(field)}
    open_ended = model.model_config.get("extra") == "allow"
    values = {}
    for entry, value in given.items():
        at = f"{path}:{entry}"
        if entry in fields:
            field = fields[entry]
            values[entry] = _read(
                field.annotation, value, path=at, problems=problems, discriminator=field.discriminator
            )
        elif open_ended:
            values[entry] = value
        else:
            expected = ", ".join(fields) or "no entries"
            problems.append(f'Received unexpected config entry "{entry}" at path {path}. Expected: {expected}')
    return values


def read_value(annotation: Any, value: Any, *, path: str, problems: list[str]) -> Any:
    """Return a plain value as its annotation means it: members of enums, environment variables, entries of models."""
    return _read(annotation, value, path=path, problems=problems)


def _read(annotation: Any, value: Any, *, path: str, problems: list[str], discriminator: Any = None) -> Any:
    if is_env_var(value):
        form = f'{{"env": "{value.env_var_name}"}}'
        problems.append(
            f"Invalid use of environment variable wrapper. Value at path {path} is wrapped with EnvVar(), which is "
            f"for objects of config and resources; a dict of run config says {form}"
        )
        return value
    inner = strip_optional(annotation)
    if value is None:
        return value
    if _is_env_form(inner, value):
        return IntEnvVar(value["env"]) if inner is int else EnvVar(value["env"])
    if isinstance(discriminator, str):
        return _read_selector(inner, value, discriminator, path=path, problems=problems)
    if inner in _SCALARS:
        return _read_scalar(inner, value, path=path, problems=problems)
    if is_kind(inner, Enum):
        return _read_member(inner, value, path=path, problems=problems)
    if is_kind(inner, ConfigModel):
        return read_entries(inner, value, path=path, problems=problems)
    return _read_several(inner, value, path=path, problems=problems)


def _is_env_form(annotation: Any, value: Any) -> bool:
    """Tell whether {"env": name} stands for a variable: not where a dict is a value of its own."""
    if not (isinstance(value, Mapping) and value.keys() == {"env"} and isinstance(value["env"], str)):
        return False
    holds_dict = annotation in {Any, dict, Mapping} or get_origin(annotation) in {dict, Mapping}
    return not holds_dict and not is_kind(annotation, ConfigModel)


def _read_scalar(kind: Any, value: Any, *, path: str, problems: list[str]) -> Any:
    name, fits = _SCALARS[kind]
    if not fits(value):
        problems.append(
            f'Invalid scalar at path {path}. Value "{value}" of type "{type(value).__name__}" is not valid for '
            f'expected type "{name}"'
        )
    return value


def _read_member(kind: Any, value: Any, *, path: str, problems: list[str]) -> Any:
    if isinstance(value, kind):
        return value
    if isinstance(value, str) and value in kind.__members__:
        return kind.__members__[value]
    if any(value == each.value for each in kind):
        return kind(value)
    problems.append(
        f'Value at path {path} is no name of {kind.__name__}: "{value}". It has {", ".join(kind.__members__)}'
    )
    return value


def _read_several(annotation: Any, value: Any, *, path: str, problems: list[str]) -> Any:
    """Read the entries of a list or a dict, where the annotation says what they are."""
    arguments = get_args(annotation)
    if isinstance(value, (list, tuple)) and len([each for each in arguments if each is not Ellipsis]) == 1:
        return [_read(arguments[0], each, path=f"{path}[{at}]", problems=problems) for at, each in enumerate(value)]
    if isinstance(value, Mapping) and len(arguments) == 2 and get_origin(annotation) is not tuple:
        kind = arguments[0]
        problems.extend(
            f'Key "{key}" at path {path} is not valid for expected type "{_SCALARS[kind][0]}"'
            for key in value
            if kind in _SCALARS and not _SCALARS[kind][1](key)
        )
        return {key: _read(arguments[1], each, path=f"{path}:{key}", problems=problems) for key, each in value.items()}
    return value


def _read_selector(union: Any, value: Any, discriminator: str, *, path: str, problems: list[str]) -> Any:
    """Return {"cat": {"meows": 1}} as what the model is made with, whose field says that it is a cat."""
    choices = list_choices(union, discriminator)
    if isinstance(value, Mapping) and discriminator in value:
        return value
    if not isinstance(value, Mapping) or len(value) != 1:
        problems.append(f"Value at path {path} must have exactly one of the entries {', '.join(choices)}")
        return value
    name, inner = next(iter(value.items()))
    if name not in choices:
        problems.append(f'Received unexpected config entry "{name}" at path {path}. Expected: {", ".join(choices)}')
        return value
    return {**read_entries(choices[name], inner, path=f"{path}:{name}", problems=problems), discriminator: name}


def list_choices(union: Any, discriminator: str) -> dict[Any, Any]:
    """Return the models of a union by the values of the field that tells them apart."""
    found = {}
    for model in get_args(union):
        field = model.model_fields.get(discriminator)
        if field is not None and get_origin(field.annotation) is Literal:
            found.update(dict.fromkeys(get_args(field.annotation), model))
    return found
