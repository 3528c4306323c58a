"""The options that choose assets and partitions, and the files that terms stand in."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_project import FakeProject, call

from assetmake.cli.terms import expand_terms
from assetmake.errors import UsageError
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection


def ask(*arguments: str) -> object:
    """Return the selection that a plan was asked for."""
    project = FakeProject()
    result = call("plan", *arguments, project=project)
    assert result.status == 0, result.err
    return project.asked[-1][0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "selection"),
    [
        ([], Selection()),
        (["orders", "-s", "daily", "--select", "report"], Selection(("orders", "daily", "report"))),
        (["--exclude", "orders", "--exclude", "report"], Selection(exclude=("orders", "report"))),
        (["--partition", "2026-01-05"], Selection(keys=KeyOptions(partition="2026-01-05"))),
        (["--partition-range", "a...b"], Selection(keys=KeyOptions(range="a...b"))),
        (["--from", "2026-01", "--to", "2026"], Selection(keys=KeyOptions(start="2026-01", end="2026"))),
        (["--latest", "7"], Selection(keys=KeyOptions(latest=7))),
    ],
)
def test_options_become_a_selection(arguments: list[str], selection: Selection) -> None:
    assert ask(*arguments) == selection


@pytest.mark.parametrize(
    "arguments", [("--project", "x", "--env", "prod", "list"), ("list", "--project", "x", "--env", "prod")]
)
def test_the_project_is_named_before_or_after_the_command(arguments: tuple[str, ...]) -> None:
    project = FakeProject()
    call(*arguments, project=project)
    assert project.asked == [{"env": "prod", "project": Path("x"), "fresh": False}]


def test_terms_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "nightly.txt"
    file.write_text("# every night\norders+   # and below\n\ndaily tag:x\n", encoding="utf-8")
    assert expand_terms([f"@{file}", "report"]) == ("orders+", "daily tag:x", "report")


@pytest.mark.parametrize("term", ["orders", "@orders", "@raw/orders", "@orders@2026-01-01..2026-01-05", "@v1.orders@x"])
def test_what_names_no_file_is_left_to_the_grammar(term: str) -> None:
    assert expand_terms([term]) == (term,)


@pytest.mark.parametrize("content", [None, "", "# nothing\n", "\udcff"])
def test_a_file_without_terms_is_an_error(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "terms.txt"
    if content is not None:
        file.write_text(content, "utf-8", "surrogateescape")
    with pytest.raises(UsageError, match=r"terms\.txt"):
        expand_terms([f"@{file}"])
