"""What a user sees of an exception in their code: a sentence, and the traceback from their frame on."""

from __future__ import annotations

import importlib
import os
import re
import traceback

from assetmake.definitions.place import Place
from assetmake.errors import AssetmakeError

_OWN_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_DEFINED = re.compile(
    r"""^[ \t]*(?:async[ ]+)?def[ ]+(\w+) | ^(\w+)[ ]*(?::[^=\n]+)?=(?!=) | \bname[ ]*=[ ]*["']([\w/]+)["']
    | ["'](\w+)["'][ ]*:""",
    re.MULTILINE | re.VERBOSE,
)
_IMPORT_SYSTEM = ("<frozen importlib", os.path.dirname(importlib.__file__) + os.sep)


def describe_error(error: BaseException) -> str:
    """Return an error in one sentence: its type and what it says; of our own errors message and hint."""
    match error:
        case AssetmakeError():
            return f"{error.message} ({error.hint})" if error.hint else error.message
        case SystemExit():
            return f"it called sys.exit({error.code!r}) while it was imported"
        case SyntaxError():
            return f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def format_user_traceback(error: BaseException) -> str:
    """Return the traceback without the frames of Python's import system and of this package.

    It is empty where nothing of the user's remains to be shown.
    """
    if not (has_user_frames(error) or isinstance(error, SyntaxError)):
        return ""
    report = traceback.TracebackException.from_exception(error)
    _cut_frames(report)
    return "".join(report.format())


def list_defined(source: str) -> set[str]:
    """Return the names that a text gives to functions, values and entries, though it may be no Python at all."""
    return {name for names in _DEFINED.findall(source) for name in names if name}


def find_user_place(error: BaseException) -> Place | None:
    """Return the last line of the user's files that an error came through."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if is_user_frame(frame) and not frame.filename.startswith("<")  # a dataclass's own __init__ has no file
    ]
    return Place(frames[-1].filename, frames[-1].lineno or 0) if frames else None


def has_user_frames(error: BaseException) -> bool:
    """Tell whether an error came out of the user's code, rather than out of looking for it."""
    return any(is_user_frame(frame) for frame in traceback.extract_tb(error.__traceback__))


def _cut_frames(report: traceback.TracebackException) -> None:
    pending, seen = [report], set()
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list([frame for frame in part.stack if is_user_frame(frame)])
        pending += [inner for inner in (part.__cause__, part.__context__, *(part.exceptions or ())) if inner]


def is_user_frame(frame: traceback.FrameSummary) -> bool:
    """Tell whether a frame is neither Python's import system nor this package."""
    return not frame.filename.startswith((*_IMPORT_SYSTEM, _OWN_PACKAGE + os.sep))
