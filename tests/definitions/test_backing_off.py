"""backoff: what is called again, how often, and what comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assetmake import backoff


def fail(times: int, error: Exception) -> tuple[Callable[..., str], list[tuple[object, ...]]]:
    """Return a function that fails some times first, and the calls of it."""
    calls: list[tuple[object, ...]] = []

    def work(*args: object, **options: object) -> str:
        calls.append((*args, *options.items()))
        if len(calls) <= times:
            raise error
        return "done"

    return work, calls


@pytest.mark.parametrize(("times", "most"), [(0, 0), (0, 2), (1, 2), (2, 2)])
def test_it_is_called_until_it_does_not_fail(times: int, most: int) -> None:
    work, calls = fail(times, OSError("busy"))
    found = backoff(work, retry_on=(OSError,), args=[1], kwargs={"x": 2}, max_retries=most, delay_generator=[0.0, 0.0])
    assert found == "done"
    assert calls == [(1, ("x", 2))] * (times + 1)


@pytest.mark.parametrize(("error", "count"), [(OSError("busy"), 3), (ValueError("wrong"), 1)])
def test_the_last_failure_comes_out_and_so_does_another_one(error: Exception, count: int) -> None:
    work, calls = fail(9, error)
    with pytest.raises(type(error), match=str(error)):
        backoff(work, (OSError,), max_retries=2, delay_generator=[0.0, 0.0])
    assert len(calls) == count
