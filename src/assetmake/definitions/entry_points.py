"""Entry points: what installed distributions offer under names, read only when a name is otherwise unknown."""

from __future__ import annotations

from typing import Any

from assetmake.errors import DefinitionError

IO_MANAGERS, RESOURCES = "assetmake.io_managers", "assetmake.resources"
"""The groups."""


def load_entry(group: str, name: str) -> Any:
    """Return the object that a distribution offers under a name of a group; None: none does.

    Raises:
        DefinitionError: several do, or it cannot be imported.
    """
    from importlib.metadata import entry_points  # takes longer to import than most of what is declared

    found = {entry.value: entry for entry in entry_points(group=group, name=name)}
    if len(found) > 1:
        offers = ", ".join(sorted(f"{value} ({_name_distribution(entry)})" for value, entry in found.items()))
        raise DefinitionError(
            f"several installed distributions offer {name!r} in {group}: {offers}", hint="uninstall all but one of them"
        )
    for value, entry in found.items():
        try:
            return entry.load()
        except Exception as error:
            raise DefinitionError(
                f"{value}, which {_name_distribution(entry)} offers as {name!r} in {group}, cannot be imported: "
                f"{type(error).__name__}: {error}"
            ) from error
    return None


def list_entries(group: str) -> list[str]:
    """Return the names that distributions offer in a group."""
    from importlib.metadata import entry_points

    return sorted({entry.name for entry in entry_points(group=group)})


def _name_distribution(entry: Any) -> str:
    return "?" if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"
