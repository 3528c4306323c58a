"""Sharing out: of what one call gave for several keys, each node is given its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import DefinitionError

_NAMED = 3


def share_out(value: Any, keys: Sequence[str], asset: AssetKey) -> Sequence[Any]:
    """Return the value of each key, in the dict of values by key that a call for a range gives.

    Args:
        value: What the function gave.
        keys: What it was called for.
        asset: What it makes, for messages.

    Raises:
        DefinitionError: it is no dict with a value for each of the keys.
    """
    if len(keys) == 1 and not (isinstance(value, Mapping) and set(value) == set(keys)):
        # Whoever writes for one key may return its value. Whoever writes for ranges gets one of one key, too.
        return [value]
    _check_keys(value, keys, f"{asset}@{keys[0]}..{keys[-1]}")
    return [value[key] for key in keys]


def _check_keys(value: object, keys: Sequence[str], name: str) -> None:
    if not isinstance(value, Mapping):
        raise DefinitionError(
            f"{name} made {len(keys)} partitions in one call and returned a {type(value).__name__}",
            hint="return a dict with a value for each of context.partition_keys, or annotate it -> None",
        )
    known = set(keys)
    missing, extra = [key for key in keys if key not in value], [key for key in value if key not in known]
    if missing or extra:
        told = [f"no value for {_name(missing)}"] if missing else []
        told += [f"a value for {_name(extra)}, which it was not called for"] if extra else []
        raise DefinitionError(
            f"{name} returned {' and '.join(told)}", hint="the keys are those of context.partition_keys"
        )


def _name(keys: Sequence[object]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(map(str, keys[:_NAMED])) + more
