"""Changing assets that are declared: other keys, other attributes, fewer of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.operation import InputSlot, Operation
from assetmake.definitions.assets.specs import AssetDep, AssetSpec
from assetmake.definitions.assets.value_types import NOTHING
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.errors import DefinitionError, InvariantError

if TYPE_CHECKING:
    from assetmake.definitions.assets.definition import AssetsDefinition

_OF_SPEC = {
    "group_names_by_key": "group_name",
    "tags_by_key": "tags",
    "owners_by_key": "owners",
    "code_versions_by_key": "code_version",
    "descriptions_by_key": "description",
    "automation_conditions_by_key": "automation_condition",
    "freshness_policies_by_key": "freshness_policy",
}
_OF_DEFINITION = ("backfill_policy", "resource_defs", "can_subset", "is_observation")


def change_specs(definition: AssetsDefinition, change: Callable[[AssetSpec], AssetSpec]) -> AssetsDefinition:
    """Return assets with every spec changed; see `AssetsDefinition.map_asset_specs`."""
    changed = {spec.key: change(spec) for spec in definition.specs}
    renamed = {old: spec.key for old, spec in changed.items()}
    specs = tuple(changed.values())
    operation = definition.operation and _follow_specs(definition.operation, specs, renamed)
    checks = tuple(_rename_check(check, renamed) for check in definition.check_specs)
    return replace(definition, specs=specs, operation=operation, check_specs=checks)


def change_attributes(
    definition: AssetsDefinition,
    *,
    asset_key_replacements: Mapping[AssetKey, AssetKey] | None = None,
    metadata_by_key: Mapping[Any, Mapping[str, Any]] | None = None,
    **changes: Any,
) -> AssetsDefinition:
    """Return assets with some attributes replaced.

    Args:
        definition: The assets.
        asset_key_replacements: Other keys, of these assets and of what they read.
        metadata_by_key: Metadata by the key of an asset or of a check; an asset's own is kept where this is empty.
        changes: `group_names_by_key`, `tags_by_key`, `owners_by_key` and so on; `backfill_policy`, `resource_defs`.

    Raises:
        DefinitionError: there is no such attribute, or an asset has a group already.
    """
    keys, metadata = asset_key_replacements or {}, metadata_by_key or {}
    unknown = changes.keys() - _OF_SPEC.keys() - set(_OF_DEFINITION)
    if unknown:
        raise DefinitionError(f"with_attributes does not take {', '.join(sorted(unknown))}")
    _check_groups(definition, changes.get("group_names_by_key") or {})
    part = definition if definition.whole is None else replace(definition, whole=None)
    renamed = _rename(part, keys, metadata, changes)
    whole = definition.whole and _rename(definition.whole, keys, metadata, changes)
    others = {name: changes[name] for name in _OF_DEFINITION if changes.get(name) is not None}
    return replace(renamed, whole=whole, **others)


def _check_groups(definition: AssetsDefinition, groups: Mapping[AssetKey, str]) -> None:
    for spec in definition.specs:
        if spec.key in groups and spec.group_name not in {None, groups[spec.key]}:
            raise DefinitionError(
                f"Group name {spec.group_name} already exists on asset(s) {spec.key}, and {groups[spec.key]} is given"
            )


def _rename(
    definition: AssetsDefinition,
    keys: Mapping[AssetKey, AssetKey],
    metadata: Mapping[Any, Mapping[str, Any]],
    changes: Mapping[str, Any],
) -> AssetsDefinition:
    specs = tuple(_change_spec(spec, keys, metadata, changes) for spec in definition.specs)
    checks = tuple(_rename_check(check, keys, metadata) for check in definition.check_specs)
    operation = definition.operation
    if operation is not None and keys:
        inputs = tuple(replace(slot, key=keys.get(slot.key, slot.key)) for slot in operation.inputs)
        outputs = tuple(replace(slot, key=keys.get(slot.key, slot.key)) for slot in operation.outputs)
        operation = replace(operation, inputs=inputs, outputs=outputs)
    return replace(definition, specs=specs, check_specs=checks, operation=operation)


def _change_spec(
    spec: AssetSpec,
    keys: Mapping[AssetKey, AssetKey],
    metadata: Mapping[Any, Mapping[str, Any]],
    changes: Mapping[str, Any],
) -> AssetSpec:
    given = {
        attribute: by_key[spec.key]
        for option, attribute in _OF_SPEC.items()
        if spec.key in (by_key := changes.get(option) or {})
    }
    if metadata.get(spec.key):
        given["metadata"] = {**spec.metadata, **metadata[spec.key]}
    deps = [AssetDep(keys.get(dep.asset_key, dep.asset_key), dep.partition_mapping, dep.metadata) for dep in spec.deps]
    return spec.replace_attributes(key=keys.get(spec.key, spec.key), deps=deps, **given)


def _rename_check(
    check: AssetCheckSpec,
    keys: Mapping[AssetKey, AssetKey],
    metadata: Mapping[Any, Mapping[str, Any]] | None = None,
) -> AssetCheckSpec:
    changed = check.replace_key(check.key.replace_asset_key(keys.get(check.asset_key, check.asset_key)))
    return changed.replace_metadata(metadata[check.key]) if metadata and check.key in metadata else changed


def _follow_specs(
    operation: Operation, specs: tuple[AssetSpec, ...], renamed: Mapping[AssetKey, AssetKey]
) -> Operation:
    """Return an operation that reads what its assets depend on now."""
    wanted = {dep.asset_key: dep for spec in specs for dep in spec.deps}
    own = {spec.key for spec in specs}
    lost = [slot.name for slot in operation.inputs if slot.is_loaded and slot.key not in wanted]
    if lost:
        raise InvariantError(
            f"{operation.name}: its parameters {', '.join(lost)} load assets that are no longer among the deps",
            hint="keep the upstreams that parameters name",
        )
    kept = [slot for slot in operation.inputs if slot.key in wanted]
    known = {slot.key for slot in kept} | own
    added = [slot_of_dep(dep) for key, dep in wanted.items() if key not in known]
    outputs = tuple(replace(slot, key=renamed.get(slot.key, slot.key)) for slot in operation.outputs)
    return replace(operation, inputs=(*kept, *added), outputs=outputs)


def slot_of_dep(dep: AssetDep) -> InputSlot:
    """Return the input of an upstream that is not loaded."""
    name = dep.asset_key.to_python_identifier()
    return InputSlot(name, dep.asset_key, dep.partition_mapping, dagster_type=NOTHING, is_loaded=False)


def select_part(
    definition: AssetsDefinition, keys: Iterable[AssetKey], checks: Iterable[AssetCheckKey] | None
) -> AssetsDefinition:
    """Return only some of the assets and checks of a definition.

    Args:
        definition: What its function makes.
        keys: Keys; those of other definitions are passed over.
        checks: The checks; None: those of the selected assets.

    Raises:
        InvariantError: the function makes all or nothing.
    """
    wanted = set(keys) & definition.keys
    wanted_checks = (
        {spec.key for spec in definition.check_specs if spec.asset_key in wanted}
        if checks is None
        else set(checks) & definition.check_keys
    )
    if wanted == definition.keys and wanted_checks == definition.check_keys:
        return definition
    if not definition.can_subset:
        raise InvariantError(
            f"Attempted to subset AssetsDefinition for {definition.title}, but can_subset=False",
            hint="select all of its assets, or declare can_subset=True and make what context.selected_asset_keys says",
        )
    return replace(
        definition,
        specs=tuple(spec for spec in definition.specs if spec.key in wanted),
        check_specs=tuple(spec for spec in definition.check_specs if spec.key in wanted_checks),
        whole=definition.entire,
    )
