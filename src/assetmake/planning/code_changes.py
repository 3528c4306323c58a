"""compare_code(): which members of a code closure are not as they were when a node was built."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assetmake.discovery.code.members import Member, show_member

_IMPORT = "import "


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One member that changed.

    Attributes:
        name: As it is now, or was where it is gone: `helpers.py::clean`.
        state: "changed", "new" or "gone".
        old, new: Its normalised source, then and now.
        notes: In words, what changed that its source does not show.
    """

    name: str
    state: str
    old: str = ""
    new: str = ""
    notes: tuple[str, ...] = ()


def compare_code(old: Sequence[Member], new: Sequence[Member]) -> tuple[MemberChange, ...]:
    """Return what changed between two closures, each with the asset's own function first.

    A member that only moved to another file has not changed.
    """
    if not old or not new:
        return ()
    pairs = _pair(old, new)
    after = {each.name: each for each in new}
    changed = [
        change
        for member in old
        if member.name in pairs
        for change in _compare(member, after[pairs[member.name]], pairs)
    ]
    known = set(pairs.values())
    added = [MemberChange(each.name, "new", new=show_member(each)) for each in new if each.name not in known]
    gone = [MemberChange(each.name, "gone", old=show_member(each)) for each in old if each.name not in pairs]
    order = {member.name: number for number, member in enumerate(new)}
    return (*sorted([*changed, *added], key=lambda change: order[change.name]), *gone)


def _pair(old: Sequence[Member], new: Sequence[Member]) -> dict[str, str]:
    """Return the present name of each old member that is still there.

    The roots belong together; then those of one name; then, of what is left, the same thing in another place.
    """
    pairs = {old[0].name: new[0].name}
    for find_key in (_name, _identity, _own_name):
        taken = set(pairs.values())
        free: dict[Hashable, deque[str]] = {}
        for member in new:
            if member.name not in taken:
                free.setdefault(find_key(member), deque()).append(member.name)
        for member in old:
            found = free.get(find_key(member))
            if found and member.name not in pairs:
                pairs[member.name] = found.popleft()
    return pairs


def _name(member: Member) -> Hashable:
    return member.name


def _identity(member: Member) -> Hashable:
    return _own_name(member), member.identity


def _own_name(member: Member) -> Hashable:
    return member.name.partition("::")[2].partition("#")[0]


def _compare(old: Member, new: Member, pairs: Mapping[str, str]) -> Iterator[MemberChange]:
    notes = tuple(dict.fromkeys(_list_notes(old, new, pairs)))
    if old.identity != new.identity or notes:
        yield MemberChange(new.name, "changed", show_member(old), show_member(new), notes)


def _list_notes(old: Member, new: Member, pairs: Mapping[str, str]) -> Iterator[str]:
    for label in [*new.facts, *(each for each in old.facts if each not in new.facts)]:
        before, after = old.facts.get(label), new.facts.get(label)
        if before is not None and after is not None and before != after:
            yield _tell_fact(label, before, after)
    for label, target in new.links.items():
        former = old.links.get(label)
        if former is not None and pairs.get(former) != target:
            yield f"{label.split(' ')[0]} means {target}, no longer {former}"


def _tell_fact(label: str, old: str, new: str) -> str:
    if old.startswith(_IMPORT) and new.startswith(_IMPORT):
        before, after = old.removeprefix(_IMPORT), new.removeprefix(_IMPORT)
        name = label if "." in before or "." in after else label.partition(".")[0]  # np.sum is of numpy, as all of np
        return f"{name} means {after}, no longer {before}"
    told: dict[str, Callable[[str], str]] = {
        "value": lambda _: "its value changed",
        "version": lambda _: "its code_version changed",
        "defaults": lambda _: "the values of its defaults changed",
        "bytecode": lambda _: "what it runs changed (its source cannot be found)",
        "captured": lambda rest: f"the value that it captured as {rest} changed",
        "wrapper": lambda _: "what a decorator carries changed",
    }
    kind, _, rest = label.partition(" ")
    return told[kind](rest) if kind in told else f"what it takes as {label} changed"
