"""What a declaration asks for that a build cannot do: told where it stands, before anything is built."""

from __future__ import annotations

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError

_HINT = "check what reads them: an @asset_check on an asset downstream"


def check_buildable(declared: AssetsDefinition | FileSource) -> None:
    """Check that a build can do all that a declaration asks for.

    Raises:
        DefinitionError: naming the declaration, where it stands, and what it asks for.
    """
    if isinstance(declared, AssetsDefinition) and declared.is_observation and declared.check_specs:
        raise DefinitionError(
            f"{declared.place}: {declared.title}: a build makes no checks where it observes", hint=_HINT
        )
