"""What an asset's code consists of, as `validate -v` and `graph --code` show it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from fake_project import FakeProject, call, make_asset

from assetmake.discovery.code.members import VERSION, CodeGraph, Form, Member

EXEC = "what exec() runs"


def make_member(name: str, *links: str, unfollowed: tuple[str, ...] = ()) -> Member:
    return Member(name, "", Form.DEFINITION, "", links={each: each for each in links}, unfollowed=unfollowed)


MEMBERS = (
    make_member("assets.py::orders", "helpers.py::run"),
    make_member("assets.py::report", "helpers.py::clean", "helpers.py::run"),
    make_member("helpers.py::clean", "helpers.py::LIMIT", "helpers.py::run"),
    make_member("helpers.py::run", unfollowed=(EXEC,)),
    make_member("helpers.py::LIMIT"),
    Member("pinned::code_version", "code_version = '3'", Form.VALUE, "", facts={VERSION: "digest"}),
)
ASSETS = (
    make_asset("orders", root="assets.py::orders"),
    make_asset("pinned", root="pinned::code_version"),
    make_asset("report", root="assets.py::report"),
)
WARNING = "helpers.py::run: cannot follow what exec() runs: use plain names, or declare code_version="


@pytest.fixture
def project() -> FakeProject:
    return FakeProject(assets=ASSETS, code=CodeGraph({member.name: member for member in MEMBERS}))


def test_validate_lists_the_code_of_each_asset_on_demand(project: FakeProject) -> None:
    result = call("validate", "-v", project=project)
    assert result.status == 0
    assert result.out.splitlines() == [
        "orders  assets.py::orders, 2 members",
        "  helpers.py::run",
        "  not followed: helpers.py::run: what exec() runs",
        "pinned  code_version = '3', which stands for all of its code",
        "report  assets.py::report, 4 members",
        "  helpers.py::clean",
        "  helpers.py::run",
        "  helpers.py::LIMIT",
        "  not followed: helpers.py::run: what exec() runs",
        "valid: 3 assets",
    ]


def test_what_is_not_followed_is_warned_of_once(project: FakeProject) -> None:
    assert call("validate", "-v", project=project).err == f"warning: {WARNING}\n"


def test_without_being_asked_validate_says_nothing_of_code(project: FakeProject) -> None:
    result = call("validate", project=project)
    assert (result.out, result.err) == ("valid: 3 assets\n", "")


def test_validate_shows_the_code_of_what_is_selected(project: FakeProject) -> None:
    result = call("validate", "-v", "pinned", project=project)
    assert result.out.splitlines() == [
        "pinned  code_version = '3', which stands for all of its code",
        "valid: 3 assets",
    ]
    assert result.err == ""


def test_validate_tells_of_files_that_were_read_undeclared(project: FakeProject) -> None:
    read = replace(project, undeclared=("lookups/rates.yaml", "b\x1b.csv"))
    result = call("validate", project=read)
    assert (result.status, result.out) == (0, "valid: 3 assets\n")
    assert result.err.splitlines() == [
        "warning: report read lookups/rates.yaml, which it does not declare",
        "warning: report read b\\x1b.csv, which it does not declare",
    ]
    assert call("validate", "orders", project=read).err == ""


def test_validate_is_a_document_on_demand(project: FakeProject) -> None:
    result = call("validate", "report", "--json", project=replace(project, undeclared=("rates.yaml",)))
    assert (result.status, result.err) == (0, "")
    assert json.loads(result.out) == {
        "assets": [
            {
                "asset": "report",
                "members": ["assets.py::report", "helpers.py::clean", "helpers.py::run", "helpers.py::LIMIT"],
                "unfollowed": [{"member": "helpers.py::run", "what": EXEC}],
            }
        ],
        "warnings": ["report read rates.yaml, which it does not declare", WARNING],
    }


def test_graph_draws_the_code_of_one_asset(project: FakeProject) -> None:
    assert call("graph", "--code", "report", project=project).out.splitlines() == [
        "assets.py::report",
        "├── helpers.py::clean",
        "│   ├── helpers.py::LIMIT",
        "│   └── helpers.py::run",
        "└── helpers.py::run",
    ]


def test_graph_draws_a_code_version_as_what_it_is(project: FakeProject) -> None:
    assert call("graph", "--code", "pinned", project=project).out == "pinned::code_version\n"


FIRST: Mapping[str, str] = {"dot": "digraph code {", "mermaid": "graph LR", "json": "{"}


@pytest.mark.parametrize("form", FIRST)
def test_graph_has_other_forms_of_code(form: str, project: FakeProject) -> None:
    lines = call("graph", "--code", "report", "--format", form, project=project).out.splitlines()
    assert lines[0] == FIRST[form]
    assert any("helpers.py::LIMIT" in line for line in lines)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "--code draws the code of one asset"),
        (["orders", "report"], "--code draws the code of one asset, and 'orders report' names 2"),
        (["+report"], None),
        (["nope"], "no asset is named 'nope'"),
    ],
)
def test_graph_draws_the_code_of_exactly_one_asset(names: list[str], message: str | None, project: FakeProject) -> None:
    result = call("graph", "--code", *names, project=project)
    if message is None:  # a selection that comes to one asset
        assert result.status == 0
    else:
        assert (result.status, result.out) == (2, "")
        assert result.err.splitlines()[0].startswith(f"assetmake: error: {message}")
