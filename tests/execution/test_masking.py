"""Mask: which spellings of a value are hidden, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake import MaterializeResult, asset
from assetmake.events import NodeFailed
from assetmake.execution.capture import escape_output
from assetmake.execution.masking import Mask, make_mask
from assetmake.execution.work import CheckAnswer, Failure, Success
from assetmake.testing import Sandbox


def mask(value: str) -> Mask:
    return make_mask(["A", "NOT_SET"], {"A": value, "B": "not declared"})


# What an environment can hold: bytes that are no UTF-8 are in it as halves of surrogates, other halves are not.
WORDS = st.text(
    st.characters(exclude_characters="*", exclude_categories=["Cs"])
    | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"])
)


@given(WORDS.map(str.strip).filter(lambda value: len(value) >= 4), WORDS, WORDS)
def test_a_value_is_hidden_wherever_it_stands(value: str, before: str, after: str) -> None:
    assert value not in mask(value).hide(before + value + after)


@pytest.mark.parametrize("value", ["two\nlines", "it's", 'say "it"', "back\\slash", "tab\tbed", "été sûr"])
def test_a_value_is_hidden_in_a_repr(value: str) -> None:
    assert mask(value).hide(f"KeyError: {value!r}").strip("'\"") in {"KeyError: '***", 'KeyError: "***'}


def test_a_value_of_any_bytes_is_hidden_as_captured_bytes_are_shown() -> None:
    raw = b"t\xfcr\xff-token"
    assert mask(raw.decode("utf-8", "surrogateescape")).hide(escape_output(b"it is " + raw)) == "it is ***"


def test_of_values_that_hold_each_other_no_rest_is_left() -> None:
    both = make_mask(["A", "B"], {"A": "token", "B": "token-and-more"})
    assert both.hide("token-and-more token") == "*** ***"


def test_white_space_around_a_value_need_not_be_printed_with_it() -> None:
    assert mask("s3cret\n").hide("is s3cret.") == "is ***."


@pytest.mark.parametrize("value", ["", " ", "1", "abc", " abc "])
def test_short_values_are_left(value: str) -> None:
    assert mask(value).hide(f"{value} of 1 abc") == f"{value} of 1 abc"


def test_what_a_check_says_has_no_value_either() -> None:
    answer = CheckAnswer(False, description="no s3cret", metadata={"url": ("text", "s3cret@x")})
    hidden = mask("s3cret").hide_in(Success(b"", check=answer))

    assert isinstance(hidden, Success)
    assert hidden.check == CheckAnswer(False, description="no ***", metadata={"url": ("text", "***@x")})


def test_other_variables_are_left() -> None:
    assert mask("s3cret").hide("not declared") == "not declared"


def test_failures_and_metadata_are_hidden_in() -> None:
    hide_in = mask("s3cret").hide_in
    failure = Failure("no s3cret", "line with s3cret", "a.py", 3, retryable=False)
    assert hide_in(failure) == Failure("no ***", "line with ***", "a.py", 3, retryable=False)
    made = Success(b"d", rows=2, metadata={"n": ("int", 1), "s3cret": ("json", {"s3cret": ["s3cret", None]})})
    assert hide_in(made) == Success(b"d", rows=2, metadata={"n": ("int", 1), "***": ("json", {"***": ["***", None]})})
    assert hide_in(Success(b"d")) == Success(b"d")
    assert Mask().hide_in(failure) is failure


def test_a_build_in_the_callers_process_tells_no_values_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "s3cret-token")

    @asset(env_vars=["API_TOKEN"])
    def raises() -> MaterializeResult:
        raise ValueError("s3cret-token was refused")

    (failed,) = (event for event in Sandbox([raises]).build().events if isinstance(event, NodeFailed))
    assert failed.message == "ValueError: *** was refused"
    assert "s3cret" not in failed.traceback
