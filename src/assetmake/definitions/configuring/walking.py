"""Walks through what a resource is made of: for the code that counts, and for the variables that are secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

from assetmake.definitions.configuring.env_var import EnvVar
from assetmake.definitions.configuring.kinds import ConfigModel, Openable
from assetmake.definitions.configuring.plain_values import is_env_var

_PLAIN = (str, bytes, int, float, Mapping, list, tuple, set, frozenset)


def list_variables(value: Any) -> frozenset[str]:
    """Return the names of the environment variables that a resource or a config reads, nested ones included.

    Their values are secret: they are masked wherever text is written.

    Example:
        >>> from assetmake import EnvVar
        >>> sorted(list_variables({"user": EnvVar("DB_USER"), "ports": [EnvVar.int("PORT"), 80]}))
        ['DB_USER', 'PORT']
    """
    return frozenset(each.env_var_name for each in _walk(value, seen=set()) if is_env_var(each))


def list_code(value: Any) -> tuple[Any, ...]:
    """Return the classes and functions that make a resource, nested ones included, each once: its code.

    A fingerprint follows them as it follows what an asset's function refers to; those of libraries are among them.
    """
    found: dict[int, Any] = {}
    for each in _walk(value, seen=set()):
        code = _find_code(each)
        if code is not None:
            found[id(code)] = code
    return tuple(found.values())


def _find_code(value: Any) -> Any:
    if isinstance(value, Openable):
        return getattr(value, "resource_fn", None) or getattr(value, "resource_cls", type(value))
    if isinstance(value, (type, FunctionType)):
        return value
    return None if value is None or is_env_var(value) or isinstance(value, _PLAIN) else type(value)


def _walk(value: Any, *, seen: set[int]) -> Iterator[Any]:
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    for part in _list_parts(value):
        yield from _walk(part, seen=seen)


def _list_parts(value: Any) -> Iterator[Any]:
    if isinstance(value, ConfigModel):
        yield from (getattr(value, name) for name in type(value).model_fields)  # type: ignore[attr-defined]
        yield from (value.model_extra or {}).values()  # type: ignore[attr-defined]
    elif isinstance(value, Openable):
        yield getattr(value, "data", None)
        yield getattr(value, "given_config", None)
    elif isinstance(value, Mapping):
        if value.keys() == {"env"} and isinstance(value["env"], str):
            yield EnvVar(value["env"])
        yield from value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from value
