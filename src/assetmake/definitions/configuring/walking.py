"""Walks through what a resource is made of: for the code that counts, and for the variables that are secret."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any

from assetmake.definitions.configuring.env_var import EnvVar
from assetmake.definitions.configuring.kinds import ConfigModel, Openable
from assetmake.definitions.configuring.plain_values import is_env_var

_OWN = __name__.partition(".")[0]
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
    if value is None or is_env_var(value) or isinstance(value, (*_PLAIN, functools.partial, MethodType)):
        return None
    return type(value)


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
        yield from list_held(value).values()
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, Mapping):
        if value.keys() == {"env"} and isinstance(value["env"], str):
            yield EnvVar(value["env"])
        yield from value.values()
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from value
    elif not isinstance(value, (type, FunctionType)):
        yield from _list_likes(value)


def _list_likes(value: Any) -> Iterator[Any]:
    """Return the attributes of a plain object that are of the package that its class is of: what it is put together of.

    What lies behind them in a library is that library's business.
    """
    package = type(value).__module__.partition(".")[0]
    for held in list(getattr(value, "__dict__", {}).values()):
        if type(held).__module__.partition(".")[0] == package and package != "builtins":
            yield held


def list_held(resource: Openable) -> Mapping[str, Any]:
    """Return what a resource holds that a function of our own makes: the object it gives, or how it is configured.

    A function of the user's tells that by its code.
    """
    found: dict[str, Any] = {}
    for name in ("resource_fn", "_fixed"):
        function = getattr(resource, name, None)
        if isinstance(function, FunctionType) and function.__module__.partition(".")[0] == _OWN:
            cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
            found |= {cell: held.cell_contents for cell, held in cells if cell != "self"}
    return found
