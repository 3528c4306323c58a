"""AssetCheckKey and AssetCheckSeverity: which check it is, and how grave its failing is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import DefinitionError


class AssetCheckSeverity(Enum):
    """How grave it is that a check does not pass."""

    WARN = "WARN"
    ERROR = "ERROR"


class AssetCheckKey(NamedTuple):
    """The identity of a check: the asset it is about, and its name.

    >>> AssetCheckKey(AssetKey(["warehouse", "orders"]), "no_nulls").to_user_string()
    'warehouse/orders:no_nulls'
    """

    asset_key: AssetKey
    name: str

    @classmethod
    def from_user_string(cls, text: str) -> AssetCheckKey:
        """Read `asset/key:name`.

        Raises:
            DefinitionError: There is not one colon with something on both sides.
        """
        asset, colon, name = text.partition(":")
        if not (asset and colon and name) or ":" in name:
            raise DefinitionError(f"cannot read {text!r} as a check", hint="write it as asset_key:check_name")
        return cls(AssetKey.from_user_string(asset), name)

    def to_user_string(self) -> str:
        return f"{self.asset_key.to_user_string()}:{self.name}"

    def to_node_key(self) -> AssetKey:
        """Return the key under which a build plans and records the check; written as text, it is that of a user."""
        *above, last = self.asset_key.parts
        return AssetKey([*above, f"{last}:{self.name}"])

    def with_asset_key_prefix(self, prefix: str | Sequence[str]) -> AssetCheckKey:
        return self.replace_asset_key(self.asset_key.with_prefix(prefix))

    def replace_asset_key(self, asset_key: AssetKey) -> AssetCheckKey:
        return AssetCheckKey(asset_key, self.name)
