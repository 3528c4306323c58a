"""with_resources: definitions that bring their resources with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.configuring.kinds import Openable
from assetmake.definitions.configuring.opening import missing_resource
from assetmake.definitions.configuring.resource_definition import ResourceDefinition, bind_config
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.keeping.filesystem import fs_io_manager
from assetmake.definitions.keeping.io_manager import IOManager
from assetmake.definitions.keeping.io_manager_definition import IOManagerDefinition
from assetmake.errors import InvocationError


def with_resources(
    definitions: Iterable[Any],
    resource_defs: Mapping[str, Any],
    resource_config_by_key: Mapping[str, Any] | None = None,
) -> list[Any]:
    """Return definitions that have resources of their own, each those that it needs.

    Args:
        definitions: Assets, checks, source assets.
        resource_defs: Resources by name.
        resource_config_by_key: Config of some of them, by name: {"db": {"config": {...}}}.

    Raises:
        DefinitionError: a resource that one of them needs is not among them.
        InvocationError: one of them has a resource of that name.
        RunConfigError: config does not fit.

    Example:
        >>> from assetmake import asset
        >>> @asset(required_resource_keys={"db"})
        ... def orders(context):
        ...     return context.resources.db
        >>> with_resources([orders], {"db": "orders.db"})[0].resource_defs["db"]
        'orders.db'
    """
    bound = bind_config(resource_defs, resource_config_by_key)
    return [_bind(each, {DEFAULT_IO_MANAGER: fs_io_manager, **bound}) for each in definitions]


def _bind(declared: Any, resources: Mapping[str, Any]) -> Any:
    if isinstance(declared, SourceAsset):
        return _bind(declared.to_assets_definition(), resources)
    if isinstance(declared, AssetSpec):
        return _bind(AssetsDefinition((declared,)), resources)
    refuse_conflicts(declared, resources)
    own = declared.resource_defs
    needed = declared.required_resource_keys
    given = _follow(needed - own.keys(), resources)
    for name in sorted(needed - resources.keys() - own.keys()):
        by = f" by op '{declared.node_def.name}'" if declared.is_executable else ""
        raise missing_resource(name, by=by, known=[*resources, *own])
    return replace(declared, resource_defs={**given, **own})


def _follow(needed: Iterable[str], resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resources of these names, and those that they need."""
    found: dict[str, Any] = {}
    left = list(needed)
    while left:
        name = left.pop()
        if name in resources and name not in found:
            found[name] = resources[name]
            left += getattr(resources[name], "required_resource_keys", None) or ()
    return found


def declare_resources(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return resources as definitions: what is none yet becomes one that gives it."""
    return {name: _declare(each) for name, each in resources.items()}


def _declare(given: Any) -> Any:
    if isinstance(given, Openable):
        return given
    if isinstance(given, IOManager):
        return IOManagerDefinition.hardcoded_io_manager(given)
    return ResourceDefinition.hardcoded_resource(given)


def refuse_conflicts(definition: AssetsDefinition, given: Mapping[str, Any]) -> None:
    """Raise InvocationError where a definition has a resource of its own, and another one is given under its name."""
    names = (definition.resource_defs.keys() & given.keys()) - {DEFAULT_IO_MANAGER}
    if names:
        keys = ", ".join(json.dumps(list(key.path)) for key in sorted(definition.keys)) or definition.title
        raise InvocationError(
            f"AssetsDefinition with key {keys} has conflicting resource definitions with provided resources for the "
            f"following keys: {', '.join(sorted(names))}. Either remove the existing resources from the asset or "
            "change the resource keys so that they don't overlap."
        )
