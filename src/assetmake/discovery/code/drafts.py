"""Drafts: members of a code graph in the making."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from assetmake.discovery.code.members import Form, Member, identify


@dataclass(slots=True, eq=False)
class Draft:
    """A member in the making; see `Member` for its fields. `syntax` are the digests of its pieces."""

    name: str
    form: Form = Form.VALUE
    source: list[str] = field(default_factory=list)
    syntax: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    unfollowed: dict[str, None] = field(default_factory=dict)

    def link_held(self, label: str, code: str, kind: str = "") -> str:
        """Link a member that a value holds; return how it is called there: by its kind, or by its own name."""
        base = kind or code.partition("::")[2].partition("#")[0] or code
        token, number = f"@{base}", 1
        while self.links.get(f"{label} {token}", code) != code:
            number += 1
            token = f"@{base} {number}"
        self.links[f"{label} {token}"] = code
        return token

    def finish(self) -> Member:
        """Return the member."""
        member = Member(
            self.name,
            "\n".join(self.source),
            self.form,
            "",
            tuple(self.parts),
            self.facts,
            self.links,
            tuple(self.unfollowed),
        )
        return replace(member, identity=identify(member, syntax=self.syntax))


def tell_whole(module: str) -> str:
    return f"which names of the module {module} are used (all of it counts)"
