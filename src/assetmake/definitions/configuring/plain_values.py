"""Between models and plain values: what was given to a model, and how config shows and writes it."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

from assetmake.definitions.configuring.annotations import ResourceMark, is_kind, is_marked
from assetmake.definitions.configuring.env_var import EnvVar, IntEnvVar
from assetmake.definitions.configuring.kinds import ConfigModel, Openable


def strip_optional(annotation: Any) -> Any:
    """Return T for Annotated[T, ...] and T | None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {Union, types.UnionType}:
        rest = [each for each in get_args(annotation) if each is not type(None)]
        if len(rest) == 1:
            return strip_optional(rest[0])
    return annotation


def permits_none(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, types.UnionType} and type(None) in get_args(annotation)


def list_fields(model: Any) -> dict[str, Any]:
    """Return the fields of a class of config by the name of their entry, which may be an alias."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def is_resource_field(field: Any) -> bool:
    """Tell whether a field of a resource holds another resource."""
    return (
        any(isinstance(each, ResourceMark) for each in field.metadata)
        or any(is_marked(each) for each in (field.annotation, *get_args(field.annotation)))
        or is_kind(strip_optional(field.annotation), Openable)
    )


def is_env_var(value: Any) -> bool:
    return isinstance(value, (EnvVar, IntEnvVar))


def has_env_vars(value: Any) -> bool:
    """Tell whether a value holds environment variables; nested resources look after their own."""
    if is_env_var(value):
        return True
    if isinstance(value, Openable):
        return False
    if isinstance(value, ConfigModel):
        return any(has_env_vars(each) for _, _, each in _list_values(value))
    if isinstance(value, Mapping):
        return any(has_env_vars(each) for each in value.values())
    return isinstance(value, (list, tuple)) and any(has_env_vars(each) for each in value)


def list_given(model: Any) -> dict[str, Any]:
    """Return what was given to a model, by entry; defaults only where they are environment variables."""
    return {
        entry: value
        for name, entry, value in _list_values(model)
        if name in model.model_fields_set or has_env_vars(value)
    }


def _list_values(model: Any) -> Iterator[tuple[str, str, Any]]:
    for name, field in type(model).model_fields.items():
        yield name, field.alias or name, getattr(model, name)
    for name, value in (model.model_extra or {}).items():
        yield name, name, value


def make_plain(value: Any) -> Any:
    """Return config as `resource_config` shows it: dicts, lists and scalars, without nested resources."""
    if isinstance(value, ConfigModel):
        return {
            entry: make_plain(each)
            for name, entry, each in _list_values(value)
            if not isinstance(each, Openable) and not _holds_resource(value, name)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: make_plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [make_plain(each) for each in value]
    return value


def write_run_config(value: Any, *, discriminator: Any = None) -> Any:
    """Return config as run config writes it: enums by name, environment variables as {"env": name}."""
    if is_env_var(value):
        return {"env": value.env_var_name}
    if isinstance(value, ConfigModel):
        fields = type(value).model_fields  # type: ignore[attr-defined]
        written = {
            entry: write_run_config(each, discriminator=fields[name].discriminator if name in fields else None)
            for name, entry, each in _list_values(value)
            if not _holds_resource(value, name)
            and not (each is None and name in fields and fields[name].default is None)
        }
        return {written.pop(discriminator): written} if discriminator in written else written
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Mapping):
        return {key: write_run_config(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [write_run_config(each) for each in value]
    return value


def _holds_resource(model: Any, name: str) -> bool:
    field = type(model).model_fields.get(name)
    return field is not None and is_resource_field(field)
