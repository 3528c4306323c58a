"""The process that asks the user's functions: reads questions from a socket, writes replies back.

Started as `python -P -m assetmake.ticking.child SOCKET LIFELINE ROOT CAPTURE`; the first message is the project's
configuration. It tells `Ready` when it has imported the project.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from assetmake.discovery.config import Config
from assetmake.discovery.importer import load_modules
from assetmake.execution.capture import FileCapture
from assetmake.execution.channel import Channel, pack
from assetmake.execution.lifeline import die_with_coordinator
from assetmake.storage.state import StateFile
from assetmake.ticking.evaluator import Evaluator
from assetmake.ticking.instance import TickInstance
from assetmake.ticking.question import Ready


def main(arguments: list[str]) -> None:
    """Serve until the coordinator closes the socket."""
    socket, lifeline = map(int, arguments[:2])
    root, output = Path(arguments[2]), arguments[3]
    sys.argv[1:] = []  # what modules see is no business of theirs
    for descriptor in (socket, lifeline):
        os.set_inheritable(descriptor, False)
    die_with_coordinator(lifeline)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    capture = FileCapture(Path(output + ".all"))
    faulthandler.enable(file=2)
    channel = Channel(socket)
    config: Config = channel.receive()
    state = StateFile(root / config.state.path, lock_timeout=config.build.lock_timeout)
    modules, _ = load_modules(root, config)
    evaluator = Evaluator(modules, config.resources, TickInstance(state, root), root)
    capture.end(output, keep=False)  # what importing prints is told by discovery
    channel.send(pack(Ready(evaluator.list_variables())))
    with suppress(EOFError, OSError):
        while True:
            reply = evaluator.answer(channel.receive())
            printed = _read(output) if capture.end(output, keep=False) else ""
            channel.send(pack(replace(reply, output=printed)))
    os._exit(0)  # threads of the user's libraries must not keep the process


def _read(output: str) -> str:
    with open(output, encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    main(sys.argv[1:])
