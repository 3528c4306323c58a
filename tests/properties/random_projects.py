"""Random projects and random edits of them: a model of modules and of the things in them that refer to each other.

A thing may use what is above it, and, guarded against endless recursion, what is below it. `project_text` writes a
model down as files. What a thing looks like, and how it is imported, is drawn too, and does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from hypothesis import strategies as st

MODULES = ("alpha", "pack.beta", "pack.deep.gamma", "delta", "assets")
STYLES = {
    "name": ("from {module} import {name}", "{name}"),
    "renamed": ("from {module} import {name} as {name}_here", "{name}_here"),
    "module": ("import {module}", "{module}.{name}"),
    "module renamed": ("import {module} as {last}_here", "{last}_here.{name}"),
    "module from package": ("from {package} import {last}", "{last}.{name}"),
    "package": ("from {top} import {name}", "{name}"),
    "package attribute": ("import {top}", "{top}.{name}"),
    "star": ("from {module} import *", "{name}"),
    "package star": ("from {top} import *", "{name}"),
    "relative": ("from {dots}{rest} import {name}", "{name}"),
    "relative module": ("from {dots}{within} import {last}", "{last}.{name}"),
    "try": ("try:\n    from {module} import {name}\nexcept ImportError:\n    {name} = None", "{name}"),
    "condition": ("if __name__:\n    from {module} import {name}\nelse:\n    {name} = None", "{name}"),
    "local": ("from {module} import {name}", "{name}"),
    "local module": ("import {module}", "{module}.{name}"),
}
"""The styles of import: the line, and what the thing is called after it; `local` ones stand inside a function."""


class Kind(StrEnum):
    INT = "int"
    TEXT = "text"
    TUPLE = "tuple"
    DICT = "dict"
    SET = "set"
    COMPUTED = "computed"
    INSTANCE = "instance"
    ENUM = "enum"
    FUNCTION = "function"
    LAMBDA = "lambda"
    GENERATOR = "generator"
    MANAGER = "manager"
    FACTORY = "factory"
    MADE = "made"
    PARTIAL = "partial"
    ALIAS = "alias"
    TABLE = "table"
    DECORATOR = "decorator"
    DATACLASS = "dataclass"
    CLASS = "class"
    ASSET = "asset"


CONSTANTS = {Kind.INT, Kind.TEXT, Kind.TUPLE, Kind.DICT, Kind.SET, Kind.COMPUTED}
CALLABLE = {Kind.FUNCTION, Kind.LAMBDA, Kind.MADE, Kind.PARTIAL}
USABLE = {*Kind} - {Kind.FACTORY, Kind.DECORATOR, Kind.ASSET}
MADE_OF = {
    Kind.INSTANCE: {Kind.DATACLASS},
    Kind.MADE: {Kind.FACTORY},
    Kind.PARTIAL: {Kind.FUNCTION},
    Kind.ALIAS: CALLABLE | {Kind.CLASS, Kind.INT},
    Kind.TABLE: CALLABLE,
}
"""Kinds that are made of one other thing (a table: of two at most), and what it may be."""

LETTERS = {Kind.CLASS: "C", Kind.DATACLASS: "C", Kind.ENUM: "C", Kind.DECORATOR: "d", Kind.FACTORY: "make_"}


class Outcome(Enum):
    """What an asset returns: its type, how it is made of an int, and how a reader makes an int of it."""

    NUMBER = ("int", "{}", "{}")
    TEXT = ("str", "str({})", "int({})")
    LIST = ("list", "[{}, 1]", "sum({})")
    COARSE = ("int", "({}) % 2", "{}")

    def __init__(self, kind: str, template: str, read: str) -> None:
        self.type = kind
        self.template = template
        self.read = read


@dataclass(frozen=True)
class Look:
    """How something is written down, where that must not count."""

    comment: str = ""
    docstring: str = ""
    blank: int = 0
    spelled: bool = False
    annotated: bool = False
    turned: bool = False


@dataclass(frozen=True)
class Use:
    """One thing used by another: imported in a style, called in one of several ways."""

    target: int
    style: str = "name"
    how: int = 0


@dataclass(frozen=True)
class Thing:
    """A definition. `salt`, `other`, `minus` and `shape` decide what it computes from what it uses."""

    number: int
    kind: Kind
    module: int
    salt: int
    other: int
    minus: bool = False
    shape: int = 0
    uses: tuple[Use, ...] = ()
    decorators: tuple[Use, ...] = ()
    base: Use | None = None
    default: Use | None = None
    ups: tuple[int, ...] = ()
    outcome: Outcome = Outcome.NUMBER
    look: Look = Look()

    @property
    def name(self) -> str:
        if self.kind is Kind.ASSET:
            return f"a{self.number}"
        constant = self.kind in CONSTANTS | {Kind.INSTANCE, Kind.TABLE}
        return f"{'K' if constant else LETTERS.get(self.kind, 'f')}{self.number}"

    @property
    def targets(self) -> set[int]:
        """The numbers of the things that it refers to."""
        single = [use for use in (self.base, self.default) if use is not None]
        return {use.target for use in [*self.uses, *self.decorators, *single]}


@dataclass(frozen=True)
class Project:
    """Things in order of definition, module by module; `stars`: the packages hand names on by star."""

    modules: tuple[str, ...]
    things: tuple[Thing, ...]
    looks: tuple[Look, ...]
    stars: bool = False

    def __repr__(self) -> str:
        return f"<project of {len(self.things)} things>"  # a failing test shows the files instead

    @property
    def assets(self) -> list[Thing]:
        return [thing for thing in self.things if thing.kind is Kind.ASSET]

    def kind_of(self, thing: Thing) -> Kind:
        """Return the kind of a thing, of an alias that of what it stands for."""
        while thing.kind is Kind.ALIAS:
            thing = self.things[thing.uses[0].target]
        return thing.kind

    def reach(self, start: Thing, *, stop: Collection[int] = ()) -> set[int]:
        """Return the numbers of a thing and of all that it refers to, directly or not; `stop` is not looked into."""
        found: set[int] = set()
        stack = [start.number]
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack += () if number in stop else self.things[number].targets
        return found

    def change(self, thing: Thing) -> Project:
        return replace(self, things=tuple(thing if each.number == thing.number else each for each in self.things))


looks = st.builds(
    Look,
    comment=st.sampled_from(["", "a remark", "another remark"]),
    docstring=st.sampled_from(["", "Say it.", "Say it otherwise."]),
    blank=st.integers(0, 2),
    spelled=st.booleans(),
    annotated=st.booleans(),
    turned=st.booleans(),
)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Draw a project of one to four modules beside the one with the assets, of which there are three to six."""
    chosen = draw(st.sets(st.sampled_from(range(4)), min_size=1))
    modules = tuple(MODULES[index] for index in [*sorted(chosen), 4])
    things: list[Thing] = []
    for module in range(len(modules)):
        for _ in range(draw(st.integers(1, 4))):
            things.append(draw(_things(tuple(things), module)))
    inner = tuple(things)
    for _ in range(draw(st.integers(3, 6))):
        ups = [thing.number for thing in things if thing.kind is Kind.ASSET]
        read = draw(st.lists(st.sampled_from(ups), max_size=2, unique=True)) if ups else []
        asset = draw(_bare_things(len(things), Kind.ASSET, len(modules) - 1))
        uses, outcome = draw(_uses(inner, USABLE)), draw(st.sampled_from(Outcome))
        things.append(replace(asset, uses=uses, ups=tuple(sorted(read)), outcome=outcome, look=draw(looks)))
    project = Project(modules, tuple(things), tuple(draw(looks) for _ in modules), draw(st.booleans()))
    return _close_cycles(draw, project)


def edits(project: Project) -> st.SearchStrategy[tuple[str, Project]]:
    """Draw one edit: what it is called, and the project after it."""
    return _edits(project)


_shapes = st.integers(0, 5)


def _bare_things(number: int, kind: Kind, module: int) -> st.SearchStrategy[Thing]:
    """Draw things that use nothing yet; no two of a project are written alike."""
    literals = st.integers(50 * number + 1, 50 * number + 20)
    return st.builds(Thing, st.just(number), st.just(kind), st.just(module), literals, literals, st.booleans(), _shapes)


@st.composite
def _uses(draw: st.DrawFn, above: tuple[Thing, ...], kinds: Iterable[Kind], most: int = 2) -> tuple[Use, ...]:
    targets = [thing.number for thing in above if thing.kind in kinds]
    if not targets:
        return ()
    chosen = draw(st.lists(st.sampled_from(targets), min_size=1, max_size=most, unique=True))
    return tuple(Use(target, draw(st.sampled_from(list(STYLES))), draw(st.integers(0, 11))) for target in chosen)


@st.composite
def _things(draw: st.DrawFn, above: tuple[Thing, ...], module: int) -> Thing:
    present = {thing.kind for thing in above}
    possible = [kind for kind in Kind if kind is not Kind.ASSET and (kind not in MADE_OF or MADE_OF[kind] & present)]
    likely = [kind for kind in possible if kind in MADE_OF or kind in {Kind.FUNCTION, Kind.CLASS, Kind.DECORATOR}]
    kind = draw(st.sampled_from([*possible, *likely, *likely, Kind.FUNCTION, Kind.FUNCTION]))
    thing = draw(_bare_things(len(above), kind, module))
    if kind in MADE_OF:
        uses = draw(_uses(above, MADE_OF[kind], 2 if kind is Kind.TABLE else 1))
    elif kind is Kind.COMPUTED:
        uses = draw(_uses(above, USABLE - {Kind.MANAGER}, 1))
    elif kind is Kind.LAMBDA:
        uses = draw(_uses(above, USABLE - {Kind.MANAGER}))
    elif kind in CONSTANTS | {Kind.ENUM}:
        uses = ()
    else:
        uses = draw(_uses(above, USABLE))
    thing = replace(thing, uses=uses, look=draw(looks))
    if kind in {Kind.FUNCTION, Kind.CLASS} and draw(st.booleans()):
        thing = replace(thing, default=next(iter(draw(_uses(above, {Kind.INT, Kind.TUPLE, Kind.DICT}, 1))), None))
    if kind is Kind.FUNCTION:
        thing = replace(thing, decorators=draw(_uses(above, {Kind.DECORATOR})))
    if kind is Kind.CLASS and draw(st.booleans()):
        thing = replace(thing, base=next(iter(draw(_uses(above, {Kind.CLASS}, 1))), None))
    return thing


def _close_cycles(draw: st.DrawFn, project: Project) -> Project:
    """Let functions and methods use something below them, or themselves."""
    lower = [thing for thing in project.things if thing.kind in {Kind.FUNCTION, Kind.CLASS}]
    for thing in lower:
        below = [each.number for each in lower if each.number >= thing.number]
        if draw(st.integers(0, 3)) == 3:
            project = project.change(replace(thing, uses=(*thing.uses, Use(draw(st.sampled_from(below))))))
    return project


@st.composite
def _edits(draw: st.DrawFn, project: Project) -> tuple[str, Project]:
    how = draw(st.sampled_from(["literal", "literal", "structure", "style", "look", "module look"]))
    if how == "module look":
        index = draw(st.integers(0, len(project.modules) - 1))
        dressed = (*project.looks[:index], _dress(draw, project.looks[index]), *project.looks[index + 1 :])
        return f"{project.modules[index]}: {how}", replace(project, looks=dressed)
    reached = sorted(set().union(*map(project.reach, project.assets)))
    chosen = reached if draw(st.integers(0, 4)) else range(len(project.things))
    thing = project.things[draw(st.sampled_from(chosen))]
    if how == "literal" and thing.kind in {Kind.ALIAS, Kind.TABLE}:
        how = "structure"
    match how:
        case "literal":
            changed = _edit_literal(draw, thing)
        case "structure":
            changed = _edit_structure(draw, project, thing)
        case "style":
            changed = _edit_style(draw, thing)
        case _:
            changed = replace(thing, look=_dress(draw, thing.look))
    return f"{thing.name}: {how}", project.change(changed)


def _dress(draw: st.DrawFn, look: Look) -> Look:
    match draw(st.sampled_from(["comment", "docstring", "blank", "spelled", "annotated", "turned"])):
        case "comment":
            return replace(look, comment="" if look.comment else "a remark")
        case "docstring":
            return replace(look, docstring="" if look.docstring else "Say it.")
        case "blank":
            return replace(look, blank=(look.blank + 1) % 3)
        case field:
            return replace(look, **{field: not getattr(look, field)})


def _edit_literal(draw: st.DrawFn, thing: Thing) -> Thing:
    match draw(st.integers(0, 3)):
        case 0:
            return replace(thing, other=thing.other + draw(st.sampled_from([2, 4])))
        case 1 if thing.kind not in CONSTANTS:
            return replace(thing, minus=not thing.minus)
    return replace(thing, salt=thing.salt + draw(st.integers(1, 5)))


def _edit_structure(draw: st.DrawFn, project: Project, thing: Thing) -> Thing:
    """Use another thing of the same kind, one less, one more; or compute in another way."""
    ahead = [use for use in thing.uses if use.target < thing.number]
    what = draw(st.integers(0, 3))
    if what == 0 and thing.kind not in {Kind.MADE, Kind.DECORATOR}:
        return replace(thing, shape=(thing.shape + draw(st.integers(1, 5))) % 6)
    if what == 1 and thing.decorators:
        return replace(thing, decorators=thing.decorators[1:])
    if what == 2 and thing.kind not in MADE_OF and thing.uses:
        return replace(thing, uses=thing.uses[1:])
    if not ahead:
        return _edit_literal(draw, thing)
    old = ahead[0]
    kind = project.things[old.target].kind
    twins = [each.number for each in project.things[: thing.number] if each.kind is kind and each.number != old.target]
    if not twins:
        return _edit_literal(draw, thing)
    new = replace(old, target=draw(st.sampled_from(twins)))
    return replace(thing, uses=tuple(new if use == old else use for use in thing.uses))


def _edit_style(draw: st.DrawFn, thing: Thing) -> Thing:
    def restyle(use: Use) -> Use:
        return replace(use, style=draw(st.sampled_from(list(STYLES))), how=draw(st.integers(0, 11)))

    return replace(thing, uses=tuple(map(restyle, thing.uses)), decorators=tuple(map(restyle, thing.decorators)))
