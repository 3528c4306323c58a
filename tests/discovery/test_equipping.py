"""What an edit of config, a resource or an IO manager changes in fingerprints: of those that use it, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.launch import Launch
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import Fingerprint, Manifest
from assetmake.planning.differences import compare_details

ASSETS = """
import functools

from assetmake import (
    Config, ConfigurableIOManager, ConfigurableResource, Definitions, EnvVar, IOManager, ResourceDependency, asset,
    io_manager, resource,
)

from helpers import clean


class Base(ConfigurableResource):
    def open(self):
        return 1


class Inner(ConfigurableResource):
    depth: int = 1

    def deepen(self):
        return self.depth


class Db(Base):
    host: str = "localhost"
    port: int = 5432
    password: str = "hush"
    inner: Inner = Inner()

    def fetch(self):
        return clean(self.host)


class Client:
    def __init__(self, url):
        self._url = url

    def get(self):
        return self._url


def limit_by(base):
    return base * 2


@resource(config_schema={"rows": int})
def rows(context):
    return limit_by(context.resource_config["rows"])


class Limits(Config):
    limit: int = 3
    label: str = "x"

    def double(self):
        return self.limit * 2


class Files(ConfigurableIOManager):
    folder: str = "kept"

    def handle_output(self, context, obj):
        self.path(context).write_text(obj)

    def load_input(self, context):
        return self.path(context).read_text()

    def path(self, context):
        return clean(self.folder)


class Other(IOManager):
    def handle_output(self, context, obj):
        return None

    def load_input(self, context):
        return 1


@asset
def by_config(config: Limits):
    return config.limit


@asset
def by_db(db: Db):
    return db.fetch()


@asset(required_resource_keys={"rows"})
def by_rows(context):
    return context.resources.rows


@asset(required_resource_keys={"client"})
def by_client(context):
    return context.resources.client.get()


@asset(required_resource_keys={"held"})
def by_held(context):
    return context.resources.held


@asset(io_manager_key="files")
def kept() -> str:
    return "a"


@asset
def reads_kept(kept: str) -> int:
    return 1


@asset(deps=["kept"])
def after_kept() -> int:
    return 1


@asset
def by_schema(config: int = 3):
    return config


@asset
def plain():
    return 1


defs = Definitions(
    assets=[by_config, by_db, by_rows, by_client, by_held, kept, reads_kept, after_kept, by_schema, plain],
    resources={
        "db": Db(host="localhost"),
        "rows": rows.configured({"rows": 2}),
        "client": Client("http://a"),
        "held": functools.partial(clean, "a"),
        "files": Files(),
        "unused": Db(host="elsewhere"),
    },
)
"""
HELPERS = """
def clean(value):
    return value
"""
ALL = {
    "by_config",
    "by_db",
    "by_rows",
    "by_client",
    "by_held",
    "kept",
    "reads_kept",
    "after_kept",
    "by_schema",
    "plain",
}
PARTS = ("code", "config", "io", "environment")


@dataclass
class Project:
    root: Path
    write: Callable[..., None]
    files: dict[str, str] = field(default_factory=lambda: {"assets.py": ASSETS, "helpers.py": HELPERS})

    def discover(self, *texts: str, config: Mapping[str, Any] | None = None, env: str | None = None) -> Manifest:
        for path, text in self.files.items():
            self.write(path, text)
        uninstall()
        launch = Launch("run.toml" if config else "", config or {}, texts)
        return build_manifest(self.root, load_config(self.root, env=env), launch=launch)

    def edit(self, old: str, new: str, *, path: str = "assets.py") -> None:
        assert self.files[path].count(old) == 1
        self.files[path] = self.files[path].replace(old, new)


@pytest.fixture
def project(root: Path, write: Callable[..., None], discover: object, monkeypatch: pytest.MonkeyPatch) -> Project:
    del discover  # it cleans up
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    return Project(root, write)


def differ(before: Manifest, after: Manifest) -> dict[str, set[str]]:
    """Return for each asset the parts of its fingerprint that are not the same."""
    old = {str(record.key): record.fingerprint for record in before.assets}
    found = {str(record.key): _differ(old[str(record.key)], record.fingerprint) for record in after.assets}
    return {name: parts for name, parts in found.items() if parts}


def _differ(old: Fingerprint, new: Fingerprint) -> set[str]:
    return {part for part in PARTS if getattr(old, part) != getattr(new, part)}


EDITS: dict[str, tuple[str, str, dict[str, set[str]]]] = {
    "resource field": ('"db": Db(host="localhost")', '"db": Db(host="b")', {"by_db": {"config"}}),
    "resource field, said": ('"db": Db(host="localhost")', '"db": Db()', {}),
    "resource method": ("return clean(self.host)", "return clean(self.host) + 1", {"by_db": {"code"}}),
    "resource comment": ("        return clean(self.host)", "        # why\n        return clean(self.host)", {}),
    "resource docstring": ("class Db(Base):\n", 'class Db(Base):\n    """Data."""\n', {}),
    "base class": (
        "    def open(self):\n        return 1",
        "    def open(self):\n        return 2",
        {"by_db": {"code"}},
    ),
    "nested resource's code": ("return self.depth", "return self.depth + 1", {"by_db": {"code"}}),
    "nested resource's field": (
        "inner: Inner = Inner()",
        "inner: Inner = Inner(depth=2)",
        {"by_db": {"code", "config"}},
    ),
    "unused resource": ('"unused": Db(host="elsewhere")', '"unused": Db(host="nowhere")', {}),
    "another password": ('"db": Db(host="localhost")', '"db": Db(host="localhost", password="new")', {}),
    "a variable": (
        '"db": Db(host="localhost")',
        '"db": Db(host=EnvVar("DB_HOST"))',
        {"by_db": {"config", "environment"}},
    ),
    "config default": ("limit: int = 3", "limit: int = 4", {"by_config": {"code", "config"}}),
    "config method": ("return self.limit * 2", "return self.limit * 3", {"by_config": {"code"}}),
    "plain config's default": ("config: int = 3", "config: int = 4", {"by_schema": {"code", "config"}}),
    "resource function": ('limit_by(context.resource_config["rows"])', "limit_by(1)", {"by_rows": {"code"}}),
    "its helper": ("return base * 2", "return base * 3", {"by_rows": {"code"}}),
    "its config": ('rows.configured({"rows": 2})', 'rows.configured({"rows": 3})', {"by_rows": {"config"}}),
    "what an object holds": ('Client("http://a")', 'Client("http://b")', {"by_client": {"config"}}),
    "an object's method": ("return self._url", "return self._url + 'x'", {"by_client": {"code"}}),
    "what a partial holds": ('functools.partial(clean, "a")', 'functools.partial(clean, "b")', {"by_held": {"config"}}),
    "IO manager's field": ('"files": Files()', '"files": Files(folder="b")', {"kept": {"io"}, "reads_kept": {"io"}}),
    "IO manager's code": ("write_text(obj)", "write_text(obj * 2)", {"kept": {"io"}, "reads_kept": {"io"}}),
    "another IO manager": ('"files": Files()', '"files": Other()', {"kept": {"io"}, "reads_kept": {"io"}}),
    "one for all": (
        '"files": Files(),',
        '"files": Files(), "io_manager": Other(),',
        {name: {"io"} for name in ALL - {"kept"}},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_what_uses_it(project: Project, edit: str) -> None:
    before = project.discover()
    old, new, expected = EDITS[edit]
    project.edit(old, new)

    assert differ(before, project.discover()) == expected


def test_the_value_of_a_variable_counts_but_not_that_of_a_secret(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = '"db": Db(host=EnvVar("DB_HOST"), password=EnvVar("DB_PASSWORD"))'
    project.edit('"db": Db(host="localhost")', given)
    monkeypatch.setenv("DB_HOST", "one")
    before = project.discover()

    monkeypatch.setenv("DB_PASSWORD", "another")
    assert differ(before, project.discover()) == {}
    monkeypatch.setenv("DB_HOST", "two")
    after = project.discover()
    assert differ(before, after) == {"by_db": {"environment"}}
    assert all("two" not in record.fingerprint.details for record in after.assets)


def test_a_helper_that_resources_and_managers_call_counts_for_all_of_them(project: Project) -> None:
    before = project.discover()
    project.edit("return value", "return value or None", path="helpers.py")

    assert differ(before, project.discover()) == {
        "by_db": {"code"},
        "by_held": {"code"},
        "kept": {"io"},
        "reads_kept": {"io"},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("by_config.limit=4", {"by_config": {"config"}}),
        ("by_config.limit=3", {}),
        ("by_schema=4", {"by_schema": {"config"}}),
        ("db.port=1", {"by_db": {"config"}}),
        ("resources.db.host=localhost", {}),
        ("unused.host=b", {}),
        ("files.folder=b", {"kept": {"io"}, "reads_kept": {"io"}}),
    ],
)
def test_words_change_what_they_name(project: Project, text: str, expected: dict[str, set[str]]) -> None:
    before = project.discover()
    assert differ(before, project.discover(text)) == expected


def test_a_file_and_then_words_are_laid_over_the_project_file(project: Project, write: Callable[..., None]) -> None:
    write("assets.toml", "[resources.db]\nhost = 'a'\nport = 1\n\n[env.prod.resources.db]\nhost = 'b'\n")
    run_config = {"resources": {"db": {"config": {"port": 2}}}, "ops": {"by_config": {"config": {"limit": 9}}}}

    def show(manifest: Manifest) -> tuple[Any, Any]:
        details = {str(each.key): json.loads(each.fingerprint.details)["config"] for each in manifest.assets}
        db = details["by_db"]["resources"]["db"]
        return (db["host"], db["port"]), details["by_config"]["config"]["limit"]

    assert show(project.discover()) == (("a", 1), 3)
    assert show(project.discover(env="prod")) == (("b", 1), 3)
    assert show(project.discover(config=run_config)) == (("a", 2), 9)
    assert show(project.discover("db.port=3", config=run_config, env="prod")) == (("b", 3), 9)


def test_a_manifest_holds_the_config_of_the_command_and_not_that_of_the_project_file(
    project: Project, write: Callable[..., None]
) -> None:
    write("assets.toml", "[resources.db]\nhost = 'secret-host'\n")

    assert project.discover().launched == {}
    assert project.discover("db.port=3").launched == {"ops": {}, "resources": {"db": {"config": {"port": 3}}}}


def test_what_is_told_of_a_change_names_the_field(project: Project) -> None:
    before = {str(each.key): each.fingerprint.details for each in project.discover().assets}
    after = {
        str(each.key): each.fingerprint.details
        for each in project.discover("by_config.limit=4", "db.host=b", "files.folder=c").assets
    }

    told = {name: compare_details(before[name], after[name]) for name in before}
    assert {name: words for name, words in told.items() if words} == {
        "by_config": ["config.limit 3 -> 4"],
        "by_db": ['resource db.host "localhost" -> "b"'],
        "kept": ['IO manager files.folder "kept" -> "c"'],
        "reads_kept": ['IO manager files.folder "kept" -> "c"'],
    }


def test_no_secret_and_no_value_of_a_variable_is_in_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_HOST", "host-of-production")
    project.edit('"db": Db(host="localhost")', '"db": Db(host=EnvVar("DB_HOST"), password="hush-hush")')
    found = repr(project.discover("db.password=very-hush").assets)

    assert "DB_HOST" in found
    assert not [secret for secret in ("host-of-production", "hush-hush", "very-hush") if secret in found]


def test_what_only_refers_to_an_asset_does_not_get_its_resources(project: Project) -> None:
    project.files["assets.py"] += "\n\n@asset\ndef refers():\n    return by_db\n"
    before = project.discover()
    project.edit("return clean(self.host)", "return clean(self.host) + 1")

    assert differ(before, project.discover()) == {"by_db": {"code"}}


def test_fingerprints_are_the_same_in_every_process(project: Project) -> None:
    one, other = project.discover(), project.discover()

    assert differ(one, other) == {}


def test_config_that_is_required_and_not_given_is_told_and_stops_nobody_else(project: Project) -> None:
    project.edit("limit: int = 3", "limit: int")
    manifest = project.discover()
    told = {str(each.key): each.unconfigured for each in manifest.assets if each.unconfigured}

    assert told == {"by_config": 'Missing required config entry "limit" at path root:ops:by_config:config'}
    assert not any(each.unconfigured for each in project.discover("by_config.limit=1").assets)
