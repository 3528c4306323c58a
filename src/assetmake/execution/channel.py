"""Channel: messages between the coordinator and a worker, pickled, over a socket.

A worker's end waits; the coordinator's never does. If both waited for the other to read what they write, they would
wait for ever, and a worker that was stopped would hold up all others.

What the standard library has for it takes a worker longer to import than a hundred small nodes take.
"""

from __future__ import annotations

import os
import pickle
import select
from typing import Any

_HEADER = 8
_PIECE = 65_536


class Channel:
    """A worker's end of a socket.

    Args:
        descriptor: The socket; it is closed here.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def has_message(self) -> bool:
        """Tell whether `receive` would not wait: a message has come, or the other end is closed."""
        return bool(self._poll.poll(0))

    def receive(self) -> Any:
        """Return the next message, waiting for it.

        Raises:
            EOFError: the other end is closed.
        """
        return pickle.loads(self._read(int.from_bytes(self._read(_HEADER), "big")))

    def send(self, packed: bytes) -> None:
        """Send what `pack` has made of a message.

        Raises:
            OSError: the other end is closed.
        """
        rest = memoryview(packed)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = os.read(self._descriptor, size)
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class PromptChannel:
    """The coordinator's end of a socket: what is not taken at once is kept, and what has come in part too.

    Args:
        descriptor: The socket; it is closed here.

    Attributes:
        is_full: The socket takes no more; `go_on` when it can be written to again.
    """

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._unsent = memoryview(b"")
        self._come = bytearray()
        self.is_full = False

    def fileno(self) -> int:
        return self._descriptor

    def send(self, packed: bytes) -> bool:
        """Send what `pack` has made of a message, or begin to; False where nothing of it was taken, nor is kept.

        Not to be called while the socket is full.

        Raises:
            OSError: the other end is closed.
        """
        assert not self._unsent, "messages do not overtake each other"
        self._unsent = memoryview(packed)
        self.go_on()
        if len(self._unsent) < len(packed):
            return True
        self._unsent = memoryview(b"")
        return False

    def go_on(self) -> None:
        """Send what is left of a message, as far as the socket takes it.

        Raises:
            OSError: the other end is closed.
        """
        self.is_full = False
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._descriptor, self._unsent) :]
        except BlockingIOError:
            self.is_full = True
        except OSError:
            self._unsent = memoryview(b"")
            raise

    def receive(self) -> list[Any]:
        """Return the messages of which all has come.

        Raises:
            EOFError: the other end is closed, and no message is left.
        """
        messages: list[Any] = []
        size = _PIECE
        while size == _PIECE:
            try:
                piece = os.read(self._descriptor, _PIECE)
            except BlockingIOError:
                break
            if not piece and not messages:
                raise EOFError
            self._come += piece
            messages += self._take_whole()
            size = len(piece)
        return messages

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _take_whole(self) -> list[Any]:
        messages: list[Any] = []
        start = 0
        while (body := start + _HEADER) <= len(self._come):
            end = body + int.from_bytes(self._come[start:body], "big")
            if end > len(self._come):
                break
            with memoryview(self._come) as come:
                messages.append(pickle.loads(come[body:end]))
            start = end
        del self._come[:start]
        return messages


def pack(message: object) -> bytes:
    """Return a message as `send` takes it."""
    pickled = pickle.dumps(message, protocol=5)
    return len(pickled).to_bytes(_HEADER, "big") + pickled
