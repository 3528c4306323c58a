"""Reading a decorated function: what its parameters name, what it returns, and what is said of it."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.operation import InputSlot
from assetmake.definitions.assets.slots import AssetIn
from assetmake.definitions.assets.specs import AssetDep
from assetmake.definitions.assets.value_types import ANY, NOTHING, ValueType, read_return_type, read_type
from assetmake.definitions.configuring.parameters import Parameters, resolve_annotation
from assetmake.definitions.place import Place
from assetmake.errors import DefinitionError

_POOL_TAG = "dagster/concurrency_key"
_VARIADIC = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def read_inputs(
    function: Callable[..., Any],
    parameters: Sequence[inspect.Parameter],
    *,
    ins: Mapping[str, Any] | None,
    deps: Iterable[AssetDep],
) -> tuple[InputSlot, ...]:
    """Return what a function's parameters load, and after them the upstreams that it is only called after.

    Args:
        function: The function.
        parameters: Those of its parameters that name upstreams.
        ins: What `ins=` says of them.
        deps: Upstreams that are not loaded; those that a parameter loads are passed over.

    Raises:
        DefinitionError: a parameter names nothing, or `ins` names no parameter.
    """
    found: list[InputSlot] = []
    rest = {name: _read_in(given) for name, given in (ins or {}).items()}
    named_deps = {dep.asset_key: dep for dep in deps} if deps else {}
    if rest and named_deps:
        _check_beside(rest, named_deps)
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    for parameter in parameters:
        if parameter.kind in _VARIADIC:
            if not (parameter.kind is parameter.VAR_KEYWORD and rest):
                raise DefinitionError(f"parameter *{parameter.name} names no upstream asset")
            continue
        if parameter.name == "context":
            raise DefinitionError("context must be the first parameter")
        given = rest.pop(parameter.name, None)
        if given is None and parameter.default is not parameter.empty:
            continue  # an ordinary default argument; it belongs to the code
        slot = _make_slot(parameter.name, given or AssetIn(), annotation=parameter.annotation, function=function)
        beside = named_deps.get(slot.key) if named_deps else None
        if beside is not None and beside.partition_mapping is not None and slot.mapping is None:
            slot = replace(slot, mapping=beside.partition_mapping)
        found.append(slot)
    for name, given in rest.items():
        slot = _make_slot(name, given, annotation=inspect.Parameter.empty, function=function)
        if slot.is_loaded and not takes_any:
            raise DefinitionError(
                f"ins names {', '.join(sorted(rest))}, and the function has no such parameter",
                hint="for an upstream that is not loaded use deps=",
            )
        found.append(slot)
    named = {slot.key for slot in found}
    for dep in named_deps.values():
        if dep.asset_key not in named:
            name = dep.asset_key.to_python_identifier()
            found.append(InputSlot(name, dep.asset_key, dep.partition_mapping, dagster_type=NOTHING, is_loaded=False))
    return tuple(found)


def _check_beside(ins: Mapping[str, AssetIn], deps: Mapping[AssetKey, AssetDep]) -> None:
    """Refuse what says of an upstream under `deps=` in `ins=` more than its key and how it is loaded."""
    names = {key.to_python_identifier() for key in deps}
    for name, given in ins.items():
        says = (given.partition_mapping, given.metadata, given.key_prefix, given.dagster_type)
        if any(each is not None for each in says) and (name in names or given.name_asset(name) in deps):
            raise DefinitionError(
                f"deps value {given.name_asset(name)} also declared as input/AssetIn",
                hint="name it in one of the two: say all of it in ins=, or take it as it is in deps=",
            )


def _read_in(given: Any) -> AssetIn:
    return given if isinstance(given, AssetIn) else AssetIn(key=given)


def _make_slot(name: str, given: AssetIn, *, annotation: Any, function: Callable[..., Any]) -> InputSlot:
    empty = inspect.Parameter.empty
    if given.dagster_type is not None:
        kind = read_type(given.dagster_type)
    else:
        kind = ANY if annotation is empty else read_type(resolve_annotation(annotation, function), empty)
    return InputSlot(
        name=name,
        key=given.name_asset(name),
        mapping=given.partition_mapping,
        dagster_type=kind,
        metadata=given.metadata or {},
        input_manager_key=given.input_manager_key,
        is_loaded=given.dagster_type is None or not kind.is_nothing,
    )


def complete_deps(inputs: Sequence[InputSlot], deps: Iterable[AssetDep]) -> list[AssetDep]:
    """Return the upstreams of an asset: those that its function's parameters name, and the others."""
    named = {dep.asset_key: dep for dep in deps}
    found = {slot.key: named.get(slot.key) or AssetDep(slot.key, partition_mapping=slot.mapping) for slot in inputs}
    return list((found | named if named else found).values())


def read_output_type(function: Callable[..., Any], signature: inspect.Signature, dagster_type: Any = None) -> ValueType:
    """Return the type of what a function gives."""
    if dagster_type is not None:
        return read_type(dagster_type)
    annotation, empty = signature.return_annotation, signature.empty
    if annotation is empty:
        return ANY
    return read_return_type(resolve_annotation(annotation, function), empty)


def describe(function: Callable[..., Any], description: str | None) -> str | None:
    """Return what is said of a function: what was given, or its docstring."""
    return textwrap.dedent(description or inspect.getdoc(function) or "").strip() or None


def find_place(function: Callable[..., Any]) -> Place:
    """Return where a function stands."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return Place(code.co_filename, code.co_firstlineno) if code else Place("<unknown>", 0)


def name_by_function(function: Callable[..., Any]) -> str:
    """Return the name of a function, or of the class whose object is called."""
    return str(getattr(function, "__name__", None) or type(function).__name__)


def name_resources(
    parameters: Parameters, required: Iterable[str] | None, own: Mapping[str, Any] | None
) -> frozenset[str]:
    """Return the names of the resources that a function finds in its context: what it needs, and what it brings."""
    return frozenset((*parameters.resources, *(required or ()), *(own or ())))


def read_op_tags(tags: Mapping[str, Any] | None) -> dict[str, str]:
    """Return tags of an operation as texts: what is no text is written as JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in (tags or {}).items()}


def read_pool(pool: str | None, tags: Mapping[str, str]) -> str | None:
    """Return the pool that an option names, or the tag that did before there was one.

    Raises:
        DefinitionError: they name two.
    """
    tagged = tags.get(_POOL_TAG)
    if pool and tagged and pool != tagged:
        raise DefinitionError(
            f"pool {pool!r} conflicts with the concurrency key tag {tagged!r}", hint="leave the tag out"
        )
    return pool or tagged


def check_lists(*, tags: object, **several: object) -> None:
    """Check options that are lists or dicts.

    Raises:
        DefinitionError: one is something else; a text in place of a list of texts above all.
    """
    for name, value in several.items():
        if isinstance(value, str):
            raise DefinitionError(f"{name} is a list, got the text {value!r}", hint=f"write {name}=[{value!r}]")
        if value is not None and not isinstance(value, Iterable):
            raise DefinitionError(f"{name} is a list, got {value!r}")
    if tags is not None and not isinstance(tags, Mapping):
        raise DefinitionError(f"tags is a dict, got {tags!r}", hint='write tags={"layer": "gold"}')


def check_texts(**texts: object) -> None:
    """Check options that are texts.

    Raises:
        DefinitionError: one is something else.
    """
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise DefinitionError(f"{name} is a text, got {value!r}")


def read_variables(env_vars: Iterable[str] | None) -> tuple[str, ...]:
    """Return names of environment variables, each once.

    Raises:
        DefinitionError: one is no name.
    """
    names = tuple(env_vars or ())
    for name in names:
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise DefinitionError(f"env_vars holds {name!r}, which names no environment variable")
    return tuple(sorted(set(names)))


def read_aliases(aliases: Iterable[Any] | None) -> tuple[AssetKey, ...]:
    return tuple(AssetKey.from_coercible(alias) for alias in aliases or ())
