"""What stands of an asset, loaded again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.operation import InputSlot
from assetmake.definitions.assets.value_types import read_type
from assetmake.errors import InvariantError
from assetmake.running.inputs import Loader, Upstream


def load_standing(loader: Loader, key: AssetKey, python_type: Any, partition_key: str | None) -> Any:
    """Return the value of an asset, whoever made it.

    Args:
        loader: Loads what was kept.
        key: The asset.
        python_type: The type that it is to have; None: any.
        partition_key: Which of its partitions.

    Raises:
        InvariantError: there is no such asset.
        LoadInputError: nothing stands of it.
    """
    if key not in loader.producers:
        raise InvariantError(f"there is no asset {key}")
    slot = InputSlot("value", key, dagster_type=read_type(python_type))
    keys = None if partition_key is None else (partition_key,)
    return loader.load(Upstream(slot, loader.producers[key].partitions_def, keys), partition_key=partition_key)


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
    wanted = (partition_key,) if partition_key is not None else tuple(keys.get(partitions_def, ())) or None
    return loader.load(Upstream(InputSlot("value", key), partitions_def, wanted), partition_key=partition_key)
