"""Has the fork server run a command, with the folder, environment and streams of this process. Loads almost nothing."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence


def run_forked(
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
) -> int:
    """Run one command in a fork of the server and return how it ended, as `subprocess` tells it.

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
        "python": python,
    }
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(server)
        text = json.dumps(asked).encode()
        socket.send_fds(connection, [len(text).to_bytes(4, "big")], streams)
        connection.sendall(text)
        ended = connection.makefile().read()
    assert ended, "the fork server has died"
    return int(ended)
