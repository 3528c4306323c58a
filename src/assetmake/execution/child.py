"""The worker process: reads works from a socket, runs them, writes outcomes back, and dies with its coordinator.

Started as `python -P -m assetmake.execution.child SOCKET LIFELINE BEGUN ROOT CAPTURE PYTHON_PATH TEXTS STATE`:
TEXTS is a file with a digest of each project file as it was when the plan was made.
"""

from __future__ import annotations

import ctypes
import faulthandler
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.code.outline import digest
from assetmake.discovery.importer import import_assets, import_resources
from assetmake.discovery.loader import install, list_texts
from assetmake.errors import DefinitionError
from assetmake.execution.bench import Benches
from assetmake.execution.capture import FileCapture
from assetmake.execution.channel import Channel
from assetmake.execution.delivery import Delivery
from assetmake.execution.lifeline import die_with_coordinator
from assetmake.execution.offspring import end_children
from assetmake.execution.reads import ReadWatch
from assetmake.execution.work import Failure, Work
from assetmake.execution.worker import run_work
from assetmake.storage.unsynced import Unsynced

_PR_SET_CHILD_SUBREAPER = 36
_FINGERPRINTING = "assetmake.discovery.fingerprint"


def main(arguments: list[str]) -> None:
    """Serve until the coordinator closes the socket."""
    *descriptors, root, capture_path, python_path, texts, state = arguments
    sys.argv[1:] = []  # what modules see is no business of theirs, and another each time
    socket, lifeline, begun = map(int, descriptors)
    for descriptor in (socket, lifeline, begun):
        os.set_inheritable(descriptor, False)  # a process that a node leaves behind would hold the socket open
    die_with_coordinator(lifeline)
    _adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    capture = FileCapture(Path(capture_path))
    faulthandler.enable(file=2)
    install(Path(root), python_path.split(os.pathsep))
    reads = ReadWatch(Path(root))
    reads.install()
    channel = Channel(socket)
    unsynced = Unsynced()
    delivery = Delivery(channel, unsynced, begun=begun)
    threading.Thread(target=delivery.watch, name="delivery", daemon=True).start()
    resolved = Path(root).resolve()
    kept_in = Path(state) if state else None
    benches = Benches(_Finder(resolved, Path(texts)).find, unsynced=unsynced, root=resolved, state=kept_in)
    with suppress(EOFError, OSError):  # the coordinator is gone, or needs no more
        while True:
            for work in delivery.take_works():
                calls = delivery.take_calls(work)
                for outcomes in run_work(work, benches, capture, calls=calls, reads=reads, start=delivery.start):
                    end_children()
                    is_urgent = any(isinstance(outcome.result, Failure) for outcome in outcomes)
                    delivery.add(outcomes, at_once=is_urgent or work.timeout is not None)
    os._exit(0)  # threads of the user's libraries must not keep the process


class _Finder:
    """Finds definitions, each once, and refuses code that is not what the plan was made with.

    While every file that was imported here is as it was planned, so is the code; else it is fingerprinted again.
    """

    def __init__(self, root: Path, texts: Path) -> None:
        self._root = root
        self._planned: dict[str, str] = json.loads(texts.read_text(encoding="utf-8"))
        self._seen: set[str] = set()
        self._is_edited = not self._planned
        self._modules: dict[str, dict[AssetKey, AssetsDefinition]] = {}
        self._vouched: dict[AssetKey, str] = {}

    def find(self, work: Work) -> AssetsDefinition:
        if work.module not in self._modules:
            self._modules[work.module] = import_assets(work.module)
        definition = self._modules[work.module].get(work.asset)
        if definition is None or not self._is_planned(definition, work):
            what = (
                f"module {work.module} no longer declares {work.asset}"
                if definition is None
                else f"the code of {work.asset} changed"
            )
            raise DefinitionError(f"{what} while the build ran", hint="build again: it runs with the new code")
        return definition.entire

    def _is_planned(self, definition: AssetsDefinition, work: Work) -> bool:
        if not work.code or self._vouched.get(work.asset) == work.code:
            return True  # of what is only read, the code was looked at when it ran
        keys = definition.keys or {spec.asset_key for spec in definition.check_specs}
        sources = dict.fromkeys((*work.resources, *work.loaders))
        given = {module: import_resources(module, keys) for _, module in sources if module}
        if self._is_as_planned() or self._fingerprint(definition, work, given) == work.code:
            self._vouched[work.asset] = work.code
            return True
        return False

    def _fingerprint(self, definition: AssetsDefinition, work: Work, given: Mapping[str, Mapping[str, Any]]) -> str:
        # All that reads code: as long to import as everything else here, and needed only where a file was edited.
        found = importlib.import_module(_FINGERPRINTING)
        own = {"": definition.resource_defs}
        resources = {name: {**given, **own}[module].get(name) for name, module in reversed(work.resources)}
        loaders = [found.Supplied(name, module, {**given, **own}[module].get(name)) for name, module in work.loaders]
        code: str = found.fingerprint_call(
            definition, given=resources, loaders=loaders, run_config=work.run_config, root=self._root
        )
        return code

    def _is_as_planned(self) -> bool:
        for file, text in list_texts().items():
            if file not in self._seen:
                self._seen.add(file)
                # A file that the plan knows nothing of is in no closure.
                self._is_edited |= file in self._planned and digest(text) != self._planned[file]
        return not self._is_edited


def _adopt_orphans() -> None:
    """Have orphaned grandchildren given to this process, where the system can, so that it can end them."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
