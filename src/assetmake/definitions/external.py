"""SourceAsset and @observable_source_asset: assets that others make, and functions that look at them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.decorators import RESULT, name_asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.labels import DEFAULT_GROUP
from assetmake.definitions.assets.operation import Operation, OutputSlot
from assetmake.definitions.assets.reading import describe, find_place, name_resources, read_op_tags
from assetmake.definitions.assets.several import multi_asset
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.assets.value_types import NOTHING
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.definitions.configuring.parameters import Parameters, read_parameters
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.place import Place, find_caller
from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True, init=False)
class SourceAsset:
    """An asset that others make, and that an IO manager can load.

    Args:
        key: Its key.
        metadata: Facts about it.
        io_manager_key: The IO manager that loads it.
        io_manager_def: An IO manager of its own.
        description: For people.
        partitions_def: The set of its partitions.
        group_name: Default: "default".
        resource_defs: Resources of its own.
        tags: Texts by name.

    Example:
        >>> SourceAsset("orders").key.to_user_string()
        'orders'
    """

    key: AssetKey
    raw_metadata: Mapping[str, Any]
    io_manager_key: str | None
    description: str | None
    partitions_def: PartitionsDefinition | None
    group_name: str
    resource_defs: Mapping[str, Any]
    tags: Mapping[str, str]
    place: Place = field(compare=False)

    def __init__(
        self,
        key: CoercibleToAssetKey,
        metadata: Mapping[str, Any] | None = None,
        io_manager_key: str | None = None,
        io_manager_def: Any = None,
        description: str | None = None,
        partitions_def: PartitionsDefinition | None = None,
        group_name: str | None = None,
        resource_defs: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        own = AssetKey.from_coercible(key)
        resources = dict(resource_defs or {})
        if io_manager_def is not None:
            io_manager_key = io_manager_key or f"{own.to_python_identifier()}__io_manager"
            resources[io_manager_key] = io_manager_def
        for name, value in (
            ("key", own),
            ("raw_metadata", dict(metadata or {})),
            ("io_manager_key", io_manager_key),
            ("description", description),
            ("partitions_def", partitions_def),
            ("group_name", group_name or DEFAULT_GROUP),
            ("resource_defs", resources),
            ("tags", dict(tags or {})),
            ("place", find_caller()),
        ):
            object.__setattr__(self, name, value)

    __hash__ = None  # type: ignore[assignment]  # it holds dicts

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        """Its metadata; what is no kind of metadata is told of in words."""
        return check_metadata(self.raw_metadata, unknown_as_text=True)

    def with_resource_defs(self, resource_defs: Mapping[str, Any]) -> SourceAsset:
        """Return the same with other resources of its own."""
        return self._change(resource_defs=resource_defs)

    def with_key(self, key: CoercibleToAssetKey) -> SourceAsset:
        """Return the same under another key."""
        return self._change(key=key)

    def with_attributes(self, *, group_name: str | None = None, key: CoercibleToAssetKey | None = None) -> SourceAsset:
        """Return the same in another group, or under another key.

        Raises:
            DefinitionError: it has a group already.
        """
        if group_name is not None and self.group_name not in {DEFAULT_GROUP, group_name}:
            raise DefinitionError(
                f"A group name has already been provided to source asset {self.key}: {self.group_name}",
                hint="leave one of the two out",
            )
        return self._change(group_name=group_name or self.group_name, key=key or self.key)

    def _change(self, **changes: Any) -> SourceAsset:
        given: dict[str, Any] = {
            "key": self.key,
            "metadata": self.raw_metadata,
            "io_manager_key": self.io_manager_key,
            "description": self.description,
            "partitions_def": self.partitions_def,
            "group_name": self.group_name,
            "resource_defs": self.resource_defs,
            "tags": self.tags,
        }
        changed = SourceAsset(**{**given, **changes})
        object.__setattr__(changed, "place", self.place)
        return changed

    @property
    def is_materializable(self) -> bool:
        return False

    def to_spec(self) -> AssetSpec:
        """Return what is said of it."""
        return AssetSpec(
            self.key,
            description=self.description,
            metadata=self.raw_metadata,
            group_name=self.group_name,
            tags=self.tags,
            partitions_def=self.partitions_def,
            io_manager_key=self.io_manager_key,
        )

    def to_assets_definition(self) -> AssetsDefinition:
        """Return the definition that tells of it."""
        return AssetsDefinition((self.to_spec(),), resource_defs=self.resource_defs, place=self.place)


def tell_of_others(key: AssetKey, definitions: Iterable[AssetsDefinition]) -> AssetsDefinition:
    """Return what is known of an asset that nothing declares: what those that depend on it say of it.

    Raises:
        DefinitionError: they say different things.
    """
    told = [dep.metadata for each in definitions for spec in each.specs for dep in spec.deps if dep.asset_key == key]
    found: Mapping[str, Any] = {}
    for metadata in told:
        if metadata and found and check_metadata(metadata) != check_metadata(found):
            raise DefinitionError(
                f"Conflicting metadata found on AssetDeps referencing {json.dumps(key.path)}: {found} != {metadata}. "
                "All metadata for AssetDeps referencing a given key must be identical or empty."
            )
        found = found or metadata or {}
    return AssetsDefinition((AssetSpec(key, metadata=found),))


def tell_as_source(definition: AssetsDefinition, key: AssetKey) -> SourceAsset:
    """Return one of the assets of a definition as others see it who only read it."""
    spec = definition.specs_by_key[key]
    return SourceAsset(
        key,
        metadata=spec.metadata,
        io_manager_key=next(
            (each.io_manager_key for each in definition.output_slots if each.key == key), spec.io_manager_key
        ),
        description=spec.description,
        partitions_def=spec.partitions_def,
        group_name=spec.group_name,
        tags=spec.tags,
    )


def external_asset_from_spec(spec: AssetSpec) -> AssetsDefinition:
    """Return the definition of an asset that others make."""
    return AssetsDefinition((spec,))


def external_assets_from_specs(specs: Sequence[AssetSpec]) -> list[AssetsDefinition]:
    """Return the definitions of assets that others make."""
    return [external_asset_from_spec(spec) for spec in specs]


@overload
def observable_source_asset(observe_fn: Callable[..., Any], /) -> AssetsDefinition: ...


@overload
def observable_source_asset(**options: Any) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def observable_source_asset(observe_fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Declare a function that looks at an asset that others make, and returns a DataVersion or an ObserveResult.

    Args:
        observe_fn: The function.
        options: `name`, `key`, `key_prefix`, `metadata`, `io_manager_key`, `description`, `group_name`, `tags`,
            `required_resource_keys`, `resource_defs`, `partitions_def`, `op_tags`, `automation_condition` as of
            `@asset`.

    Raises:
        DefinitionError: the declaration is wrong.
    """
    if observe_fn is not None:
        return _declare_observation(observe_fn)
    return lambda function: _declare_observation(function, **options)


def _refuse_inputs(key: AssetKey, parameters: Parameters) -> None:
    if parameters.inputs:
        raise DefinitionError(
            f"asset {key}: the function of an observable source asset reads no assets, and has the parameter "
            f"{parameters.inputs[0].name}"
        )


def _declare_observation(
    function: Callable[..., Any],
    *,
    key: CoercibleToAssetKey | None = None,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    io_manager_key: str | None = None,
    io_manager_def: Any = None,
    description: str | None = None,
    group_name: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    op_tags: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    automation_condition: Any = None,
    auto_observe_interval_minutes: float | None = None,
) -> AssetsDefinition:
    own = name_asset(function, what="@observable_source_asset", key=key, key_prefix=key_prefix, name=name)
    signature = inspect.signature(function)
    parameters = read_parameters(function, signature)
    _refuse_inputs(own, parameters)
    resources = dict(resource_defs or {})
    if io_manager_def is not None:
        io_manager_key = io_manager_key or f"{own.to_python_identifier()}__io_manager"
        resources[io_manager_key] = io_manager_def
    spec = AssetSpec(
        own,
        description=describe(function, description),
        metadata=metadata,
        group_name=group_name,
        tags=tags,
        partitions_def=partitions_def,
        automation_condition=automation_condition,
        io_manager_key=io_manager_key,
    )
    kept_by = io_manager_key or DEFAULT_IO_MANAGER
    output = OutputSlot(RESULT, own, NOTHING, metadata=spec.metadata, io_manager_key=kept_by)
    operation = Operation(
        name=own.to_python_identifier(),
        function=function,
        signature=signature,
        parameters=parameters,
        outputs=(output,),
        description=spec.description,
        resource_keys=name_resources(parameters, required_resource_keys, resource_defs),
        tags=read_op_tags(op_tags),
    )
    return AssetsDefinition(
        (spec,),
        operation=operation,
        resource_defs=resources,
        is_observation=True,
        observe_interval=auto_observe_interval_minutes,
        place=find_place(function),
    )


def multi_observable_source_asset(
    *,
    specs: Sequence[AssetSpec],
    name: str | None = None,
    description: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
    can_subset: bool = False,
    required_resource_keys: Iterable[str] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    group_name: str | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare a function that looks at several assets that others make, and yields an ObserveResult for each.

    Args:
        specs: The assets.
        name, description, partitions_def, can_subset, required_resource_keys, resource_defs, group_name, check_specs:
            As of `@multi_asset`.

    Raises:
        DefinitionError: the declaration is wrong.
    """
    declare = multi_asset(
        specs=specs,
        name=name,
        description=description,
        partitions_def=partitions_def,
        can_subset=can_subset,
        required_resource_keys=required_resource_keys,
        resource_defs=resource_defs,
        group_name=group_name,
        check_specs=check_specs,
    )
    return lambda function: replace(declare(function), is_observation=True)
