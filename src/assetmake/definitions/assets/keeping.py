"""Keeping: how what an asset's function returns is kept and found again."""

from __future__ import annotations

from dataclasses import dataclass

from assetmake.definitions.asset_key import AssetKey

DEFAULT_IO_MANAGER = "io_manager"
ORDERED, UNORDERED = "ordered", "unordered"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a result is kept and found again, apart from the IO manager.

    Attributes:
        aliases: Names that the asset had before.
        hash_rows: "unordered" where the order of a table's rows means nothing.
    """

    aliases: tuple[AssetKey, ...] = ()
    hash_rows: str = ORDERED
