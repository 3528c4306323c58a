"""Names, tags, owners and metadata of jobs, schedules and sensors, checked where they are declared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from assetmake.errors import DefinitionError

_NAME = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TEAM = "team:"


def check_name(name: object, *, noun: str) -> str:
    """Return a name that can be typed on a command line.

    Raises:
        DefinitionError: it cannot.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DefinitionError(f"{name!r} is not a valid name of a {noun}", hint="use letters, digits, _, - and .")
    return name


def read_tags(tags: Mapping[str, Any] | None) -> dict[str, str]:
    """Return tags with texts as values; what is no text is written as JSON.

    Raises:
        DefinitionError: a key is no text, or a value has no JSON form.
    """
    read = {}
    for key, value in (tags or {}).items():
        if not isinstance(key, str):
            raise DefinitionError(f"a tag is called by a text, got {key!r}")
        read[key] = value if isinstance(value, str) else _write_json(key, value)
    return read


def check_owners(owners: Iterable[str] | None, *, noun: str, name: str) -> list[str]:
    """Return owners, each an email address or `team:NAME`.

    Raises:
        DefinitionError: one is neither.
    """
    checked = [owners] if isinstance(owners, str) else list(owners or ())
    for owner in checked:
        if owner == _TEAM:
            problem = "Team name cannot be empty after 'team:' prefix"
        elif not isinstance(owner, str) or not (owner.startswith(_TEAM) or _EMAIL.fullmatch(owner)):
            problem = "Owner must be an email address or a team name prefixed with 'team:'"
        else:
            continue
        raise DefinitionError(f"{noun} {name}: {owner!r} is not a valid owner. {problem}.")
    return checked


def _write_json(key: str, value: Any) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise DefinitionError(f"the tag {key!r} has a value that is no text: {error}") from None
