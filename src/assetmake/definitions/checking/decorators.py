"""@asset_check and @multi_asset_check: the decorated function looks at assets and says what it found."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack, cast

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.declaring import make_operation, refuse_unknown
from assetmake.definitions.assets.decorated import DecoratedAsset, P, R
from assetmake.definitions.assets.decorators import check_check_specs
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.options import FunctionOptions
from assetmake.definitions.assets.reading import (
    describe,
    find_place,
    name_by_function,
    read_inputs,
)
from assetmake.definitions.assets.slots import AssetIn
from assetmake.definitions.assets.specs import AssetDep, read_deps
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.definitions.configuring.parameters import Parameters, read_parameters
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import DefinitionError

_VARIADIC = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


class AssetChecksDefinition(AssetsDefinition):
    """One or more checks, and the function that does them; callable like that function."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name of its one check."""
        return self.check_key.name

    @property
    def asset_key(self) -> AssetKey:
        """The asset that its one check is about."""
        return self.check_key.asset_key


if TYPE_CHECKING:

    class DecoratedCheck(AssetChecksDefinition, DecoratedAsset[P, R]): ...

else:
    DecoratedCheck = AssetChecksDefinition


class AssetCheckOptions(FunctionOptions, total=False):
    """What @asset_check takes besides the asset; `asset_check` says what each of them means."""

    name: str | None
    description: str | None
    blocking: bool
    additional_ins: Mapping[str, AssetIn] | None
    additional_deps: Iterable[CoercibleToAssetKey | AssetDep] | None
    metadata: Mapping[str, Any] | None
    automation_condition: Any
    partitions_def: PartitionsDefinition | None


class MultiAssetCheckOptions(FunctionOptions, total=False):
    """What @multi_asset_check takes besides the checks; `multi_asset_check` says what each of them means."""

    name: str | None
    description: str | None
    can_subset: bool
    ins: Mapping[str, Any] | None


_OPTIONS = frozenset(AssetCheckOptions.__annotations__)
_MULTI_OPTIONS = frozenset(MultiAssetCheckOptions.__annotations__)


def asset_check(
    *, asset: CoercibleToAssetKey, **options: Unpack[AssetCheckOptions]
) -> Callable[[Callable[P, R]], DecoratedCheck[P, R]]:
    """Declare a check: the decorated function looks at an asset and returns an AssetCheckResult, or True or False.

    A parameter is given the asset's value, whatever it is called; others are named in `additional_ins`.

    Args:
        asset: The asset.
        name: Default: the function's name.
        description: Default: the docstring.
        blocking: Where it fails with severity ERROR, nothing below the asset is made.
        additional_ins: Other assets that are loaded, by parameter.
        additional_deps: Other assets that it is only done after.
        required_resource_keys, resource_defs, config_schema, op_tags, retry_policy, pool: As of `@asset`.
        compute_kind: Accepted for compatibility; nothing is shown of it.
        metadata: Facts about the check.
        automation_condition: When it is to be done.
        partitions_def: The set of partitions that are checked one by one.

    Raises:
        DefinitionError: the declaration is wrong.

    Example:
        >>> @asset_check(asset="orders")
        ... def has_rows(orders: list) -> bool:
        ...     return bool(orders)
        >>> has_rows([1])
        True
    """
    given: Mapping[str, Any] = options
    refuse_unknown(given, _OPTIONS, what="@asset_check")
    if callable(asset) and not isinstance(asset, (AssetsDefinition, str)) and not hasattr(asset, "key"):
        raise DefinitionError("@asset_check needs the asset that it checks", hint="write @asset_check(asset=...)")
    checked = AssetKey.from_coercible(asset)

    def decorate(function: Callable[P, R]) -> DecoratedCheck[P, R]:
        return cast("DecoratedCheck[P, R]", _declare_check(function, checked, given))

    return decorate


def _declare_check(function: Callable[..., Any], checked: AssetKey, given: Mapping[str, Any]) -> AssetChecksDefinition:
    own_name = given.get("name") or name_by_function(function)
    deps = read_deps(given.get("additional_deps"))
    if any(dep.asset_key == checked for dep in deps):
        raise DefinitionError(
            f"When defining check '{own_name}', asset '{checked}' was passed to `asset` and `additional_deps`. It can "
            "only be passed to one of these parameters."
        )
    spec = AssetCheckSpec(
        own_name,
        asset=checked,
        description=describe(function, given.get("description")),
        additional_deps=deps,
        blocking=given.get("blocking", False),
        metadata=given.get("metadata"),
        automation_condition=given.get("automation_condition"),
        partitions_def=given.get("partitions_def"),
    )
    signature = inspect.signature(function)
    parameters = read_parameters(function, signature)
    ins = _find_target(own_name, parameters, checked, given.get("additional_ins") or {})
    operation = make_operation(
        function,
        given,
        name=spec.get_python_identifier(),
        signature=signature,
        parameters=parameters,
        inputs=read_inputs(function, parameters.inputs, ins=ins, deps=[AssetDep(checked), *deps]),
        description=spec.description,
    )
    return AssetChecksDefinition(
        (),
        operation=operation,
        check_specs=(spec,),
        resource_defs=given.get("resource_defs") or {},
        place=find_place(function),
    )


def _find_target(
    name: str, parameters: Parameters, checked: AssetKey, additional: Mapping[str, AssetIn]
) -> dict[str, AssetIn]:
    """Return what each parameter of a check loads: the one that `additional_ins` does not name, the asset."""
    named = [each.name for each in parameters.inputs if each.kind not in _VARIADIC]
    unknown = additional.keys() - set(named)
    if unknown:
        raise DefinitionError(
            f"When defining check '{name}', 'additional_ins' contains keys that are not present in the function "
            f"signature: {sorted(unknown)}"
        )
    others = [each for each in named if each not in additional]
    if len(others) > 1:
        raise DefinitionError(
            f"When defining check '{name}', multiple assets provided as parameters: {others}. These should either "
            "match the target asset or be specified in 'additional_ins'."
        )
    if any(given.name_asset(each) == checked for each, given in additional.items()):
        raise DefinitionError(
            f"When defining check '{name}', asset '{checked}' was passed to `asset` and `additional_ins`. It can only "
            "be passed to one of these parameters."
        )
    return {**additional, **{each: AssetIn(key=checked) for each in others}}


def multi_asset_check(
    *, specs: Sequence[AssetCheckSpec], **options: Unpack[MultiAssetCheckOptions]
) -> Callable[[Callable[P, R]], DecoratedCheck[P, R]]:
    """Declare a function that does several checks: it yields, or returns in a list, an AssetCheckResult for each.

    Args:
        specs: The checks.
        name: Of the operation; default: the function's name.
        description: Default: the docstring.
        can_subset: It can do some of its checks: those of `context.selected_asset_check_keys`.
        ins: What its parameters load, where their names are not those of the assets.
        required_resource_keys, resource_defs, config_schema, op_tags, retry_policy, pool: As of `@asset`.
        compute_kind: Accepted for compatibility; nothing is shown of it.

    Raises:
        DefinitionError: the declaration is wrong.
    """
    given: Mapping[str, Any] = options
    refuse_unknown(given, _MULTI_OPTIONS, what="@multi_asset_check")
    check_check_specs(specs, {spec.asset_key for spec in specs})

    def decorate(function: Callable[P, R]) -> DecoratedCheck[P, R]:
        return cast("DecoratedCheck[P, R]", _declare_checks(function, specs, given))

    return decorate


def _declare_checks(
    function: Callable[..., Any], specs: Sequence[AssetCheckSpec], given: Mapping[str, Any]
) -> AssetChecksDefinition:
    name = given.get("name") or name_by_function(function)
    signature = inspect.signature(function)
    parameters = read_parameters(function, signature)
    checked = sorted({spec.asset_key for spec in specs})
    deps = [*map(AssetDep, checked), *(dep for spec in specs for dep in spec.additional_deps)]
    inputs = read_inputs(function, parameters.inputs, ins=given.get("ins"), deps=deps)
    known = {dep.asset_key for dep in deps}
    strange = [slot.name for slot in inputs if slot.is_loaded and slot.key not in known]
    if strange:
        raise DefinitionError(
            f"the parameters {', '.join(strange)} of {name} name none of the assets that it checks",
            hint="name the asset, or say in ins= which one is meant",
        )
    operation = make_operation(
        function,
        given,
        name=name,
        signature=signature,
        parameters=parameters,
        inputs=inputs,
        description=describe(function, given.get("description")),
    )
    return AssetChecksDefinition(
        (),
        operation=operation,
        check_specs=tuple(specs),
        can_subset=given.get("can_subset", False),
        resource_defs=given.get("resource_defs") or {},
        place=find_place(function),
    )
