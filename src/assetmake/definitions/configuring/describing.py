"""describe_config: the text of a configuration that counts in a fingerprint, without anything secret."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any
from uuid import UUID

from assetmake.definitions.configuring.kinds import ConfigModel, Openable
from assetmake.definitions.configuring.plain_values import is_env_var
from assetmake.definitions.configuring.walking import list_held

_SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|pwd|passphrase|secret|token|credentials?|api_?key|access_?key|secret_?key|private_?key)$",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET_MARKS = ("is_secret", "secret")
_SPELLED = (PurePath, date, time, timedelta, Decimal, UUID, bytes, complex)
_PLAIN = (str, bool, int, float, PurePath, bytes, date, time, timedelta, Decimal, UUID)
_PLAIN_DEPTH = 3
_HIDDEN = {"secret": True}


def describe_config(value: Any) -> str:
    """Return a stable text of a configuration: the same in every process, and without anything secret.

    Environment variables stand by their name; `list_variables_told` returns those whose value counts. What is a secret
    does not count at all, so another password makes nothing stale: values of pydantic's secret types, fields marked as
    secret (`json_schema_extra={"is_secret": True}`), texts in fields named `password`, `token`, `api_key` and the like,
    and the user part of URLs.

    Args:
        value: A resource as it is declared, an object of Config, or plain config.

    Example:
        >>> describe_config({"rows": 3, "password": "hush"})
        '{"password": {"secret": true}, "rows": 3}'
    """
    return json.dumps(_describe(value, seen=()), sort_keys=True, ensure_ascii=False)


def list_variables_told(described: Any) -> frozenset[str]:
    """Return the environment variables in what `describe_config` has written, read back, whose values are no secrets.

    As anywhere else the name of the field tells: a password comes and goes, and another one makes nothing stale.

    Example:
        >>> sorted(list_variables_told({"database": {"env": "WAREHOUSE"}, "password": {"env": "WAREHOUSE_PASSWORD"}}))
        ['WAREHOUSE']
    """
    if isinstance(described, Mapping):
        if described.keys() == {"env"} and isinstance(described["env"], str):
            return frozenset({described["env"]})
        open_fields = (each for name, each in described.items() if not _SECRET_NAME.search(str(name)))
        return frozenset().union(*map(list_variables_told, open_fields))
    return frozenset().union(*map(list_variables_told, described)) if isinstance(described, list) else frozenset()


def _describe(value: Any, *, seen: tuple[int, ...], name: str = "") -> Any:
    if value is None or isinstance(value, bool):
        return value
    if is_env_var(value):
        return {"env": value.env_var_name}
    if hasattr(value, "get_secret_value") or (isinstance(value, (str, bytes)) and _SECRET_NAME.search(name)):
        return _HIDDEN
    if isinstance(value, Enum):
        return {"enum": f"{type(value).__qualname__}.{value.name}"}
    if isinstance(value, str):
        return _USER_INFO.sub("***@", value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, _SPELLED) or hasattr(value, "unicode_string"):
        return {type(value).__name__: _USER_INFO.sub("***@", str(value))}
    if id(value) in seen:
        return {"again": type(value).__qualname__}
    return _describe_held(value, seen=(*seen, id(value)), name=name)


def _describe_held(value: Any, *, seen: tuple[int, ...], name: str) -> Any:
    if isinstance(value, ConfigModel) or hasattr(type(value), "model_fields"):
        return _describe_model(value, seen=seen)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        held = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        return {"kind": type(value).__qualname__, "fields": _describe(held, seen=seen)}
    if isinstance(value, Mapping):
        pairs = [(str(key), _describe(each, seen=seen, name=str(key))) for key, each in value.items()]
        return dict(pairs)
    if isinstance(value, (list, tuple)):
        return [_describe(each, seen=seen, name=name) for each in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_describe(each, seen=seen, name=name) for each in value), key=repr)
    return _describe_declared(value, seen=seen)


def _describe_model(model: Any, *, seen: tuple[int, ...]) -> Any:
    described: dict[str, Any] = {"kind": type(model).__qualname__}
    values = {name: getattr(model, name) for name in type(model).model_fields}
    for name, value in {**values, **(model.model_extra or {})}.items():
        field = type(model).model_fields.get(name)
        described[name] = _HIDDEN if _is_secret(field) else _describe(value, seen=seen, name=name)
    return described


def _is_secret(field: Any) -> bool:
    extra = getattr(field, "json_schema_extra", None)
    return isinstance(extra, Mapping) and any(
        bool(flag) and str(mark).rpartition("__")[2] in _SECRET_MARKS for mark, flag in extra.items()
    )


def _describe_declared(value: Any, *, seen: tuple[int, ...]) -> Any:
    """Describe what is no config: a resource's kind, and what it was configured with or holds in plain attributes."""
    if isinstance(value, (type, FunctionType, BuiltinFunctionType, MethodType)):
        bound = {"of": _describe(value.__self__, seen=seen)} if isinstance(value, MethodType) else {}
        return {"kind": value.__qualname__, **bound}
    described: dict[str, Any] = {"kind": type(value).__qualname__}
    if isinstance(value, Openable):
        made_by = getattr(value, "resource_cls", None) or getattr(value, "resource_fn", None)
        described["of"] = getattr(made_by, "__qualname__", None)
        given = getattr(value, "data", None) or getattr(value, "given_config", None)
        held = {name: _describe(each, seen=seen, name=name) for name, each in list_held(value).items()}
        return {**described, "config": _describe(given, seen=seen), **({"holds": held} if held else {})}
    if isinstance(value, functools.partial):
        return {**described, "call": [_describe(each, seen=seen) for each in (value.func, value.args, value.keywords)]}
    package = type(value).__module__.partition(".")[0]
    for name, held in getattr(value, "__dict__", {}).items():
        # What an object does with its other attributes is its own business, and may differ from process to process.
        is_like = package not in {"builtins", ""} and type(held).__module__.partition(".")[0] == package
        if not name.startswith("__") and (is_like or _is_plain(held, _PLAIN_DEPTH)):
            described[name] = _describe(held, seen=seen, name=name)
    return described


def _is_plain(value: Any, depth: int) -> bool:
    if value is None or isinstance(value, _PLAIN):
        return True
    if isinstance(value, Mapping):
        return depth > 0 and all(_is_plain(each, depth - 1) for each in (*value, *value.values()))
    several = isinstance(value, (list, tuple, set, frozenset))
    return several and depth > 0 and all(_is_plain(each, depth - 1) for each in value)
