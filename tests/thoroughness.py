"""How many examples, kills and rounds the long tests take: ASSETMAKE_THOROUGH=4 gives four times as many."""

from __future__ import annotations

import os

FACTOR = float(os.environ.get("ASSETMAKE_THOROUGH", "1"))


def times(usual: int) -> int:
    """Return how often something is done that is done `usual` times where nothing is said."""
    return max(1, round(FACTOR * usual))
