"""@multi_asset: one function that makes several assets in one go."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Unpack, cast

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.declaring import make_operation, refuse_unknown, rename_former
from assetmake.definitions.assets.decorated import DecoratedAsset, P, R
from assetmake.definitions.assets.decorators import check_backfill, check_check_specs, check_partitions, join_kinds
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.operation import InputSlot, OutputSlot
from assetmake.definitions.assets.options import MultiAssetOptions
from assetmake.definitions.assets.reading import (
    check_lists,
    complete_deps,
    describe,
    find_place,
    name_by_function,
    read_inputs,
)
from assetmake.definitions.assets.slots import AssetOut
from assetmake.definitions.assets.specs import AssetDep, AssetSpec, gather_specs, read_deps
from assetmake.definitions.assets.value_types import ANY, NOTHING, ValueType, read_return_type, read_type
from assetmake.definitions.configuring.parameters import read_parameters, resolve_annotation
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import DefinitionError

_OPTIONS = frozenset(MultiAssetOptions.__annotations__)


def multi_asset(**options: Unpack[MultiAssetOptions]) -> Callable[[Callable[P, R]], DecoratedAsset[P, R]]:
    """Declare a function that makes several assets.

    With `outs=` it returns a tuple in their order, or yields an `Output(value, output_name=...)` for each. With
    `specs=` it keeps its results by itself, and returns nothing, or tells of each with a
    `MaterializeResult(asset_key=...)`.

    Args:
        outs: What it makes, by the name of the output.
        specs: What it makes and keeps by itself.
        name: Of the operation; default: the function's name.
        ins: AssetIn for each parameter that needs one.
        deps: Upstreams of all assets that are not loaded; with `specs=` they belong on those.
        non_argument_deps: The former name of `deps`.
        internal_asset_deps: The upstreams of an output, where they are not all; by the name of the output.
        partitions_def: The set of partitions of all its assets.
        can_subset: It can make some of its assets: those of `context.selected_asset_keys`, or outputs of
            `context.selected_output_names`.
        check_specs: Checks that it does besides.
        group_name: The group of all its assets.
        description: Of the operation; default: the docstring.
        code_version: Of each asset that has none of its own.
        required_resource_keys, resource_defs, config_schema, pool, op_tags, compute_kind, retry_policy, timeout,
            env_vars, backfill_policy: As of `@asset`.
        allow_arbitrary_check_specs: Checks may be of assets that it does not make.

    Raises:
        DefinitionError: the declaration is wrong.

    Example:
        >>> @multi_asset(outs={"low": AssetOut(), "high": AssetOut()})
        ... def extremes(prices: list):
        ...     return min(prices), max(prices)
        >>> sorted(str(key) for key in extremes.keys)
        ['high', 'low']
    """
    refuse_unknown(options, _OPTIONS, what="@multi_asset")
    given = rename_former(options)
    specs, partitions_def = given.get("specs"), given.get("partitions_def")
    _check_outs(outs=given.get("outs"), specs=specs, deps=given.get("deps"), internal=given.get("internal_asset_deps"))
    check_lists(deps=given.get("deps"), tags=None)
    check_partitions(partitions_def)
    check_backfill(given.get("backfill_policy"), partitions_def=partitions_def or _find_partitions(specs))
    if given.get("compute_kind") is not None and any(spec.kinds for spec in specs or ()):
        raise DefinitionError(
            "Can not specify compute_kind on both the @multi_asset and kinds on AssetSpecs.", hint="leave it out"
        )

    def decorate(function: Callable[P, R]) -> DecoratedAsset[P, R]:
        return cast("DecoratedAsset[P, R]", _declare_several(function, given))

    return decorate


def _declare_several(function: Callable[..., Any], given: Mapping[str, Any]) -> AssetsDefinition:
    outs, specs = given.get("outs") or {}, given.get("specs")
    signature = inspect.signature(function)
    parameters = read_parameters(function, signature)
    name = given.get("name") or name_by_function(function)
    named = read_deps(given.get("deps")) if specs is None else _gather_upstreams(specs, name)
    inputs = read_inputs(function, parameters.inputs, ins=given.get("ins"), deps=named)
    if specs is None:
        made = _specs_of_outs(outs, inputs, named, given=given, name=name)
        slots = _slots_of_outs(outs, made, _read_types(function, signature, len(outs)))
    else:
        _check_inputs(inputs, specs, name)
        made = tuple(_complete_spec(spec, given) for spec in specs)
        slots = tuple(_slot_of_spec(spec) for spec in made)
    is_free = given.get("allow_arbitrary_check_specs", False)
    checks = given.get("check_specs")
    operation = make_operation(
        function,
        given,
        name=name,
        signature=signature,
        parameters=parameters,
        inputs=inputs,
        outputs=slots,
        description=describe(function, given.get("description")),
    )
    return AssetsDefinition(
        made,
        operation=operation,
        check_specs=tuple(checks or ()) if is_free else check_check_specs(checks, {spec.key for spec in made}),
        can_subset=given.get("can_subset", False),
        backfill_policy=given.get("backfill_policy"),
        resource_defs=given.get("resource_defs") or {},
        place=find_place(function),
    )


def _check_outs(*, outs: object, specs: object, deps: object, internal: object) -> None:
    if outs is not None and specs is not None:
        raise DefinitionError("Must specify only outs or specs but not both.")
    if specs is not None and deps is not None:
        raise DefinitionError("Can not pass deps and specs to @multi_asset, specify deps on the AssetSpecs directly.")
    if specs is not None and internal is not None:
        raise DefinitionError(
            "Can not pass internal_asset_deps and specs to @multi_asset, specify deps on the AssetSpecs directly."
        )


def _find_partitions(specs: Iterable[AssetSpec] | None) -> PartitionsDefinition | None:
    return next((spec.partitions_def for spec in specs or () if spec.partitions_def is not None), None)


def _gather_upstreams(specs: Iterable[AssetSpec], name: str) -> list[AssetDep]:
    """Return what the assets of a function depend on and it has not just made: of its own, other partitions."""
    own = {spec.key for spec in specs}
    found: dict[AssetKey, AssetDep] = {}
    every = (dep for spec in specs for dep in spec.deps)
    for dep in (dep for dep in every if dep.asset_key not in own or dep.partition_mapping is not None):
        if found.setdefault(dep.asset_key, dep).partition_mapping != dep.partition_mapping:
            raise DefinitionError(
                f"Two different PartitionMappings for {dep.asset_key} provided for multi_asset {name}. Please use the "
                f"same PartitionMapping for {dep.asset_key}."
            )
    return list(found.values())


def _check_inputs(inputs: Sequence[InputSlot], specs: Iterable[AssetSpec], name: str) -> None:
    wanted = {dep.asset_key for spec in specs for dep in spec.deps}
    strange = [slot.key for slot in inputs if slot.is_loaded and slot.key not in wanted]
    if strange:
        raise DefinitionError(
            f"{name}: asset keys {', '.join(map(str, strange))} were specified as AssetIns or parameters, and are not "
            "among the deps of its AssetSpecs",
            hint="add them to the deps of the specs that need them",
        )


def _complete_spec(spec: AssetSpec, options: Mapping[str, Any]) -> AssetSpec:
    partitions_def, group_name = options.get("partitions_def"), options.get("group_name")
    code_version, kinds = options.get("code_version"), join_kinds(None, options.get("compute_kind"))
    if partitions_def is not None and spec.partitions_def not in {None, partitions_def}:
        raise DefinitionError(
            f"{spec.key}: the partitions_def of its AssetSpec is not that of the @multi_asset",
            hint="give it in one of the two places",
        )
    if group_name is not None and spec.group_name is not None:
        raise DefinitionError(f"{spec.key}: Cannot set group_name parameter on both the AssetSpec and the @multi_asset")
    given: dict[str, Any] = {}
    if partitions_def is not None:
        given["partitions_def"] = partitions_def
    if group_name is not None:
        given["group_name"] = group_name
    if code_version is not None and spec.code_version is None:
        given["code_version"] = code_version
    if kinds is not None:
        given["kinds"] = spec.kinds | set(kinds)
    return spec.replace_attributes(**given) if given else spec


def _slot_of_spec(spec: AssetSpec) -> OutputSlot:
    """Return the output that a spec stands for: kept by the function itself, or by an IO manager where one is named."""
    return OutputSlot(
        spec.key.to_python_identifier(),
        spec.key,
        NOTHING if spec.io_manager_key is None else ANY,
        is_required=not spec.skippable,
        io_manager_key=spec.io_manager_key or DEFAULT_IO_MANAGER,
        metadata=spec.metadata,
        description=spec.description,
        code_version=spec.code_version,
    )


def _specs_of_outs(
    outs: Mapping[str, AssetOut],
    inputs: Sequence[InputSlot],
    deps: Sequence[AssetDep],
    *,
    given: Mapping[str, Any],
    name: str,
) -> tuple[AssetSpec, ...]:
    internal: Mapping[str, set[AssetKey]] = given.get("internal_asset_deps") or {}
    partitions_def, group_name = given.get("partitions_def"), given.get("group_name")
    code_version = given.get("code_version")
    if group_name is not None and any(out.group_name is not None for out in outs.values()):
        raise DefinitionError(
            f"{name}: Cannot set group_name parameter on multi_asset if one or more of the AssetSpecs/AssetOuts "
            "supplied to this multi_asset have a group_name defined."
        )
    unknown = internal.keys() - outs.keys()
    if unknown:
        raise DefinitionError(
            f"Invalid out key '{min(unknown)}' supplied to `internal_asset_deps` argument for multi-asset {name}. Must "
            f"be one of the outs for this multi-asset {list(outs)}."
        )
    everything = complete_deps(inputs, deps)
    by_key = {dep.asset_key: dep for dep in everything}
    found = []
    for output, out in outs.items():
        wanted = internal.get(output)
        own = everything if wanted is None else [by_key.get(key, AssetDep(key)) for key in sorted(wanted)]
        spec = out.to_spec(output, deps=own, partitions_def=partitions_def, group_name=group_name)
        if code_version is not None and spec.code_version is None:
            spec = spec.replace_attributes(code_version=code_version)
        found.append(spec)
    _check_internal(internal, known={*by_key, *(spec.key for spec in found)}, name=name)
    return gather_specs(found)


def _check_internal(internal: Mapping[str, set[AssetKey]], *, known: set[AssetKey], name: str) -> None:
    for output, keys in internal.items():
        strange = sorted(key for key in keys if key not in known)
        if strange:
            raise DefinitionError(
                f"Invalid asset dependencies: {', '.join(map(str, strange))} specified in `internal_asset_deps` "
                f"argument for multi-asset '{name}' on key '{output}'. Each specified asset key must be associated "
                "with an input to the asset or produced by this asset."
            )


def _slots_of_outs(
    outs: Mapping[str, AssetOut], specs: Sequence[AssetSpec], types: Sequence[ValueType]
) -> tuple[OutputSlot, ...]:
    return tuple(
        OutputSlot(
            output,
            spec.key,
            read_type(out.dagster_type) if out.dagster_type is not None else kind,
            is_required=out.is_required,
            io_manager_key=out.io_manager_key or DEFAULT_IO_MANAGER,
            metadata=spec.metadata,
            description=out.description,
            code_version=spec.code_version,
        )
        for (output, out), spec, kind in zip(outs.items(), specs, types, strict=True)
    )


def _read_types(function: Callable[..., Any], signature: inspect.Signature, count: int) -> list[ValueType]:
    """Return the types of the results of a function whose annotation is a tuple of as many."""
    annotation = signature.return_annotation
    resolved = None if annotation is signature.empty else resolve_annotation(annotation, function)
    if typing.get_origin(resolved) is tuple:
        arguments = typing.get_args(resolved)
        if len(arguments) == count and Ellipsis not in arguments:
            return [read_return_type(each, signature.empty) for each in arguments]
    return [ANY] * count
