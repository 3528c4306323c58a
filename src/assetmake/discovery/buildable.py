"""What a declaration asks for that a build cannot do: told where it stands, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.source import FileSource
from assetmake.discovery.manifest import AssetRecord, SourceRecord
from assetmake.errors import DefinitionError

_HINT = "write an @asset_check of it"


def check_buildable(declared: AssetsDefinition | FileSource) -> None:
    """Check that a build can do all that a declaration asks for.

    Raises:
        DefinitionError: naming the declaration, where it stands, and what it asks for.
    """
    if isinstance(declared, AssetsDefinition) and declared.is_observation and declared.check_specs:
        raise DefinitionError(
            f"{declared.place}: {declared.title}: a build makes no checks where it observes", hint=_HINT
        )


def check_asked(checks: Iterable[AssetRecord], sources: Iterable[SourceRecord]) -> None:
    """Check that what ready-made checks ask for is recorded: of what others make, nobody knows when it was made.

    Raises:
        DefinitionError: naming the check, where it stands, and what it is of.
    """
    given = {source.key: source for source in sources}
    for check in checks:
        if check.asks is None or check.inspection is None or check.inspection.asset not in given:
            continue
        source = given[check.inspection.asset]
        raise DefinitionError(
            f"{check.place}: {check.key}: {source.key} ({source.place}) is not made here, so a build does not know when"
            " it was made, nor what was told of it then",
            hint="leave it out of assets= and check what reads it, or look at it in an @asset_check of your own",
        )
