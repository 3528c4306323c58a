"""load_libraries(): what reading and writing the state will load, at a time when there is nothing else to do."""

from __future__ import annotations

import importlib

from assetmake.storage.standing import count_processors

_LIBRARY = "duckdb"
"""It takes a tenth of a second. Arrow takes another, and most commands do without."""


def load_libraries() -> None:
    """Load them now; where another process runs meanwhile and there is one processor, it would only be held up."""
    if count_processors() > 1:
        importlib.import_module(_LIBRARY)
