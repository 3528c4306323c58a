"""Ten thousand assets: commands that print them print each, and a selection only its own."""

from __future__ import annotations

import json

import pytest
from fake_project import FakeProject, call, make_asset

SIZE = 10_000


@pytest.fixture(scope="module")
def many() -> FakeProject:
    """Layers of a hundred assets, each of which reads two of the layer above."""
    assets = []
    for number in range(SIZE):
        layer, place = divmod(number, 100)
        above = (f"a{(layer - 1) * 100 + place}", f"a{(layer - 1) * 100 + (place + 1) % 100}") if layer else ()
        assets.append(make_asset(f"a{number}", *above))
    return FakeProject(assets=tuple(assets))


def test_list_prints_each(many: FakeProject) -> None:
    listed = call("list", "--json", project=many)
    assert len(json.loads(listed.out)["assets"]) == SIZE
    assert sum(line.startswith("a") for line in call("list", project=many).out.splitlines()) == SIZE


def test_a_selection_is_all_that_is_listed(many: FakeProject) -> None:
    listed = call("list", "--json", "+a250", project=many)
    names = {each["asset"] for each in json.loads(listed.out)["assets"]}
    assert names == {"a250", "a150", "a151", "a50", "a51", "a52"}


def test_graph_prints_every_edge_once(many: FakeProject) -> None:
    edges = call("graph", "--format", "dot", project=many).out.count("->")
    assert edges == 2 * (SIZE - 100)


def test_a_tree_of_everything_ends(many: FakeProject) -> None:
    drawn = call("graph", project=many)
    assert drawn.status == 0
    assert "a9999" in drawn.out
    assert len(drawn.out.splitlines()) < 2 * SIZE
