"""The table of edits: which of them change an asset's code fingerprint, and which must not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assetmake.discovery.manifest import Fingerprint, Manifest

BEFORE = '''
from __future__ import annotations
import functools
from dataclasses import dataclass
from assetmake.definitions.assets.decorators import asset
from assetmake.definitions.retry import RetryPolicy

def log(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper

def retry(function):
    return function

@asset(group_name="g", tags={"a": "b"})
@log
def subject(context, upstream: list, *, limit=5) -> dict:
    """Say what it does."""
    # a comment
    chosen = {"b", "a"}
    total: int = 0
    @dataclass
    class Row:
        """A row."""
        x: int
    def inner(row: Row) -> int:
        """Inner."""
        return row.x + 1
    for value in upstream:
        if value in chosen and value is not None:
            total += value * 2
    name = f"{total!r:>8}"
    last = lambda rows: rows[-1]
    return {"total": total, "name": name, "limit": limit, "flag": 1, "key": "5"}

def unrelated():
    return 1
'''

UNCHANGED = {
    "return annotation removed": (" -> dict:", ":"),
    "return annotation": ("-> dict:", "-> object:"),
    "comment changed": ("# a comment", "# another comment"),
    "comment removed": ("    # a comment\n", ""),
    "docstring changed": ("Say what it does.", "Say something else."),
    "docstring removed": ('    """Say what it does."""\n', ""),
    "docstring of an inner function": ('        """Inner."""\n', ""),
    "docstring of an inner class": ('        """A row."""\n', ""),
    "a no-op pass added": ("    total: int = 0\n", "    total: int = 0\n    pass\n"),
    "blank lines": ("    total: int", "\n\n    total: int"),
    "lines shifted": ("import functools\n", "import functools\n\n\n\n"),
    "quotes": ('"total": total', "'total': total"),
    "reflowed": ('return {"total": total, ', 'return {\n        "total": total,\n        '),
    "parentheses": ("value * 2", "(value * 2)"),
    "spaces": ("total += value * 2", "total  +=  value*2"),
    "trailing comma": ('"key": "5"}', '"key": "5",}'),
    "spelling of a number": ("value * 2", "value * 0x2"),
    "spelling of a string": ('"name": name', '"na\\x6de": name'),
    "set literal reordered": ('{"b", "a"}', '{"a", "b"}'),
    "annotation of a local removed": ("total: int = 0", "total = 0"),
    "bare local annotation added": ("    total: int = 0", "    other: str\n    total: int = 0"),
    "annotation of an inner parameter": ("inner(row: Row)", "inner(row)"),
    "annotation of an inner result": ("(row: Row) -> int", "(row: Row) -> float"),
    "annotation quoted": ("upstream: list", 'upstream: "list"'),
    "own name": ("def subject(", "def renamed("),
    "description": ('group_name="g"', 'group_name="g", description="new"'),
    "tags": ('{"a": "b"}', '{"a": "c"}'),
    "group": ('group_name="g"', 'group_name="h"'),
    "owners, kinds, metadata": ('group_name="g"', 'owners=["x@y.org"], kinds={"k"}, metadata={"m": 1}'),
    "retry, timeout, pool": ('group_name="g"', 'retry_policy=RetryPolicy(), timeout=9, pool="p"'),
    "name and prefix given": ('group_name="g"', 'name="other", key_prefix="p"'),
    "unrelated function edited": ("return 1\n", "return 2\n"),
    "unrelated function removed": ("def unrelated():\n    return 1\n", ""),
    "asset imported by another name": (
        "import asset\n",
        "import asset as product\nasset = product\n",
    ),
}

CHANGED = {
    "body": ("value * 2", "value * 3"),
    "operator": ("total += value", "total -= value"),
    "comparison": ("is not None", "is None"),
    "statement added": ("    last =", "    total += 1\n    last ="),
    "statements swapped": (
        '    chosen = {"b", "a"}\n    total: int = 0\n',
        '    total: int = 0\n    chosen = {"b", "a"}\n',
    ),
    "default value": ("limit=5", "limit=6"),
    "default of another type": ("limit=5", 'limit="5"'),
    "1 to True": ('"flag": 1', '"flag": True'),
    "1 to 1.0": ('"flag": 1', '"flag": 1.0'),
    '"5" to 5': ('"key": "5"', '"key": 5'),
    "string to bytes": ('"key": "5"', '"key": b"5"'),
    "string constant": ('"key": "5"', '"key": "6"'),
    "dict order": ('"total": total, "name": name', '"name": name, "total": total'),
    "set literal element": ('{"b", "a"}', '{"b", "c"}'),
    "set to list": ('{"b", "a"}', '["b", "a"]'),
    "format spec": (":>8", ":>9"),
    "conversion": ("!r:", "!s:"),
    "inner function": ("row.x + 1", "row.x + 2"),
    "field of an inner class": ("        x: int\n", "        x: float\n"),
    "decorator of an inner class": ("@dataclass\n", "@dataclass(frozen=True)\n"),
    "lambda": ("rows[-1]", "rows[0]"),
    "local renamed": ("last = lambda", "final = lambda"),
    "parameter annotation": ("upstream: list", "upstream: tuple"),
    "parameter annotation removed": ("upstream: list", "upstream"),
    "parameter renamed": ("upstream", "other"),
    "keyword-only to plain": ("*, limit=5", "limit=5"),
    "decorator of the project added": ("@log\n", "@log\n@retry\n"),
    "decorator of the project removed": ("@log\n", ""),
    "decorator of the project replaced": ("@log\ndef", "@retry\ndef"),
    "async": ("def subject", "async def subject"),
}


@pytest.fixture
def fingerprint(root: Path, discover: Callable[[], Manifest]) -> Callable[[str], Fingerprint]:
    def read(text: str) -> Fingerprint:
        (root / "assets.py").write_text(text)
        manifest = discover()
        assert manifest.failures == ()
        return manifest.assets[0].fingerprint

    return read


def edit(old: str, new: str) -> str:
    assert old in BEFORE
    return BEFORE.replace(old, new)


@pytest.mark.parametrize("name", UNCHANGED)
def test_an_edit_that_decides_nothing(fingerprint: Callable[[str], Fingerprint], name: str) -> None:
    before, after = fingerprint(BEFORE), fingerprint(edit(*UNCHANGED[name]))
    assert after.code == before.code
    assert after.config == before.config


@pytest.mark.parametrize("name", CHANGED)
def test_an_edit_that_counts(fingerprint: Callable[[str], Fingerprint], name: str) -> None:
    before, after = fingerprint(BEFORE), fingerprint(edit(*CHANGED[name]))
    assert after.code != before.code


def test_moving_the_function_within_its_file(fingerprint: Callable[[str], Fingerprint]) -> None:
    start, end = BEFORE.index("@asset"), BEFORE.index("def unrelated")
    moved = BEFORE[:start] + BEFORE[end:] + "\n\n" + BEFORE[start:end]
    assert fingerprint(moved) == fingerprint(BEFORE)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("f'{x}' 'tail'", "f'{x}tail'", True),
        ("f'{x:}'", "f'{x}'", True),
        ("f'{x}'", "'{x}'", False),
        ("x == 1_000", "x == 1000", True),
        ("{x, y} | {1, 2}", "{y, x} | {2, 1}", True),
        ("{x(), y()}", "{y(), x()}", False),
        ("u'a'", "'a'", True),
        ("None", "...", False),
        ("[None]", "[]", False),
        ("x[1:]", "x[1::]", True),
        ("x[1:]", "x[:1]", False),
        ("x + y + 1", "x + (y + 1)", False),
        ("1e3", "1000.0", True),
        ("{**x, 'a': 1}", "{'a': 1, **x}", False),
        ("9" * 5000, "9" * 4999 + "8", False),
    ],
)
def test_expressions(fingerprint: Callable[[str], Fingerprint], before: str, after: str, same: bool) -> None:
    text = "from assetmake.definitions.assets.decorators import asset\n@asset\ndef a(x, y):\n    return "
    if len(before) > 4300:  # Python refuses decimal integers of that length
        before, after = hex(16**4400 + 1), hex(16**4400 + 2)
    assert (fingerprint(text + before).code == fingerprint(text + after).code) is same
