"""The context of the function that runs, for code that it calls without handing it on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from assetmake.errors import InvariantError

_current: ContextVar[Any] = ContextVar("asset_context", default=None)


@contextmanager
def running_with(context: Any) -> Iterator[None]:
    """Have a context found by `find_current` in a `with` block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


def find_running() -> Any:
    """Return the context of the function that runs, or None."""
    return _current.get()


def find_current() -> Any:
    """Return the context of the function that runs.

    Raises:
        InvariantError: none runs.
    """
    context = _current.get()
    if context is None:
        raise InvariantError("No current AssetExecutionContext in scope.", hint="call it while an asset runs")
    return context
