"""The names of a manifest that completion suggests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assetmake.discovery.manifest import Manifest
from assetmake.storage.asset_names import ASSETS, AUTOMATIONS, CHECKS, JOBS, SETS, TERMS


def list_names(manifest: Manifest, *, selectors: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the names of all that a command can name, by kind, and the terms of selections that there are.

    Args:
        manifest: What is declared.
        selectors: The names of saved selections.
    """
    used = [*(asset.partitions for asset in manifest.assets), *(source.partitions for source in manifest.sources)]
    definitions = {id(each): each for each in used if each is not None}
    automation = manifest.automation
    return {
        ASSETS: [str(record.key) for record in manifest.assets],
        JOBS: sorted({record.name for record in manifest.automation.jobs}),
        AUTOMATIONS: sorted({each.name for each in automation.schedules} | {each.name for each in automation.sensors}),
        SETS: sorted({name for each in definitions.values() for name in each.dynamic_names}),
        CHECKS: [str(record.key) for record in manifest.checks],
        TERMS: sorted({*_list_terms(manifest), *(f"selector:{name}" for name in selectors)}),
    }


def _list_terms(manifest: Manifest) -> Iterator[str]:
    for record in manifest.assets:
        yield f"group:{record.group}"
        yield f"file:{record.place.file.rpartition('/')[2]}"
        yield from (f"kind:{kind}" for kind in record.kinds)
        yield from (f"owner:{owner}" for owner in record.owners)
        for name, value in record.tags.items():
            yield f"tag:{name}={value}" if value else f"tag:{name}"
    yield from (f"job:{job.name}" for job in manifest.automation.jobs)
