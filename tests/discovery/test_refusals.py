"""What a project declares with names that there are not is refused when it is read, with its file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assetmake.discovery.config import load_config
from assetmake.discovery.importer import load_modules
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import ModuleFailure

NO_OPS = "assetmake has no ops, graphs and jobs of ops: a function that makes something is an asset"
Told = list[tuple[str, str]]


@pytest.fixture
def refuse(root: Path) -> Iterator[Callable[[], tuple[list[str], list[ModuleFailure]]]]:
    def load() -> tuple[list[str], list[ModuleFailure]]:
        loaded, failures = load_modules(root, load_config(root))
        return [each.name for each in loaded], failures

    uninstall()
    yield load
    uninstall()


def place_and_first_line(failures: list[ModuleFailure]) -> Told:
    return [(str(each.place), each.message.splitlines()[0]) for each in failures]


OPS = """
    import assetmake as dg

    @dg.op
    def numbers(): return 1

    @dg.op
    def total(numbers): return 1

    @dg.job
    def nightly(): total(numbers())

    @dg.asset
    def orders(): return 1
"""


def test_every_one_of_a_module_is_told_with_its_line_and_the_rewrite_once(
    refuse: Callable[[], tuple[list[str], list[ModuleFailure]]], write: Callable[..., None]
) -> None:
    write("assets.py", OPS)
    loaded, failures = refuse()
    assert loaded == []
    assert place_and_first_line(failures) == [
        ("assets.py:3", f"numbers: @op is not supported: {NO_OPS}"),
        ("assets.py:6", "total: @op is not supported, as at assets.py:3"),
        ("assets.py:9", "nightly: @job is not supported, as at assets.py:3"),
    ]
    assert "instead of            write" in failures[0].message
    assert "orders" in failures[0].defines


def test_one_of_another_file_is_told_at_the_line_where_it_stands(
    refuse: Callable[[], tuple[list[str], list[ModuleFailure]]], write: Callable[..., None]
) -> None:
    write("assets.py", "from shared import helper\n")
    write("shared.py", "from assetmake import op\n@op\ndef helper(): ...\n")
    loaded, failures = refuse()
    assert loaded == []
    assert [(each.module, str(each.place)) for each in failures] == [("assets", "shared.py:2")]


def test_those_of_a_module_that_another_error_ends_are_told_too(
    refuse: Callable[[], tuple[list[str], list[ModuleFailure]]], write: Callable[..., None]
) -> None:
    write("assets.py", OPS + "\n    @dg.asset(timeout=0)\n    def wrong(): return 1\n")
    _, failures = refuse()
    assert [str(each.place) for each in failures] == [f"assets.py:{line}" for line in (15, 3, 6, 9)]


def test_a_module_that_only_imports_the_names_is_fine(
    refuse: Callable[[], tuple[list[str], list[ModuleFailure]]], write: Callable[..., None]
) -> None:
    write("assets.py", "from assetmake import In, OpDefinition, asset, op\n@asset\ndef orders(): return 1\n")
    assert refuse() == (["assets"], [])
