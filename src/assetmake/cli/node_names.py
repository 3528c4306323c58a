"""ASSET[@KEY]: the one node that a command is asked about."""

from __future__ import annotations

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.selection import Selection
from assetmake.project import Project


def find_node(project: Project, text: str) -> tuple[AssetKey, str | None]:
    """Return the asset that a text names, and the partition's key behind `@`.

    Raises:
        UsageError: it names no asset, or several, or a partition that there is not.
    """
    name, at, key = text.partition("@")
    found = project.select_assets(Selection((name,)))
    if len(found) != 1 or name.strip() != name or not name:
        raise UsageError(f"{text!r} names {len(found)} assets", hint="give the name of one asset")
    asset = found[0]
    if not at:
        return asset, None
    if project.graph.assets[asset].partitions is None:
        raise UsageError(f"{asset} has no partitions", hint="leave out the @ and the key")
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    return asset, _check_key(project, asset, key)


def _check_key(project: Project, asset: AssetKey, key: str) -> str:
    scope = project.make_plan(Selection((str(asset),)), closure=False).scope
    definition = scope.definitions[asset]
    assert definition is not None
    if key == "latest":
        parts = scope.parts[asset]
        if not parts:
            raise UnknownPartitionError(f"{asset} has no partitions yet")
        return definition.key_of(parts[-1])
    definition.validate_partition_key(key, current_time=scope.now)
    return key
