"""What a declaration asks for that a build cannot do: told where it stands, before anything is built."""

from __future__ import annotations

from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.external import SourceAsset
from assetmake.definitions.source import FileSource
from assetmake.errors import DefinitionError

_HINT = "`materialize` in a test or a script does it; see docs/from-dagster.md"


def check_buildable(declared: Any) -> None:
    """Check that a build can do all that a declaration asks for.

    Raises:
        DefinitionError: naming the declaration, where it stands, and what it asks for.
    """
    match declared:
        case FileSource():
            return
        case SourceAsset() | AssetSpec():
            raise _refuse(
                declared.key, getattr(declared, "place", ""), "a build reads what others make as a FileSource"
            )
        case AssetsDefinition():
            reason = _find_reason(declared)
            if reason:
                raise _refuse(declared.title, declared.place, reason)


def _find_reason(definition: AssetsDefinition) -> str:
    operation = definition.operation
    if operation is None:
        return "a build reads what others make as a FileSource"
    if definition.is_observation:
        return "a build observes nothing"
    return ""


def _refuse(name: object, place: object, reason: str) -> DefinitionError:
    where = f"{place}: " if place else ""
    return DefinitionError(f"{where}{name}: {reason} yet", hint=_HINT)
