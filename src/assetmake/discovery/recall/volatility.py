"""Volatility: whether a project asks the clock or chance while it is imported.

What it then declares - a list of days up to today, a random name - may be another the next time, and nothing that can
be looked at tells so. Python's profiling tells of each call of a C function; it is on only while the project's own
modules run, not while libraries are imported.
"""

from __future__ import annotations

import builtins
import dis
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from importlib.machinery import SourceFileLoader
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

from assetmake.definitions.assets import decorators as declaring
from assetmake.discovery.code.locality import is_library

Tell = Callable[[str, FrameType], None]

_ASKS_CLOCK = frozenset({"now", "utcnow", "today", "time", "time_ns", "clock_gettime", "clock_gettime_ns"})
_MAY_ASK_CLOCK = frozenset({"localtime", "gmtime", "strftime", "ctime", "asctime"})
"""These take a time, or ask for it: what calls them directly is taken to ask."""
_ASKS_CHANCE = frozenset({"random", "getrandbits", "urandom", "getrandom", "generate_time_safe", "UuidCreate"})
_TIMES = frozenset({"time", "datetime", "_datetime"})
_CHANCES = frozenset({"random", "_random", "posix", "nt", "os", "_uuid"})
_GIVERS = frozenset({"time", "random", "os", "datetime"})
"""Modules whose functions may be handed on: what C code then calls is not told of."""
_UNHEARD = frozenset({"logging", "warnings"})
"""What they write is dated, and decides nothing that is declared."""
_OWN = "assetmake.discovery."
_CLOCK_NAMES = frozenset({"now", "today", "utcnow"})
_OF_AN_OBJECT = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
_OF_A_SCOPE = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST"})
_NAMING = frozenset({"LOAD_CONST", *_OF_A_SCOPE, *_OF_AN_OBJECT})
_HANDED_ON = (_ASKS_CLOCK | _ASKS_CHANCE) - _CLOCK_NAMES
_NAMED = _CLOCK_NAMES | _HANDED_ON
_PLAIN = frozenset({type(None), bool, int, float, str, bytes})
_CONTAINERS = frozenset({list, tuple, set, frozenset})
_OWN_DECLARATIONS = "assetmake.definitions."
_NOTHING_DRAWN = frozenset({623, 624})
"""Where numpy's generator stands when it was imported, or seeded."""


class Vigil:
    """Listens for calls that ask the clock or chance.

    Args:
        tell: Called with what was done and the frame that did it.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._import = builtins.__import__
        self._declare = declaring.declare
        self._execute = SourceFileLoader.exec_module
        self._asking: dict[int, tuple[CodeType, Mapping[int, set[str]]]] = {}  # by identity: to hash code takes long

    def install(self) -> None:
        """Let imports of libraries pass unheard, and listen to what is imported from folders outside the project."""
        builtins.__import__ = self._import_unheard

        def execute(loader: SourceFileLoader, module: ModuleType) -> None:
            with nullcontext() if is_library(loader.path) else self.listening():
                self._execute(loader, module)

        kind: Any = SourceFileLoader
        kind.exec_module = execute
        ours: Any = declaring
        ours.declare = self._declare_unheard

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen in the block: while a module of the project runs."""
        with _listening(self._hear):
            yield

    def _import_unheard(self, *arguments: Any, **options: Any) -> Any:
        with _listening(None):
            return self._import(*arguments, **options)

    def _declare_unheard(self, function: Any, options: dict[str, Any]) -> Any:
        """Declare an asset without listening, where that runs no code but ours: it is most of what a project does."""
        if type(function) is not FunctionType or not (_is_bare(function) and _is_plain(options)):
            return self._declare(function, options)
        with _listening(None):
            return self._declare(function, options)

    def _begin(self, frame: FrameType) -> None:
        """Follow the lines of code that may ask in a way in which no call of a C function is told of."""
        code = frame.f_code
        known = self._asking.get(id(code))
        if known is None:
            known = self._asking[id(code)] = code, _find_asking_lines(code)
        if known[1]:
            frame.f_trace = self._reach
            sys.settrace(_follow_none)

    def _reach(self, frame: FrameType, event: str, _given: Any) -> Any:
        if event == "line":
            for name in self._asking[id(frame.f_code)][1].get(frame.f_lineno, ()):
                with suppress(Exception):  # an error here would be raised in the user's code
                    self._consider(frame, name)
        return self._reach

    def _consider(self, frame: FrameType, name: str) -> None:
        """Judge a name in a line that is reached: that of a moment, or of a function that is handed on."""
        if name in _CLOCK_NAMES:
            self._tell("asks what time it is", frame)
            return
        owner, _, last = name.rpartition(".")
        found: Any = {**frame.f_globals, **frame.f_locals}.get(owner or last)
        if owner:
            found = getattr(found, last) if isinstance(found, ModuleType) and found.__name__ in _GIVERS else None
        if isinstance(found, BuiltinFunctionType | MethodType):
            self._judge(frame, last, _find_home(found))

    def _hear(self, frame: FrameType, event: str, function: Any) -> None:
        if event == "call":
            self._begin(frame)
        if event != "c_call":
            return
        name = function.__name__
        if name in _ASKS_CLOCK or name in _ASKS_CHANCE or name in _MAY_ASK_CLOCK:
            with suppress(Exception):  # an error here would be raised in the user's code
                self._judge(frame, name, _find_home(function))

    def _judge(self, frame: FrameType, name: str, home: str) -> None:
        speaker = str(frame.f_globals.get("__name__", ""))
        if speaker.partition(".")[0] in _UNHEARD or speaker.startswith(_OWN):
            return
        if name in _ASKS_CLOCK and home in _TIMES:
            self._tell("asks what time it is", frame)
        elif name in _ASKS_CHANCE and home in _CHANCES:
            self._tell("takes something at random", frame)
        elif name in _MAY_ASK_CLOCK and home == "time" and not _is_standard(frame):
            self._tell("asks what time it is", frame)


def _is_bare(function: FunctionType) -> bool:
    """Tell whether asking for a signature runs no code of the project: wrappers may, and late annotations."""
    return not function.__dict__ and getattr(function, "__annotate__", None) is None


def _is_plain(value: object) -> bool:
    """Tell whether looking at a value runs no code but Python's and ours."""
    kind = type(value)
    if kind in _PLAIN or kind.__module__.startswith(_OWN_DECLARATIONS):
        return True
    if kind is dict:
        return all(_is_plain(name) and _is_plain(each) for name, each in value.items())  # type: ignore[attr-defined]
    return kind in _CONTAINERS and all(map(_is_plain, value))  # type: ignore[call-overload]


@contextmanager
def _listening(hear: Any) -> Iterator[None]:
    before = sys.getprofile(), sys.gettrace()
    _listen(hear, None)
    try:
        yield
    finally:
        _listen(*before)


def _listen(hear: Any, follow: Any) -> None:
    threading.setprofile(hear)  # in threads that are started from now on
    sys.settrace(follow)
    sys.setprofile(hear)


def _follow_none(*_: Any) -> None:
    """Without a function of this kind Python follows the lines of no frame; it is asked about each new one."""


def _find_asking_lines(code: CodeType) -> Mapping[int, set[str]]:
    """Return the lines of project code that name the clock or chance in a way of which no call is told, with the names.

    These are `Timestamp.now()`, `Timestamp("now")`, `datetime64("today")` and the like, which compiled libraries answer
    without calling anything; and functions that are handed on to such code, as in `defaultdict(time.time)`.
    """
    texts = {const for const in code.co_consts if isinstance(const, str)}
    if is_library(code.co_filename) or (_NAMED.isdisjoint(code.co_names) and texts.isdisjoint(_CLOCK_NAMES)):
        return {}
    lines: dict[int, set[str]] = {}
    before = ""
    for each in dis.get_instructions(code):
        line = each.positions.lineno if each.positions else None
        name = each.argval if each.opname in _NAMING and isinstance(each.argval, str) else ""
        if line and name in _CLOCK_NAMES and each.opname not in _OF_A_SCOPE:
            lines.setdefault(line, set()).add(name)
        elif line and name in _HANDED_ON and each.opname != "LOAD_CONST":
            lines.setdefault(line, set()).add(f"{before}.{name}" if each.opname in _OF_AN_OBJECT else name)
        before = name if each.opname in _NAMING else before if each.opname == "PUSH_NULL" else ""
    return lines


def has_drawn_from_numpy() -> bool:
    """Tell whether random numbers were taken from numpy's own generator, of which Python hears nothing."""
    module: Any = sys.modules.get("numpy.random")
    if module is None:
        return False
    with suppress(Exception):
        return module.get_state(legacy=False)["state"]["pos"] not in _NOTHING_DRAWN
    return False


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
