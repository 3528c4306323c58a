"""load_value: what a run has made of an asset, loaded again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.operation import InputSlot
from assetmake.errors import InvariantError
from assetmake.running.inputs import Loader, Upstream


def load_value(
    loader: Loader,
    made: AbstractSet[AssetKey],
    keys: Mapping[Any, Sequence[str]],
    key: AssetKey,
    partition_key: str | None,
) -> Any:
    """Return the value of an asset.

    Args:
        loader: Loads what was kept.
        made: The assets that the run was for.
        keys: The keys that it was for, by definition of partitions.
        key: The asset.
        partition_key: The partition; default: those that the run was for.

    Raises:
        InvariantError: the run was not for it.
    """
    if key not in made:
        raise InvariantError(
            f"{key} was not made in this run", hint=f"it was for {', '.join(sorted(map(str, made))) or 'no asset'}"
        )
    partitions_def = loader.producers[key].partitions_def
    wanted = (partition_key,) if partition_key is not None else tuple(keys.get(partitions_def, ()))
    return loader.load(Upstream(InputSlot("value", key), partitions_def, wanted), partition_key=partition_key)
