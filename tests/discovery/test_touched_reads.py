"""Files that modules read while they are imported: an edit of one touches what may be made of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.recall.discover import Discovered, discover_manifest
from assetmake.discovery.revisions.touched import Touched, find_touched
from repository import commit, git, start_repository

FILES = {
    "assets.toml": '[project]\nmodules = ["*.py", "listed/*.py"]\n',
    "assets.py": """
        import json
        import os
        from pathlib import Path

        import helpers
        from assetmake import FileSource, asset

        HERE = Path(__file__).parent
        SQL = HERE.joinpath("q.sql").read_text()
        RATES = json.loads((HERE / "rates.json").read_text())
        QUERIES = {each.stem: each.read_text() for each in sorted((HERE / "queries").glob("**/*.sql"))}
        HAS_FLAG = (HERE / "flag").exists()
        SIZE = (HERE / "sized.txt").stat().st_size
        LOCAL = (HERE / "local.json").read_text() if os.path.isfile(HERE / "local.json") else ""
        TEXT = (HERE / "helpers.py").read_text()
        letters = FileSource("letters", "in/{partition_key}.txt")
        note = FileSource("note", "note.txt")
        assert (HERE / "note.txt").exists()

        def make(name):
            @asset(name=name)
            def made():
                return name
            return made

        tables = [make(name) for name in RATES]

        @asset
        def report():
            return SQL, QUERIES, HAS_FLAG, LOCAL

        @asset
        def noted(note):
            return 1
        """,
    "helpers.py": "def unused():\n    return 1\n",
    "listed/more.py": "from assetmake import asset\n\n@asset\ndef more():\n    return 1\n",
    "listed/readme.txt": "1",
    "q.sql": "select 1",
    "rates.json": '{"a": 1}',
    "queries/one.sql": "select 1",
    "queries/deep/two.sql": "select 2",
    "sized.txt": "1",
    "note.txt": "1",
    "in/a.txt": "1",
    "README": "1",
}
Write = Callable[[str, str], None]


@pytest.fixture
def project(root: Path, write: Write) -> Iterator[Path]:
    for file, text in FILES.items():
        write(file, text)
    start_repository(root)
    yield root
    uninstall()


def find(root: Path, *, fresh: bool = False) -> tuple[Discovered, Touched]:
    found = discover_manifest(root, load_config(root), fresh=fresh)
    manifest = found.manifest
    assert manifest.failures == ()
    touched = find_touched(
        "main", root=root, records=manifest.assets, sources=manifest.sources, code=manifest.code, reads=found.reads
    )
    return found, touched


def is_everything_touched(root: Path) -> bool:
    found, touched = find(root)
    assert touched.records in ({each.key for each in found.manifest.assets}, frozenset())
    return bool(touched.records)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("q.sql", "select 2"),
        ("rates.json", '{"a": 1, "b": 2}'),
        ("queries/deep/two.sql", "select 3"),
        ("queries/three.sql", ""),
        ("queries/new/three.sql", ""),
        ("queries/one.sql", None),
        ("queries/deep", None),
        ("queries", None),
        ("flag", ""),
        ("sized.txt", "22"),
        ("local.json", "{}"),
        ("helpers.py", "def unused():\n    return 2\n"),
    ],
)
def test_an_edit_of_what_is_read_touches_everything(project: Path, write: Write, file: str, text: str | None) -> None:
    if text is not None:
        write(file, text)
    elif (project / file).is_dir():
        shutil.rmtree(project / file)
    else:
        (project / file).unlink()
    assert is_everything_touched(project)
    git(project, "checkout", "-q", "-b", "work")
    commit(project)
    assert is_everything_touched(project), "committed or not"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("README", "2"),
        ("more.txt", ""),
        ("listed/readme.txt", "2"),
        ("listed/other.txt", ""),
        ("listed/later.py", "X = 1\n"),
        ("in/a.txt", "2"),
        ("in/b.txt", "2"),
        ("note.txt", "2"),
    ],
)
def test_an_edit_of_what_is_not_read_touches_nothing_of_it(project: Path, write: Write, file: str, text: str) -> None:
    write(file, text)
    assert not is_everything_touched(project)


WARNING = """
import traceback
import warnings
from assetmake import asset

warnings.warn("old")
try:
    {}["x"]
except KeyError:
    traceback.print_exc()

@asset
def report():
    return 1

@asset
def other():
    return 1
"""


def test_a_line_that_a_warning_shows_is_no_value(project: Path, write: Write) -> None:
    write("assets.toml", "")
    write("assets.py", WARNING)
    commit(project)
    write("assets.py", WARNING.replace("return 1", "return 2", 1))
    assert {str(each) for each in find(project)[1].records} == {"report"}


def test_what_is_remembered_knows_what_was_read(project: Path, write: Write) -> None:
    git(project, "checkout", "-q", "-b", "work")
    write("q.sql", "select 2")
    commit(project)
    first = find(project)
    again = find(project)
    assert again[0].inputs is not None
    assert again[1].records == first[1].records == find(project, fresh=True)[1].records != frozenset()


READING_BY_A_PROCESS = """
import subprocess
from assetmake import asset

SQL = subprocess.run(["cat", "q.sql"], capture_output=True).stdout

@asset
def report():
    return SQL
"""
OF_A_KIND_OF_ITS_OWN = """
from pathlib import Path
from assetmake import StaticPartitionsDefinition, asset

class Own(StaticPartitionsDefinition):
    pass

SQL = Path(__file__).with_name("q.sql").read_text()

@asset(partitions_def=Own(["a"]))
def report():
    return SQL
"""


@pytest.mark.parametrize("text", [READING_BY_A_PROCESS, OF_A_KIND_OF_ITS_OWN])
def test_what_cannot_be_remembered_is_touched_too(project: Path, write: Write, text: str) -> None:
    write("assets.toml", "")
    write("assets.py", text)
    commit(project)
    assert find(project)[1].records == frozenset()
    write("q.sql", "select 2")
    assert {str(each) for each in find(project)[1].records} == {"report"}


def test_of_a_kind_of_its_own_other_files_touch_nothing(project: Path, write: Write) -> None:
    write("assets.toml", "")
    write("assets.py", OF_A_KIND_OF_ITS_OWN)
    commit(project)
    write("README", "2")
    assert find(project)[1].records == frozenset()
