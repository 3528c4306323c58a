"""assetmake: make for data assets.

Public names load on first use, so that importing the package costs little and loads neither DuckDB nor Arrow. For
type checkers they stand once more in `__init__.pyi`; a test compares the two.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from typing import Any

_MODULES = {
    "definitions.asset": ("AssetDep", "AssetIn", "AssetsDefinition", "asset"),
    "definitions.asset_key": ("AssetKey",),
    "definitions.backfill": ("BackfillPolicy",),
    "definitions.calendars": (
        "DailyPartitionsDefinition",
        "HourlyPartitionsDefinition",
        "MonthlyPartitionsDefinition",
        "WeeklyPartitionsDefinition",
    ),
    "definitions.context": ("AssetExecutionContext",),
    "definitions.definitions": ("Definitions",),
    "definitions.dynamic_partitions": (
        "AddDynamicPartitionsRequest",
        "DeleteDynamicPartitionsRequest",
        "DynamicPartitionsDefinition",
        "Partition",
    ),
    "definitions.key_ranges": ("PartitionKeyRange", "TimeWindow"),
    "definitions.mappings": (
        "AllPartitionMapping",
        "IdentityPartitionMapping",
        "LastPartitionMapping",
        "SpecificPartitionsPartitionMapping",
        "StaticPartitionMapping",
    ),
    "definitions.metadata": ("MetadataValue",),
    "definitions.multi_keys": ("MultiPartitionKey",),
    "definitions.multi_mappings": (
        "DimensionPartitionMapping",
        "MultiPartitionMapping",
        "MultiToSingleDimensionPartitionMapping",
    ),
    "definitions.multi_partitions": ("MultiPartitionsDefinition",),
    "definitions.partition_loading": ("partition_loading_context",),
    "definitions.partition_mapping": ("PartitionMapping",),
    "definitions.partitions": ("PartitionsDefinition", "StaticPartitionsDefinition"),
    "definitions.results": ("DataVersion", "MaterializeResult", "Output"),
    "definitions.retry": ("Backoff", "Jitter", "RetryPolicy"),
    "definitions.selecting.selection": ("AssetSelection",),
    "definitions.serialization": ("deserialize_value", "serialize_value"),
    "definitions.source": ("FileSource",),
    "definitions.time_windows": ("TimeWindowPartitionsDefinition",),
    "definitions.window_mapping": ("TimeWindowPartitionMapping",),
    "errors": ("AssetmakeError",),
    "testing": ("build_asset_context", "materialize"),
}
# What other names are for: people's code is written with them.
_ALIASES = {
    "DagsterInvalidDefinitionError": "errors.DefinitionError",
    "DagsterInvalidInvocationError": "errors.InvocationError",
    "DagsterUnknownPartitionError": "errors.UnknownPartitionError",
}
_HOMES = {name: f"{module}.{name}" for module, names in _MODULES.items() for name in names} | _ALIASES
__all__ = [*sorted(_HOMES), "__version__"]  # noqa: PLE0604 - names come from the table


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'assetmake' has no attribute {name!r}")
    module, _, own_name = _HOMES[name].rpartition(".")
    value = getattr(importlib.import_module(f"assetmake.{module}"), own_name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
