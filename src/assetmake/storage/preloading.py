"""load_libraries(): what reading and writing the state will load, at a time when there is nothing else to do."""

from __future__ import annotations

import importlib
import os

_LIBRARIES = ("duckdb", "pyarrow")
"""They take a third of a second, and are otherwise loaded when they are first used."""


def load_libraries() -> None:
    """Load them now; where another process runs meanwhile and there is one processor, it would only be held up."""
    if (os.cpu_count() or 1) > 1:
        for name in _LIBRARIES:
            importlib.import_module(name)
