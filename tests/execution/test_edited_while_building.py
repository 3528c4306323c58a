"""What a worker finds is what was planned: code, config and resources; else it does not run."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.launch import Launch
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import Manifest
from assetmake.errors import DefinitionError
from assetmake.execution.child import _Finder
from assetmake.execution.work import Work

ASSETS = """
from assetmake import ConfigurableResource, asset


class Db(ConfigurableResource):
    host: str

    def fetch(self):
        return self.host


@asset
def orders(db: Db) -> str:
    return db.fetch()


@asset(io_manager_key="files")
def kept() -> str:
    return "a"


@asset
def reads(kept: str) -> str:
    return kept


@asset
def plain() -> int:
    return 1
"""
GIVEN = """
from assetmake import ConfigurableIOManager, Definitions

from assets import Db, kept, orders


class Files(ConfigurableIOManager):
    folder: str

    def handle_output(self, context, obj):
        pass

    def load_input(self, context):
        return "a"


defs = Definitions(assets=[orders, kept], resources={"db": Db(host="a"), "files": Files(folder="x")})
"""


@dataclass
class Folder:
    root: Path

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(textwrap.dedent(text).lstrip("\n"))

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert text.count(old) == 1
        (self.root / name).write_text(text.replace(old, new))

    def plan(self, *texts: str) -> Manifest:
        uninstall()
        return build_manifest(self.root, load_config(self.root), launch=Launch(texts=texts))

    def find(self, manifest: Manifest, name: str) -> None:
        """Find an asset as a worker does that is started now."""
        record = next(each for each in manifest.assets if str(each.key) == name)
        digests = self.root.parent / "texts.json"
        digests.write_text(json.dumps(dict(manifest.texts)))
        for module in ("assets", "given"):
            sys.modules.pop(module, None)
        work = Work(
            run="r",
            asset=record.key,
            module=record.module,
            code=record.fingerprint.call or record.fingerprint.code,
            io_manager=record.io_manager,
            timeout=None,
            nodes=(),
            resources=record.resources,
            loaders=tuple((name, module) for _, name, module in record.loaders),
            run_config=manifest.launched,
        )
        _Finder(self.root, digests).find(work)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    monkeypatch.delenv("ASSETMAKE_ENV", raising=False)
    root = (tmp_path / "project").resolve()
    root.mkdir()
    folder = Folder(root)
    folder.write("assets.toml", '[project]\nmodules = ["assets", "given"]\n')
    folder.write("assets.py", ASSETS)
    folder.write("given.py", GIVEN)
    yield folder
    uninstall()


@pytest.mark.parametrize("name", ["orders", "kept", "reads", "plain"])
def test_what_is_as_it_was_planned_runs(folder: Folder, name: str) -> None:
    manifest = folder.plan("db.host=c")
    folder.edit("given.py", "from assets import Db, kept, orders", "from assets import Db, kept, orders\n\nUNUSED = 1")

    folder.find(manifest, name)


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("assets.py", "return self.host", "return self.host * 2", {"orders"}),
        ("given.py", 'host="a"', 'host="b"', {"orders"}),
        ("given.py", 'folder="x"', 'folder="y"', {"kept", "reads"}),
        ("given.py", 'return "a"', 'return "b"', {"kept", "reads"}),
    ],
)
def test_what_was_edited_since_does_not_run(folder: Folder, file: str, old: str, new: str, changed: set[str]) -> None:
    manifest = folder.plan()
    folder.edit(file, old, new)
    for name in changed:
        with pytest.raises(DefinitionError, match="changed while the build ran"):
            folder.find(manifest, name)
    for name in {"orders", "kept", "reads", "plain"} - changed:
        folder.find(manifest, name)
