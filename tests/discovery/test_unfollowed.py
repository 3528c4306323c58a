"""What of a function cannot be followed, and what looks so and is followed all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assetmake.discovery.code.members import Member
from assetmake.discovery.manifest import Manifest

ASSETS = """
import importlib
import sys

import tools
from assetmake import asset

{module}


@asset
def report() -> int:
    return compute(1)
"""
TOOLS = """
LIMIT = 3


def clean(number):
    return min(number, LIMIT)


def unused():
    return 0
"""
WHOLE = "which names of the module tools are used (all of it counts)"

Write = Callable[..., None]
Reach = Callable[[str], tuple[Member, ...]]


@pytest.fixture
def reach(write: Write, discover: Callable[[], Manifest]) -> Reach:
    """Return what the code of `report` consists of, given what the module says of `compute`."""

    def follow(module: str) -> tuple[Member, ...]:
        write("tools.py", TOOLS)
        write("assets.py", ASSETS.format(module=module))
        manifest = discover()
        assert not manifest.failures
        return manifest.code.reach(manifest.assets[0].fingerprint.root)

    return follow


def list_unfollowed(members: tuple[Member, ...]) -> list[tuple[str, str]]:
    return [(member.name.partition("::")[2], text) for member in members for text in member.unfollowed]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("exec(text)", "what exec() runs"),
        ("eval(text)", "what eval() computes"),
        ("[eval(each) for each in text]", "what eval() computes"),
        ("(lambda: eval(text))()", "what eval() computes"),
        ("compile(text, '', 'eval')", "what compile() makes"),
        ("__import__(text)", "what __import__() imports"),
        ("globals()[text]()", "what is taken out of globals()"),
        ("sys.modules[text].clean(1)", "what is taken out of sys.modules"),
        ("importlib.import_module(text)", "what import_module() imports by a computed name"),
        ("getattr(tools, text)(1)", WHOLE),
        ("vars(tools)[text](1)", WHOLE),
        ("tools.__dict__[text](1)", WHOLE),
        ("importlib.import_module('tools')", WHOLE),
        ("print(tools)", WHOLE),
    ],
)
def test_what_is_known_only_when_it_runs_is_told(body: str, told: str, reach: Reach) -> None:
    assert list_unfollowed(reach(f"def compute(text):\n    return {body}")) == [("compute", told)]


@pytest.mark.parametrize(
    "module",
    [
        "def compute(frame):\n    return frame.eval('a') + frame.exec() + importlib.import_module('json').loads('1')",
        "def compute(eval):\n    return eval('1')",
        "def compute(text):\n    from tools import clean as exec\n    return exec(text)",
        "def compute(text):\n    def compile(one):\n        return one\n    return compile(text)",
        "def compute(text):\n    return [exec(text) for exec in (int,)]",
        "from tools import clean as eval\n\n\ndef compute(text):\n    return eval(text)",
        "def compute(text):\n    return getattr(tools, 'clean')(text)",
        "def compute(text):\n    return 1 if hasattr(tools, 'clean') else 2",
        "def compute(text):\n    return getattr(text, str(text), None)",
        "def compute(text):\n    return 'tools' in sys.modules",
    ],
    ids=[
        "methods of that name, and a library by name",
        "parameter",
        "import inside",
        "nested function",
        "name of a comprehension",
        "name of the module",
        "getattr by a literal",
        "hasattr by a literal",
        "computed name of what is no module",
        "which modules there are",
    ],
)
def test_what_is_known_is_not_told(module: str, reach: Reach) -> None:
    assert list_unfollowed(reach(module)) == []


def test_a_builtin_imported_by_its_name_is_told(reach: Reach) -> None:
    module = "from builtins import exec\n\n\ndef compute(text):\n    return exec(text)"
    assert list_unfollowed(reach(module)) == [("compute", "what exec() runs")]


@pytest.mark.parametrize("call", ["getattr(tools, 'clean')", "getattr(tools, 'clean', None)", "tools.clean"])
def test_a_literal_name_counts_without_the_rest_of_its_module(call: str, reach: Reach) -> None:
    members = reach(f"def compute(number):\n    return {call}(number)")
    assert [member.name for member in members[1:]] == ["assets.py::compute", "tools.py::clean", "tools.py::LIMIT"]


def test_the_default_of_a_literal_getattr_is_followed(reach: Reach) -> None:
    members = reach("def compute(number):\n    return getattr(number, 'real', tools.LIMIT)")
    assert [member.name for member in members[1:]] == ["assets.py::compute", "tools.py::LIMIT"]


@pytest.mark.parametrize(
    "module",
    [
        "def compute(number):\n    return getattr(tools, str(number))",
        "def compute(number):\n    return tools.__dict__[number]",
        "def compute(number, module=tools):\n    return module.clean(number)",
        "CHOICES = {'a': tools}\n\n\ndef compute(number):\n    return CHOICES['a'].clean(number)",
    ],
    ids=["computed name", "its dictionary", "default", "constant"],
)
def test_a_module_that_is_handed_around_counts_with_all_its_names(module: str, reach: Reach) -> None:
    names = {member.name for member in reach(module)}
    assert names >= {"tools.py", "tools.py::clean", "tools.py::LIMIT", "tools.py::unused"}


def test_a_module_counted_as_a_whole_is_told_where_it_is_used_and_not_in_itself(write: Write, reach: Reach) -> None:
    write("wide.py", "import tools\n")
    members = reach("import wide\n\n\ndef compute(name):\n    return getattr(wide, name)")
    assert list_unfollowed(members) == [("compute", "which names of the module wide are used (all of it counts)")]


def test_a_function_without_source_is_told(reach: Reach) -> None:
    (told,) = list_unfollowed(reach("exec('def compute(number): return number')"))
    assert told[1] == "the source of compute, which is not to be found (its bytecode counts)"
