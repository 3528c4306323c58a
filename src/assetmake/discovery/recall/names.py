"""The names of a manifest that completion suggests."""

from __future__ import annotations

from assetmake.discovery.manifest import Manifest
from assetmake.storage.asset_names import ASSETS, AUTOMATIONS, JOBS, SETS


def list_names(manifest: Manifest) -> dict[str, list[str]]:
    """Return the names of assets, of jobs, of sets of dynamic partitions, of schedules and sensors, by kind."""
    used = [*(asset.partitions for asset in manifest.assets), *(source.partitions for source in manifest.sources)]
    definitions = {id(each): each for each in used if each is not None}
    automation = manifest.automation
    return {
        ASSETS: [str(record.key) for record in manifest.assets],
        JOBS: sorted({record.name for record in manifest.automation.jobs}),
        AUTOMATIONS: sorted({each.name for each in automation.schedules} | {each.name for each in automation.sensors}),
        SETS: sorted({name for each in definitions.values() for name in each.dynamic_names}),
    }
