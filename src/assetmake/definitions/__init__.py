"""What users write: assets, partitions, checks, resources, as pure declarations; called, it is their decorator."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from typing import Any


class _Room(ModuleType):
    """This package. Users know a decorator by the same name, so it can be called as that."""

    def __call__(self, fn: Any) -> Any:
        return importlib.import_module(f"{__name__}.definitions").definitions(fn)


sys.modules[__name__].__class__ = _Room
