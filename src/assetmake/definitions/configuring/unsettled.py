"""Validates a model of which some values are only known in a run: they are kept as they are, the others are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel
from pydantic_core import SchemaValidator, core_schema

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import ConfigModel, Openable
from assetmake.definitions.configuring.plain_values import has_env_vars, is_resource_field, strip_optional

_VALIDATORS: WeakKeyDictionary[type[BaseModel], SchemaValidator] = WeakKeyDictionary()


def is_unsettled(field: Any, value: Any) -> bool:
    """Tell whether a value of a field is only known in a run: it holds environment variables, or makes a resource."""
    if isinstance(value, Openable):
        return is_resource_field(field) and not isinstance(value, BaseModel)
    if isinstance(value, ConfigModel):
        return False
    # The entries of a nested model are looked at when the nested model is made.
    return has_env_vars(value) and not (
        isinstance(value, Mapping) and is_kind(strip_optional(field.annotation), ConfigModel)
    )


def validate_settled(model: BaseModel, values: Mapping[str, Any]) -> None:
    """Fill a model that is being made; what is unsettled is kept, and no validator of the user's sees it.

    Raises:
        ValidationError: another value does not fit.
    """
    kind = type(model)
    if kind not in _VALIDATORS:
        kind.model_rebuild()
        _VALIDATORS[kind] = _make_validator(kind.__pydantic_core_schema__, kind)
    read, extra, names = _VALIDATORS[kind].validate_python(dict(values))
    entries = {kind.model_fields[name].alias or name: value for name, value in read.items()}
    made = kind.model_construct(names, **entries, **(extra or {}))
    model.__setstate__(made.__getstate__())


def _make_validator(schema: Any, kind: type[BaseModel]) -> SchemaValidator:
    """Return a validator of a model's fields, without the model around them, that lets unsettled values pass."""
    definitions: list[Any] = []
    config = None
    while schema["type"] != "model-fields":
        definitions += schema.get("definitions", ())
        if schema["type"] == "definition-ref":
            schema = next(each for each in definitions if each.get("ref") == schema["schema_ref"])
        config = schema.get("config", config)
        schema = schema["schema"]
    fields = {
        name: {**field, "schema": _spare(field["schema"], kind.model_fields[name])}
        for name, field in schema["fields"].items()
    }
    spared: Any = {**schema, "fields": fields}
    return SchemaValidator(core_schema.definitions_schema(spared, definitions) if definitions else spared, config)


def _spare(schema: Any, field: Any) -> Any:
    if schema["type"] == "default":
        return {**schema, "schema": _spare(schema["schema"], field)}

    def validate(value: Any, proceed: Callable[[Any], Any]) -> Any:
        return value if is_unsettled(field, value) else proceed(value)

    return core_schema.no_info_wrap_validator_function(validate, schema)
