"""Partitions that a selection chooses: commands mean the same ones, and say when there are none."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from assetmake.cli.entry import run
from assetmake.testing import ProjectSandbox

ASSETS = """
from assetmake import DailyPartitionsDefinition, StaticPartitionsDefinition, asset

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-11")


@asset(partitions_def=DAYS)
def raw() -> int:
    return 1


@asset(partitions_def=DAYS)
def by_day(raw: int) -> int:
    return raw


@asset(partitions_def=StaticPartitionsDefinition(["good", "bad", "worse"]))
def parts(context) -> int:
    assert context.partition_key == "good"
    return 1


@asset
def whole() -> int:
    return 1
"""
NOTHING = "nothing is selected: no asset is in that state now\n"


@dataclass(frozen=True)
class Shell:
    sandbox: ProjectSandbox

    def __call__(self, *words: str) -> str:
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(io.StringIO()):
            run(list(words), obj=lambda **_: self.sandbox.project)
        return out.getvalue()

    def count(self, *words: str) -> dict[str, int | None]:
        found = json.loads(self("list", "--json", *words))["assets"]
        return {each["asset"]: each["partitions"] for each in found}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A project of which all was built but two partitions, which fail."""
    root = tmp_path_factory.mktemp("chosen") / "project"
    root.mkdir()
    (root / "assets.toml").write_text("")
    (root / "assets.py").write_text(ASSETS)
    with ProjectSandbox(root, place=tmp_path_factory.mktemp("place")) as sandbox:
        shell = Shell(sandbox)
        shell("build", "-q")
        yield shell


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["by_day@latest"], {"by_day": 1}),
        (["partition:2026-01-05"], {"raw": 1, "by_day": 1}),
        (["by_day", "whole", "--from", "2026-01-05"], {"by_day": 6, "whole": None}),
        (["by_day"], {"by_day": 10}),
        (["+by_day@2026-01-02..2026-01-03"], {"raw": 2, "by_day": 2}),
        (["parts@missing"], {"parts": 2}),
        (["*@missing"], {"parts": 2}),
        (["by_day@missing"], {}),
        (["+by_day@missing"], {}),
        (["whole@missing"], {}),
    ],
)
def test_list_counts_what_is_chosen(shell: Shell, words: list[str], expected: dict[str, int | None]) -> None:
    assert shell.count(*words) == expected


@pytest.mark.parametrize("command", ["list", "plan", "build", "status"])
@pytest.mark.parametrize("term", ["by_day@missing", "+by_day@missing", "whole@missing"])
def test_where_nothing_is_missing_nothing_is_selected(shell: Shell, command: str, term: str) -> None:
    assert shell(command, term) == NOTHING


def test_what_was_tried_and_never_built_is_missing(shell: Shell) -> None:
    assert shell("plan", "parts@missing") == "parts  2 stale  failed last time  bad..worse\n2 to run: 2 stale\n"
