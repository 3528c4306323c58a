"""Channel: messages between the coordinator and a worker, pickled, over a socket.

What the standard library has for it takes a worker longer to import than a hundred small nodes take.
"""

from __future__ import annotations

import os
import pickle
import select
from typing import Any

_HEADER = 8


class Channel:
    """One end of a socket.

    Args:
        descriptor: The socket; it is closed here.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def fileno(self) -> int:
        return self._descriptor

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

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = os.read(self._descriptor, size)
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def pack(message: object) -> bytes:
    """Return a message as `send` takes it."""
    pickled = pickle.dumps(message, protocol=5)
    return len(pickled).to_bytes(_HEADER, "big") + pickled
