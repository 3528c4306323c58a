"""@asset: the decorated function makes an asset, and its parameters name what it reads."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack, overload

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.declaring import make_operation, refuse_unknown, rename_former
from assetmake.definitions.assets.decorated import DecoratedAsset, P, R
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER, ORDERED, UNORDERED, Keeping
from assetmake.definitions.assets.operation import OutputSlot
from assetmake.definitions.assets.options import AssetOptions
from assetmake.definitions.assets.reading import (
    check_lists,
    check_texts,
    complete_deps,
    describe,
    find_place,
    name_by_function,
    read_aliases,
    read_inputs,
    read_output_type,
)
from assetmake.definitions.assets.self_reading import check_self_reading
from assetmake.definitions.assets.specs import AssetDep, AssetSpec, read_deps
from assetmake.definitions.backfill import BackfillPolicy
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.definitions.configuring.parameters import read_parameters
from assetmake.definitions.metadata import check_metadata
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.retry import RetryPolicy
from assetmake.errors import DefinitionError

RESULT = "result"
"""The name of the output of a function that makes one asset."""
_OPTIONS = frozenset(AssetOptions.__annotations__)
_NOT_IN_KIND = re.compile(r"[^A-Za-z0-9_.\-]")  # a compute kind was any text
_LISTS = ("deps", "kinds", "owners", "env_vars", "aliases")
_TEXTS = ("group_name", "description", "code_version", "pool")


@overload
def asset(function: Callable[P, R], /) -> DecoratedAsset[P, R]: ...


@overload
def asset(**options: Unpack[AssetOptions]) -> Callable[[Callable[P, R]], DecoratedAsset[P, R]]: ...


def asset(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Declare an asset: the decorated function makes it, its parameters name the assets it reads.

    A first parameter named `context` is given the `AssetExecutionContext`; one named `config` that is annotated with a
    `Config` class is given its config; one that is annotated with a resource is given that. What the function returns
    is kept: tables as Parquet, JSON-able values as JSON, a `Path` as the file itself, everything else as a pickle.
    Annotated `-> None`, it keeps its result by itself and only the fact that it ran is recorded.

    Args:
        key: The whole key; replaces name and key_prefix.
        key_prefix: Parts before the name.
        name: Default: the function's name.
        deps: Upstreams that are not loaded: assets, sources, keys, names or AssetDep.
        non_argument_deps: The former name of `deps`.
        ins: AssetIn for each parameter that needs one.
        partitions_def: The set of its partitions; default: none.
        group_name, tags, kinds, owners, description, metadata: For people and for selection; none of them
            makes an asset stale. The description defaults to the docstring.
        code_version: Stands for the code: while it stays the same, edits of the function do not count.
        io_manager_key: How the result is kept: "io_manager" (by type), "parquet", "json", "pickle", or the name of an
            IO manager among the resources.
        io_manager_def: An IO manager of its own.
        resource_defs: Resources of its own, by name.
        required_resource_keys: Resources that it finds in `context.resources`.
        config_schema: What `context.op_config` may be.
        check_specs: Checks that the function does besides: it gives an AssetCheckResult for each.
        pool: A name under [pools] that limits how many nodes run at once.
        op_tags: Tags of the operation.
        compute_kind: One of the kinds, as it was named before there could be several.
        retry_policy: Tries after a failure.
        timeout: Seconds after which a node is stopped and has failed.
        env_vars: Environment variables that decide the result. Only keyed hashes of their values are kept.
        aliases: Names that the asset had before: what was built under them is taken for its own.
        hash_rows: "unordered" where the order of a table's rows means nothing: the same rows in another order are
            then the same data. Default: "ordered".
        backfill_policy: How many partitions one call of the function makes. Default: one.
        automation_condition, freshness_policy: When it is to be made, and how old it may become.
        legacy_freshness_policy: The freshness policy in its older form.
        is_virtual: It is a view of others: making it stores nothing.
        auto_materialize_policy: The automation condition in its older form.
        dagster_type: The type of the result, where the annotation does not tell; `Nothing` as `-> None`.
        output_required: False where the function, a generator, may give no result.

    Raises:
        DefinitionError: the declaration is wrong.

    Example:
        >>> @asset(group_name="sales")
        ... def daily_total(orders: list) -> int:
        ...     return sum(orders)
        >>> daily_total([1, 2])
        3
    """
    if function is not None:
        return declare(function, {})
    refuse_unknown(options, _OPTIONS, what="@asset")
    return lambda decorated: declare(decorated, options)


def declare(function: Callable[..., Any], options: Mapping[str, Any]) -> AssetsDefinition:
    """Declare an asset; see `asset`."""
    if not callable(function):
        raise DefinitionError(f"@asset decorates a function, not {function!r}")
    naming = {name: options.get(name) for name in ("key", "key_prefix", "name")}
    own_key = name_asset(function, what="@asset", **naming)
    try:
        own_key.check_name()
        return _declare_options(function, own_key, options)
    except DefinitionError as error:
        raise type(error)(f"asset {own_key}: {error.message}", hint=error.hint) from None


def _declare_options(function: Callable[..., Any], own_key: AssetKey, given: Mapping[str, Any]) -> AssetsDefinition:
    partitions_def, backfill_policy = given.get("partitions_def"), given.get("backfill_policy")
    if given:
        given = rename_former(given)
        _check_options(given)
    signature = inspect.signature(function)
    parameters = read_parameters(function, signature)
    named = read_deps(given.get("deps"))
    inputs = read_inputs(function, parameters.inputs, ins=given.get("ins"), deps=named)
    check_self_reading(own_key, inputs, partitions_def)
    operation = make_operation(
        function,
        given,
        name=own_key.to_python_identifier(),
        signature=signature,
        parameters=parameters,
        inputs=inputs,
        description=describe(function, given.get("description")),
    )
    io_manager_key, resources = given.get("io_manager_key"), given.get("resource_defs") or {}
    if given.get("io_manager_def") is not None:
        io_manager_key = io_manager_key or f"{own_key.to_python_identifier()}__io_manager"
        resources = {**resources, io_manager_key: given["io_manager_def"]}
    spec = _make_spec(own_key, given, complete_deps(inputs, named), operation.description, io_manager_key)
    output = OutputSlot(
        RESULT,
        own_key,
        read_output_type(function, signature, given.get("dagster_type")),
        is_required=not spec.skippable,
        io_manager_key=io_manager_key or DEFAULT_IO_MANAGER,
        metadata=spec.metadata,
        description=spec.description,
        code_version=spec.code_version,
    )
    return AssetsDefinition(
        (spec,),
        operation=replace(operation, outputs=(output,)),
        check_specs=check_check_specs(given.get("check_specs"), {own_key}),
        backfill_policy=backfill_policy,
        resource_defs=resources,
        keeping=Keeping(read_aliases(given.get("aliases")), given.get("hash_rows") or ORDERED),
        place=find_place(function),
    )


def _make_spec(
    own_key: AssetKey,
    given: Mapping[str, Any],
    deps: list[AssetDep],
    description: str | None,
    io_manager_key: str | None,
) -> AssetSpec:
    return AssetSpec(
        own_key,
        deps=deps,
        description=description,
        metadata=given.get("metadata"),
        skippable=not given.get("output_required", True),
        group_name=given.get("group_name"),
        code_version=given.get("code_version"),
        owners=given.get("owners"),
        tags=given.get("tags"),
        kinds=join_kinds(given.get("kinds"), given.get("compute_kind")),
        partitions_def=given.get("partitions_def"),
        automation_condition=given.get("automation_condition"),
        freshness_policy=given.get("freshness_policy"),
        legacy_freshness_policy=given.get("legacy_freshness_policy"),
        is_virtual=given.get("is_virtual", False),
        auto_materialize_policy=given.get("auto_materialize_policy"),
        io_manager_key=io_manager_key,
    )


def _check_options(given: Mapping[str, Any]) -> None:
    check_lists(tags=given.get("tags"), **{name: given[name] for name in _LISTS if name in given})
    check_texts(**{name: given[name] for name in _TEXTS if name in given})
    check_partitions(given.get("partitions_def"))
    _check_kept(timeout=given.get("timeout"), retry_policy=given.get("retry_policy"), hash_rows=given.get("hash_rows"))
    check_backfill(given.get("backfill_policy"), partitions_def=given.get("partitions_def"))
    if given.get("metadata"):
        check_metadata(given["metadata"])


def check_partitions(partitions_def: object) -> None:
    if partitions_def is not None and not isinstance(partitions_def, PartitionsDefinition):
        raise DefinitionError(f"partitions_def is {partitions_def!r}, not a partitions definition")


def _check_kept(*, timeout: object, retry_policy: object, hash_rows: object) -> None:
    if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
        raise DefinitionError(f"timeout={timeout!r} is not a number of seconds above 0")
    if retry_policy is not None and not isinstance(retry_policy, RetryPolicy):
        raise DefinitionError(f"retry_policy is {retry_policy!r}, not a RetryPolicy")
    if hash_rows not in {None, ORDERED, UNORDERED}:
        raise DefinitionError(f"hash_rows={hash_rows!r} is neither {ORDERED!r} nor {UNORDERED!r}")


def check_backfill(policy: object, *, partitions_def: object) -> None:
    """Check the policy of a backfill.

    Raises:
        DefinitionError: it is none, or there are no partitions.
    """
    if policy is None:
        return
    if not isinstance(policy, BackfillPolicy):
        raise DefinitionError(
            f"backfill_policy is {policy!r}, not a BackfillPolicy",
            hint="write backfill_policy=BackfillPolicy.single_run()",
        )
    if partitions_def is None:
        raise DefinitionError(
            "a backfill_policy is for partitioned assets", hint="give it a partitions_def, or leave it out"
        )


def join_kinds(kinds: Iterable[str] | None, compute_kind: str | None) -> Iterable[str] | None:
    """Return the kinds, under whichever name they were given."""
    if kinds is not None and compute_kind is not None:
        raise DefinitionError(
            "Cannot specify compute_kind and kinds on the @asset decorator.", hint="write kinds={...} only"
        )
    return kinds if compute_kind is None else (_NOT_IN_KIND.sub("_", compute_kind),)


def check_check_specs(specs: Iterable[AssetCheckSpec] | None, keys: set[AssetKey]) -> tuple[AssetCheckSpec, ...]:
    """Return the checks that a function does besides making its assets.

    Raises:
        DefinitionError: one stands twice, or checks another asset.
    """
    if not specs:
        return ()
    found = tuple(specs)
    counts = Counter((spec.asset_key, spec.name) for spec in found)
    twice = {key: count for key, count in counts.items() if count > 1}
    if twice:
        raise DefinitionError(f"Duplicate check specs: {twice}")
    for spec in found:
        if spec.asset_key not in keys:
            raise DefinitionError(
                f"Invalid asset key {spec.asset_key} in check spec {spec.name}. Must be one of "
                f"{', '.join(sorted(map(str, keys)))}"
            )
    return found


def name_asset(
    function: Callable[..., Any],
    *,
    what: str,
    key: CoercibleToAssetKey | None,
    key_prefix: str | Sequence[str] | None,
    name: str | None,
) -> AssetKey:
    """Return the key that a decorated function's asset has."""
    if key is not None:
        if name is not None or key_prefix is not None:
            raise DefinitionError(
                f"Cannot specify a name or key prefix for {what} when the key argument is provided: {key!r}"
            )
        return AssetKey.from_coercible(key)
    own = AssetKey(name or name_by_function(function))
    return own.with_prefix(key_prefix) if key_prefix else own
