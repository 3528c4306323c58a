"""Definitions: what a module offers, gathered in one object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True, init=False)
class Definitions:
    """The assets and sources of a module; its module-level assets count besides.

    Args:
        assets: Assets and file sources.
    """

    assets: tuple[AssetsDefinition | FileSource, ...]

    def __init__(self, assets: Iterable[AssetsDefinition | FileSource] = (), **others: object) -> None:
        given = [name for name, value in others.items() if value]
        if given:
            raise DefinitionError(
                f"Definitions takes assets, and does not take {', '.join(given)} yet",
                hint="leave it out, or keep it where the assets' functions can reach it",
            )
        gathered = tuple(assets)
        for entry in gathered:
            if not isinstance(entry, (AssetsDefinition, FileSource)):
                raise DefinitionError(
                    f"Definitions(assets=...) holds {entry!r}, which is neither an asset nor a FileSource",
                    hint="decorate the function with @asset",
                )
        object.__setattr__(self, "assets", gathered)

    @classmethod
    def merge(cls, *several: Definitions) -> Definitions:
        """Return the definitions of all, in order."""
        return cls(entry for definitions in several for entry in definitions.assets)
