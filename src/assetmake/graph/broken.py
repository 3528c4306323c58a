"""Modules that did not import: in which of them an asset may be that is not found."""

from __future__ import annotations

from collections.abc import Sequence

from assetmake.discovery.manifest import ModuleFailure

_SHOWN = 5


def find_writers(failures: Sequence[ModuleFailure], name: str) -> list[str]:
    """Return the modules that did not import whose text defines a name, as far as that can be read."""
    last = name.rpartition("/")[2]
    return [failure.module for failure in failures if last in failure.defines]


def describe_lost(failures: Sequence[ModuleFailure], name: str) -> str:
    """Return a name that is not found, and where it may be."""
    writers = find_writers(failures, name)
    if len(writers) == 1:
        return f"{name} in {writers[0]}, which did not import"
    modules = list_modules(failures)
    what = "a module" if len(failures) == 1 else "one of the modules"
    return f"{name}, which may be in {what} that did not import ({modules})"


def list_modules(failures: Sequence[ModuleFailure]) -> str:
    """Return the names of the modules that did not import, the first few."""
    names = [failure.module for failure in failures]
    return ", ".join(names[:_SHOWN]) + (f", +{len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
