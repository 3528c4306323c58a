"""The workflow files of docs/ci: they parse, hold nothing that a server does not know, and do what docs/ci.md says."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from assetmake.cli.commands import assetmake
from ci_server import read_commands
from fresh import install, start_fresh
from junit_schema import find_junit_faults
from test_docs import read_blocks
from workflow_schema import EXPRESSION, Runner, find_github_faults, find_gitlab_faults

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/ci"
PAGE = ROOT / "docs/ci.md"
FILES = sorted(FOLDER.glob("*.yml"))
CALL = re.compile(r"(?:^|[;&|]|\bexec) *assetmake (?P<words>[^\n;&|]*)", re.MULTILINE)


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def find_faults(path: Path, content: dict[Any, Any]) -> list[str]:
    return list((find_gitlab_faults if "gitlab" in path.name else find_github_faults)(content))


def list_scripts(path: Path) -> list[str]:
    """Return all that shells run of a file, a script for each step, or line of a job."""
    content = read(path)
    if "gitlab" in path.name:
        jobs = [job for job in content.values() if isinstance(job, dict)]
        return [line for job in jobs for line in (*job.get("before_script", ()), *job.get("script", ()))]
    return [step["run"] for job in content["jobs"].values() for step in job["steps"] if "run" in step]


def list_calls(path: Path) -> Iterator[list[str]]:
    """Return the words of each call of assetmake."""
    for script in list_scripts(path):
        for found in CALL.finditer(EXPRESSION.sub("1", script)):
            yield shlex.split(found["words"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
class TestEachFile:
    def test_it_holds_what_its_server_knows(self, path: Path) -> None:
        assert find_faults(path, read(path)) == []

    def test_its_scripts_are_scripts(self, path: Path) -> None:
        for script in list_scripts(path):
            text = EXPRESSION.sub("1", script)
            done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{script}\n{done.stderr}"

    def test_commands_and_options_exist(self, path: Path) -> None:
        calls = list(list_calls(path))
        assert calls
        for words in calls:
            command: click.Command | None = assetmake
            rest = list(words)
            while isinstance(command, click.Group):
                command = command.get_command(click.Context(command), rest.pop(0))
            assert command is not None, words
            known = {option for parameter in command.params for option in parameter.opts}
            assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= known, words

    def test_the_build_hears_signals(self, path: Path) -> None:
        """It is the last command of its script, in place of the shell."""
        builds = [script.strip() for script in list_scripts(path) if "assetmake build" in script]
        assert builds
        assert all(script.splitlines()[-1].startswith("exec assetmake build ") for script in builds)

    def test_the_page_shows_it_as_it_is(self, path: Path) -> None:
        shown = [block.text for block in read_blocks(PAGE) if block.language == "yaml"]
        assert path.read_text(encoding="utf-8") in shown
        assert f"(ci/{path.name})" in PAGE.read_text(encoding="utf-8")


def test_the_page_shows_no_other_file() -> None:
    assert len([block for block in read_blocks(PAGE) if block.language == "yaml"]) == len(FILES)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("github-main.yml", "runs-on:", "runs_on:"),
        ("github-main.yml", "actions/cache/save@v5", "actions/cache/store@v5"),
        ("github-main.yml", "fetch-depth: 0", "depth: 0"),
        ("github-main.yml", "run: assetmake validate", "run: echo ${{ github.head_ref }}"),
        ("github-main.yml", "run: assetmake validate", "runs: assetmake validate"),
        ("github-main.yml", "            assets-main-\n", "            assets-\n            other-\n"),
        ("github-main.yml", "contents: read", "contents: write"),
        ("github-pull-request.yml", '"changed:$BASE+"', '"changed:origin/${{ github.base_ref }}+"'),
        ("gitlab.yml", "extends: .assets", "extends: .asset"),
        ("gitlab.yml", "stage: build", "stage: test"),
        ("gitlab.yml", "junit:", "xunit:"),
        ("gitlab.yml", "fallback_keys", "fallback_key"),
    ],
)
def test_a_fault_is_found(name: str, old: str, new: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    if old == "fetch-depth: 0":
        text = text.replace(
            "- uses: actions/checkout@v5\n", f"- uses: actions/checkout@v5\n        with: {{ {old} }}\n"
        )
    if old.strip() == "assets-main-":
        new = "            other-\n"
    assert old in text
    assert find_faults(FOLDER / name, yaml.safe_load(text.replace(old, new))) != []


# ------------------------------------------------------------------------------ run

PROJECT = """\
from assetmake import DailyPartitionsDefinition, asset

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


@asset
def orders() -> list[int]:
    return [1, 2, 3]


@asset(partitions_def=DAYS)
def daily(orders: list[int]) -> int:
    return sum(orders)


@asset
def apart() -> int:
    return 7
"""

REPORT = """

@asset(group_name="reports")
def total(daily: dict[str, int]) -> int:
    return sum(daily.values())
"""


class Server:
    """A CI server with one repository, its caches, and a machine that has assetmake and a pip that installs nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.caches = folder / "caches"
        self.repository = folder / "repository"
        self.bin = folder / "bin"
        self.printed = ""
        self.kept: list[str] = []
        self.validated: list[str] = []
        for each in (self.caches, self.repository, self.bin):
            each.mkdir()
        start_fresh().install(self.bin)
        install(self.bin / "pip", "#!/bin/sh\nexit 0\n")
        self.git("init", "-q", "-b", "main")
        self.commit(assets=PROJECT)

    def commit(self, *, assets: str) -> None:
        (self.repository / "assets.py").write_text(assets)
        (self.repository / "assets.toml").write_text("")
        (self.repository / ".gitignore").write_text(".assetmake\ndata\nreports\n")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *who, *arguments], cwd=self.repository, check=True, capture_output=True)

    def run(self, name: str, *, number: int, job: str = "build", shard: int = 0) -> tuple[int, Runner]:
        """Run a workflow's job in a checkout of its own; return its exit status, and what ran."""
        checkout = self.folder / f"checkout-{number}-{job}-{shard}"
        subprocess.run(["git", "clone", "-q", str(self.repository), str(checkout)], check=True, capture_output=True)
        context = {
            "github.run_id": str(number),
            "github.run_attempt": "1",
            "github.ref": "refs/heads/main",
            "github.base_ref": "main",
            "matrix.shard": str(shard),
        }
        self.printed, self.kept, self.validated = "", [], []
        runner = Runner(context, functools.partial(self._act, checkout), functools.partial(self._run_script, checkout))
        return runner.run(read(FOLDER / name)["jobs"][job]), runner

    def _act(self, checkout: Path, action: str, given: dict[str, str]) -> None:
        match action:
            case "actions/cache/restore":
                saved = sorted(self.caches.glob(f"{given['restore-keys'].strip()}*"), key=lambda path: path.name)
                if saved:
                    shutil.copytree(saved[-1], checkout, dirs_exist_ok=True, copy_function=shutil.copyfile)
            case "actions/cache/save":
                for path in given["path"].split():
                    shutil.copytree(checkout / path, self.caches / given["key"] / path)
            case "actions/upload-artifact":
                self.kept = sorted(
                    each.relative_to(checkout).as_posix()
                    for path in given["path"].split()
                    for each in (checkout / path).rglob("*")
                    if each.is_file()
                )
                for each in self.kept:
                    place = self.folder / "artifacts" / given["name"] / each
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(checkout / each, place)
                    if place.suffix == ".xml":
                        assert find_junit_faults(place.read_bytes()) == []
                        self.validated.append(each)
            case "actions/download-artifact":
                for artifact in (self.folder / "artifacts").glob(given["pattern"]):
                    shutil.copytree(artifact, checkout, dirs_exist_ok=True)
            case _:
                assert action in {"actions/checkout", "actions/setup-python"}

    def _run_script(self, checkout: Path, script: str, variables: dict[str, str]) -> int:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSETMAKE_", "PYTEST_"))}
        around = {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.folder / "page.md"),
        }
        done = subprocess.run(
            ["sh", "-e", "-c", script], cwd=checkout, env=kept | around | variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
        )  # fmt: skip
        self.printed += done.stdout
        return done.returncode


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def replace(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


def test_the_main_branch_builds_what_is_out_of_date_and_keeps_it(server: Server) -> None:
    status, _ = server.run("github-main.yml", number=1)
    assert status == 0, server.printed
    assert "BUILT=5 " in server.printed
    assert {"reports/assets.md", "reports/assets.xml"} <= set(server.kept)
    assert server.validated == ["reports/assets.xml"]
    assert (server.folder / "page.md").read_text().startswith("### assetmake build: done\n")

    server.commit(assets=replace("return sum(orders)", "return 1 // (sum(orders) - 6)")(PROJECT))
    status, runner = server.run("github-main.yml", number=2)
    assert (status, runner.ran["Keep the reports"]) == (1, 0)
    assert server.validated == ["reports/assets.xml"], "of a build that failed"
    assert "BUILT=0 UNCHANGED=0 FRESH=2 FAILED=3 " in server.printed
    errors = [each for each in read_commands(server.printed) if each.name == "error"]
    assert [(each.properties["file"], each.properties["line"]) for each in errors] == [("assets.py", "13")]
    assert sum(".assetmake/logs/" in each for each in server.kept) == 3

    server.commit(assets=PROJECT.replace("return 7", "return 8"))
    status, _ = server.run("github-main.yml", number=3)
    assert status == 0, server.printed
    assert "BUILT=1 UNCHANGED=0 FRESH=4 " in server.printed


def test_a_pull_request_builds_what_it_touches_and_what_is_below(server: Server) -> None:
    status, _ = server.run("github-main.yml", number=1)
    assert status == 0, server.printed
    # Main moves on and leaves something out of date, which is none of the pull request's business.
    server.commit(assets=PROJECT.replace("return 7", "return 8"))
    server.git("switch", "-q", "-c", "feature")
    server.commit(assets=PROJECT.replace("return 7", "return 8").replace("[1, 2, 3]", "[1, 2, 3, 4]"))
    status, runner = server.run("github-pull-request.yml", number=2)
    assert status == 0, server.printed
    assert "BUILT=4 UNCHANGED=0 FRESH=0 " in server.printed
    assert server.validated == ["reports/assets.xml"]
    assert runner.ran["Say what this change makes stale, and why"] == 0
    assert sorted(path.name for path in server.caches.iterdir()) == ["assets-main-1-1"]


def test_shares_are_put_together_and_what_reads_them_together_is_built_last(server: Server) -> None:
    """As in the examples of this repository: the reports are a group."""
    project = f"{PROJECT}{REPORT}"
    server.commit(assets=project)
    status, _ = server.run("github-main.yml", number=1)
    assert status == 0, server.printed
    server.commit(assets=project.replace("[1, 2, 3]", "[4, 5, 6]").replace("return 7", "return 8"))
    made = []
    for shard in read(FOLDER / "github-shards.yml")["jobs"]["shard"]["strategy"]["matrix"]["shard"]:
        status, _ = server.run("github-shards.yml", number=2, job="shard", shard=shard)
        assert status == 0, server.printed
        made.append(sum(map(int, re.findall(r"BUILT=(\d+)", server.printed))))
        assert f"shard/state-{shard}.jsonl" in server.kept
        assert server.validated == [f"reports/assets-{shard}.xml"]
    assert sum(made) >= 5
    assert sum(map(bool, made)) > 1, "more than one job has work"
    status, runner = server.run("github-shards.yml", number=2, job="collect")
    assert status == 0, server.printed
    assert "BUILT=1 UNCHANGED=0 FRESH=5 " in server.printed
    assert runner.ran["Keep state and outputs"] == 0
    status, _ = server.run("github-main.yml", number=3)
    assert "up to date: 4 assets, 3 partitions" in server.printed
