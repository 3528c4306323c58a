"""The text of a random project: each thing of the model written as Python, in the import style it is used by.

Every callable takes `(x, depth)` and returns an int; what is used twice has two weights, so that a changed literal
shows in the result. A use of something later is guarded by `depth`, and imports it where it is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from random_projects import STYLES, Kind, Look, Project, Thing, Use

LIMIT = 9973

CALLS = (
    "{it}({x}, {depth})",
    "sum(map({it}, [{x}], [{depth}]))",
    "(lambda step: step({x}, {depth}))({it})",
    "[{it}][0]({x}, depth={depth})",
)
WAYS = {
    Kind.INT: ("{it}",),
    Kind.COMPUTED: ("{it}",),
    Kind.TEXT: ("int({it})",),
    Kind.TUPLE: ("sum({it})",),
    Kind.SET: ("sum({it})",),
    Kind.DICT: ('({it}["a"] + 3 * {it}["b"])',),
    Kind.ENUM: ('({it}["A"].value + 3 * {it}(5).value)', "({it}.A.value + 3 * {it}.B.value)"),
    Kind.INSTANCE: ("{it}.total({x}, {depth})",),
    Kind.DATACLASS: ("{it}(right=4).total({x}, {depth})",),
    Kind.CLASS: (
        "{it}({x}).run({x}, {depth})",
        "({it}({x}).level + {it}.flat({x}) + {it}({x}).run({x}, {depth}))",
        "{it}.make({x}).run({x}, {depth})",
    ),
    Kind.TABLE: ('{it}["a"]({x}, {depth})', "sum(each({x}, {depth}) for each in {it}.values())"),
    Kind.GENERATOR: ("sum({it}({x}, {depth}))",),
}
"""How a thing of each kind is turned into an int, in one of several ways."""

DIFFERENT = {Kind.CLASS, Kind.TABLE}
"""The kinds whose ways give different numbers; with all others they are only different spellings."""


@dataclass
class Written:
    """A thing as text: its lines, and the imports that it needs at the top of its module.

    `early` are the things of the same module that must stand above it.
    """

    lines: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    early: set[int] = field(default_factory=set)


def write_files(project: Project) -> dict[str, str]:
    """Return the project's files by their paths."""
    files = {"assets.toml": '[project]\nmodules = ["assets"]\n'}
    for index, module in enumerate(project.modules):
        files[module.replace(".", "/") + ".py"] = _write_module(project, index)
    return files | _write_packages(project)


def write_thing(project: Project, thing: Thing, *, plain: bool = False) -> Written:
    """Write one thing down.

    Args:
        project: What it stands in.
        thing: The thing.
        plain: Without what must not count: as if all stood in one module, undressed, each thing used in one way.
    """
    return _Writer(project, thing, plain=plain).write()


def _write_module(project: Project, index: int) -> str:
    look = project.looks[index]
    written = {thing.number: write_thing(project, thing) for thing in project.things if thing.module == index}
    imports = [line for each in written.values() for line in each.imports]
    imports = list(
        dict.fromkeys(["import contextlib", "import dataclasses", "import enum", "import functools", *imports])
    )
    if index == len(project.modules) - 1:
        imports.append("from assetmake import asset")
    if look.turned:
        imports.reverse()
    head = ["from __future__ import annotations", ""] if look.annotated else []
    if look.comment:
        head = [f"# {look.comment}", *head, "import json as unused_json"]
    blocks = [written[number].lines for number in _order(written, turned=look.turned)]
    if look.docstring:
        blocks.insert(0, [f"UNUSED_{index} = {len(look.docstring)}"])
        blocks.append([f"def unused_{index}(x):", f'    return "{look.docstring}"'])
    gap = "\n" * (2 + look.blank)
    return gap.join(["\n".join([*head, *imports]), *("\n".join(block) for block in blocks)]) + "\n"


def _order(written: dict[int, Written], *, turned: bool) -> list[int]:
    """Return what order the things of a module stand in: the last possible one first, if it is turned."""
    if not turned:
        return sorted(written)
    ordered: list[int] = []
    left = set(written)
    while left:
        ready = {number for number in left if not written[number].early & left}
        ordered.append(max(ready))
        left.remove(max(ready))
    return ordered


def _write_packages(project: Project) -> dict[str, str]:
    """Write each package's __init__, which hands on what its modules define."""
    folders: dict[str, list[str]] = {}
    for index, module in enumerate(project.modules):
        parts = module.split(".")
        names = sorted(thing.name for thing in project.things if thing.module == index)
        for depth in range(1, len(parts)):
            taken = "*" if project.stars else ", ".join(names)
            folder = "/".join(parts[:depth])
            folders.setdefault(folder, []).append(f"from .{parts[depth]} import {taken or '*'}")
    return {f"{folder}/__init__.py": "\n".join(lines) + "\n" for folder, lines in folders.items()}


class _Writer:
    def __init__(self, project: Project, thing: Thing, *, plain: bool) -> None:
        self.project = project
        self.thing = thing
        self.plain = plain
        self.look = Look() if plain else thing.look
        self.written = Written()

    def write(self) -> Written:
        lines = getattr(self, f"_write_{self.thing.kind}")()
        self.written.lines = [f"# {self.look.comment}", *lines] if self.look.comment else lines
        return self.written

    # How a thing is named where it is used

    def _refer(self, use: Use, local: list[str] | None = None) -> str:
        """Return the expression for what is used; `local` takes imports at the place, and None forbids them."""
        target = self.project.things[use.target]
        if local is None and target.module == self.thing.module:
            self.written.early.add(target.number)
        if self.plain or target.module == self.thing.module:
            return target.name
        line, text = self._import(target.name, self.project.modules[target.module], use.style)
        if use.style.startswith("local") and local is not None:
            local.append(line)
        else:
            self.written.imports.append(line)
        return text

    def _import(self, name: str, module: str, style: str) -> tuple[str, str]:
        """Return an import, and what the thing is called after it."""
        package, _, last = module.rpartition(".")
        top, _, rest = module.partition(".")
        inside = self._is_inside(top)
        possible = {"relative": inside, "package star": package and not inside}
        if not possible.get(style.removesuffix(" module"), package or "package" not in style):
            style = "name"
        words = {"name": name, "module": module, "last": last, "package": package, "top": top, "rest": rest}
        words |= {"dots": self._dots(), "within": package.partition(".")[2]}
        line, text = STYLES[style]
        return line.format_map(words), text.format_map(words)

    def _is_inside(self, package: str) -> bool:
        return self.project.modules[self.thing.module].startswith(package + ".")

    def _dots(self) -> str:
        return "." * self.project.modules[self.thing.module].count(".")

    # Terms and bodies

    def _term(self, use: Use, before: list[str], *, x: str = "x", depth: str = "depth", inline: bool = False) -> str:
        """Return an int expression that uses a thing; `before` takes the lines that it needs first."""
        target = self.project.things[use.target]
        if target.number >= self.thing.number and target.kind is not Kind.ASSET:
            return self._guarded(target, use, before)
        local: list[str] = []
        text = self._refer(use, None if inline else local)
        before[:0] = local  # first of all, since an import makes its name local to the whole body
        kind = self.project.kind_of(target)
        if kind is Kind.MANAGER:
            name = f"held_{target.number}"
            before += [f"with {text}({x}, {depth}) as {name}:", "    pass"]
            return name
        ways = WAYS.get(kind, CALLS)
        way = ways[0] if self.plain and kind not in DIFFERENT else ways[use.how % len(ways)]
        return way.format(it=text, x=x, depth=depth)

    def _guarded(self, target: Thing, use: Use, before: list[str]) -> str:
        name = f"again_{target.number}"
        called = f"{target.name}(x).run(x, depth - 1)" if target.kind is Kind.CLASS else f"{target.name}(x, depth - 1)"
        before += [f"{name} = 0", "if depth:"]
        if not self.plain and target.module != self.thing.module:
            before.append(f"    from {self.project.modules[target.module]} import {target.name}")
        before.append(f"    {name} = {called}")
        return name

    def _sum(self, terms: list[str]) -> str:
        weighed = [f"{31 + 6 * index} * {term}" for index, term in enumerate(terms)]
        sign = "-" if self.thing.minus else "+"
        return f"({' + '.join(['x * 17', *weighed])} {sign} {self._salt})"

    @property
    def _salt(self) -> str:
        return self._spell(self.thing.salt)

    def _spell(self, number: int) -> str:
        return f"{number:#x}" if self.look.spelled else str(number)

    def _body(self, uses: tuple[Use, ...], *, extra: tuple[str, ...] = (), outcome: str = "{}") -> list[str]:
        before: list[str] = []
        terms = [self._term(use, before) for use in uses]
        whole = self._sum([*terms, *extra])
        local = ["# an idle remark"] if self.look.comment else []
        match self.thing.shape % 6:
            case 1:
                after = [
                    f"total = {self._salt}",
                    f"for each in ({', '.join([*terms, *extra, 'x'])},):",
                    f"    total = (total * 31 + each) % {LIMIT}",
                    f"return {outcome.format('total')}",
                ]
            case 2:
                after = [
                    "def inner(value):",
                    f"    return (value * 31 + {whole}) % {LIMIT}",
                    f"return {outcome.format('inner(x)')}",
                ]
            case 3:
                added = f"sum((each * 7 + {self._salt}) % {LIMIT} for each in [{', '.join([*terms, *extra, 'x'])}])"
                after = [f"return {outcome.format(added)}"]
            case 4:  # never taken: x is not negative
                after = ["if x < 0:", f"    return {outcome.format(whole)}"]
                after.append(f"return {outcome.format(f'(x * 19 + {self._salt}) % {LIMIT}')}")
            case 5:
                after = [f"step = lambda value: int(f'{{value}}{self.thing.salt}') % {LIMIT}"]
                after.append(f"return {outcome.format(f'step({whole} % {LIMIT})')}")
            case _:
                after = [f"return {outcome.format(f'{whole} % {LIMIT}')}"]
        return [*local, *before, *after]

    def _define(self, head: str, body: list[str]) -> list[str]:
        docstring = [f'    """{self.look.docstring}"""'] if self.look.docstring else []
        blank = [""] * self.look.blank
        return [head, *docstring, *blank, *(f"    {line}" for line in body)]

    def _parameters(self, *more: str) -> str:
        names = ("x: int", "depth: 'int'") if self.look.annotated else ("x", "depth")
        return ", ".join([*names, *more])

    def _arrow(self) -> str:
        return " -> int" if self.look.annotated else ""

    # Constants

    def _assign(self, value: str) -> list[str]:
        annotation = ": object" if self.look.annotated else ""
        return [f"{self.thing.name}{annotation} = {value}"]

    def _write_int(self) -> list[str]:
        return self._assign(self._salt)

    def _write_text(self) -> list[str]:
        quote = "'" if self.look.spelled else '"'
        return self._assign(f"{quote}{self.thing.salt}{quote}")

    def _write_tuple(self) -> list[str]:
        return self._assign(f"({self._salt}, {self._spell(self.thing.other)})")

    def _write_dict(self) -> list[str]:
        if self.look.spelled:
            return self._assign(f"dict(a={self._salt}, b={self.thing.other})")
        return self._assign(f'{{"a": {self._salt}, "b": {self.thing.other}}}')

    def _write_set(self) -> list[str]:
        values = [self.thing.salt, self.thing.other + 1_000_000]
        if self.look.spelled:
            values.reverse()
        written = f"{{{values[0]}, {values[1]}}}"
        return self._assign(f"frozenset({written})" if self.thing.shape % 2 else written)

    def _write_computed(self) -> list[str]:
        before: list[str] = []
        terms = [self._term(use, before, x="3", depth="0", inline=True) for use in self.thing.uses]
        total = " + ".join([*terms, self._salt])
        self.written.early |= {n for n in self.project.reach(self.thing) if n < self.thing.number}  # it runs all that
        return self._assign(f"({total}) // {1 + self.thing.other % 9}")

    def _write_instance(self) -> list[str]:
        made = self._refer(self.thing.uses[0])
        given = f"{self._salt}, {self.thing.other}"
        return self._assign(
            f"{made}({given})" if self.look.spelled else f"{made}(left={self._salt}, right={self.thing.other})"
        )

    # Functions

    def _write_function(self) -> list[str]:
        default = self._salt if self.thing.default is None else self._term(self.thing.default, [], inline=True)
        lines = [f"@{self._decorate(use)}" for use in self.thing.decorators]
        head = f"def {self.thing.name}({self._parameters(f'bump={default}')}){self._arrow()}:"
        return lines + self._define(head, self._body(self.thing.uses, extra=("bump",)))

    def _decorate(self, use: Use) -> str:
        target = self.project.things[use.target]
        text = self._refer(use)
        return f"{text}({self.thing.other})" if target.shape % 2 else text

    def _write_lambda(self) -> list[str]:
        terms = [self._term(use, [], inline=True) for use in self.thing.uses]
        self.written.early -= {use.target for use in self.thing.uses}
        return [f"{self.thing.name} = lambda x, depth: {self._sum(terms)} % {LIMIT}"]

    def _write_generator(self) -> list[str]:
        before: list[str] = []
        terms = [self._term(use, before) for use in self.thing.uses]
        body = [*before, f"yield {self._sum(terms)} % {LIMIT}", f"yield {self._salt}"]
        return self._define(f"def {self.thing.name}({self._parameters()}):", body)

    def _write_manager(self) -> list[str]:
        before: list[str] = []
        terms = [self._term(use, before) for use in self.thing.uses]
        body = [*before, f"yield {self._sum(terms)} % {LIMIT}"]
        return ["@contextlib.contextmanager", *self._define(f"def {self.thing.name}({self._parameters()}):", body)]

    def _write_factory(self) -> list[str]:
        inner = self._define(
            f"def inner({self._parameters()}){self._arrow()}:", self._body(self.thing.uses, extra=("scale",))
        )
        body = [f"scale = size * {self._spell(self.thing.other + 1)}", *inner, "return inner"]
        return [f"def {self.thing.name}(size):", *(f"    {line}" for line in body)]

    def _write_made(self) -> list[str]:
        factory = self._refer(self.thing.uses[0])
        if self.thing.shape % 2:
            made = f"[{factory}(each) for each in ({self._spell(self.thing.other)}, {self._salt})][1]"
            return [f"{self.thing.name} = {made}"]
        return [f"{self.thing.name} = {factory}({self._salt})"]

    def _write_partial(self) -> list[str]:
        return [f"{self.thing.name} = functools.partial({self._refer(self.thing.uses[0])}, bump={self._salt})"]

    def _write_alias(self) -> list[str]:
        return [f"{self.thing.name} = {self._refer(self.thing.uses[0])}"]

    def _write_table(self) -> list[str]:
        entries = [f'"{letter}": {self._refer(use)}' for letter, use in zip("ab", self.thing.uses, strict=False)]
        return [f"{self.thing.name} = {{{', '.join(entries)}}}"]

    def _write_decorator(self) -> list[str]:
        called = self._sum(["function(x, depth, **more)"])
        before: list[str] = []
        terms = [self._term(use, before) for use in self.thing.uses]
        extra = ["argument"] if self.thing.shape % 2 else []
        total = " + ".join([called, *(f"41 * {term}" for term in [*terms, *extra])])
        wrapper = self._define("def wrapper(x, depth, **more):", [*before, f"return ({total}) % {LIMIT}"])
        wraps = ["@functools.wraps(function)"] if self.thing.other % 2 else []
        body = ["def decorate(function):", *(f"    {line}" for line in [*wraps, *wrapper, "return wrapper"])]
        if extra:
            return [f"def {self.thing.name}(argument):", *(f"    {line}" for line in [*body, "return decorate"])]
        return [f"def {self.thing.name}(function):", *body[1:]]

    # Classes

    def _write_enum(self) -> list[str]:
        body = [f"A = {self._spell(self.thing.salt + 10)}", "B = 5"]
        return self._define(f"class {self.thing.name}(enum.Enum):", body)

    def _write_dataclass(self) -> list[str]:
        method = self._define(
            f"def total(self, {self._parameters()}){self._arrow()}:",
            self._body(self.thing.uses, extra=("self.left", "self.right")),
        )
        body = [f"left: int = {self._salt}", f"right: int = {self.thing.other}", "", *method]
        frozen = "(frozen=True)" if self.thing.other % 2 else ""
        return [f"@dataclasses.dataclass{frozen}", *self._define(f"class {self.thing.name}:", body)]

    def _write_class(self) -> list[str]:
        thing = self.thing
        base = "" if thing.base is None else f"({self._refer(thing.base)})"
        rate = self._salt if thing.default is None else self._term(thing.default, [], inline=True)
        own = () if thing.base is None else ("inherited",)
        start = [] if base else self._define("def __init__(self, start):", [f"self.start = start + {thing.other}"])
        first = [f"{each} = super().run(x, depth)" for each in own]  # a nested function has no super() of its own
        run = self._define(
            f"def run(self, {self._parameters()}){self._arrow()}:",
            [*first, *self._body(thing.uses, extra=("self.level", *own))],
        )
        body = [
            f"rate = {rate}",
            *start,
            "@property",
            *self._define("def level(self):", [f"return self.start * 3 + self.rate + {self._salt}"]),
            "@staticmethod",
            *self._define("def flat(x):", [f"return x * 5 + {self._spell(thing.other)}"]),
            "@classmethod",
            *self._define("def make(cls, start):", [f"return cls(start + {self._salt})"]),
            *run,
        ]
        return self._define(f"class {thing.name}{base}:", body)

    def _write_asset(self) -> list[str]:
        ups = [self.project.things[number] for number in self.thing.ups]
        taken = ", ".join(f"{up.name}: {up.outcome.type}" for up in ups)
        terms = tuple(up.outcome.read.format(up.name) for up in ups)
        body = [f"x = {self._spell(self.thing.other)}", "depth = 1"]
        body += self._body(self.thing.uses, extra=terms, outcome=self.thing.outcome.template)
        head = f"def {self.thing.name}({taken}) -> {self.thing.outcome.type}:"
        return ["@asset", *self._define(head, body)]
