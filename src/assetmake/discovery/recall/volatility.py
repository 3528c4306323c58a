"""Volatility: whether a project asks the clock or chance while it is imported.

What it then declares - a list of days up to today, a random name - may be another the next time, and nothing that can
be looked at tells so. Python's profiling tells of each call of a C function; it is on only while the project's own
modules run, not while libraries are imported.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

Tell = Callable[[str, FrameType], None]

_ASKS_CLOCK = frozenset({"now", "utcnow", "today", "time", "time_ns"})
_MAY_ASK_CLOCK = frozenset({"localtime", "gmtime", "strftime", "ctime", "asctime"})
"""These take a time, or ask for it: what calls them directly is taken to ask."""
_ASKS_CHANCE = frozenset({"random", "getrandbits", "urandom", "getrandom"})
_TIMES = frozenset({"time", "datetime", "_datetime"})
_CHANCES = frozenset({"random", "_random", "posix", "nt", "os"})
_UNHEARD = ("logging", "warnings", "assetmake.discovery.")
"""What they write is dated, and decides nothing that is declared."""


class Vigil:
    """Listens for calls that ask the clock or chance.

    Args:
        tell: Called with what was done and the frame that did it.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._import = builtins.__import__

    def install(self) -> None:
        """Let imports of libraries pass unheard."""
        builtins.__import__ = self._import_unheard

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen in the block: while a module of the project runs."""
        before = sys.getprofile()
        sys.setprofile(self._hear)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _import_unheard(self, *arguments: Any, **options: Any) -> Any:
        before = sys.getprofile()
        sys.setprofile(None)
        try:
            return self._import(*arguments, **options)
        finally:
            sys.setprofile(before)

    def _hear(self, frame: FrameType, event: str, function: Any) -> None:
        if event != "c_call":
            return
        name = function.__name__
        if name in _ASKS_CLOCK or name in _ASKS_CHANCE or name in _MAY_ASK_CLOCK:
            with suppress(Exception):  # an error here would be raised in the user's code
                self._judge(frame, name, _find_home(function))

    def _judge(self, frame: FrameType, name: str, home: str) -> None:
        if str(frame.f_globals.get("__name__", "")).startswith(_UNHEARD):
            return
        if name in _ASKS_CLOCK and home in _TIMES:
            self._tell("asks what time it is", frame)
        elif name in _ASKS_CHANCE and home in _CHANCES:
            self._tell("takes something at random", frame)
        elif name in _MAY_ASK_CLOCK and home == "time" and not _is_standard(frame):
            self._tell("asks what time it is", frame)


def _find_home(function: Any) -> str:
    """Return the module of a C function, or of the class that a C method belongs to."""
    owner = getattr(function, "__self__", None)
    if owner is None:
        return str(getattr(function, "__module__", ""))
    if isinstance(owner, type):
        return next((kind.__module__ for kind in owner.__mro__ if function.__name__ in vars(kind)), "")
    name = getattr(owner, "__name__", None)
    return (
        name
        if isinstance(name, str)
        else next((kind.__module__ for kind in type(owner).__mro__ if function.__name__ in vars(kind)), "")
    )


def _is_standard(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in sys.stdlib_module_names
