"""The grammar of selections: how terms are read, and where a caret points when one cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake.errors import SelectionError
from assetmake.graph.grammar import parse_selection


@pytest.mark.parametrize(
    ("text", "up", "value", "down"),
    [
        ("a", 0, "a", 0),
        ("+a", None, "a", 0),
        ("a+", 0, "a", None),
        ("2+a", 2, "a", 0),
        ("a+10", 0, "a", 10),
        ("2+a+1", 2, "a", 1),
        ("@a", None, "a", None),
        ("2+", 0, "2", None),
        ("2+3+4", 2, "3", 4),
    ],
)
def test_operators(text: str, up: int | None, value: str, down: int | None):
    ((term,),) = parse_selection(text)
    assert (term.up, term.value, term.down) == (up, value, down)


def test_a_space_unites_and_a_comma_intersects():
    found = parse_selection("a,b c")
    assert [[term.value for term in terms] for terms in found] == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a++b", 1),
        ("x a+b", 3),
        ("a,,b", 2),
        ("a, b", 1),
        ("a ,b", 2),
        (",", 0),
        ("ok a@", 4),
        ("a@..", 2),
        ("+", 0),
        ("@", 0),
        ("@a+", 0),
        ("a@k+", 3),
        ('a@"k', 2),
        ('a@"k"x', 2),
        ('"a"', 0),
        ("tag:", 3),
    ],
)
def test_an_error_points_at_the_character(text: str, column: int):
    with pytest.raises(SelectionError) as caught:
        parse_selection(text)
    _, line, caret = caught.value.message.split("\n")
    assert line == f"  {text}"
    assert caret.index("^") - 2 == column


@given(st.text(alphabet='ab+@,." \n:*2', max_size=12))
def test_any_text_is_read_or_refused(text: str):
    try:
        found = parse_selection(text)
    except SelectionError:
        return
    assert all(term.value for terms in found for term in terms)
