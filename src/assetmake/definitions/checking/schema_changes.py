"""build_column_schema_change_checks: the columns of a table are those that it had the time before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.checking.asked import Asked
from assetmake.definitions.checking.bulk import check_severity, declare_in_bulk, list_keys, tell
from assetmake.definitions.checking.decorators import AssetChecksDefinition
from assetmake.definitions.checking.keys import AssetCheckSeverity
from assetmake.definitions.metadata.tables import TableSchema

SCHEMA_METADATA = "dagster/column_schema"
"""The name under which assets tell of their columns; part of what users' code is written with."""


def build_column_schema_change_checks(
    *, assets: Sequence[CoercibleToAssetKey], severity: AssetCheckSeverity = AssetCheckSeverity.WARN
) -> Sequence[AssetChecksDefinition]:
    """Return checks that the columns of what was made last are those of the time before.

    What was made tells of its columns with a `TableSchema` under `dagster/column_schema` in its metadata.

    Args:
        assets: The assets.
        severity: Of a check that fails.

    Example:
        >>> build_column_schema_change_checks(assets=["orders"])[0].check_key.to_user_string()
        'orders:column_schema_change'
    """
    grave = check_severity(severity)
    return declare_in_bulk(
        "column_schema_change",
        list_keys(assets),
        lambda instance, key: tell(key, _compare_last(instance, key.asset_key), grave),
        what="asset_check",
        asks=Asked(2, terms=grave.value),
        description="Checks whether there are changes to column schema between the asset's two most recent "
        "materializations",
    )


def _compare_last(instance: Any, key: AssetKey) -> tuple[bool, str]:
    records = instance.fetch_materializations(key, limit=2).records
    if len(records) < 2:
        return True, "The asset has been materialized fewer than 2 times"
    new, old = (_find_schema(record.asset_materialization.metadata) for record in records)
    if new is None:
        return False, "Latest materialization has no column schema metadata"
    if old is None:
        return False, "Previous materialization has no column schema metadata"
    changes = describe_changes(old, new)
    if changes:
        first = "Column schema changed between previous and latest materialization."
        return False, "\n\n".join([first, *changes])
    return True, "No changes to column schema between previous and latest materialization"


def _find_schema(metadata: Any) -> TableSchema | None:
    value = getattr(metadata.get(SCHEMA_METADATA), "value", None)
    return value if isinstance(value, TableSchema) else None


def describe_changes(old: TableSchema, new: TableSchema) -> list[str]:
    """Return what changed from one set of columns to another, in words; nothing where nothing did."""
    before = {column.name: column.type for column in old.columns}
    after = {column.name: column.type for column in new.columns}
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    changed = [name for name in after if name in before and after[name] != before[name]]
    told = []
    if added:
        told.append(f"Added columns: {', '.join(added)}")
    if removed:
        told.append(f"Removed columns: {', '.join(removed)}")
    if changed:
        lines = "".join(f"\n- {name}: {before[name]} -> {after[name]}" for name in changed)
        told.append(f"Column type changes:{lines}")
    return told
