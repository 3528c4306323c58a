"""What users know as `dagster.components`: what loads a folder is here, components are refused where they are used."""

from __future__ import annotations

import assetmake

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from typing import Any

stands_for = __name__


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(assetmake, name)


def __dir__() -> list[str]:
    return ["definitions", "load_defs", "load_from_defs_folder"]
