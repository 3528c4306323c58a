"""Layout: what a formatter, a writer of comments or a tidy colleague does. Nothing of it counts."""

from __future__ import annotations

from edits import Theme, change, must, must_not, swap

ASSETS = '''"""What the module is for."""
from assetmake import asset
import letters
from numbers_of import LIMITS, count


@asset(group_name="g", description="d")
def own() -> list:
    """Say what it does.

    In two paragraphs.
    """
    # why it is so
    found = ['a', "b"]
    for letter in letters.ALL:
        if letter in found and letter != "c":  # not c
            found.append(letter + "!")
    return found + [count(1, 2)]


def first(text):
    """The first."""
    return text[0]


def last(text):
    """The last."""
    return text[-1]


class Pair:
    """Two things."""

    sides = 2

    def __init__(self, left, right):
        """Keep them."""
        # both
        self.left = left
        self.right = right

    def both(self):
        return [self.left, self.right]


@asset
def ends() -> list:
    return Pair(first("word"), last("word")).both() + [LIMITS["low"]]


@asset
def typed() -> int:
    size: int = 3
    items = []  # type: list[int]
    return size + len(items)
'''
LETTERS = """
ALL = ("a", "b")  # of the alphabet
"""
NUMBERS = '''
"""Numbers."""
# limits, see the manual
LIMITS = {
    "low": 1,
    "high": 9,
}


def count(a: int, b: int = 0) -> int:
    """Count.

    >>> count(1)
    1
    """

    def inner(x):
        """Inner."""
        return x

    return inner(a) + b
'''


def edit(old: str, new: str):
    return change("assets.py", old, new)


def number(old: str, new: str):
    return change("numbers_of.py", old, new)


FIRST = 'def first(text):\n    """The first."""\n    return text[0]\n'
LAST = 'def last(text):\n    """The last."""\n    return text[-1]\n'
TYPED = ASSETS[ASSETS.rindex("@asset") :]

LAYOUT = Theme(
    "layout",
    {"assets.py": ASSETS, "letters.py": LETTERS, "numbers_of.py": NUMBERS},
    (
        must_not("comment in a body", edit("# why it is so", "# why it is not otherwise")),
        must_not("comment removed", edit("    # why it is so\n", "")),
        must_not("comment at a line's end", edit("# not c", "# c is not meant")),
        must_not("comment in a helper", number("# limits, see the manual", "# limits")),
        must_not("comment in a class", edit("        # both\n", "")),
        must_not("comment at a constant", change("letters.py", "  # of the alphabet", "")),
        must_not("type comment", edit("  # type: list[int]", "  # type: list[str]")),
        must_not("docstring of an asset", edit("In two paragraphs.", "In two.")),
        must_not(
            "docstring of an asset removed", edit('    """Say what it does.\n\n    In two paragraphs.\n    """\n', "")
        ),
        must_not("docstring of a module", edit("What the module is for.", "Letters and ends.")),
        must_not("docstring of another module", number('"""Numbers."""\n', "")),
        must_not("docstring of a helper", number(">>> count(1)\n    1", ">>> count(2)\n    2")),
        must_not(
            "docstring added to a helper",
            change("numbers_of.py", "        return x\n", "        'more'\n        return x\n"),
        ),
        must_not("docstring of a nested function", number("Inner.", "Within.")),
        must_not("docstring of a class", edit('    """Two things."""\n\n', "")),
        must_not("docstring of a method", edit("Keep them.", "Hold them.")),
        must_not("blank lines in a body", edit("    found = [", "\n\n    found = [")),
        must_not(
            "blank lines above everything",
            edit("from assetmake import asset\n", "\n\n\n\nfrom assetmake import asset\n"),
        ),
        must_not("line shift in a helper's module", number("# limits", "\n\n\n# limits")),
        must_not(
            "line breaks",
            edit(
                'if letter in found and letter != "c":',
                'if (\n            letter in found\n            and letter != "c"\n        ):',
            ),
        ),
        must_not("quotes", edit("['a', \"b\"]", "[\"a\", 'b']")),
        must_not("parentheses in a helper", number("return inner(a) + b", "return (inner(a)) + (b)")),
        must_not("trailing comma", edit('first("word"), last("word"))', 'first("word"), last("word"),)')),
        must_not("trailing comma in a constant", number('"high": 9,\n', '"high": 9\n')),
        must_not("spaces in a constant", change("letters.py", '("a", "b")', '(  "a","b"  )')),
        must_not(
            "indentation",
            edit("    return text[0]", "  return text[0]"),
            edit('    """The first."""', '  """The first."""'),
        ),
        must_not(
            "statements on one line", edit("self.left = left\n        self.right", "self.left = left; self.right")
        ),
        must_not("pass added to a body", edit("    size: int = 3\n", "    size: int = 3\n    pass\n")),
        must_not("pass added to a class", edit("    sides = 2\n", "    sides = 2\n    pass\n")),
        must_not("functions in another order", swap("assets.py", FIRST, LAST)),
        must_not(
            "helper moved to the end of its file", edit(FIRST, ""), edit("len(items)\n", "len(items)\n\n\n" + FIRST)
        ),
        must_not("asset moved within its file", edit(TYPED, ""), edit("def first(", TYPED + "\n\ndef first(")),
        must_not(
            "imports in another order", swap("assets.py", "import letters\n", "from numbers_of import LIMITS, count\n")
        ),
        must_not("annotation of a local", edit("size: int = 3", "size: float = 3")),
        must_not("annotation of a helper's parameter", number("a: int,", "a: float,")),
        must_not("annotation of a helper's result", number("-> int:", "-> float:")),
        must_not("annotations of a helper removed", number("(a: int, b: int = 0) -> int:", "(a, b=0):")),
        must("string that looks like a comment", edit('letter + "!"', 'letter + "#"'), code="own"),
        must(
            "indentation that moves a statement out of a block",
            edit('            found.append(letter + "!")\n', '            pass\n        found.append(letter + "!")\n'),
            code="own",
            proved=False,
        ),
        must("index in a helper", edit("text[-1]", "text[-2]"), code="ends"),
    ),
)
