"""What is told of changed code: files are edited and read again, and the two closures compared."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.code.members import Form, Member
from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.planning.code_changes import MemberChange, compare_code

Told = list[tuple[str, str, tuple[str, ...]]]


@dataclass
class Folder:
    """A project on disk; what `x` is made of can be asked for again after each edit."""

    path: Path

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.path / f"{name}.py").write_text(textwrap.dedent(text).lstrip("\n"))

    def read(self) -> tuple[Member, ...]:
        uninstall()
        manifest = build_manifest(self.path, load_config(self.path))
        (record,) = (each for each in manifest.assets if each.key == AssetKey("x"))
        return manifest.code.reach(record.fingerprint.root)

    def compare(self, old: dict[str, str], new: dict[str, str]) -> tuple[MemberChange, ...]:
        self.write(**old)
        before = self.read()
        self.write(**new)
        return compare_code(before, self.read())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    (tmp_path / "assets.toml").write_text('[project]\nmodules = ["assets"]\n')
    yield Folder(tmp_path)
    uninstall()


def tell(changes: tuple[MemberChange, ...]) -> Told:
    return [(each.name, each.state, each.notes) for each in changes]


USES_CLEAN = """
    from assetmake import asset
    from helpers import clean

    @asset
    def x() -> int:
        return clean(1)
"""
CLEAN = "def clean(n):\n    return n\n"


def test_only_the_member_that_was_edited_is_told(folder: Folder) -> None:
    (change,) = folder.compare({"assets": USES_CLEAN, "helpers": CLEAN}, {"helpers": CLEAN.replace("n\n", "n + 1\n")})

    assert change == MemberChange(
        "helpers.py::clean", "changed", "def clean(n):\n    return n", "def clean(n):\n    return n + 1"
    )


def test_what_does_not_count_is_not_told(folder: Folder) -> None:
    edited = 'def clean(n: "int"):\n    """Clean."""\n\n    return (n)  # as it is\n'

    assert folder.compare({"assets": USES_CLEAN, "helpers": CLEAN}, {"helpers": edited}) == ()


def test_a_function_that_was_renamed_is_still_the_same_root(folder: Folder) -> None:
    renamed = USES_CLEAN.replace("@asset\n    def x", '@asset(name="x")\n    def make_x')

    assert folder.compare({"assets": USES_CLEAN, "helpers": CLEAN}, {"assets": renamed}) == ()
    edited = renamed.replace("make_x", "x_again").replace("clean(1)", "clean(2)")
    assert tell(folder.compare({}, {"assets": edited})) == [("assets.py::x_again", "changed", ())]


def test_a_member_that_moved_to_another_file_is_not_told(folder: Folder) -> None:
    moved = {"assets": USES_CLEAN.replace("from helpers", "from tools"), "tools": CLEAN}

    assert folder.compare({"assets": USES_CLEAN, "helpers": CLEAN}, moved) == ()


def test_a_member_that_moved_and_was_edited_is_one_change(folder: Folder) -> None:
    moved = {"assets": USES_CLEAN.replace("from helpers", "from tools"), "tools": CLEAN.replace("n\n", "n + 1\n")}
    (change,) = folder.compare({"assets": USES_CLEAN, "helpers": CLEAN}, moved)

    assert (change.name, change.state) == ("tools.py::clean", "changed")
    assert change.old.endswith("return n")


def test_members_that_come_and_go(folder: Folder) -> None:
    other = USES_CLEAN.replace("import clean", "import wash").replace("clean(1)", "wash(1)")
    changes = folder.compare(
        {"assets": USES_CLEAN, "helpers": CLEAN}, {"assets": other, "helpers": "def wash(n):\n    return -n\n"}
    )

    assert tell(changes) == [
        ("assets.py::x", "changed", ()),
        ("helpers.py::wash", "new", ()),
        ("helpers.py::clean", "gone", ()),
    ]
    assert [bool(each.old) for each in changes] == [True, False, True]


def test_a_name_that_means_another_member(folder: Folder) -> None:
    files = {
        "a": CLEAN,
        "b": CLEAN.replace("n\n", "-n\n"),
        "both": "import a, b\n\nBOTH = lambda: (a.clean, b.clean)\n",
    }
    uses_a, uses_b = (
        USES_CLEAN.replace("helpers", name)
        .replace("return", "return len(both.BOTH()) +")
        .replace("@", "import both\n\n    @", 1)
        for name in "ab"
    )
    changes = folder.compare({"assets": uses_a, **files}, {"assets": uses_b})

    assert tell(changes) == [("assets.py::x", "changed", ("clean means b.py::clean, no longer a.py::clean",))]


def test_a_library_under_the_same_name(folder: Folder) -> None:
    text = """
        from assetmake import asset
        import json as codec

        @asset
        def x() -> str:
            return codec.dumps(codec.loads("1"))
    """
    found = folder.compare({"assets": text}, {"assets": text.replace("json", "pickle")})

    ((name, state, notes),) = tell(found)
    assert (name, state) == ("assets.py::x", "changed")
    assert notes == ("codec means pickle, no longer json",)
    assert found[0].old == found[0].new


VALUES = """
    from assetmake import asset

    STEP = 1
    START = 1

    def make(number):
        def plain() -> int:
            return number
        return plain

    scaled = make(START)

    def shift(n, by=STEP):
        return n + by

    @asset
    def x() -> int:
        return shift(scaled())
"""


@pytest.mark.parametrize(
    ("name", "member", "note"),
    [
        ("START", "assets.py::make.plain", "the value that it captured as number changed"),
        ("STEP", "assets.py::shift", "the values of its defaults changed"),
    ],
)
def test_values_that_the_source_of_a_member_does_not_show(folder: Folder, name: str, member: str, note: str) -> None:
    changes = folder.compare({"assets": VALUES}, {"assets": VALUES.replace(f"{name} = 1", f"{name} = 2")})

    assert (member, "changed", (note,)) in tell(changes)
    (change,) = (each for each in changes if each.name == member)
    assert change.old == change.new


def test_the_same_computed_source_with_another_value(folder: Folder) -> None:
    text = """
        from assetmake import asset
        from numbers_of import count

        LIMIT = count()

        @asset
        def x() -> int:
            return LIMIT
    """
    changes = folder.compare(
        {"assets": text, "numbers_of": "def count():\n    return 3\n"},
        {"numbers_of": "def count():\n    return 4\n"},
    )
    assert ("assets.py::LIMIT", "changed", ("its value changed",)) in tell(changes)


def test_another_code_version(folder: Folder) -> None:
    text = """
        from assetmake import asset

        @asset(code_version="1")
        def x() -> int:
            return 1
    """
    changes = folder.compare({"assets": text}, {"assets": text.replace('"1"', '"2"')})

    assert tell(changes) == [("x::code_version", "changed", ("its code_version changed",))]


def test_members_that_call_each_other(folder: Folder) -> None:
    text = """
        from assetmake import asset

        def even(n):
            return n == 0 or odd(n - 1)

        def odd(n):
            return n != 0 and even(n - 1)

        @asset
        def x() -> bool:
            return even(4)
    """

    assert tell(folder.compare({"assets": text}, {"assets": text.replace("n != 0", "n > 0")})) == [
        ("assets.py::odd", "changed", ())
    ]


def member(name: str, identity: str, **links: str) -> Member:
    return Member(name, "", Form.DEFINITION, identity, links=links)


def test_several_members_of_one_name_are_paired_one_by_one() -> None:
    root = member("a.py::x", "x")
    old = [root, member("a.py::f", "one"), member("a.py::f#2", "two"), member("a.py::f#3", "three")]
    new = [root, member("b.py::f", "other"), member("b.py::f#2", "three"), member("b.py::f#3", "one too")]

    assert tell(compare_code(old, new)) == [("b.py::f", "changed", ()), ("b.py::f#3", "changed", ())]


def test_several_members_alike_that_moved_are_not_told() -> None:
    root = member("a.py::x", "x")
    old = [root, member("a.py::f", "same"), member("a.py::f#2", "same")]
    new = [root, member("b.py::f", "same"), member("b.py::f#2", "same")]

    assert compare_code(old, new) == ()


def test_nothing_is_compared_with_a_trace_that_kept_no_code() -> None:
    root = member("a.py::x", "x")

    assert compare_code([], [root]) == compare_code([root], []) == ()
