"""On a terminal a command that takes longer than a moment says what it is at; elsewhere it does not."""

from __future__ import annotations

import io
from threading import Event

import pytest

from assetmake.reporting.console import Console
from assetmake.reporting.patience import show_patience, tell_looking

SHOWN = "looking at 2 assets ..."
CLEAR = "\r\x1b[K"


class Terminal(io.StringIO):
    """Tells when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.was_written = Event()

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.was_written.set()


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def open_console(err: io.StringIO, **environ: str) -> Console:
    return Console(io.StringIO(), err, {"NO_COLOR": "1", **environ})


def test_what_is_over_at_once_is_not_told(terminal: Terminal) -> None:
    with show_patience(open_console(terminal), tell_looking(2)):
        pass
    assert terminal.getvalue() == ""


def test_what_takes_longer_is_and_leaves_nothing_behind(terminal: Terminal) -> None:
    with show_patience(open_console(terminal), tell_looking(2), moment=0):
        assert terminal.was_written.wait(10)
        assert terminal.getvalue() == SHOWN
    assert terminal.getvalue() == f"{SHOWN}{CLEAR}"


def test_what_is_said_meanwhile_stands_above(terminal: Terminal) -> None:
    console = open_console(terminal)
    with show_patience(console, tell_looking(2), moment=0):
        assert terminal.was_written.wait(10)
        console.talk("warning: slow")
    console.talk("and after")
    assert terminal.getvalue() == f"{SHOWN}{CLEAR}warning: slow\n{SHOWN}{CLEAR}and after\n"


def test_an_error_takes_it_away(terminal: Terminal) -> None:
    def fail() -> None:
        with show_patience(open_console(terminal), tell_looking(2), moment=0):
            assert terminal.was_written.wait(10)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert terminal.getvalue().endswith(CLEAR)


def test_off_a_terminal_nothing_is_said(terminal: Terminal) -> None:
    for err, environ in ((io.StringIO(), {}), (terminal, {"TERM": "dumb"})):
        console = open_console(err, **environ)
        with show_patience(console, tell_looking(2), moment=0):
            console.talk("said")
        assert err.getvalue() == "said\n"


def test_that_work_is_divided_is_told() -> None:
    assert tell_looking(2, shards=4) == "looking at 2 assets and dividing their work into 4 shards"
