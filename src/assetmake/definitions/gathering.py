"""load_definitions_from_...: all that modules declare - assets, checks, jobs, schedules, sensors - as Definitions."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from assetmake.definitions.automation.jobs import UnresolvedAssetJob
from assetmake.definitions.automation.partitioned_schedules import PartitionedSchedule
from assetmake.definitions.automation.schedules import ScheduleDefinition
from assetmake.definitions.automation.sensors import SensorDefinition
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.loading import (
    list_modules,
    list_named,
    load_asset_checks_from_modules,
    load_assets_from_modules,
)
from assetmake.definitions.refused import RefusedJob


def load_definitions_from_modules(
    modules: Iterable[ModuleType],
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, Any] | None = None,
    executor: Any = None,
) -> Definitions:
    """Return all that modules declare at their top level, each once.

    Args:
        modules: The modules.
        resources, loggers, executor: As `Definitions` takes them.

    Raises:
        DefinitionError: two assets have the same key, or something is declared that there is not.
    """
    several = list(modules)
    return Definitions(
        assets=load_assets_from_modules(several, include_specs=True),
        asset_checks=load_asset_checks_from_modules(several),
        schedules=_list_each(several, ScheduleDefinition, PartitionedSchedule),
        sensors=_list_each(several, SensorDefinition),
        jobs=_list_each(several, UnresolvedAssetJob, RefusedJob),
        resources=resources,
        loggers=loggers,
        executor=executor,
    )


def load_definitions_from_module(module: ModuleType, **options: Any) -> Definitions:
    """Return all that a module declares; see `load_definitions_from_modules`."""
    return load_definitions_from_modules([module], **options)


def load_definitions_from_current_module(**options: Any) -> Definitions:
    """Return all that the calling module has declared so far; see `load_definitions_from_modules`."""
    caller = sys._getframe(1)  # noqa: SLF001
    return load_definitions_from_modules([sys.modules[caller.f_globals["__name__"]]], **options)


def load_definitions_from_package_module(package_module: ModuleType, **options: Any) -> Definitions:
    """Return all that a package and the modules below it declare; see `load_definitions_from_modules`."""
    return load_definitions_from_modules(list_modules(package_module), **options)


def load_definitions_from_package_name(package_name: str, **options: Any) -> Definitions:
    """Return all that a package and the modules below it declare; see `load_definitions_from_modules`."""
    return load_definitions_from_package_module(importlib.import_module(package_name), **options)


def _list_each(modules: Iterable[ModuleType], *kinds: type) -> list[Any]:
    found: Iterator[Any] = (each for module in modules for each in list_named(module) if isinstance(each, kinds))
    return list({id(each): each for each in found}.values())
