"""From a decorated function and options to its Operation; what all decorators have in common."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assetmake.definitions.assets.operation import InputSlot, Operation, OutputSlot
from assetmake.definitions.assets.reading import name_resources, read_op_tags, read_pool, read_variables
from assetmake.definitions.configuring.parameters import Parameters
from assetmake.definitions.refused import NO_HOOKS
from assetmake.errors import DefinitionError


def make_operation(
    function: Callable[..., Any],
    given: Mapping[str, Any],
    *,
    name: str,
    signature: inspect.Signature,
    parameters: Parameters,
    inputs: Sequence[InputSlot] = (),
    outputs: Sequence[OutputSlot] = (),
    description: str | None = None,
) -> Operation:
    """Return how a decorated function is called.

    Args:
        function: The function.
        given: The decorator's options, of which those of `FunctionOptions` are read.
        name: What it is called.
        signature, parameters: Its own, and how they are sorted.
        inputs: What it reads.
        outputs: What it gives.
        description: For people.
    """
    tags = read_op_tags(given.get("op_tags"))
    return Operation(
        name=name,
        function=function,
        signature=signature,
        parameters=parameters,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        description=description,
        config_schema=given.get("config_schema"),
        resource_keys=name_resources(parameters, given.get("required_resource_keys"), given.get("resource_defs")),
        tags=tags,
        pool=read_pool(given.get("pool"), tags),
        retry_policy=given.get("retry_policy"),
        timeout=given.get("timeout"),
        env_vars=read_variables(given.get("env_vars")),
    )


def refuse_unknown(given: Mapping[str, Any], known: frozenset[str], *, what: str) -> None:
    """Check the names of a decorator's options.

    Raises:
        DefinitionError: there is one that it does not take.
    """
    unknown = given.keys() - known
    if "hooks" in unknown:
        raise DefinitionError(f"{what}: {NO_HOOKS}")
    if unknown:
        hint = f"it takes {', '.join(sorted(known))}"
        raise DefinitionError(f"{what} does not take {', '.join(sorted(unknown))}", hint=hint)


def rename_former(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return options in which `deps` stands under that name, and not under its former one.

    Raises:
        DefinitionError: both are given.
    """
    if given.get("non_argument_deps") is None:
        return given
    if given.get("deps") is not None:
        raise DefinitionError("deps and non_argument_deps are the same under two names", hint="use deps")
    return {**given, "deps": given["non_argument_deps"]}
