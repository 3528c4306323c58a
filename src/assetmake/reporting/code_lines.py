"""What the code of assets consists of, and what of it cannot be followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from assetmake.discovery.code.members import CodeGraph, Member
from assetmake.discovery.manifest import AssetRecord
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint

_ADVICE = "use plain names, or declare code_version="


def list_code(records: Iterable[AssetRecord], code: CodeGraph, *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return for each asset its members, nearest first, and then what of them is not followed."""
    for record in records:
        name = paint(display(str(record.key)), "bold")
        members = _list_members(record, code)
        if members and members[0].stands_for_code:
            yield f"{name}  {display(members[0].source)}, which stands for all of its code"
            continue
        yield f"{name}  {display(record.fingerprint.root)}, {count(len(members), 'member')}"
        yield from (f"  {display(member.name)}" for member in members[1:])
        for member in members:
            for text in member.unfollowed:
                yield f"  {paint('not followed', 'yellow')}: {display(f'{member.name}: {text}')}"


def list_unfollowed(records: Iterable[AssetRecord], code: CodeGraph) -> list[str]:
    """Return a warning for each place that is not followed, whichever and how many assets it belongs to."""
    members = {member.name: member for record in records for member in _list_members(record, code)}
    return [
        f"{member.name}: cannot follow {text}: {_ADVICE}" for member in members.values() for text in member.unfollowed
    ]


def describe_code(records: Iterable[AssetRecord], code: CodeGraph, warnings: Iterable[str]) -> dict[str, Any]:
    """Return the code of assets as a document; the first member is the asset's own function or `code_version`."""
    return {
        "assets": [
            {
                "asset": str(record.key),
                "members": [member.name for member in members],
                "unfollowed": [
                    {"member": member.name, "what": text} for member in members for text in member.unfollowed
                ],
            }
            for record in records
            for members in [_list_members(record, code)]
        ],
        "warnings": list(warnings),
    }


def _list_members(record: AssetRecord, code: CodeGraph) -> tuple[Member, ...]:
    return code.reach(record.fingerprint.root, *record.fingerprint.keepers)
