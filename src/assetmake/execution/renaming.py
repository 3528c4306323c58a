"""Renaming: outputs go to their new place, then the state follows; done again, it goes on where it was stopped."""

from __future__ import annotations

from dataclasses import replace

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.errors import UsageError
from assetmake.execution.claims import refuse_held
from assetmake.execution.site import Site
from assetmake.storage.decisions import Decision
from assetmake.storage.relocation import relocate
from assetmake.storage.renames import list_built, read_former_names, read_nodes, read_outputs, rename_asset
from assetmake.storage.state import Database


def rename(site: Site, db: Database, old: AssetKey, new: AssetKey, decision: Decision) -> int | None:
    """Move what was built of one asset to another name; inside a writing block.

    Args:
        site: Where.
        db: The state, attached for writing.
        old: What it was called.
        new: What it is called now.
        decision: Who does it.

    Returns:
        How many nodes were built; None where it was moved before.

    Raises:
        UsageError: nothing is recorded of the old name, or something of the new one.
        LockTimeout: a living build works on either.
        StorageError: something else is in the place of the outputs.
    """
    built = list_built(db)
    before, after = str(old), str(new)
    if before not in built:
        if after in built and before in read_former_names(db, after):
            return None
        known = [name for name in built if AssetKey.from_user_string(name) not in site.graph.assets]
        near = suggest(find_nearest(before, known)) or (f"there is {', '.join(known[:3])}" if known else "")
        raise UsageError(f"nothing is recorded of {before}", hint=near)
    if after in built:
        raise UsageError(
            f"{after} was built under its new name, so {before} cannot take its place",
            hint=f"keep that, and remove what is left of {before} with: assetmake gc",
        )
    held = {name: read_nodes(db, name) for name in (before, after)}
    refuse_held(db, held, alive=site.runs.list_alive())
    kept = read_outputs(db, before)
    relocate(site.outputs, old.parts, new.parts, kept, is_shared=_has_others_below(site, old, built))
    record = site.graph.assets.get(new)
    is_kept_by_name = record is None or record.is_kept_by_user
    rename_asset(db, before, after, replace(decision, reason=before), is_kept_by_name=is_kept_by_name)
    return len(held[before])


def _has_others_below(site: Site, old: AssetKey, built: list[str]) -> bool:
    depth = len(old.parts)
    others = {*site.graph.assets, *map(AssetKey.from_user_string, built)} - {old}
    return any(each.parts[:depth] == old.parts for each in others)
