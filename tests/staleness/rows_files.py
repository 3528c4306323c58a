"""Files: bytes, times, names and places of the project's files, and the processes that read them."""

from __future__ import annotations

import os

from edits import Project, Theme, add, change, must, must_not, put, remove

ASSETS = """
import aside
from assetmake import asset

COLOURS = {"red", "green", "blue", "white", "black"}
FROZEN = frozenset({"one", "two", "three"})


@asset
def own() -> int:
    return 111


@asset
def helped() -> int:
    return aside.give()


@asset
def sets(default=frozenset({"up", "down", "left"})) -> list:
    return sorted(COLOURS | FROZEN | default | {"north", "south", "east"})
"""
ASIDE = "def give():\n    return 222\n"


def touch(project: Project) -> None:
    for name in ("assets.py", "aside.py", "assets.toml"):
        os.utime(project.root / name, ns=(1, 1_700_000_000_000_000_000))


def same_times(name: str, old: str, new: str):
    """Replace a text by one of the same size, and give the file its old times again."""
    assert len(old) == len(new)

    def edit(project: Project) -> None:
        path = project.root / name
        before = path.stat()
        change(name, old, new)(project)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return edit


def rewrite(encode):
    def edit(project: Project) -> None:
        for name in ("assets.py", "aside.py"):
            path = project.root / name
            path.write_bytes(encode(path.read_bytes()))

    return edit


def compile_aside(project: Project) -> None:
    """Leave a .pyc behind, as another program that imports the module does."""
    import py_compile

    py_compile.compile(str(project.root / "aside.py"), doraise=True)


def move_into(folder: str):
    def edit(project: Project) -> None:
        (project.root / folder).mkdir()
        (project.root / "aside.py").rename(project.root / folder / "aside.py")
        project.write("assets.toml", f'[project]\nname = "edits"\npython_path = ["{folder}"]\n')

    return edit


FILES = Theme(
    "files",
    {"assets.py": ASSETS, "aside.py": ASIDE},
    (
        must("edit of the same size and time", same_times("assets.py", "111", "112"), code="own"),
        must("edit of a helper, same size and time", same_times("aside.py", "222", "223"), code="helped"),
        must("edit of a helper beside its .pyc", compile_aside, same_times("aside.py", "222", "223"), code="helped"),
        must(
            "helper's module replaced by a package",
            remove("aside.py"),
            put("aside/__init__.py", ASIDE.replace("222", "333")),
            code="helped",
        ),
        must(
            "set that a process prints in any order",
            change("assets.py", '"white", ', '"pink", '),
            code="sets",
            env={"PYTHONHASHSEED": "7"},
        ),
        must_not("nothing at all, in a copy"),
        must_not("files touched", touch),
        must_not("files rewritten with the same bytes", rewrite(lambda content: content)),
        must_not("line ends of another system", rewrite(lambda content: content.replace(b"\n", b"\r\n"))),
        must_not("byte order mark", rewrite(lambda content: b"\xef\xbb\xbf" + content)),
        must_not("declared encoding", rewrite(lambda content: b"# coding: latin-1\n" + content)),
        must_not(".pyc of a helper", compile_aside),
        must_not("one seed for hashes", env={"PYTHONHASHSEED": "1"}),
        must_not("another seed for hashes", env={"PYTHONHASHSEED": "4242"}),
        must_not("module added", put("added.py", "def give():\n    return 1\n")),
        must_not(
            "module of assets listed by name",
            change("assets.toml", 'name = "edits"\n', 'name = "edits"\nmodules = ["assets"]\n'),
        ),
        must_not("project renamed", change("assets.toml", '"edits"', '"other"')),
        must_not(
            "helper's module replaced by a package that gives the same",
            remove("aside.py"),
            put("aside/__init__.py", ASIDE),
        ),
        must_not("helper's module in another folder of the path", move_into("lib")),
        must_not("file that is no module", put("notes.txt", "aside")),
        must_not("final newline gone", change("aside.py", "return 222\n", "return 222")),
        must_not("lines added below", add("aside.py", "\n\n\n# the end\n")),
    ),
)

WHERE = """
import os
from pathlib import Path

from assetmake import asset

ROOT = Path(__file__).parent
QUERIES = ROOT / "queries"
PLACES = {"queries": QUERIES, "all": [ROOT, (QUERIES,)]}
FOLDER = os.path.dirname(__file__)


def list_queries(folder=QUERIES):
    return sorted(path.name for path in folder.iterdir())


@asset
def by_path() -> str:
    return (ROOT / "one.txt").name


@asset
def by_nested_path() -> list:
    return sorted(PLACES)


@asset
def by_default() -> list:
    return list_queries()


@asset
def by_text() -> str:
    return os.path.join(FOLDER, "one.txt").rpartition("/")[2]
"""

PLACES = Theme(
    "places",
    {"assets.py": WHERE, "queries/one.sql": "select 1", "archive/two.sql": "select 2"},
    (
        must(
            "folder below the project",
            change("assets.py", 'ROOT / "queries"', 'ROOT / "archive"'),
            code="by_nested_path by_default",
            beyond="a path counts by value",
        ),
        must_not("project in another folder"),
    ),
)
