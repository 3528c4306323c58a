"""A property: what run config writes of an object reads as an equal object, and variables as their values."""

from __future__ import annotations

import enum
import os
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from assetmake import Config, EnvVar, RunConfig
from assetmake.definitions.configuring.describing import describe_config
from assetmake.definitions.configuring.reading import read_config
from assetmake.definitions.configuring.run_config import read_run_config
from assetmake.definitions.configuring.walking import list_variables


class Crossed(enum.Enum):
    """Names are values of other members."""

    ONE = "TWO"
    TWO = "ONE"
    THREE = 3


class Leaf(Config):
    text: str
    number: int = 0
    ratio: float | None
    crossed: Crossed = Crossed.ONE


class Cat(Config):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(Config):
    kind: Literal["dog", "wolf"] = "dog"
    leaf: Leaf


class Tree(Config):
    leaf: Leaf
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf | None] = {}
    pet: Cat | Dog = Field(default=Cat(), discriminator="kind")
    anything: Any = None
    pair: tuple[int, int] = (1, 2)


texts = st.text(max_size=5)
numbers = st.integers(-(2**40), 2**40)
leaves = st.builds(
    Leaf, text=texts, number=numbers, ratio=st.none() | st.floats(allow_nan=False), crossed=st.sampled_from(Crossed)
)
pets = st.builds(Cat, lives=numbers) | st.builds(Dog, kind=st.sampled_from(["dog", "wolf"]), leaf=leaves)
trees = st.builds(
    Tree,
    leaf=leaves,
    leaves=st.lists(leaves, max_size=2),
    by_name=st.dictionaries(texts, st.none() | leaves, max_size=2),
    pet=pets,
    anything=st.none() | numbers | st.lists(texts, max_size=2) | st.dictionaries(texts, numbers, max_size=2),
    pair=st.tuples(numbers, numbers),
)


@settings(max_examples=60, deadline=None)
@given(trees)
def test_what_is_written_is_read_again(tree: Tree) -> None:
    written = read_run_config(RunConfig(ops={"a": tree})).ops["a"]
    read = read_config(Tree, written, node="a")
    assert read == tree
    assert describe_config(read) == describe_config(tree)


@settings(max_examples=60, deadline=None)
@given(trees, texts.filter(lambda text: "\0" not in text and text.isprintable()), numbers)
def test_a_variable_is_read_as_its_value(tree: Tree, text: str, number: int) -> None:
    held = Leaf(text=EnvVar("SOME_TEXT"), number=EnvVar.int("SOME_NUMBER"), ratio=None)
    planted = Tree(leaf=held, leaves=[held, tree.leaf], by_name={"x": held}, pet=Dog(leaf=held))
    assert list_variables(planted) == {"SOME_TEXT", "SOME_NUMBER"}
    os.environ.update(SOME_TEXT=text, SOME_NUMBER=str(number))
    try:
        found = Leaf(text=text, number=number, ratio=None)
        wanted = Tree(leaf=found, leaves=[found, tree.leaf], by_name={"x": found}, pet=Dog(leaf=found))
        written = read_run_config(RunConfig(ops={"a": planted})).ops["a"]
        assert read_config(Tree, written, node="a") == read_config(Tree, planted, node="a") == wanted
    finally:
        del os.environ["SOME_TEXT"], os.environ["SOME_NUMBER"]
