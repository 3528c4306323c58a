"""-c and --config through the commands: what they configure counts, for this command, and is kept nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_project import FakeProject, call
from real_project import RealProject

from assetmake.cli.context import hide_overrides
from assetmake.discovery.launch import Launch

ASSETS = """
    from assetmake import Config, ConfigurableResource, Definitions, asset


    class Db(ConfigurableResource):
        host: str = "h"
        password: str = "p"


    class Limits(Config):
        limit: int = 3


    class Needed(Config):
        size: int


    @asset
    def orders(config: Limits, db: Db) -> list:
        return [db.host] * config.limit


    @asset
    def count(orders: list) -> int:
        return len(orders)


    @asset
    def needy(config: Needed) -> int:
        return config.size


    defs = Definitions(resources={"db": Db()})
"""


@pytest.mark.parametrize("command", ["build", "plan", "status", "why orders"])
def test_commands_open_the_project_afresh_with_what_is_given(command: str, tmp_path: Path) -> None:
    project, file = FakeProject(), tmp_path / "run.json"
    file.write_text(json.dumps({"ops": {"orders": {"config": {"limit": 1}}}}))

    done = call(*command.split(), "-c", "orders.limit=4", "--config", str(file), "-c", "db.host=x", project=project)

    assert done.status == 0, done.err
    assert project.asked[:2] == [
        {"env": None, "project": None, "fresh": True},
        Launch(str(file), {"ops": {"orders": {"config": {"limit": 1}}}}, ("orders.limit=4", "db.host=x")),
    ]


def test_a_file_that_cannot_be_read_ends_in_2() -> None:
    done = call("build", "--config", "none.toml")

    assert (done.status, done.out) == (2, "")
    assert "cannot read none.toml" in done.err


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("build -c db.password=hush x", "build -c db.password=*** x"),
        ("build -cdb.password=hush", "build -cdb.password=***"),
        ("build --config=run.toml --select=a", "build --config=run.toml --select=a"),
    ],
)
def test_values_are_not_kept_with_the_command(words: str, shown: str) -> None:
    assert hide_overrides(words.split()) == shown.split()


def test_config_counts_for_the_command_that_gives_it(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(ASSETS)

    assert project.build("count") == "Done. BUILT=2 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
    assert project.build("count", "-c", "orders.limit=4") == "Done. BUILT=2 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
    assert project.build("count", "-c", "orders.limit=4").startswith("up to date")
    assert project.why("orders", "-c", "orders.limit=4")["reason"] is None
    found = project.why("orders")
    assert (found["reason"], found["because"]) == ("config", ["config.limit 4 -> 3"])
    assert json.loads((tmp_path / "data/count.json").read_text()) == 4


def test_a_job_gives_the_config_of_its_runs(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(ASSETS)
    job = 'jobs=[define_asset_job("few", selection="orders", config={"ops": {"orders": {"config": {"limit": 1}}}})]'
    project.edit('defs = Definitions(resources={"db": Db()})', f'defs = Definitions(resources={{"db": Db()}}, {job})')
    project.edit("Definitions, asset", "Definitions, asset, define_asset_job")
    project.build("--job", "few")

    assert json.loads((tmp_path / "data/orders.json").read_text()) == ["h"]
    assert project.run("plan", "--job", "few").stdout.startswith("up to date")
    assert project.why("orders")["because"] == ["config.limit 1 -> 3"]

    project.edit('"config": {"limit": 1}', '"config": {"limits": 1}')
    refused = project.run("build", "--job", "few", status=2).stderr
    assert refused.startswith("assetmake: error: job few (assets.py:")
    assert 'Received unexpected config entry "limits"' in refused


def test_a_secret_that_is_given_is_written_nowhere(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(ASSETS, config="[resources.db]\nhost = 'host-of-toml'\npassword = 'toml-hush'\n")
    project.build("count", "-c", "db.password=very-hush")
    project.build("count")

    written = b"".join(file.read_bytes() for file in (tmp_path / ".assetmake").rglob("*") if file.is_file())
    assert b"host-of-toml" in written
    assert b"very-hush" not in written
    assert b"toml-hush" not in written


def test_what_lacks_config_stops_a_build_of_it_before_it_starts(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(ASSETS)
    done = project.run("build", status=2)

    error, hint = done.stderr.splitlines()
    assert error == (
        'assetmake: error: assets.py:27: asset needy: Missing required config entry "size" at path '
        "root:ops:needy:config"
    )
    assert hint.startswith("  hint: give it with -c ASSET.FIELD=VALUE or RESOURCE.FIELD=VALUE, in a --config file")
    assert not (tmp_path / "data").exists()
    assert project.build("-c", "needy.size=1") == "Done. BUILT=3 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
