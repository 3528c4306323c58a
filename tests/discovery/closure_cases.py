"""What a function can rest on, one construct a case: project files, edits that count and edits that don't."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

HEAD = "from assetmake import asset\n"


@dataclass(frozen=True)
class Case:
    """Files by name, and texts to put in the place of others: those that count and those that don't."""

    files: dict[str, str]
    counts: tuple[tuple[str, str], ...] = ()
    idle: tuple[tuple[str, str], ...] = ()


def asset_file(body: str, *, head: str = "") -> dict[str, str]:
    text = textwrap.dedent(head) + "\n@asset\ndef made():\n    return " + body + "\n"
    return {"assets.py": HEAD + text}


CASES = {
    "an enum made by a call": Case(
        asset_file("Colour.RED.value", head='from enum import Enum\nColour = Enum("Colour", {"RED": 1})\n'),
        counts=(('"RED": 1', '"RED": 2'),),
        idle=(('{"RED": 1})', '{"RED": 1})  # one'),),
    ),
    "an enum made by a call under another name": Case(
        asset_file("Shade.RED.value", head='from enum import Enum\nShade = Enum("Colour", [("RED", 1)])\n'),
        counts=(('"RED", 1', '"RED", 2'),),
    ),
    "a named tuple made by a call": Case(
        asset_file("Pair(1, 2)", head='from collections import namedtuple\nPair = namedtuple("Pair", "a b")\n'),
        counts=(('"a b"', '"a c"'),),
    ),
    "a class made by type()": Case(
        asset_file("Made.limit", head='Made = type("Made", (), {"limit": 1})\n'),
        counts=(('"limit": 1', '"limit": 2'),),
    ),
    "an attribute set on a class": Case(
        asset_file("Plain.limit", head="class Plain:\n    limit = 1\n\nPlain.limit = 2\n"),
        counts=(("Plain.limit = 2", "Plain.limit = 3"),),
    ),
    "an attribute set on a function": Case(
        asset_file("clean.limit", head="def clean():\n    return 1\n\nclean.limit = 2\n"),
        counts=(("clean.limit = 2", "clean.limit = 3"),),
        idle=(("clean.limit = 2", "clean.limit = 1 + 1"),),
    ),
    "a method put into a class": Case(
        asset_file("Plain().run()", head="def run(self):\n    return 1\n\nclass Plain:\n    pass\n\nPlain.run = run\n"),
        counts=(("return 1\n\nclass", "return 2\n\nclass"),),
    ),
    "a function that dispatches on types": Case(
        asset_file(
            "size(5)",
            head="""
            from functools import singledispatch

            @singledispatch
            def size(value):
                return 0

            @size.register
            def _(value: int):
                return 1

            def other():
                return 2
            """,
        ),
        counts=(("return 1", "return 9"), ("return 0", "return 9")),
        idle=(("return 2", "return 9"),),
    ),
    "a decorator that registers and gives the function back": Case(
        asset_file(
            "REGISTRY['clean']()",
            head="""
            REGISTRY = {}

            def register(function):
                REGISTRY[function.__name__] = function
                return function

            @register
            def clean():
                return 1

            def other():
                return 2
            """,
        ),
        counts=(("return 1", "return 9"),),
        idle=(("return 2", "return 9"),),
    ),
    "an object that functions register with": Case(
        asset_file(
            "registry.run('clean')",
            head="""
            class Registry:
                def __init__(self):
                    self.known = {}

                def add(self, function):
                    self.known[function.__name__] = function
                    return function

                def run(self, name):
                    return self.known[name]()

            registry = Registry()

            @registry.add
            def clean():
                return 1

            def other():
                return 2
            """,
        ),
        counts=(("return 1", "return 9"), ("self.known[name]()", "self.known[name]() + 1")),
        idle=(("return 2", "return 9"),),
    ),
    "a decorator that changes nothing it wraps but is edited": Case(
        asset_file(
            "clean()",
            head="""
            def mark(function):
                function.level = 1
                return function

            @mark
            def clean():
                return clean.level
            """,
        ),
        counts=(("level = 1", "level = 2"),),
    ),
    "a library's object under a name": Case(
        asset_file("root(4)", head="from math import sqrt as root\n"),
        counts=(("import sqrt as root", "import exp as root"),),
        idle=(("from math import sqrt as root", "import math\nroot = math.sqrt"),),
    ),
    "a library's module under a name": Case(
        asset_file("codec.dumps([])", head="import json as codec\n"),
        counts=(("import json as codec", "import pickle as codec"),),
    ),
    "the block that only a script runs": Case(
        asset_file("TABLE.run()", head="import types\nTABLE = types.SimpleNamespace(run=len)\n") | {"note.txt": ""},
        counts=(("run=len", "run=max"),),
        idle=(("\n@asset", '\nif __name__ == "__main__":\n    print(TABLE)\n\n@asset'),),
    ),
    "a module that is handed around": Case(
        asset_file("getattr(helpers, 'cle' + 'an')()", head="import helpers\n")
        | {"helpers.py": "LIMIT = 1\n\ndef clean():\n    return 1\n\ndef other():\n    return 2\n"},
        counts=(("return 1", "return 3"), ("return 2", "return 3"), ("LIMIT = 1", "LIMIT = 2")),
        idle=(("LIMIT = 1\n", "LIMIT = 0x1  # one\n"),),
    ),
    "a name asked for by a text": Case(
        asset_file("getattr(helpers, 'clean')()", head="import helpers\n")
        | {"helpers.py": "def clean():\n    return 1\n\ndef other():\n    return 2\n"},
        counts=(("return 1", "return 3"),),
        idle=(("return 2", "return 3"),),
    ),
    "an import inside the function": Case(
        {
            "assets.py": HEAD + "@asset\ndef made():\n    from pack.late import clean\n    return clean()\n",
            "pack/late.py": "from .more import LIMIT\n\ndef clean():\n    return LIMIT\n\ndef other():\n    return 2\n",
            "pack/more.py": "LIMIT = 60 * 60\nOTHER = 5\n",
        },
        counts=(("return LIMIT", "return -LIMIT"), ("60 * 60", "60 * 61")),
        idle=(("return 2", "return 3"), ("OTHER = 5", "OTHER = 6")),
    ),
    "two lambdas on one line": Case(
        asset_file("FIRST(1)", head="FIRST, SECOND = (lambda x: x + 1), (lambda x: x + 2)\n"),
        counts=(("x + 1", "x + 3"),),
        idle=(("x + 2", "x + 3"),),
    ),
    "functions that call each other": Case(
        asset_file(
            "even(3)",
            head="""
            def even(n):
                return n == 0 or odd(n - 1)

            def odd(n):
                return n != 0 and even(n - 1)
            """,
        ),
        counts=(("n != 0", "n > 0"), ("n == 0", "n < 1")),
    ),
    "an expression that is nested too deeply": Case(
        asset_file("TOTAL", head="def one():\n    return [1]\n\nTOTAL = " + " + ".join(["one()"] * 800) + "\n")
        | {"other.py": ""},
        counts=(("return [1]", "return [2]"),),
        idle=(("TOTAL = one()", "OTHER = 5\nTOTAL = one()"),),
    ),
    "a function behind a form feed": Case(
        asset_file("one()", head="\x0c\ndef one():\n    return '\x0c'\n"),
        counts=(("return '", "return 'x"),),
        idle=(("\x0c\ndef", "def"),),
    ),
    "a class made in a function": Case(
        asset_file("X.value", head="def make(n):\n    class Made:\n        value = n\n    return Made\nX = make(5)\n"),
        counts=(("make(5)", "make(6)"),),
    ),
    "an attribute set on a class by a call": Case(
        asset_file("Plain.limit", head='class Plain:\n    pass\n\nsetattr(Plain, "limit", 5)\n'),
        counts=(('"limit", 5', '"limit", 6'),),
    ),
    "an attribute set on a class by another module": Case(
        asset_file("plain.Plain.limit", head="import plain\nimport setting\n")
        | {"plain.py": "class Plain:\n    limit = 1\n", "setting.py": "import plain\nplain.Plain.limit = 5\n"},
        counts=(("limit = 5", "limit = 6"),),
    ),
    "subclasses that register by being made": Case(
        asset_file(
            "sum(kind().run() for kind in Step.known)",
            head="""
            class Step:
                known = []

                def __init_subclass__(cls):
                    Step.known.append(cls)

            class First(Step):
                def run(self):
                    return 1
            """,
        ),
        counts=(("return 1", "return 2"),),
    ),
    "subclasses that are asked for": Case(
        asset_file(
            "sum(kind().run() for kind in Step.__subclasses__())",
            head="class Step:\n    pass\n\nclass First(Step):\n    def run(self):\n        return 1\n",
        ),
        counts=(("return 1", "return 2"),),
    ),
    "a class that takes a name of its module": Case(
        asset_file("Plain.LIMIT", head="LIMIT = 3\n\nclass Plain:\n    LIMIT = LIMIT\n"),
        counts=(("LIMIT = 3", "LIMIT = 4"),),
    ),
    "a class with a name of its own": Case(
        asset_file("Plain.BOTH", head="LIMIT = 3\n\nclass Plain:\n    LIMIT = 5\n    BOTH = LIMIT + 1\n"),
        counts=(("LIMIT = 5", "LIMIT = 6"),),
        idle=(("LIMIT = 3", "LIMIT = 4"),),
    ),
    "an object that wraps a function": Case(
        asset_file(
            "tidy()",
            head="""
            import functools

            class Retry:
                def __init__(self, function, times):
                    functools.update_wrapper(self, function)
                    self.times = times

                def __call__(self):
                    return self.__wrapped__() * self.times

            def base():
                return 1

            tidy = Retry(base, 5)
            """,
        ),
        counts=(("Retry(base, 5)", "Retry(base, 6)"), ("return 1", "return 2"), ("* self.times", "+ self.times")),
    ),
    "a method of an object": Case(
        asset_file(
            "GET()",
            head="""
            import functools

            class Kept:
                def __init__(self, value):
                    self.value = value

                @functools.lru_cache
                def get(self):
                    return self.value

            GET = Kept(3).get
            """,
        ),
        counts=(("Kept(3)", "Kept(4)"), ("return self.value", "return -self.value")),
    ),
    "a library's object that a function closes over": Case(
        asset_file(
            "RUN(['a', 'b'])",
            head="""
            from operator import itemgetter

            def make(key):
                return lambda row: key(row)

            RUN = make(itemgetter(0))
            """,
        ),
        counts=(("itemgetter(0)", "itemgetter(1)"),),
        idle=(("itemgetter(0)", "itemgetter(1 - 1)"),),
    ),
    "a keyword-only default that is computed": Case(
        asset_file("pad(1)", head="WIDTH = 3\ndef pad(n, *, width=WIDTH + 1):\n    return n + width\n"),
        counts=(("WIDTH = 3", "WIDTH = 4"),),
        idle=(("WIDTH = 3", "WIDTH = 1 + 2"),),
    ),
    "a default of a lambda that is computed": Case(
        asset_file("scale(1)", head="FACTOR = 3\nscale = lambda n, by=FACTOR + 1: n * by\n"),
        counts=(("FACTOR = 3", "FACTOR = 4"),),
        idle=(("FACTOR = 3", "FACTOR = 1 + 2"),),
    ),
    "a default of a function in a module that is not imported yet": Case(
        {
            "assets.py": f"{HEAD}\n@asset\ndef made():\n    from later import scale\n    return scale(1)\n",
            "later.py": "FACTOR = 3\nOTHER = 1\ndef scale(n, by=FACTOR + 1):\n    return n * by\n",
        },
        counts=(("FACTOR = 3", "FACTOR = 4"),),
        idle=(("OTHER = 1", "OTHER = 2"),),
    ),
    "a default of a function without source": Case(
        asset_file("scale(1)", head="FACTOR = 3\nexec('def scale(n, by=FACTOR): return n * by')\n"),
        counts=(("FACTOR = 3", "FACTOR = 4"),),
        idle=(("FACTOR = 3", "FACTOR = 1 + 2"),),
    ),
    "a class made in a function, whose methods use what that was given": Case(
        asset_file(
            "TOOL().run()",
            head="""
            def make(limit):
                class Tool:
                    def run(self):
                        return limit

                return Tool

            TOOL = make(3)
            """,
        ),
        counts=(("make(3)", "make(4)"),),
        idle=(("make(3)", "make(1 + 2)"),),
    ),
    "a method put into a class of another module": Case(
        {
            "tools.py": "class Plain:\n    pass\n",
            **asset_file(
                "Plain().run()",
                head="from tools import Plain\n\ndef run(self):\n    return 1\n\nsetattr(Plain, 'run', run)\n",
            ),
        },
        counts=(("return 1", "return 2"),),
    ),
    "a descriptor put into a class": Case(
        asset_file(
            "Plain().limit",
            head="""
            class Fixed:
                def __init__(self, value):
                    self.value = value

                def __get__(self, owner, kind):
                    return self.value

            class Plain:
                pass

            Plain.limit = Fixed(2)
            """,
        ),
        counts=(("Fixed(2)", "Fixed(3)"),),
    ),
    "a dataclass made by a call": Case(
        asset_file(
            "repr(Pair(1, 2))",
            head='from dataclasses import make_dataclass\nPair = make_dataclass("Pair", [("a", int), ("b", int)])\n',
        ),
        counts=(('"b"', '"c"'),),
    ),
    "a function given to an object that is too deep to be written down": Case(
        {
            "tools.py": "class Kept:\n    deep = None\n\nKEPT = Kept()\nKEPT.deep = []\n"
            "for _ in range(5000):\n    KEPT.deep = [KEPT.deep]\n",
            **asset_file("KEPT.run()", head="from tools import KEPT\n\ndef run():\n    return 1\n\nKEPT.run = run\n"),
        },
        counts=(("return 1", "return 2"),),
    ),
    "what the annotation of an input is called": Case(
        {
            "assets.py": f"{HEAD}Kind = list\nOther = 1\n\n@asset\ndef up():\n    return [1]\n\n"
            "@asset\ndef made(up: Kind):\n    return str(up)\n"
        },
        counts=(("Kind = list", "Kind = tuple"),),
        idle=(("Other = 1", "Other = 2"),),
    ),
    "a name that is assigned more than once, in a module that is not imported yet": Case(
        {
            "assets.py": f"{HEAD}\n@asset\ndef made():\n    from later import SIZE\n    return SIZE\n",
            "later.py": "SIZE = 1\nSIZE = 2\nSIZE = 3\nSIZE = 4\n",
        },
        counts=(("SIZE = 4", "SIZE = 5"),),
    ),
    "an hour that a clock shows twice": Case(
        asset_file(
            "MOMENT.astimezone().isoformat()",
            head="from datetime import datetime\nMOMENT = datetime(2026, 10, 25, 2, 30, fold=0)\n",
        ),
        counts=(("fold=0", "fold=1"),),
    ),
    "a dataclass that holds more than its fields": Case(
        asset_file(
            "SIZES.limit",
            head="""
            from dataclasses import dataclass

            @dataclass
            class Sizes:
                least: int

            SIZES = Sizes(1)
            SIZES.limit = 2
            """,
        ),
        counts=(("limit = 2", "limit = 3"),),
        idle=(("limit = 2", "limit = 1 + 1"),),
    ),
    "an array": Case(
        asset_file("X.shape", head="import numpy\nX = numpy.arange(6).reshape(2, 3)\n"),
        counts=(("(2, 3)", "(3, 2)"), ("arange(6)", "arange(1, 7)")),
        idle=(("(2, 3)", "(2, -1)"),),
    ),
    "a library's object as a default": Case(
        asset_file(
            "run(['a', 'b'])",
            head="from operator import itemgetter\n\ndef run(row, key=itemgetter(0)):\n    return key(row)\n\nX = 1\n",
        ),
        counts=(("itemgetter(0)", "itemgetter(1)"),),
        idle=(("X = 1", "X = 2"),),
    ),
    "a dict with a default": Case(
        asset_file("SIZES['x']", head="from collections import defaultdict\nSIZES = defaultdict(lambda: 3)\n"),
        counts=(("lambda: 3", "lambda: 4"),),
    ),
    "a dict that holds more": Case(
        asset_file(
            "SIZES.limit",
            head="""
            class Sizes(dict):
                def __init__(self, limit):
                    self.limit = limit

            SIZES = Sizes(3)
            """,
        ),
        counts=(("Sizes(3)", "Sizes(4)"),),
    ),
    "several dicts as one": Case(
        asset_file("SIZES['b']", head='from collections import ChainMap\nSIZES = ChainMap({"a": 1}, {"b": 2})\n'),
        counts=(('"b": 2', '"b": 3'),),
    ),
    "a registry in slots, filled by another module": Case(
        asset_file("registry.run()", head="from registry import registry\nimport plug\n")
        | {
            "registry.py": (
                "class Registry:\n    __slots__ = ('known',)\n\n    def __init__(self):\n        self.known = []\n\n"
                "    def run(self):\n        return [each() for each in self.known]\n\nregistry = Registry()\n"
            ),
            "plug.py": "from registry import registry\n\ndef one():\n    return 1\n\nregistry.known.append(one)\n",
        },
        counts=(("return 1", "return 2"),),
    ),
    "an object with private slots that a function closes over": Case(
        asset_file(
            "RUN()",
            head="""
            class Scale:
                __slots__ = ("__by",)

                def __init__(self, by):
                    self.__by = by

                def __getattr__(self, name):
                    raise KeyError(name)

                def run(self):
                    return self.__by

            def make(scale):
                return lambda: scale.run()

            RUN = make(Scale(2))
            """,
        ),
        counts=(("Scale(2)", "Scale(3)"),),
        idle=(("Scale(2)", "Scale(1 + 1)"),),
    ),
    "an import for its effect inside the function": Case(
        {
            "assets.py": HEAD
            + "KNOWN = []\n\n@asset\ndef made():\n    import plug\n    return [each() for each in KNOWN]\n",
            "plug.py": "import assets\n\ndef one():\n    return 1\n\nassets.KNOWN.append(one)\n",
        },
        counts=(("return 1", "return 2"),),
    ),
    "a moment in a time zone": Case(
        asset_file(
            "START.isoformat()",
            head="""
            from datetime import datetime
            from zoneinfo import ZoneInfo

            START = datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
            """,
        ),
        counts=(("Berlin", "Paris"),),
    ),
    "an object that a factory's function closes over": Case(
        asset_file(
            "RUN()",
            head="""
            class Scale:
                def __init__(self, by):
                    self.by = by

            def make(scale):
                return lambda: scale.by

            RUN = make(Scale(2))
            """,
        ),
        counts=(("Scale(2)", "Scale(3)"),),
        idle=(("Scale(2)", "Scale(1 + 1)"),),
    ),
}
