"""The first scheme of fingerprints, whose states keep nothing but the normalised text of an asset's own function."""

from __future__ import annotations

from assetmake.discovery.code.given_version import describe_version
from assetmake.discovery.code.members import Form, Member, read_again
from assetmake.discovery.code.outline import outline_source

_VERSION = 'code_version = "'


def read_first_scheme(text: str) -> Member:
    """Return the member that a text of the first scheme stands for.

    It vouches for nothing beside the function: not for helpers, constants or what a name was imported from. Of an asset
    that refers to any, the code is another one than it was.
    """
    if text.startswith(_VERSION):
        return describe_version("", text.removeprefix(_VERSION).removesuffix('"'))
    parts: list[str] = []
    for definition in outline_source(text).list_outermost():
        parts += [f"decorator {number}" for number in range(len(definition.decorators))]
        # Those stood in the text of all parameters; of what is no input they no longer count.
        parts += [f"annotation {name}" for name in definition.annotations if name != "context"]
    return read_again(Member("", text, Form.DEFINITION, "", parts=tuple(parts)))
