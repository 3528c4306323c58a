"""The process that imports a project, so that the command itself never does.

Started as `python -P -m assetmake.discovery.recall.child`, with the socket's number and the order as JSON. It tells
which module it is about to import, and at the end what it found; it notes what the import looks at.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import os
import secrets
import signal
import sys
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.loader import surround_execution
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.inputs import Inputs
from assetmake.discovery.recall.kept import ForeignObjectError, decode, encode
from assetmake.discovery.recall.order import BEGIN, BROKEN, FOREIGN, FOUND, REFUSED, Order
from assetmake.discovery.recall.plain_values import Row, write_manifest, write_members
from assetmake.discovery.recall.volatility import Vigil, has_drawn_from_numpy
from assetmake.discovery.recall.watch import Watch
from assetmake.errors import AssetmakeError
from assetmake.storage.env_key import ENV_KEY_NAME

Found = tuple[Manifest, Mapping[str, Any], list[Row], Inputs, str]
"""A manifest without assets and code, these as plain values, what decided it, why it may be another next time."""
_PR_SET_PDEATHSIG = 1
_NEW_OBJECTS = 100_000
"""After so many Python looks for garbage in circles: definitions stay, and the process ends soon."""


def main(arguments: list[str]) -> None:
    """Discover what is ordered, and send it."""
    sys.argv[1:] = []  # what modules see is no business of theirs, and another each time
    _die_with_parent(int(arguments[2]))
    gc.set_threshold(_NEW_OBJECTS)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.enable(file=2)
    connection = Connection(int(arguments[0]))
    os.set_inheritable(connection.fileno(), False)
    watch: Watch | None = None
    try:
        order = Order.from_json(arguments[1], given=decode(connection.recv_bytes()))
        watch = _make_watch(order)
        answer = encode((FOUND, _discover(order, connection, watch)))
    except ForeignObjectError as error:
        answer = encode((FOREIGN, (str(error), watch and watch.to_reads())))
    except AssetmakeError as error:
        answer = encode((REFUSED, (type(error).__name__, error.message, error.hint)))
    except Exception:  # noqa: BLE001 - a bug of ours, which the command reports
        answer = encode((BROKEN, traceback.format_exc()))
    connection.send_bytes(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads of the project's libraries must not keep the command waiting


def _make_watch(order: Order) -> Watch:
    root = Path(order.root)
    folders = [str((root / entry).resolve()) for entry in order.python_path]
    return Watch(str(root), folders, salt=secrets.token_hex(8))


def _discover(order: Order, connection: Connection, watch: Watch) -> Found:
    root = Path(order.root)
    watch.install()
    vigil = Vigil(watch.note_call)
    vigil.install()
    surround_execution(vigil.listening)

    def tell(module: str) -> None:
        connection.send_bytes(encode((BEGIN, module)))

    with watch.noting():
        manifest = build_manifest(root, order.to_config(), launch=order.to_launch(), tell=tell)
    if has_drawn_from_numpy():
        watch.volatile = watch.volatile or "it takes something at random from numpy"
    _note_environment(watch, manifest, root)
    members = write_members(manifest.code.members)
    return *write_manifest(manifest), members, watch.to_inputs(), watch.volatile


def _note_environment(watch: Watch, manifest: Manifest, root: Path) -> None:
    variables = {name for record in manifest.assets for name in record.env_vars}
    if variables:
        watch.add_variables(variables)
        watch.add_file(str(root / ".assetmake" / ENV_KEY_NAME))


def _die_with_parent(parent: int) -> None:
    """Have the system end this process with its parent, where it can."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
