"""Mending: what had failed and is fresh again though it was not made, as what it reads is as it was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import NodesMended
from assetmake.execution.site import Site
from assetmake.storage.ledger import forget_failures


def forgive(site: Site, mended: Iterable[Mapping[AssetKey, Set[int]]], *, until: datetime) -> list[NodesMended]:
    """Forget the failures of nodes that are fresh; return what there is to tell of it.

    Args:
        site: Where.
        mended: What was found by one plan after the other.
        until: When the first of them was made: later failures are of other builds.
    """
    nodes: dict[str, set[int]] = {}
    for each in mended:
        for key, parts in each.items():
            nodes.setdefault(str(key), set()).update(parts)
    if not nodes:
        return []
    with site.state.writing() as db:
        return [NodesMended(name, keys) for name, keys in forget_failures(db, nodes, until=until).items()]
