"""What each parameter of an asset's function is given: the context, its config, a resource, or what it reads."""

from __future__ import annotations

import inspect
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from assetmake.definitions.configuring.annotations import names_config, names_factory, names_resource
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.schema_types import Field, Missing, read_annotation
from assetmake.errors import DefinitionError

CONTEXT, CONFIG = "context", "config"


class ConfigArgumentWarning(UserWarning):
    """A parameter is annotated with a Config class and is not named `config`."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of an asset's function by what they are given.

    Attributes:
        takes_context: The first one is given the context.
        config: What `read_config` reads for the one named `config`: a Config class, a type, or a Field where the
            parameter has a default. Missing where there is none.
        resources: The names of those that are given resources.
        inputs: The others, in order.
    """

    takes_context: bool
    config: Any
    resources: tuple[str, ...]
    inputs: tuple[inspect.Parameter, ...]

    @property
    def takes_config(self) -> bool:
        return self.config is not Missing


def read_parameters(function: Callable[..., Any], signature: inspect.Signature | None = None) -> Parameters:
    """Sort the parameters of an asset's function.

    A parameter is a resource if its annotation is a ConfigurableResource or ResourceParam[...], config if it is named
    `config` and annotated, the context if it is the first and is named `context`; else it names an upstream asset.

    Args:
        function: The function.
        signature: Its signature, where it is known already.

    Raises:
        DefinitionError: an annotation names what makes a resource, or no type of config.
    """
    given = list((signature or inspect.signature(function)).parameters.values())
    takes_context = bool(given) and given[0].name == CONTEXT
    config: Any = Missing
    resources: list[str] = []
    inputs: list[inspect.Parameter] = []
    for parameter in given[takes_context:]:
        if parameter.annotation is parameter.empty:
            inputs.append(parameter)
            continue
        annotation = resolve_annotation(parameter.annotation, function)
        if names_resource(annotation):
            resources.append(parameter.name)
        elif names_factory(annotation):
            raise _refuse_factory(parameter.name, annotation)
        elif parameter.name == CONFIG:
            config = _read_config_type(annotation, function)
            if parameter.default is not parameter.empty:
                config = Field(config, default_value=parameter.default)
        else:
            if names_config(annotation):
                _warn_of_name(parameter.name, function)
            inputs.append(parameter)
    return Parameters(takes_context, config, tuple(resources), tuple(inputs))


def resolve_annotation(annotation: Any, function: Callable[..., Any]) -> Any:
    """Return what an annotation in quotes means where the function stands; itself where nobody can tell."""
    if not isinstance(annotation, str):
        return annotation
    plain = inspect.unwrap(function)
    names = getattr(plain, "__globals__", {})
    if annotation in names:
        return names[annotation]
    if not isinstance(plain, types.FunctionType):
        return annotation
    try:
        return eval(_compile(annotation), names, _list_cells(plain))  # noqa: S307 - the text stands in the user's code
    except Exception:  # noqa: BLE001 - a name for type checkers only is no error
        return annotation


@cache
def _compile(annotation: str) -> types.CodeType:
    return compile(annotation, "<annotation>", "eval")


def _list_cells(function: types.FunctionType) -> Mapping[str, Any]:
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # it is bound later
            continue
    return found


def _read_config_type(annotation: Any, function: Callable[..., Any]) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, ConfigModel):
        return annotation
    if isinstance(annotation, str):
        return read_annotation(Any)
    try:
        return read_annotation(annotation)
    except DefinitionError:
        raise DefinitionError(
            f"Error defining config class. Unable to resolve config type {annotation} of "
            f"{getattr(function, '__name__', function)} to a supported config type.",
            hint="annotate config with a subclass of Config, or with str, int, float, bool, dict or list",
        ) from None


def _refuse_factory(name: str, annotation: type) -> DefinitionError:
    return DefinitionError(
        f"Resource param '{name}' is annotated as '{annotation}', but '{annotation}' outputs an unknown value to user "
        "code such as @ops and @assets. This annotation should instead be 'ResourceParam[Any]' or "
        "'ResourceParam[<output type>]'"
    )


def _warn_of_name(name: str, function: Callable[..., Any]) -> None:
    warnings.warn(
        f"Parameter '{name}' on op/asset function '{getattr(function, '__name__', function)}' was annotated as a "
        "Config type. Did you mean to name this parameter 'config' instead?",
        ConfigArgumentWarning,
        stacklevel=4,
    )
