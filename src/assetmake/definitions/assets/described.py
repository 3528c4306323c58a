"""What is said of assets, read off their specs: of one asset, and of several by their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.labels import DEFAULT_GROUP, drop_kinds
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.errors import InvariantError


class Described:
    """Something that has specs of assets.

    Attributes:
        specs: What is said of each asset.
    """

    __slots__ = ()
    specs: tuple[AssetSpec, ...]

    @property
    def specs_by_key(self) -> dict[AssetKey, AssetSpec]:
        return {spec.key: spec for spec in self.specs}

    @property
    def keys(self) -> set[AssetKey]:
        return {spec.key for spec in self.specs}

    @property
    def key(self) -> AssetKey:
        """The key of its one asset.

        Raises:
            InvariantError: there are more, or none.
        """
        return self.spec.key

    @property
    def spec(self) -> AssetSpec:
        """What is said of its one asset.

        Raises:
            InvariantError: there are more, or none.
        """
        if len(self.specs) != 1:
            raise InvariantError(
                f"Tried to retrieve asset key from an assets definition with {len(self.specs)} asset keys: "
                f"{', '.join(str(spec.key) for spec in self.specs)}",
                hint="use .keys",
            )
        return self.specs[0]

    @property
    def group_name(self) -> str:
        return self.spec.group_name or DEFAULT_GROUP

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags but for its kinds."""
        return drop_kinds(self.spec.tags)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted(self.spec.kinds))

    @property
    def owners(self) -> tuple[str, ...]:
        return tuple(self.spec.owners)

    @property
    def description(self) -> str:
        return self.spec.description or ""

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        return check_metadata(self.spec.metadata)

    @property
    def code_version(self) -> str | None:
        return self.spec.code_version

    # What is said of several

    @property
    def group_names_by_key(self) -> dict[AssetKey, str]:
        return {spec.key: spec.group_name or DEFAULT_GROUP for spec in self.specs}

    @property
    def metadata_by_key(self) -> dict[AssetKey, Mapping[str, Any]]:
        return {spec.key: spec.metadata for spec in self.specs}

    @property
    def tags_by_key(self) -> dict[AssetKey, Mapping[str, str]]:
        return {spec.key: spec.tags for spec in self.specs}

    @property
    def descriptions_by_key(self) -> dict[AssetKey, str | None]:
        return {spec.key: spec.description for spec in self.specs}

    @property
    def owners_by_key(self) -> dict[AssetKey, Sequence[str]]:
        return {spec.key: spec.owners for spec in self.specs}

    @property
    def code_versions_by_key(self) -> dict[AssetKey, str | None]:
        return {spec.key: spec.code_version for spec in self.specs}

    @property
    def automation_conditions_by_key(self) -> dict[AssetKey, Any]:
        return {spec.key: spec.automation_condition for spec in self.specs if spec.automation_condition}
