"""Calling an asset's function directly, as a test does: arguments by position or name, resources also by a context."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.configuring.opening import plan_resources
from assetmake.definitions.configuring.parameters import CONFIG, CONTEXT, Parameters, read_parameters
from assetmake.definitions.configuring.reading import read_config
from assetmake.definitions.configuring.resources import Resources, list_objects
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.definitions.configuring.scope import Scope
from assetmake.errors import InvocationError


@dataclass(frozen=True, slots=True)
class Bound:
    """What a direct call gives to a function.

    Attributes:
        context: The context that was given, whether or not the function takes it.
        arguments: Everything else by name; resources as the context has them open.
        resources: Resources that were given as arguments, to be opened.
    """

    context: Any
    arguments: Mapping[str, Any]
    resources: Mapping[str, Any]


def call_directly(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    context_type: type,
    show_resources: Callable[[Any, Resources], Any],
    parameters: Parameters | None = None,
) -> Any:
    """Call an asset's function with what a test gives, and return the plain value, or the generator.

    Resources that are given as arguments are opened for the call, and closed after it.

    Args:
        function: The function.
        args, kwargs: What it is called with.
        context_type: The class of contexts. One of them has `resources`, and may have `op_config`.
        show_resources: Returns a context that shows these resources besides its own.
        parameters: The function's, where they are known already.

    Raises:
        InvocationError: an argument is missing, too many, or given twice.
        RunConfigError: config that is given as a dict does not fit.
    """
    known = parameters or read_parameters(function)
    bound = bind_arguments(function, args, kwargs, context_type=context_type, parameters=known)
    opened, scope = plan_resources(bound.resources).open()
    own = list_objects(opened)
    context = bound.context
    if own and context is not None:
        context = show_resources(context, opened)
    try:
        result = function(*([context] if known.takes_context else []), **{**bound.arguments, **own})
    except BaseException:
        scope.close(scope.log.warning)
        raise
    if inspect.isgenerator(result) and scope.holds:
        return _close_after(result, scope)
    scope.close(scope.log.warning)
    return result


def _close_after(generator: Iterator[Any], scope: Scope) -> Iterator[Any]:
    try:
        yield from generator
    finally:
        scope.close(scope.log.warning)


def bind_arguments(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    context_type: type,
    parameters: Parameters | None = None,
) -> Bound:
    """Sort what a function is called with by its parameters; see `call_directly`."""
    known = parameters or read_parameters(function)
    name = getattr(function, "__name__", "function")
    rest, named = list(args), dict(kwargs)
    context = _take_context(rest, named, known=known, context_type=context_type, name=name)
    held = list_objects(getattr(context, "resources", None) or Resources())
    twice = [each for each in known.resources if each in named and each in held]
    if twice:
        raise InvocationError(f"Cannot provide resources in both context and kwargs: {', '.join(twice)}")
    if known.takes_config and CONFIG in named and getattr(context, "op_config", None) is not None:
        raise InvocationError("Cannot provide config in both context and kwargs")
    _name_positions(rest, named, function=function, known=known, held=held, context=context)
    resources = {each: named.pop(each) for each in known.resources if each in named}
    for each in known.resources:
        if each in held and each not in resources:
            named[each] = held[each]
        elif each not in resources:
            raise InvocationError(
                f"No value provided for resource '{each}' of '{name}': give it, or a context with it."
            )
    if known.takes_config:
        given = named.get(CONFIG, getattr(context, "op_config", None))
        named[CONFIG] = read_config(known.config, Missing if given is None else given, node=name)
    _check_names(named, function=function, known=known)
    return Bound(context, named, resources)


def _take_context(rest: list[Any], named: dict[str, Any], *, known: Parameters, context_type: type, name: str) -> Any:
    """Take the context out of the arguments, also where the function does not take it: it may have resources."""
    if known.takes_context:
        if CONTEXT in named:
            return named.pop(CONTEXT)
        if rest:
            return rest.pop(0)
        raise InvocationError(
            f"Decorated function '{name}' has context argument, but no context was provided when invoking.",
            hint="give it build_asset_context()",
        )
    if rest and isinstance(rest[0], context_type):
        return rest.pop(0)
    return named.pop(CONTEXT) if isinstance(named.get(CONTEXT), context_type) else None


def _name_positions(
    rest: Sequence[Any],
    named: dict[str, Any],
    *,
    function: Callable[..., Any],
    known: Parameters,
    held: Mapping[str, Any],
    context: Any,
) -> None:
    """Give positional arguments their names; what the context provides has no position."""
    provided = {each for each in known.resources if each in held}
    if known.takes_config and getattr(context, "op_config", None) is not None:
        provided.add(CONFIG)
    order = [each for each in inspect.signature(function).parameters if each not in provided]
    order = order[1:] if known.takes_context else order
    if len(rest) > len(order):
        raise InvocationError(
            f"Too many input arguments were provided for '{getattr(function, '__name__', function)}': it takes "
            f"{', '.join(order) or 'none'}"
        )
    for each, value in zip(order, rest, strict=False):
        if each in named:
            raise InvocationError(f"'{each}' is given by position and by name")
        named[each] = value


def _check_names(named: Mapping[str, Any], *, function: Callable[..., Any], known: Parameters) -> None:
    signature = inspect.signature(function)
    unknown = [each for each in named if each not in signature.parameters]
    name = getattr(function, "__name__", "function")
    if unknown and not any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values()):
        raise InvocationError(f"'{name}' takes no argument '{unknown[0]}'")
    for parameter in known.inputs:
        variadic = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        if parameter.name not in named and parameter.default is parameter.empty and not variadic:
            raise InvocationError(f"No value provided for required input '{parameter.name}' of '{name}'.")
