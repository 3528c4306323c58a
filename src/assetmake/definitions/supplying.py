"""with_resources: assets that bring resources with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.configuring.resource_definition import bind_config
from assetmake.definitions.external import SourceAsset
from assetmake.errors import DefinitionError, InvocationError


def with_resources(
    definitions: Iterable[Any],
    resource_defs: Mapping[str, Any],
    resource_config_by_key: Mapping[str, Any] | None = None,
) -> Sequence[Any]:
    """Return assets that have the resources that they need with them, and do not ask `Definitions` for them.

    Args:
        definitions: Assets and source assets.
        resource_defs: Resources by name; each asset is given those that it needs.
        resource_config_by_key: Config of some of them, as `{"db": {"config": {...}}}`.

    Raises:
        DefinitionError: a resource that an asset needs is not among them.
        InvocationError: an asset has one of them already.
        RunConfigError: the config is for a resource that takes none.
    """
    bound = bind_config(resource_defs, resource_config_by_key)
    return [_supply(each, bound) for each in definitions]


def _supply(declared: Any, resources: Mapping[str, Any]) -> Any:
    if not isinstance(declared, (AssetsDefinition, SourceAsset)):
        return declared
    if isinstance(declared, SourceAsset):
        needed = {declared.io_manager_key or DEFAULT_IO_MANAGER}
    else:
        needed = declared.required_resource_keys
    own = declared.resource_defs
    both = sorted(own.keys() & resources.keys())
    if both:
        raise InvocationError(
            f"{declared.key} has conflicting resource definitions with provided resources for the following keys: "
            f"{both}. Either remove the existing resources from the asset or change the resource keys so that they "
            "don't overlap."
        )
    given = _follow(needed - own.keys(), resources)
    missing = sorted(needed - own.keys() - given.keys() - {DEFAULT_IO_MANAGER})
    if missing:
        raise DefinitionError(
            f"resource with key '{missing[0]}' required by asset {declared.key} was not provided. Please provide it "
            "among the resources.",
            hint=f"given are {', '.join(sorted(resources)) or 'none'}",
        )
    if isinstance(declared, SourceAsset):
        return declared.with_resource_defs({**own, **given})
    return replace(declared, resource_defs={**own, **given})


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
