"""The names of a manifest that completion suggests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.discovery.manifest import Manifest
from assetmake.storage.asset_names import ASSETS, AUTOMATIONS, CHECKS, JOBS, KEYS, SETS, TERMS

_MOST_KEYS = 200


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
        KEYS: sorted(_list_keys(manifest)),
        TERMS: sorted({*_list_terms(manifest), *(f"selector:{name}" for name in selectors)}),
    }


def _list_keys(manifest: Manifest) -> Iterator[str]:
    """Yield the keys of assets that have few, all of them written down: what else there is changes with time."""
    for record in manifest.assets:
        if isinstance(record.partitions, StaticPartitionsDefinition):
            keys = record.partitions.get_partition_keys()
            if len(keys) <= _MOST_KEYS:
                yield from (f"{record.key}@{key}" for key in keys if key.isprintable())


def _list_terms(manifest: Manifest) -> Iterator[str]:
    for record in manifest.assets:
        yield f"group:{record.group}"
        yield f"file:{record.place.file.rpartition('/')[2]}"
        yield from (f"kind:{kind}" for kind in record.kinds)
        yield from (f"owner:{owner}" for owner in record.owners)
        for name, value in record.tags.items():
            yield f"tag:{name}={value}" if value else f"tag:{name}"
    yield from (f"job:{job.name}" for job in manifest.automation.jobs)
