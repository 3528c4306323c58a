"""Units: what one call of a function makes, cut where others come between, and an order that keeps it together."""

from __future__ import annotations

from collections.abc import Sequence

from assetmake.discovery.manifest import AssetRecord
from assetmake.graph.ordering import find_cycles, sort_topologically

Members = tuple[int, ...]


def group_units(records: Sequence[AssetRecord], upstream: Sequence[Sequence[int]]) -> list[Members]:
    """Return groups of assets that one call makes, by their numbers; what is made alone is in none.

    A function that can make some of its assets is called more than once where another asset lies between two of them:
    those that come before it are one group, those that come after it another.

    Args:
        records: The assets.
        upstream: For each asset the numbers of the assets that it reads.
    """
    numbers = {record.key: number for number, record in enumerate(records) if record.unit}
    if not numbers:
        return []
    groups: list[Members] = []
    for number, record in enumerate(records):
        members = [numbers[key] for key in record.unit if key in numbers]
        if not members or min(members) != number:
            continue
        if record.can_subset and len(members) > 1:
            groups += _cut(members, upstream)
        else:
            groups.append(tuple(members))
    return [group for group in groups if len(group) > 1]


def order_units(
    count: int, groups: Sequence[Members], upstream: Sequence[Sequence[int]]
) -> tuple[list[int], list[list[int]]]:
    """Return assets so that each follows its upstreams and groups stay together, and the cycles that forbid that.

    Args:
        count: How many assets there are.
        groups: Those that are made together, in the order in which they come to stand.
        upstream: For each asset the numbers of the assets that it reads.
    """
    leads = {member: min(group) for group in groups for member in group}
    joined: list[list[int]] = [[] for _ in range(count)]
    for number in range(count):
        lead = leads.get(number, number)
        joined[lead] += [above for read in upstream[number] if (above := leads.get(read, read)) != lead]
        if lead == number and number not in leads:
            joined[number] += [number] * (number in upstream[number])
    members = {min(group): group for group in groups}
    order = [lead for lead in sort_topologically(joined) if leads.get(lead, lead) == lead]
    ordered = [number for lead in order for number in members.get(lead, (lead,))]
    left = [lead for lead in range(count) if leads.get(lead, lead) != lead]
    return ordered, find_cycles(joined, ordered=[*order, *left]) if len(ordered) < count else []


def _cut(members: Sequence[int], upstream: Sequence[Sequence[int]]) -> list[Members]:
    """Cut a group by how many times the longest path to an asset has left the group and come back to it."""
    own = set(members)
    returns: dict[int, int] = {}
    for number in sort_topologically(upstream):
        found = [
            returns[read] + (number in own and read not in own) for read in set(upstream[number]) if read in returns
        ]
        if found or number in own:
            returns[number] = max(found, default=0)
    levels: dict[int, list[int]] = {}
    for member in members:
        levels.setdefault(returns.get(member, 0), []).append(member)
    return [tuple(level) for _, level in sorted(levels.items())]
