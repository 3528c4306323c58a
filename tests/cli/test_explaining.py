"""`why` and `plan --explain` through the real command on real files: what a person sees after an edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from real_project import RealProject

ASSETS = """
    from assetmake import asset
    from helpers import clean

    @asset
    def orders() -> list[int]:
        return clean([3, 1, 2])

    @asset
    def report(orders: list[int]) -> int:
        return orders[0]
"""
HELPERS = "def clean(rows):\n    return sorted(rows)\n"
EDITED = HELPERS.replace("sorted(rows)", "sorted(rows, reverse=True)")


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    """A project that was built, and of which a helper was edited since."""
    project = RealProject(tmp_path)
    (tmp_path / "helpers.py").write_text(HELPERS)
    project.write(ASSETS)
    project.build()
    (tmp_path / "helpers.py").write_text(EDITED)
    return project


def tell(project: RealProject, *arguments: str) -> list[str]:
    """Return the lines of stdout, without when and in which run things were built."""
    return [line.partition(" (built ")[0] for line in project.run(*arguments).stdout.splitlines()]


DIFF = [
    "@@ -1,2 +1,2 @@",
    " def clean(rows):",
    "-    return sorted(rows)",
    "+    return sorted(rows, reverse=True)",
]


def test_why_names_the_member_and_shows_its_difference(project: RealProject) -> None:
    assert tell(project, "why", "orders") == [
        "orders is stale: code changed",
        "  helpers.py::clean changed (-1 +1)",
        *DIFF,
    ]
    assert tell(project, "why", "report") == [
        "report waits for upstream",
        "  upstream orders  will run first: code changed",
    ]
    project.build()
    fresh = project.run("why", "orders").stdout.splitlines()
    assert fresh[0].startswith("orders is fresh: built ")
    assert fresh[1:] == [
        "  code    assets.py::orders",
        "          helpers.py::clean",
        "  output  as it was built",
    ]


def test_why_is_a_document_on_demand(project: RealProject) -> None:
    found = project.why("orders")

    assert (found["reason"], found["members"]) == ("code", ["helpers.py::clean"])
    assert (found["removed"], found["added"]) == ([DIFF[2][1:]], [DIFF[3][1:]])
    assert found["changes"] == [
        {"member": "helpers.py::clean", "state": "changed", "notes": [], "removed": 1, "added": 1, "diff": DIFF}
    ]
    assert found["rests_on"]["members"] == ["assets.py::orders", "helpers.py::clean"]
    assert project.why("report")["upstream"] == [
        {"asset": "orders", "state": "will run first", "keys": [], "reasons": ["code"]}
    ]


def test_a_plan_explains_and_shows_differences_on_demand(project: RealProject) -> None:
    plain = tell(project, "plan")
    assert not [line for line in plain if "helpers.py" in line]
    told = [
        "",
        "orders is stale: code changed",
        "  helpers.py::clean changed (-1 +1)",
        "",
        "report waits for upstream",
        "  upstream orders  will run first: code changed",
    ]
    assert tell(project, "plan", "--explain")[len(plain) :] == told
    assert tell(project, "plan", "--diff")[len(plain) :] == [*told[:3], *DIFF, *told[3:]]

    document = json.loads(project.run("plan", "--explain", "--json").stdout)
    assert [each["members"] for each in document["explanations"]] == [["helpers.py::clean"], []]
    assert "explanations" not in json.loads(project.run("plan", "--json").stdout)


def test_colours_are_only_where_they_are_wanted(project: RealProject) -> None:
    project.variables["FORCE_COLOR"] = "1"
    assert "\x1b[31m-    return sorted(rows)\x1b[0m" in project.run("why", "orders").stdout
    project.variables["NO_COLOR"] = "1"
    assert "\x1b" not in project.run("why", "orders").stdout
