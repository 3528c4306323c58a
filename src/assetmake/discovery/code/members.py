"""Code graphs: the definitions that assets consist of, who refers to whom, and one digest for all that one reaches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from assetmake.discovery.code.outline import Definition, Outline, digest, outline_source
from assetmake.discovery.code.syntax import show_source

SCHEME = 2
"""Version of how code is fingerprinted. It is kept beside fingerprints and never part of one; see `read_again`."""
VERSION = "version"
"""What a `code_version` is called among the facts of its member."""


class Form(Enum):
    """How the source of a member is read."""

    DEFINITION = "definition"
    """A function, a lambda or a class; or several of one name, among which conditions choose."""
    STATEMENTS = "statements"
    """What gives a constant its value, where that is no data."""
    VALUE = "value"
    """A constant that counts by its value, whatever its source; or a thing that has none."""


@dataclass(frozen=True, slots=True)
class Member:
    """One definition of a code closure.

    Attributes:
        name: `helpers.py::clean`; unique in a code graph.
        source: As it is written in its file.
        form: How the source counts.
        parts: Of a definition: what counts beside its body - its name, decorators by number, annotated parameters.
        facts: What it rests on besides source, by what it is called there; each is a digest or the name of a library's
            object, never a value.
        links: The members it refers to, by the name that it uses for each.
        identity: A digest of all that but the links, and without names of files.
        unfollowed: In words, what of it cannot be followed.
    """

    name: str
    source: str
    form: Form
    identity: str
    parts: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    unfollowed: tuple[str, ...] = ()

    @property
    def stands_for_code(self) -> bool:
        """Tell whether this is a `code_version`."""
        return self.form is Form.VALUE and VERSION in self.facts


def identify(member: Member, *, syntax: Sequence[str]) -> str:
    """Return the identity of a member, given the digests of its pieces of syntax."""
    counted = [member.form.value, list(syntax), _list_counted(member.parts), sorted(member.facts.items())]
    return digest(json.dumps(counted))


def _list_counted(parts: Sequence[str]) -> list[str]:
    """Return the parts without those of decorators, which count by what they are and in their order."""
    return sorted(part for part in parts if not part.startswith("decorator "))


def read_again(member: Member) -> Member:
    """Return a member, identified as this version of assetmake does it, from what was kept of it.

    A state that was written with another scheme is compared through this.
    """
    match member.form:
        case Form.VALUE:
            syntax: list[str] = []
        case Form.STATEMENTS:
            syntax = Outline(member.source).list_statements()
        case Form.DEFINITION:
            found = outline_source(member.source).list_outermost()
            syntax = [each for definition in found for each in list_syntax(definition, member.parts)]
    return replace(member, identity=identify(member, syntax=syntax))


def show_member(member: Member) -> str:
    """Return a member's source for people: normalised, and without what of it does not count."""
    if member.form is not Form.DEFINITION:
        return show_source(member.source)
    wanted = set(member.parts)
    return show_source(
        member.source,
        keeps_decorator=lambda number: f"decorator {number}" in wanted,
        keeps_annotation=lambda name: f"annotation {name}" in wanted,
    )


def list_syntax(definition: Definition, parts: Sequence[str]) -> list[str]:
    """Return the digests of a definition's pieces that count."""
    wanted = set(parts)
    decorators = [
        piece.identity for number, (_, piece) in enumerate(definition.decorators) if f"decorator {number}" in wanted
    ]
    annotations = [
        f"{name}:{piece.identity}"
        for name, piece in sorted(definition.annotations.items())
        if f"annotation {name}" in wanted
    ]
    return [definition.body.identity, *decorators, *annotations]


@dataclass(frozen=True, slots=True)
class CodeGraph:
    """Members by name; the root of an asset is the member of its own function."""

    members: Mapping[str, Member] = field(default_factory=dict)

    def reach(self, *roots: str) -> tuple[Member, ...]:
        """Return members and all that they refer to, directly or not, nearest first."""
        found: dict[str, Member] = {}
        names = list(roots)
        for name in names:
            if name in found or name not in self.members:
                continue
            found[name] = self.members[name]
            names.extend(found[name].links.values())
        return tuple(found.values())

    def digest_all(self) -> dict[str, str]:
        """Return for each member a digest of itself and of all that it reaches.

        Members that refer to each other in a circle are digested together: they are told apart round by round by what
        they refer to, as states of an automaton are (Moore, 1956), and the whole circle is written down in those terms.
        """
        digests: dict[str, str] = {}
        for group in self._list_circles():
            if len(group) == 1 and group[0] not in self.members[group[0]].links.values():
                digests[group[0]] = self._combine(self.members[group[0]], digests)
            else:
                digests.update(self._digest_circle(group, digests))
        return digests

    def _combine(self, member: Member, digests: Mapping[str, str]) -> str:
        links = sorted((label, digests.get(target, "")) for label, target in member.links.items())
        return digest(json.dumps([member.identity, links]))

    def _digest_circle(self, names: Sequence[str], digests: Mapping[str, str]) -> dict[str, str]:
        classes = {name: self._combine(self.members[name], digests) for name in names}
        number = 0
        while True:
            finer = {name: self._combine(self.members[name], {**digests, **classes}) for name in names}
            if len(set(finer.values())) == number:
                break
            number, classes = len(set(finer.values())), finer
        rows = sorted({self._combine(self.members[name], {**digests, **finer}) for name in names})
        whole = digest(json.dumps(rows))
        return {name: digest(f"{whole}{finer[name]}") for name in names}

    def _list_circles(self) -> Iterator[list[str]]:
        """Return the strongly connected components, those that are referred to first (Tarjan, 1972)."""
        index: dict[str, int] = {}
        low: dict[str, int] = {}
        open_names: dict[str, None] = {}
        for start in self.members:
            if start in index:
                continue
            stack: list[tuple[str, Iterator[str]]] = []
            self._enter(start, stack, index, low, open_names)
            while stack:
                name, rest = stack[-1]
                target = next(rest, None)
                if target is None:
                    stack.pop()
                    if stack:
                        low[stack[-1][0]] = min(low[stack[-1][0]], low[name])
                    if low[name] == index[name]:
                        yield _take_from(open_names, name)
                elif target not in index:
                    self._enter(target, stack, index, low, open_names)
                elif target in open_names:
                    low[name] = min(low[name], index[target])

    def _enter(
        self,
        name: str,
        stack: list[tuple[str, Iterator[str]]],
        index: dict[str, int],
        low: dict[str, int],
        open_names: dict[str, None],
    ) -> None:
        index[name] = low[name] = len(index)
        open_names[name] = None
        stack.append((name, iter(self.members[name].links.values())))


def digest_members(names: Iterable[str], digests: Mapping[str, str]) -> str:
    """Return one digest for members of a code graph and objects of libraries, in their order."""
    return digest("\n".join(digests.get(name, name) for name in names))


def _take_from(open_names: dict[str, None], last: str) -> list[str]:
    taken: list[str] = []
    while last not in taken[-1:]:
        taken.append(open_names.popitem()[0])
    return taken
