"""assetmake: make for data assets.

Public names load on first use, so that importing the package costs little and loads neither DuckDB nor Arrow. For
type checkers they stand once more in `__init__.pyi`; a test compares the two.
"""

from __future__ import annotations

import importlib

from assetmake.public_names import ALIASES, MODULES

__version__ = "0.1.0"

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from typing import Any as Loaded

_HOMES = {name: f"{module}.{name}" for module, names in MODULES.items() for name in names} | ALIASES
__all__ = [*sorted(_HOMES), "__version__"]  # noqa: PLE0604 - names come from the table


def __getattr__(name: str) -> Loaded:
    if name not in _HOMES:
        raise AttributeError(f"module 'assetmake' has no attribute {name!r}")
    module, _, own_name = _HOMES[name].rpartition(".")
    if not module:  # a package that is a decorator besides
        return importlib.import_module(f"assetmake.{own_name}")
    value = getattr(importlib.import_module(f"assetmake.{module}"), own_name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
