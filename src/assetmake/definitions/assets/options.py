"""What @asset and @multi_asset take, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.slots import AssetIn, AssetOut
from assetmake.definitions.assets.specs import AssetDep, AssetSpec
from assetmake.definitions.backfill import BackfillPolicy
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.retry import RetryPolicy


class FunctionOptions(TypedDict, total=False):
    """How a function is called, whatever it makes."""

    required_resource_keys: Iterable[str] | None
    resource_defs: Mapping[str, Any] | None
    config_schema: Any
    pool: str | None
    op_tags: Mapping[str, Any] | None
    compute_kind: str | None
    retry_policy: RetryPolicy | None
    timeout: float | None
    env_vars: Iterable[str] | None


class MakingOptions(FunctionOptions, total=False):
    """What a function that makes assets takes, be it one or several."""

    name: str | None
    ins: Mapping[str, AssetIn] | None
    deps: Iterable[CoercibleToAssetKey | AssetDep] | None
    non_argument_deps: Iterable[CoercibleToAssetKey | AssetDep] | None
    partitions_def: PartitionsDefinition | None
    check_specs: Iterable[AssetCheckSpec] | None
    group_name: str | None
    description: str | None
    code_version: str | None
    backfill_policy: BackfillPolicy | None


class AssetOptions(MakingOptions, total=False):
    """What @asset takes; `asset` says what each of them means."""

    key: CoercibleToAssetKey | None
    key_prefix: str | Sequence[str] | None
    tags: Mapping[str, str] | None
    kinds: Iterable[str] | None
    owners: Sequence[str] | None
    metadata: Mapping[str, Any] | None
    io_manager_key: str | None
    io_manager_def: Any
    aliases: Iterable[CoercibleToAssetKey] | None
    hash_rows: str | None
    automation_condition: Any
    auto_materialize_policy: Any
    freshness_policy: Any
    legacy_freshness_policy: Any
    is_virtual: bool
    dagster_type: Any
    output_required: bool


class MultiAssetOptions(MakingOptions, total=False):
    """What @multi_asset takes; `multi_asset` says what each of them means."""

    outs: Mapping[str, AssetOut] | None
    specs: Sequence[AssetSpec] | None
    internal_asset_deps: Mapping[str, set[AssetKey]] | None
    can_subset: bool
    allow_arbitrary_check_specs: bool
