"""load_assets_from_...: the assets that modules declare, as a list."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.refused import RefusedAsset
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError

_KINDS = (AssetsDefinition, SourceAsset, AssetSpec, FileSource)


def load_assets_from_modules(
    modules: Iterable[ModuleType],
    group_name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    *,
    automation_condition: Any = None,
    auto_materialize_policy: Any = None,
    backfill_policy: Any = None,
    source_key_prefix: str | Sequence[str] | None = None,
    include_specs: bool = False,
) -> list[Any]:
    """Return the assets that modules declare at their top level, each once.

    Args:
        modules: The modules.
        group_name: The group of those that have none.
        key_prefix: Put before their keys, and before those among them that they read.
        automation_condition, backfill_policy: Of those that have none.
        auto_materialize_policy: The automation condition in its older form.
        source_key_prefix: Put before the keys of source assets.
        include_specs: Specs count, too.

    Raises:
        DefinitionError: two of them have the same key.
    """
    found = [each for module in modules for each in _list_declared(module, _KINDS)]
    assets = list({id(each): each for each in found if include_specs or not isinstance(each, AssetSpec)}.values())
    _refuse_duplicates(assets)
    prefixed = {
        key: key.with_prefix(key_prefix)
        for each in assets
        if key_prefix and isinstance(each, AssetsDefinition)
        for key in each.keys
    }
    if auto_materialize_policy is not None:
        automation_condition = auto_materialize_policy.to_automation_condition()
    loaded: list[Any] = []
    for each in assets:
        if isinstance(each, AssetsDefinition):
            changed = each.with_attributes(asset_key_replacements=prefixed) if prefixed else each
            loaded.append(_complete(changed, group_name, automation_condition, backfill_policy))
        elif isinstance(each, SourceAsset):
            key = each.key.with_prefix(source_key_prefix) if source_key_prefix else None
            loaded.append(each.with_attributes(group_name=group_name, key=key))
        elif isinstance(each, AssetSpec) and group_name is not None:
            loaded.append(_group_spec(each, group_name))
        else:
            loaded.append(each)
    return loaded


def load_assets_from_current_module(**options: Any) -> list[Any]:
    """Return the assets that the calling module has declared so far; see `load_assets_from_modules`."""
    caller = sys._getframe(1)  # noqa: SLF001
    return load_assets_from_modules([sys.modules[caller.f_globals["__name__"]]], **options)


def load_assets_from_package_module(package_module: ModuleType, **options: Any) -> list[Any]:
    """Return the assets of a package and of all modules below it; see `load_assets_from_modules`."""
    return load_assets_from_modules(list_modules(package_module), **options)


def load_assets_from_package_name(package_name: str, **options: Any) -> list[Any]:
    """Return the assets of a package and of all modules below it; see `load_assets_from_modules`."""
    return load_assets_from_package_module(importlib.import_module(package_name), **options)


def load_asset_checks_from_modules(
    modules: Iterable[ModuleType], asset_key_prefix: str | Sequence[str] | None = None
) -> list[AssetChecksDefinition]:
    """Return the checks that modules declare at their top level, each once.

    Args:
        modules: The modules.
        asset_key_prefix: Put before the keys of the assets that they check.
    """
    found = [each for module in modules for each in _list_declared(module, (AssetChecksDefinition,))]
    checks = list({id(each): each for each in found}.values())
    if not asset_key_prefix:
        return checks
    keys = {spec.asset_key for each in checks for spec in each.check_specs}
    return [
        each.with_attributes(asset_key_replacements={key: key.with_prefix(asset_key_prefix) for key in keys})
        for each in checks
    ]


def load_asset_checks_from_current_module(**options: Any) -> list[AssetChecksDefinition]:
    """Return the checks that the calling module has declared so far; see `load_asset_checks_from_modules`."""
    caller = sys._getframe(1)  # noqa: SLF001
    return load_asset_checks_from_modules([sys.modules[caller.f_globals["__name__"]]], **options)


def load_asset_checks_from_package_module(package_module: ModuleType, **options: Any) -> list[AssetChecksDefinition]:
    """Return the checks of a package and of all modules below it; see `load_asset_checks_from_modules`."""
    return load_asset_checks_from_modules(list_modules(package_module), **options)


def load_asset_checks_from_package_name(package_name: str, **options: Any) -> list[AssetChecksDefinition]:
    """Return the checks of a package and of all modules below it; see `load_asset_checks_from_modules`."""
    return load_asset_checks_from_package_module(importlib.import_module(package_name), **options)


def list_modules(package: ModuleType) -> Iterator[ModuleType]:
    """Yield a package and all modules below it, imported."""
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def list_named(module: ModuleType) -> Iterator[Any]:
    """Yield what a module names at its top level, also in lists, in the order of the names."""
    for value in list(vars(module).values()):
        yield from value if isinstance(value, list | tuple) else (value,)


def _list_declared(module: ModuleType, kinds: tuple[type, ...]) -> Iterator[Any]:
    wants_checks = AssetChecksDefinition in kinds
    for each in list_named(module):
        if isinstance(each, RefusedAsset):
            raise each.refuse()
        if isinstance(each, kinds) and (wants_checks or not isinstance(each, AssetChecksDefinition)):
            yield each


def _refuse_duplicates(assets: Iterable[Any]) -> None:
    seen: dict[AssetKey, Any] = {}
    for each in assets:
        for key in each.keys if isinstance(each, AssetsDefinition) else {each.key}:
            if seen.setdefault(key, each) is not each:
                raise DefinitionError(
                    f"Asset key {key} is defined multiple times. Definitions found in several modules, or under "
                    "several names of one."
                )


def _group_spec(spec: AssetSpec, group: str) -> AssetSpec:
    if spec.group_name not in {None, group}:
        raise DefinitionError(f"Group name {spec.group_name} already exists on asset {spec.key}, and {group} is given")
    return spec.replace_attributes(group_name=group)


def _complete(definition: AssetsDefinition, group: str | None, condition: Any, policy: Any) -> AssetsDefinition:
    changes: dict[str, Any] = {}
    if group is not None:
        changes["group_names_by_key"] = {spec.key: group for spec in definition.specs}
    if condition is not None:
        changes["automation_conditions_by_key"] = {
            spec.key: condition for spec in definition.specs if spec.automation_condition is None
        }
    if policy is not None and definition.backfill_policy is None:
        changes["backfill_policy"] = policy
    return definition.with_attributes(**changes) if changes else definition
