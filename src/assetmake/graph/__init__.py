"""The graph: a manifest becomes assets in order, and what a person typed becomes targets among them."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from typing import Any


class _Room(ModuleType):
    """This package. Users know a decorator by the same name, so it can be called, and says what to use instead."""

    stands_for = "assetmake.definitions.refused.graph"

    def __call__(self, *args: Any, **options: Any) -> Any:
        module, _, name = self.stands_for.rpartition(".")
        return getattr(importlib.import_module(module), name)(*args, **options)


sys.modules[__name__].__class__ = _Room
