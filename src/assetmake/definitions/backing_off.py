"""backoff: call a function again until it does not fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

R = TypeVar("R")

_FIRST, _GROWTH = 0.1, 2.0


def backoff(
    fn: Callable[..., R],
    retry_on: tuple[type[BaseException], ...],
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    max_retries: int = 4,
    delay_generator: Iterable[float] | None = None,
) -> R:
    """Call a function, and after some exceptions call it again.

    Args:
        fn: The function.
        retry_on: The exceptions after which it is called again; any other comes out at once.
        args, kwargs: What it is called with.
        max_retries: Calls after the first one.
        delay_generator: The seconds before each of them; default: 0.1, and each time twice as long.

    Returns:
        What the function returns.

    Example:
        >>> backoff(int, retry_on=(OSError,), args=["7"])
        7
    """
    delays = iter(delay_generator) if delay_generator is not None else (_FIRST * _GROWTH**n for n in range(max_retries))
    for _ in range(max_retries):
        try:
            return fn(*(args or ()), **(kwargs or {}))
        except tuple(retry_on):
            time.sleep(next(delays))
    return fn(*(args or ()), **(kwargs or {}))
