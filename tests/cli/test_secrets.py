"""Declared environment variables through the real command: a change is noticed, and no value is written anywhere."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from real_project import RealProject

SECRET = "s3cret-token"

LEAKY = """
    import os
    import sys
    import warnings

    from assetmake import MaterializeResult, asset

    declared = asset(env_vars=["API_TOKEN"])

    @declared
    def prints() -> int:
        print("the token is", os.environ["API_TOKEN"])
        os.write(2, b"raw " + os.environb[b"API_TOKEN"] + bytes([10]))
        return 1

    @declared
    def warns() -> int:
        warnings.warn(f"{os.environ['API_TOKEN']} is about to end")
        return 1

    @declared
    def logs(context) -> int:
        context.log.info("with %s", os.environ["API_TOKEN"])
        return 1

    @declared
    def tells() -> MaterializeResult:
        token = os.environ["API_TOKEN"]
        return MaterializeResult(value=1, metadata={"header": f"Bearer {token}", "all": {token: [token]}})

    @declared
    def raises() -> int:
        try:
            raise KeyError(os.environ["API_TOKEN"])
        except KeyError as error:
            raise ValueError(f"{os.environ['API_TOKEN']} was refused") from error

    @declared
    def dies() -> int:
        print(os.environ["API_TOKEN"], flush=True)
        os._exit(3)
"""


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    return RealProject(tmp_path)


def read_everything(project: RealProject) -> str:
    """Return what every file of the project holds, and every row of its state."""
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files]
    with duckdb.connect(str(project.folder / ".assetmake/state.duckdb"), read_only=True) as db:
        tables = [row[0] for row in db.execute("select table_name from duckdb_tables()").fetchall()]
        texts += [repr(db.execute(f"from {table}").fetchall()) for table in tables]
    return "\n".join([*map(str, files), *texts])


def test_the_value_of_a_declared_variable_is_written_nowhere(project: RealProject) -> None:
    project.variables["API_TOKEN"] = SECRET
    project.write(LEAKY)
    said = [
        project.run(*arguments.split(), status=status)
        for arguments, status in (
            ("build -v", 1),
            ("build --json", 1),
            ("why raises", 0),
            ("why raises --json", 0),
            ("why prints --json", 0),
            ("status --json", 0),
            ("plan", 0),
            *((f"log {name}", 0) for name in ("prints", "warns", "logs", "raises", "dies")),
        )
    ]

    told = "".join(done.stdout + done.stderr for done in said)
    assert SECRET not in told + read_everything(project)
    assert "ValueError: *** was refused" in told
    assert "KeyError: '***'" in told
    logs = {name: project.run("log", name).stdout for name in ("prints", "warns", "logs", "dies")}
    assert logs["prints"].splitlines() == ["the token is ***", "raw ***"]
    assert "UserWarning: *** is about to end" in logs["warns"]
    assert logs["logs"].endswith("INFO with ***\n")
    assert logs["dies"].startswith("***\n")
    assert '{"header": ["text", "Bearer ***"], "all": ["json", {"***": ["***"]}]}' in read_everything(project)


def test_a_variable_that_is_not_declared_is_not_hidden(project: RealProject) -> None:
    project.variables["API_TOKEN"] = SECRET
    project.write(LEAKY.replace('asset(env_vars=["API_TOKEN"])', "asset"))
    project.build("prints")

    assert f"the token is {SECRET}" in project.run("log", "prints").stdout


READS = """
    import os

    from assetmake import asset

    @asset(env_vars=["API_URL"])
    def rates() -> str:
        return os.environ.get("API_URL", "").rstrip("/")

    @asset
    def report(rates: str) -> int:
        return len(rates)
"""


def test_a_changed_variable_makes_those_that_declare_it_stale(project: RealProject) -> None:
    project.variables["API_URL"] = "https://one.example"
    project.write(READS)
    project.build()
    assert project.build() == "up to date: 2 assets"

    project.variables["API_URL"] = "https://one.example/"
    found = project.why("rates")
    assert (found["reason"], found["because"]) == ("environment", ["environment variable API_URL changed"])
    assert project.build() == "Done. BUILT=0 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0"

    del project.variables["API_URL"]
    assert project.why("rates")["because"] == ["environment variable API_URL was unset"]
    assert project.build() == "Done. BUILT=2 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"

    project.variables["API_URL"] = ""
    assert project.why("rates")["because"] == ["environment variable API_URL was set"]
    assert project.build() == "Done. BUILT=0 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0"


def test_a_damaged_key_is_told_and_deleting_it_costs_one_rebuild(project: RealProject) -> None:
    project.variables["API_URL"] = "https://one.example"
    project.write(READS)
    project.build()
    key = project.folder / ".assetmake/env.key"
    key.write_bytes(b"")

    refused = project.run("build", status=3)
    assert "env.key, is damaged" in refused.stderr
    assert "delete it" in refused.stderr
    key.unlink()
    assert project.build() == "Done. BUILT=0 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0"
    assert project.build() == "up to date: 2 assets"


def test_the_declared_distributions_are_told_by_name(project: RealProject) -> None:
    config = '[staleness]\nenvironment = ["surely-not-installed"]\n'
    project.write(READS, config=config)
    project.build()
    package = project.folder / "surely_not_installed-2.3.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: surely-not-installed\nVersion: 2.3.0\n")

    assert project.why("report")["because"] == ["surely-not-installed absent -> 2.3.0"]
