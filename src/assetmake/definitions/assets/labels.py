"""What people put on assets - owners, groups, tags, kinds - and the rules that each keeps to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from assetmake.errors import DefinitionError

DEFAULT_GROUP = "default"
KIND_TAG = "dagster/kind/"
"""A kind is a tag as well: this, followed by its name. The prefix is what users' selections are written with."""
_MOST_KINDS = 10
_GROUP = re.compile(r"[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TEAM = "team:"
_TAG_KEY = re.compile(r"([A-Za-z0-9_.\-]{1,63}/)*[A-Za-z0-9_.\-]{1,63}", re.ASCII)
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.\-]{0,63}", re.ASCII)


def check_owners(owners: Iterable[str]) -> list[str]:
    """Return the owners as a list.

    Raises:
        DefinitionError: one is neither an email address nor a team.
    """
    found = list(owners)
    for owner in found:
        if not isinstance(owner, str) or not (
            (owner.startswith(_TEAM) and len(owner) > len(_TEAM)) or _EMAIL.fullmatch(owner)
        ):
            raise DefinitionError(
                f"Invalid owner {owner!r}. Owner must be an email address or a team name prefixed with 'team:'.",
                hint='write owners=["ana@example.com", "team:sales"]',
            )
    return found


@lru_cache(maxsize=1024)
def check_group(name: str) -> str:
    """Return the name of a group.

    Raises:
        DefinitionError: it is none.
    """
    if name == "":
        raise DefinitionError(
            "Empty asset group name was provided, which is not permitted. "
            "Set group_name=None to use the default group_name or set non-empty string"
        )
    if not isinstance(name, str) or not _GROUP.fullmatch(name):
        raise DefinitionError(
            f"{name!r} is not a valid asset group name",
            hint="use letters, digits and _; / makes groups inside groups",
        )
    return name


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags as a dict.

    Raises:
        DefinitionError: a key or a value is no text that a selection can name.
    """
    wrong = [key for key in tags if not isinstance(key, str) or not _TAG_KEY.fullmatch(key)]
    if wrong:
        raise DefinitionError(
            f"Found invalid tag keys: {', '.join(map(repr, wrong))}",
            hint="use up to 63 letters, digits, _, - and .; a prefix may stand before a /",
        )
    for key, value in tags.items():
        if not isinstance(value, str) or not (_TAG_VALUE.fullmatch(value) or key.startswith("dagster/")):
            raise DefinitionError(
                f"Invalid tag value {value!r} of tag {key!r}", hint="use up to 63 letters, digits, _, - and ."
            )
    return dict(tags)


def tag_kinds(kinds: Iterable[str]) -> dict[str, str]:
    """Return kinds as the tags that stand for them.

    Raises:
        DefinitionError: there are more than ten, or one is no text.
    """
    found = sorted(kinds)
    if len(found) > _MOST_KINDS:
        raise DefinitionError("Assets can have at most ten kinds currently.", hint=f"these are {len(found)}")
    check_tags({f"{KIND_TAG}{kind}": "" for kind in found if kind != ""})
    return {f"{KIND_TAG}{kind}": "" for kind in found}


def read_kinds(tags: Mapping[str, str]) -> set[str]:
    """Return the kinds among tags."""
    return {key.removeprefix(KIND_TAG) for key in tags if key.startswith(KIND_TAG)}


def drop_kinds(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith(KIND_TAG)}
