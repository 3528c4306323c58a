"""Mending: what had failed and is fresh again though it was not made, as what it reads is as it was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import NodesMended
from assetmake.execution.site import Site
from assetmake.planning.mended import find_mended
from assetmake.storage.ledger import forget_failures


def forgive(site: Site, mended: Iterable[Mapping[AssetKey, Set[int]]], *, until: datetime) -> list[NodesMended]:
    """Forget the failures of nodes that are fresh, but for those of forced attempts; return what there is to tell.

    Args:
        site: Where.
        mended: What was found by one plan after the other.
        until: When the first of them was made: later failures are of other builds.
    """
    several = [each for each in mended if each]
    if not several:
        return []
    with site.state.writing() as db:
        nodes = {str(key): parts for key, parts in find_mended(db, several).items()}
        return [NodesMended(name, keys) for name, keys in forget_failures(db, nodes, until=until).items()]
