"""What an edit does not touch: labels, code that a version stands for, settings that nothing here rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.revisions.touched import find_touched
from repository import git, start_repository

ONE = """
    import assetmake as dg
    from helpers import helper

    @dg.asset(code_version="1", description="first")
    def pinned():
        return helper()

    @dg.asset(group_name="g", metadata={"a": 1}, pool="p", retry_policy=dg.RetryPolicy(max_retries=2))
    def labelled():
        return dg.Output(1)

    @dg.multi_asset(specs=[dg.AssetSpec("left"), dg.AssetSpec("right")])
    def both():
        yield dg.MaterializeResult(asset_key="left")
        yield dg.MaterializeResult(asset_key="right")
    """
FILES = {
    "assets.toml": '[project]\nmodules = ["parts/one.py"]\n',
    "parts/one.py": ONE,
    "parts/two.py": "import assetmake as dg\n\n@dg.asset\ndef added():\n    return 1\n",
    "helpers.py": "def helper():\n    return 2\n",
}
Write = Callable[[str, str], None]


@pytest.fixture
def project(root: Path, write: Write) -> Iterator[Path]:
    for file, text in FILES.items():
        write(file, text)
    start_repository(root)
    yield root
    uninstall()


def find(root: Path) -> str:
    uninstall()
    manifest = build_manifest(root, load_config(root))
    assert manifest.failures == ()
    given = {"records": manifest.assets, "sources": manifest.sources, "code": manifest.code, "reads": Reads()}
    return " ".join(sorted(map(str, find_touched("HEAD", root=root, **given).records)))


@pytest.mark.parametrize(
    ("file", "old", "new", "touched"),
    [
        ("parts/one.py", "return helper()", "return -helper()", ""),
        ("helpers.py", "2", "3", ""),
        ("parts/one.py", '"first"', '"second"', ""),
        ("parts/one.py", 'group_name="g"', 'group_name="h"', ""),
        ("parts/one.py", '{"a": 1}', '{"a": 2}', ""),
        ("parts/one.py", 'pool="p"', 'pool="q"', ""),
        ("parts/one.py", "max_retries=2", "max_retries=3", ""),
        ("parts/one.py", "dg.Output(1)", "dg.Output(2)", "labelled"),
        ("parts/one.py", 'code_version="1"', 'code_version="2"', "pinned"),
        ("assets.toml", '"parts/one.py"', '"parts/one.py", "parts/two.py"', "added"),
        ("assets.toml", '"parts/one.py"', '"parts/*.py"', "added"),
        ("assets.toml", '"parts/one.py"', '"parts.one"', ""),
        ("assets.toml", "[project]", "[env.prod.storage]\nroot = 'x'\n[project]", ""),
        ("assets.toml", "[project]", "[env.prod.build]\njobs = 2\n[project]", ""),
        ("assets.toml", "[project]", "[staleness]\nenvironment = ['pip']\n[project]", "labelled left pinned right"),
    ],
)
def test_an_edit_touches_no_more(project: Path, file: str, old: str, new: str, touched: str) -> None:
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))
    assert find(project) == touched


def test_a_listed_module_that_is_renamed_in_the_list_too_touches_nobody(project: Path) -> None:
    git(project, "mv", "parts/one.py", "parts/three.py")
    (project / "assets.toml").write_text(FILES["assets.toml"].replace("one", "three"))
    assert find(project) == ""
    text = (project / "parts/three.py").read_text()
    (project / "parts/three.py").write_text(text.replace("Output(1)", "Output(3)"))
    assert find(project) == "labelled"


def test_a_module_that_was_not_listed_brings_all_that_it_declares(project: Path) -> None:
    git(project, "mv", "parts/two.py", "parts/four.py")
    (project / "assets.toml").write_text('[project]\nmodules = ["parts/one.py", "parts.four"]\n')
    assert find(project) == "added"
