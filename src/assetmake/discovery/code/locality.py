"""What belongs to the project and what to a library, and how either is named in a fingerprint."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_OWN_PACKAGE = f"{Path(os.path.abspath(__file__)).parents[2]}{os.sep}"


@lru_cache(maxsize=4096)
def is_library(filename: str) -> bool:
    """Tell whether a file belongs to Python, to an installed distribution, or to assetmake.

    An editable install lies elsewhere and so counts as the project's own.
    """
    parts = filename.split(os.sep)
    installed = "site-packages" in parts or "dist-packages" in parts
    return installed or filename.startswith((_STANDARD_LIBRARY, _OWN_PACKAGE, "<frozen "))


def is_project_module(module: ModuleType | None) -> bool:
    """Tell whether a module's source is the project's: a folder without `__init__.py` is, if its modules are."""
    file = getattr(module, "__file__", None)
    if file is not None:
        return str(file).endswith(".py") and not is_library(str(file))
    try:
        return any(not is_library(os.path.join(path, "")) for path in getattr(module, "__path__", ()))
    except (TypeError, KeyError):  # a namespace package whose parent is gone from sys.modules
        return False


def is_project_class(kind: type) -> bool:
    """Tell whether a class is defined in a project module."""
    module = sys.modules.get(kind.__module__)
    return module is not None and is_project_module(module)


def is_found_by_name(kind: type) -> bool:
    """Tell whether a class is where it says it is; one that `make_dataclass` made says `types` until Python 3.12."""
    return _look_up(sys.modules.get(kind.__module__), kind.__qualname__) is kind


def name_public(value: Any) -> str:
    """Return the shortest dotted name under which a library's object is found.

    Where an object is defined moves from version to version: `pathlib.Path` is one of `pathlib._local` in 3.13.
    """
    module = getattr(value, "__module__", None) or ""
    qualname = getattr(value, "__qualname__", None) or getattr(value, "__name__", None) or type(value).__qualname__
    parts = str(module).split(".")
    for length in range(1, len(parts)):
        candidate = ".".join(parts[:length])
        if _look_up(sys.modules.get(candidate), qualname) is value:
            return f"{candidate}.{qualname}"
    return f"{module}.{qualname}" if module else str(qualname)


def show_file(filename: str, *, root: Path | None, module: str = "") -> str:
    """Return a project file relative to the root; one outside of it by its module's name."""
    if root is not None and filename.startswith(f"{root}{os.sep}"):
        return filename[len(str(root)) + 1 :].replace(os.sep, "/")
    if module and module != "__main__":
        return module.replace(".", "/") + ".py"
    return os.path.basename(filename)


def hide_root(text: str, *, root: Path | None) -> str:
    """Return a text, as `ascii` writes it, in which the project's own folder has no name.

    So a project that is moved is the same, wherever its constants say where it is.
    """
    if root is None or str(root) == os.sep or str(root)[:1] not in text:
        return text
    return re.sub(re.escape(ascii(str(root))[1:-1]) + r"(?![\w.-])", "<root>", text)


def _look_up(module: ModuleType | None, qualname: str) -> object:
    found: object = module
    for name in qualname.split("."):
        found = getattr(found, name, None)
    return found
