"""Source is parsed whatever else parses meanwhile."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator

import pytest

from assetmake.discovery.code.syntax import parse_source

TEXT = "x = [1, 2, (3, 4)]\n" * 200


class Parser:
    """What is found to be garbage only by a collection, and parses when it goes."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        self.parse(depth=9)

    def parse(self, *, depth: int) -> None:
        if depth:
            self.parse(depth=depth - 1)
        else:
            ast.parse("1")


@pytest.fixture(autouse=True)
def _frequent_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(300)
    yield
    gc.set_threshold(*before)


def test_a_parser_that_is_interrupted_by_another_one_is_asked_again() -> None:
    gc.collect()
    Parser()

    tree = parse_source(TEXT)

    assert tree is not None
    assert len(tree.body) == 200


@pytest.mark.parametrize("text", ["x =", "x = '\0'", "if x:\ny"])
def test_what_python_cannot_parse_has_no_tree(text: str) -> None:
    assert parse_source(text) is None
