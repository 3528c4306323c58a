"""Another scheme of fingerprints: what a state keeps of code is read anew, so that an upgrade marks nothing stale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assetmake import AssetKey
from assetmake.discovery.code import members, outline
from assetmake.discovery.code.members import SCHEME
from assetmake.discovery.collect import build_manifest
from assetmake.discovery.loader import uninstall
from assetmake.discovery.recall.discover import Discovered
from assetmake.execution.asked import BuildOptions
from assetmake.planning import fingerprints
from assetmake.project import Project, Selection, open_project

FILES = {
    "assets.toml": "",
    "rules.py": """
LIMIT = 3
TABLE = dict(a=1)


class Rule:
    def hold(self, number):
        return number < LIMIT


def check(number):
    return Rule().hold(number) and TABLE
""",
    "assets.py": """
from assetmake import AssetExecutionContext, asset
from rules import check


@asset
def alone(context: AssetExecutionContext) -> int:
    return 1


@asset(code_version="1")
def versioned() -> int:
    return 2


@asset
def checked(alone: int) -> bool:
    return bool(check(alone))
""",
}
ALL = {"alone", "versioned", "checked"}


def open_here(root: Path) -> Project:
    """Open a project with its modules imported into this process, whose scheme a test can change."""
    return open_project(project=root, discover=lambda root, config, **_: Discovered(build_manifest(root, config)))


@dataclass(frozen=True)
class Folder:
    """A project on disk; every question to it imports its modules anew."""

    root: Path

    def plan(self) -> dict[str, str]:
        """Return the assets that a plan finds stale, with the reason."""
        uninstall()
        plan = open_here(self.root).make_plan(Selection()).plan
        return {
            str(key): " ".join(reason.value for reason in verdicts.count_reasons())
            for key, verdicts in plan
            if verdicts.stale
        }

    def build(self) -> int:
        uninstall()
        return open_here(self.root).build(Selection(), BuildOptions(jobs=1), lambda _: None).built

    def list_changed(self, asset: str) -> list[str]:
        """Return the members of an asset's code that `why` says have changed."""
        uninstall()
        return [each.name for each in open_here(self.root).explain(AssetKey([asset]), None).members]

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (self.root / name).write_text(text.replace(old, new), encoding="utf-8")

    def schemes(self) -> dict[str, set[int]]:
        """Return the schemes of each asset's kept fingerprints."""
        found: dict[str, set[int]] = {}
        with open_here(self.root).state.reading() as db:
            for key, scheme in db.execute(
                "select a.key, f.scheme from state.fingerprints f join state.assets a on a.id = f.asset"
            ).fetchall():
                found.setdefault(key, set()).add(scheme)
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A project that was built with today's scheme."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    folder = Folder(tmp_path.resolve())
    assert folder.build() == 3
    assert folder.plan() == {}
    yield folder
    uninstall()


@pytest.fixture(params=["other digests", "syntax written otherwise"])
def next_scheme(folder: Folder, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """From here on assetmake is a version whose scheme gives every piece of code another digest."""
    monkeypatch.setattr(fingerprints, "SCHEME", SCHEME + 1)
    monkeypatch.setattr("assetmake.discovery.fingerprint.SCHEME", SCHEME + 1)
    if request.param == "other digests":
        digest = members.digest
        monkeypatch.setattr(members, "digest", lambda text: digest(f"salt {text}"))
    else:
        dump = outline.dump
        monkeypatch.setattr(outline, "dump", lambda node, **options: f"new {dump(node, **options)}")
    return SCHEME + 1


def test_another_scheme_marks_nothing_stale(folder: Folder, next_scheme: int) -> None:
    assert folder.plan() == {}
    assert folder.build() == 0


def test_without_the_kept_code_all_would_be_stale(
    folder: Folder, next_scheme: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_digest_outdated", lambda _: {})

    assert folder.plan().keys() >= {"alone", "checked"}


@pytest.mark.parametrize(
    ("name", "old", "new", "stale"),
    [
        ("assets.py", "return 1", "return 4", "alone"),
        ("assets.py", "return bool(check(alone))", "return not check(alone)", "checked"),
        ("assets.py", 'code_version="1"', 'code_version="2"', "versioned"),
        ("rules.py", "LIMIT = 3", "LIMIT = 4", "checked"),
        ("rules.py", "dict(a=1)", "dict(a=2)", "checked"),
        ("rules.py", "number < LIMIT", "number <= LIMIT", "checked"),
    ],
    ids=["body", "body of one with helpers", "code_version", "constant", "computed constant", "method"],
)
def test_an_edit_across_the_upgrade_is_seen(
    folder: Folder, next_scheme: int, name: str, old: str, new: str, stale: str
) -> None:
    folder.edit(name, old, new)

    assert folder.plan()[stale] == "code"
    assert folder.plan().keys() - {"checked"} <= {stale}, "checked reads alone, and waits for it"


def test_a_build_brings_what_is_kept_up_to_date(folder: Folder, next_scheme: int) -> None:
    folder.edit("assets.py", "return 1", "return 4")
    assert folder.schemes() == {name: {SCHEME} for name in ALL}

    assert folder.build() > 0

    assert folder.schemes() == {name: {next_scheme} for name in ALL}
    assert folder.plan() == {}


def test_a_build_that_has_nothing_to_do_brings_it_up_to_date_too(folder: Folder, next_scheme: int) -> None:
    assert folder.build() == 0

    assert folder.schemes() == {name: {next_scheme} for name in ALL}
    assert folder.plan() == {}


EQUIPPED = """
from assetmake import Config, ConfigurableIOManager, ConfigurableResource, Definitions, asset


class Limits(Config):
    limit: int = 3


class Db(ConfigurableResource):
    host: str = "h"

    def fetch(self):
        return self.host + "x"


class Nowhere(ConfigurableIOManager):
    folder: str = "f"

    def handle_output(self, context, obj):
        return None

    def load_input(self, context):
        return 0


@asset(io_manager_key="nowhere")
def equipped(config: Limits, db: Db) -> str:
    return db.fetch()


defs = Definitions(resources={"db": Db(), "nowhere": Nowhere()})
"""


def test_what_an_asset_is_given_is_read_anew_too(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.root / "assets.toml").write_text('[project]\nmodules = ["assets", "equipped"]\n', encoding="utf-8")
    (folder.root / "equipped.py").write_text(EQUIPPED, encoding="utf-8")
    assert folder.build() == 1
    monkeypatch.setattr(fingerprints, "SCHEME", SCHEME + 1)
    monkeypatch.setattr("assetmake.discovery.fingerprint.SCHEME", SCHEME + 1)
    digest = members.digest
    monkeypatch.setattr(members, "digest", lambda text: digest(f"salt {text}"))

    assert folder.plan() == {}
    for old, new, reason in (
        ('self.host + "x"', 'self.host + "y"', "code"),
        ('"db": Db()', '"db": Db(host="i")', "config"),
        ("return 0", "return 1", "io"),
        ("Nowhere()}", 'Nowhere(folder="g")}', "io"),
    ):
        folder.edit("equipped.py", old, new)
        assert folder.plan() == {"equipped": reason}
        folder.edit("equipped.py", new, old)
    assert folder.build() == 0
    assert folder.schemes() == {name: {SCHEME + 1} for name in ALL | {"equipped"}}
    assert folder.plan() == {}


def test_the_way_back_marks_nothing_stale_either(folder: Folder) -> None:
    with pytest.MonkeyPatch.context() as newer:
        digest = members.digest
        newer.setattr(fingerprints, "SCHEME", SCHEME + 1)
        newer.setattr("assetmake.discovery.fingerprint.SCHEME", SCHEME + 1)
        newer.setattr(members, "digest", lambda text: digest(f"salt {text}"))
        assert folder.build() == 0

    assert folder.plan() == {}


FIRST_SCHEME = {
    "alone": "def alone(context: AssetExecutionContext) -> int:\n    return 1",
    "versioned": 'code_version = "1"',
    "checked": "def checked(alone: int) -> bool:\n    return bool(check(alone))",
}
"""What the first scheme kept: the normalised text of each asset's own function."""


def test_the_first_scheme_vouches_for_an_asset_s_own_body_alone(folder: Folder) -> None:
    with open_here(folder.root).state.writing() as db:
        db.execute("update state.fingerprints set scheme = 1, code = 'another', details = null")
        for name, text in FIRST_SCHEME.items():
            db.execute(
                "update state.members set name = '', source = ?, facts = '{}', links = '{}' where id in"
                " (select members[1] from state.fingerprints f join state.assets a on a.id = f.asset where a.key = ?)",
                [text, name],
            )
        db.execute("update state.fingerprints set members = members[1:1]")

    assert folder.plan() == {"checked": "code"}
    assert folder.list_changed("checked")

    folder.edit("assets.py", "return 1", "return 4")
    folder.edit("assets.py", 'code_version="1"', 'code_version="2"')
    assert folder.plan() == {"alone": "code", "versioned": "code", "checked": "code"}
