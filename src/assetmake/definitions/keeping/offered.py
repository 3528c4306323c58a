"""IO managers and resources that installed distributions offer: they need no more than their name."""

from __future__ import annotations

from inspect import isroutine
from typing import Any

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import Openable, ResourceFactory
from assetmake.definitions.configuring.resource_definition import ResourceDefinition
from assetmake.definitions.entry_points import IO_MANAGERS, RESOURCES, load_entry
from assetmake.definitions.keeping.io_manager import InputManager
from assetmake.definitions.keeping.io_manager_definition import IOManagerDefinition
from assetmake.errors import DefinitionError


def find_io_manager(name: str) -> Any:
    """Return the IO manager that a distribution offers in the group `assetmake.io_managers`; None: none does.

    It may offer an IO manager, a class of such, or a function that makes one. A class with fields gets them from run
    config.

    Raises:
        DefinitionError: it offers something else, or what cannot be imported; or several distributions offer it.
    """
    offered = load_entry(IO_MANAGERS, name)
    if offered is None or isinstance(offered, (Openable, InputManager)):
        return offered
    if is_kind(offered, ResourceFactory):
        return offered.configure_at_launch()
    if is_kind(offered, InputManager):
        return IOManagerDefinition(lambda _: offered())
    if isroutine(offered):
        return IOManagerDefinition(offered)
    raise DefinitionError(
        f"what is installed as {name!r} in {IO_MANAGERS} is no IO manager, but {offered!r}",
        hint="offer a subclass of IOManager or ConfigurableIOManager, or an @io_manager function",
    )


def find_resource(name: str) -> Any:
    """Return the resource that a distribution offers in the group `assetmake.resources`; None: none does.

    A class with fields gets them from run config, another one is called without arguments.

    Raises:
        DefinitionError: it cannot be imported, or several distributions offer it.
    """
    offered = load_entry(RESOURCES, name)
    if is_kind(offered, ResourceFactory):
        return offered.configure_at_launch()
    if isinstance(offered, type):
        return ResourceDefinition(lambda _: offered())
    return ResourceDefinition(offered) if isroutine(offered) else offered
