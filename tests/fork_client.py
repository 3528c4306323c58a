"""Has the fork server run a command, with the folder, environment and streams of this process. Loads almost nothing."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from typing import Any


def run_forked(server: str, arguments: Sequence[str], **how: Any) -> int:
    """Run one command in a fork of the server and return how it ended, as `subprocess` tells it; see `start_forked`."""
    with start_forked(server, arguments, **how) as connection:
        ended = connection.makefile().read().partition("\n")[2]
    assert ended, "the fork server has died"
    return int(ended)


def start_forked(
    server: str,
    arguments: Sequence[str],
    *,
    folder: str | None = None,
    environment: Mapping[str, str] | None = None,
    streams: Sequence[int] = (0, 1, 2),
    told: str = "",
    closed: Sequence[int] = (),
    alone: bool = False,
    python: bool = False,
    leading: bool = False,
    traced: bool = False,
    constants: Mapping[str, float] | None = None,
) -> socket.socket:
    """Start one command in a fork of the server; what is returned gives a line with its process, then how it ended.

    Args:
        server: The server's socket.
        arguments: What stands behind `assetmake` in the command line.
        folder: Where it runs; here where nothing is given.
        environment: All of its environment; that of this process where nothing is given.
        streams: The descriptors that become its stdin, stdout and stderr.
        told: A file that is made when a process is started that imports the project.
        closed: Those of the streams, by their numbers, that it is to find closed.
        alone: It is to see one processor, and has one worker process: then what is printed comes in one order.
        python: The arguments are those of `python`, and not of `assetmake`.
        leading: Whether it leads a session of its own.
        traced: Whether it waits until another process traces it.
        constants: Other values for names of loaded modules: how long is waited.
    """
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    if alone and processors:
        processors = [processors[os.urandom(1)[0] % len(processors)]]  # they are spread
    asked = {
        "arguments": list(arguments),
        "folder": folder or os.getcwd(),
        "environment": dict(os.environ if environment is None else environment),
        "processors": processors,
        "told": told,
        "closed": list(closed),
        "leading": leading,
        "traced": traced,
        "constants": dict(constants or {}),
        "python": python,
    }
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server)
    text = json.dumps(asked).encode()
    socket.send_fds(connection, [len(text).to_bytes(4, "big")], streams)
    connection.sendall(text)
    return connection
