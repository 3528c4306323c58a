"""Offspring: the processes that a node started and left behind are found and ended."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_ANY_CHILD = 0x4000_0000 if sys.platform == "linux" else 0
"""__WALL: those that were made by a bare clone() too."""


def end_children() -> None:
    """End this process's children, and theirs, which come to it as the subreaper that it is."""
    if not _has_children():
        return
    while children := _list_children(os.getpid()):
        for child in children:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
            with suppress(OSError):
                os.waitpid(child, 0)


def end_descendants(pid: int) -> None:
    """End what a process has started, in sessions of their own too; the process itself goes on."""
    with hold_descendants(pid):
        return


@contextmanager
def hold_descendants(*pids: int) -> Iterator[Callable[[signal.Signals], None]]:
    """Yield a function that signals what processes have started; what of it is left after the block is killed.

    They are held by descriptors, which are never another process's when one has ended, as its number may be.
    """
    held: list[int] = []
    pending = [child for pid in pids for child in _list_children(pid)]
    while pending:
        child = pending.pop()
        pending += _list_children(child)
        with suppress(OSError):
            held.append(os.pidfd_open(child))

    def send(number: signal.Signals) -> None:
        for descriptor in held:
            with suppress(OSError):
                signal.pidfd_send_signal(descriptor, number)

    try:
        yield send
    finally:
        send(signal.SIGKILL)
        for descriptor in held:
            os.close(descriptor)


def _has_children() -> bool:
    """Tell whether there are children, running or not waited for: one call, where listing them takes a dozen."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT | _ANY_CHILD)
    except ChildProcessError:
        return False
    except OSError:
        return True  # a system that does not know the question
    return True


def _list_children(pid: int) -> list[int]:
    """Return the children of a process, whichever of its threads started them; none where there is no /proc."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as listing:
                found += map(int, listing.read().split())
    return found
