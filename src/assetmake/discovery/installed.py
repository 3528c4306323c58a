"""What installed distributions offer under a name, in the place of what a module gives."""

from __future__ import annotations

from typing import Any

from assetmake.definitions.keeping.offered import find_io_manager, find_resource
from assetmake.storage.io_managers import IO_MANAGERS, writes_files

RESOURCE, IO_MANAGER = "installed:resource:", "installed:io manager:"
"""Begin what stands for such a source where else the name of a module stands."""


def is_installed(source: str) -> bool:
    """Tell whether a source is none of the project's modules."""
    return source.startswith((RESOURCE, IO_MANAGER))


def open_installed(source: str) -> dict[str, Any]:
    """Return, by its name, what a source names; nothing where none is installed that has the name.

    IO managers that write files as ours do are left out: those are used as ours are.
    """
    if source.startswith(RESOURCE):
        name = source.removeprefix(RESOURCE)
        value = find_resource(name)
    else:
        name = source.removeprefix(IO_MANAGER)
        value = None if name in IO_MANAGERS or writes_files(name) else find_io_manager(name)
    return {} if value is None else {name: value}
