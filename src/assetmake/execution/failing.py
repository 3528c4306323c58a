"""Failing: an exception becomes a Failure: text, with the user's own frames, and whether another try may help."""

from __future__ import annotations

import os
import traceback
from dataclasses import replace

from assetmake.definitions.failures import Failure as UserFailure
from assetmake.definitions.failures import RetryRequested
from assetmake.discovery.failures import describe_error, format_user_traceback, has_user_frames, is_user_frame
from assetmake.errors import AssetmakeError, ConfigError, DefinitionError, UsageError, ValueTypeError
from assetmake.execution.work import Failure

_STANDARD_LIBRARY = os.path.dirname(os.__file__)
_COMPILED = (".pyx", ".pxi")
"""Endings of files that Cython made code from; it names them as they lay where that was done, and not here."""
_LASTING = (DefinitionError, UsageError, ConfigError, ValueTypeError)
"""Errors of ours that come again however often it is tried."""


def describe_failure(error: BaseException) -> Failure:
    """Return an exception as text, from the user's frames on."""
    try:
        return _describe(error)
    except Exception:  # noqa: BLE001 - the user's exception cannot even be turned into text
        return Failure(type(error).__name__)


def _describe(error: BaseException) -> Failure:
    match error:
        case RetryRequested():
            inner = error if error.__cause__ is None else error.__cause__
            described = _describe_raised(error) if inner is error else _describe(inner)
            return replace(described, retryable=True, retries=error.max_retries, wait=error.seconds_to_wait or 0.0)
        case AssetmakeError():
            message = f"{error.message} ({error.hint})" if error.hint else error.message
            retryable = not isinstance(error, _LASTING)
            raised = error.__cause__
            if raised is None or not has_user_frames(raised):
                raised = error if _comes_from_outside(error) else None
            if raised is None:
                return Failure(message, retryable=retryable)
            return replace(_describe_raised(raised), message=message, retryable=retryable)
        case _:
            described = _describe_raised(error)
            return replace(described, retryable=not isinstance(error, UserFailure) or error.allow_retries)


def _describe_raised(error: BaseException) -> Failure:
    match error:
        case SystemExit():
            message = f"SystemExit: it called sys.exit({error.code!r})"
        case _:
            message = describe_error(error)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_user_frame(frame)]
    own = [frame for frame in frames if not _is_installed(frame.filename)] or frames
    file, line = (own[-1].filename, own[-1].lineno or 0) if own else ("", 0)
    return Failure(message, format_user_traceback(error), file, line)


def _comes_from_outside(error: BaseException) -> bool:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_user_frame(frame)]
    return any("site-packages" in each.filename or not _is_installed(each.filename) for each in frames)


def _is_installed(filename: str) -> bool:
    if filename.endswith(_COMPILED) and not os.path.isabs(filename):
        return True
    return "site-packages" in filename or filename.startswith(_STANDARD_LIBRARY)
