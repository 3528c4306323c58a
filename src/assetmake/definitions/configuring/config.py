"""Config and PermissiveConfig: models of an asset's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
)

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.entries import list_choices
from assetmake.definitions.configuring.kinds import ConfigModel, ResourceFactory
from assetmake.definitions.configuring.models import read_model, resolve_model
from assetmake.definitions.configuring.plain_values import list_fields, permits_none, strip_optional
from assetmake.definitions.configuring.schema_types import Field, describe_model
from assetmake.definitions.configuring.unsettled import is_unsettled, validate_settled
from assetmake.errors import DefinitionError, InvocationError


class Config(BaseModel, ConfigModel):
    """A model of configuration: its fields are pydantic's, its objects do not change.

    A field whose type permits None is None where nothing is given. A value that holds an `EnvVar` is validated when a
    run starts, and the variable is read.

    Example:
        >>> class Limits(Config):
        ...     rows: int = 10
        >>> Limits(rows=3).rows
        3
    """

    model_config = ConfigDict(
        frozen=True, arbitrary_types_allowed=True, ignored_types=(cached_property,), protected_namespaces=()
    )

    def __init__(self, **values: Any) -> None:
        fields = list_fields(type(self))
        given = {entry: _prepare(fields[entry], value) if entry in fields else value for entry, value in values.items()}
        for entry, field in fields.items():
            if isinstance(field.default, Field):
                raise DefinitionError(
                    f"{type(self).__name__}.{entry}: Field is for config_schema= and not supported within a model. "
                    "Did you mean to use 'pydantic.Field' instead?"
                )
            if entry not in given and field.is_required() and permits_none(field.annotation):
                given[entry] = None
        if any(is_unsettled(fields[entry], value) for entry, value in given.items() if entry in fields):
            validate_settled(self, given)
        else:
            super().__init__(**given)

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except ValidationError:
            noun = "resource" if isinstance(self, ResourceFactory) else "config class"
            raise InvocationError(
                f"'{type(self).__name__}' is a Pythonic {noun} and does not support item assignment, as it inherits "
                "from 'pydantic.BaseModel' with frozen=True. If trying to maintain state on this resource, consider "
                "building a separate, stateful client class, and provide a method on the resource to construct and "
                "return the stateful client.",
                hint="or keep it in a private attribute (pydantic.PrivateAttr)",
            ) from None

    @classmethod
    def __assetmake_read__(cls, given: Any, *, path: str) -> Self:
        return resolve_model(given, path=path) if isinstance(given, cls) else read_model(cls, given, path=path)

    @classmethod
    def to_config_schema(cls) -> type[Self]:
        """Return what `config_schema=` takes for this model: the model."""
        return cls

    @classmethod
    def to_fields_dict(cls) -> dict[str, Field]:
        """Return the fields as `config_schema=` takes them in a dict."""
        return describe_model(cls)


class PermissiveConfig(Config):
    """A Config that takes entries beyond its fields.

    Example:
        >>> PermissiveConfig(anything=1).anything
        1
    """

    model_config = ConfigDict(extra="allow")


def _prepare(field: Any, value: Any) -> Any:
    """Read what pydantic would not: the name of an enum's member, and a choice written as a dict of one entry."""
    inner = strip_optional(field.annotation)
    if is_kind(inner, Enum) and isinstance(value, str) and value in inner.__members__:
        return value if any(value == each.value for each in inner) else inner.__members__[value]
    if isinstance(field.discriminator, str) and isinstance(value, Mapping) and len(value) == 1:
        name, given = next(iter(value.items()))
        if name in list_choices(inner, field.discriminator) and isinstance(given, Mapping):
            return {**given, field.discriminator: name}
    return value
