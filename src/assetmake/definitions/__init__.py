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

    stands_for = "assetmake.definitions.definitions.definitions"

    def __call__(self, *args: Any, **options: Any) -> Any:
        module, _, name = self.stands_for.rpartition(".")
        return getattr(importlib.import_module(module), name)(*args, **options)


sys.modules[__name__].__class__ = _Room
