"""ASSET[@KEY]: the one node that a command is asked about; of a check, ASSET:CHECK[@KEY]."""

from __future__ import annotations

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.selection import Selection
from assetmake.project import Project


def find_node(project: Project, text: str) -> tuple[AssetKey, str | None]:
    """Return the asset or check that a text names, and the partition's key behind `@`.

    Raises:
        UsageError: it names no asset and no check, or several, or a partition that there is not.
    """
    name, at, key = text.partition("@")
    asset = _find_check(project, name) or _find_asset(project, name, text)
    if not at:
        return asset, None
    if project.graph.records[asset].partitions is None:
        raise UsageError(f"{asset} has no partitions", hint="leave out the @ and the key")
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    return asset, _check_key(project, asset, key)


def _find_asset(project: Project, name: str, text: str) -> AssetKey:
    found = project.select_assets(Selection((name,)))
    if len(found) != 1 or name.strip() != name or not name:
        raise UsageError(f"{text!r} names {len(found)} assets", hint="give the name of one asset")
    return found[0]


def _find_check(project: Project, name: str) -> AssetKey | None:
    """Return the key of a check, written as `a/b:name`; None where the text names something else.

    Raises:
        UsageError: what is before the last colon is an asset, and it has no such check.
    """
    above, colon, last = name.rpartition(":")
    checks = {str(key): key for key in project.graph.checks}
    asset = next((key for key in project.graph.assets if str(key) == above), None) if colon else None
    if name in checks or asset is None:
        return checks.get(name)
    own = [str(key) for key in project.graph.list_checks([asset])]
    raise UsageError(
        f"{asset} has no check {last!r}", hint=f"its checks are {', '.join(own)}" if own else "it has none"
    )


def _check_key(project: Project, asset: AssetKey, key: str) -> str:
    scope = project.make_plan(Selection.of(project.graph.find_asset(asset)), closure=False).scope
    definition = scope.definitions[asset]
    assert definition is not None
    if key == "latest":
        parts = scope.parts[asset]
        if not parts:
            raise UnknownPartitionError(f"{asset} has no partitions yet")
        return definition.key_of(parts[-1])
    definition.validate_partition_key(key, current_time=scope.now)
    return key
