"""The grammar of selections: how terms are read, and where a caret points when one cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake.errors import SelectionError
from assetmake.graph.expressions import (
    Call,
    Complement,
    Expression,
    Intersection,
    Steps,
    Term,
    Union,
    list_terms,
)
from assetmake.graph.grammar import parse_selection
from assetmake.graph.key_rules import OneKey


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
    term = parse_selection(text)
    assert isinstance(term, Term)
    assert (term.steps.up, term.value, term.steps.down) == (up, value, down)


def write(found: Expression) -> str:
    """Return an expression with all of its parentheses."""
    match found:
        case Term(text=text):
            return text
        case Call(function=name, arguments=arguments):
            return f"{name}({', '.join(map(write, arguments))})"
        case Union(parts):
            return f"[{' | '.join(map(write, parts))}]"
        case Intersection(parts):
            return f"[{' & '.join(map(write, parts))}]"
        case Complement(part):
            return f"!{write(part)}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a,b c", "[[a & b] | c]"),
        ("a or b and c", "[a | [b & c]]"),
        ("a b and c", "[a | [b & c]]"),
        ("a and b or c d", "[[a & b] | c | d]"),
        ("not a and b", "[!a & b]"),
        ("a and not b,c", "[a & ![b & c]]"),
        ("not not a", "!!a"),
        ("not (a or b)", "!([a | b])"),
        ("(a b),c", "[([a | b]) & c]"),
        ("( a and\tb )", "([a & b])"),
        ("roots(a b)", "roots([a | b])"),
        ("path(a,b)", "path(a, b)"),
        ("path( a b , c and d )", "path([a | b], [c & d])"),
        ("path((a,b),c)", "path(([a & b]), c)"),
        ("+sinks(path(a, b))+2", "sinks(path(a, b))"),
        ("A AND NOT b", "[A & !b]"),
        ("android nothing orders", "[android | nothing | orders]"),
        ("roots", "roots"),
        ("roots() +sinks()", "[roots(*) | sinks(*)]"),
        ("a@x(1,2),b", "[a@x(1,2) & b]"),
        ('"and" or tag:"x y"', '["and" | tag:"x y"]'),
        ("(a)(b)", None),
        ("tag:a(b)", "tag:a(b)"),
    ],
)
def test_what_binds_tighter(text: str, read: str | None):
    if read is None:
        with pytest.raises(SelectionError):
            parse_selection(text)
    else:
        assert write(parse_selection(text)) == read


def test_parentheses_take_operators_and_a_partition():
    found = parse_selection("2+(a b)+@x")
    assert isinstance(found, Call)
    assert found.steps == Steps(2, None, rule=OneKey("x"))
    around = parse_selection("@(a)")
    assert isinstance(around, Call)
    assert around.steps.around


@pytest.mark.parametrize(
    ("text", "value"),
    [('tag:"a b"', "a b"), ('"a+b"', "a+b"), ('file:"x, y.py"+', "x, y.py"), ('+"and"', "and")],
)
def test_quotes_stand_around_what_the_grammar_has_signs_in(text: str, value: str):
    term = parse_selection(text)
    assert isinstance(term, Term)
    assert term.value == value


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
        ('""', 0),
        ('a"b"', 1),
        ("tag:", 3),
        ("a or", 3),
        ("and b", 0),
        ("a and or b", 6),
        ("a not b", 2),
        ("not", 2),
        ("(a", 0),
        ("a)", 1),
        ("()", 1),
        ("x roots(a", 7),
        ("path(a)", 6),
        ("path(a,b,c)", 8),
        ("roots(a,b", 5),
        ("(a)b", 3),
        ("a,not b", 2),
        ("@(a)+", 0),
        ("(a)@", 3),
        ("root(a)", 0),
        ("a or paths(b,c)", 5),
        ("+sink()+", 1),
        ("a & b", 2),
        ("a|b", 1),
        ("a && b", 2),
    ],
)
def test_an_error_points_at_the_character(text: str, column: int):
    with pytest.raises(SelectionError) as caught:
        parse_selection(text)
    _, line, caret = caught.value.message.split("\n")
    assert line == f"  {text}"
    assert caret.index("^") - 2 == column


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("root(a)", "there is no function root()", "did you mean roots()? the functions are roots(), sinks(), path()"),
        ("sink()", "there is no function sink()", "did you mean sinks()?"),
        ("xyz(a)", "there is no function xyz()", "the functions are roots(), sinks(), path()"),
        ("a & b", "write `and`, or a comma", ""),
        ("a | b", "write `or`, or a space", ""),
    ],
)
def test_what_other_languages_have_is_told_what_it_is_here(text: str, message: str, hint: str):
    with pytest.raises(SelectionError) as caught:
        parse_selection(text)
    assert message in caught.value.message
    assert caught.value.hint.startswith(hint)


def test_values_and_keys_may_have_such_signs():
    for text in ("tag:a&b", "path:x(y)", 'a@"x|y"', "a@x(y)", '"a&b"'):
        assert parse_selection(text)


def test_words_that_the_shell_took_apart_are_told_to_be_quoted():
    with pytest.raises(SelectionError) as caught:
        parse_selection("or")
    assert "'a or b'" in caught.value.hint


def test_what_is_nested_too_deeply_is_refused():
    with pytest.raises(SelectionError, match="too deeply"):
        parse_selection("(" * 5000 + "a" + ")" * 5000)
    with pytest.raises(SelectionError, match="too deeply"):
        parse_selection("not " * 5000 + "a")


@given(
    st.one_of(
        st.text(alphabet='ab+@,." \n:*2()', max_size=14),
        st.lists(st.sampled_from(["a", "and", "or", "not", "(", ")", ",", "roots(", "path(", "+", "@", '"'])).map(
            " ".join
        ),
    )
)
def test_any_text_is_read_or_refused(text: str):
    try:
        found = parse_selection(text)
    except SelectionError as error:
        if text.strip():
            *_, line, caret = error.message.split("\n")
            assert len(caret) - 3 <= len(text), "the caret is below the text"
            assert len(line) == len(text) + 2
        return
    assert all(term.value for term in list_terms(found))
