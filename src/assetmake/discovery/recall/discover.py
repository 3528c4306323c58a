"""discover_manifest(): the manifest of a project - from its cache, or from a process that imports it."""

from __future__ import annotations

import hashlib
import importlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from assetmake import clock, errors
from assetmake.discovery.code.members import CodeGraph
from assetmake.discovery.config import Config
from assetmake.discovery.launch import Launch
from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.inputs import Inputs, compare, describe_python, make_environment
from assetmake.discovery.recall.kept import Kept, decode, encode, read_kept, write_kept
from assetmake.discovery.recall.names import list_names
from assetmake.discovery.recall.order import BEGIN, Order, write_given
from assetmake.discovery.recall.own_code import describe_own_code
from assetmake.discovery.recall.plain_values import read_manifest, read_members
from assetmake.discovery.recall.reads import Reads
from assetmake.errors import DefinitionError, StorageError
from assetmake.storage.asset_names import write_names

_FOLDER = ".assetmake/cache"
_CHILD = "assetmake.discovery.recall.child"
_IN_THIS_PROCESS, _LOADER = "assetmake.discovery.collect", "assetmake.discovery.loader"
"""What imports a project; loaded only where that is done."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a project declares, and what decided that.

    Attributes:
        manifest: What it declares.
        inputs: All that decided it; None where it cannot be used again.
        volatile: Why not: what decided it too, and cannot be looked at; such as the clock.
        reads: What the project's code looked at while it was imported; None where that is not known.
    """

    manifest: Manifest
    inputs: Inputs | None = None
    volatile: str = ""
    reads: Reads | None = None


def discover_manifest(
    root: Path,
    config: Config,
    *,
    fresh: bool = False,
    launch: Launch | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Discovered:
    """Return what a project declares: from its cache while all that decided it stands, else by importing it.

    Args:
        root: Its folder.
        config: What assets.toml says.
        fresh: Import it, whatever the cache holds.
        launch: Config that the command was given; then it is imported, and what is found is not remembered.
        meanwhile: Called while another process imports it.

    Raises:
        ConfigError: an entry of `modules` or `python_path` is wrong, or a table of `resources`.
        RunConfigError: the command was given config that does not fit.
        DefinitionError: the process that imported a module died of it.
    """
    return Discovery(root, config, fresh=fresh, launch=launch).finish(meanwhile)


class Discovery:
    """A discovery that is under way: what is remembered has been looked at, else another process imports the project.

    Args:
        root: The project's folder.
        config: What assets.toml says.
        fresh: Import it, whatever the cache holds.
        launch: Config that the command was given.
    """

    def __init__(self, root: Path, config: Config, *, fresh: bool = False, launch: Launch | None = None) -> None:
        self._root = root.resolve()
        self._config = config
        self._launch = launch
        self._order = _make_order(self._root, config, launch)
        self._seal = _digest(f"{describe_own_code()}\n{describe_python()}")
        named = _digest(self._order.to_json() + self._order.given)[:12]
        self._file = self._root / _FOLDER / f"manifest-{named}"
        self._recalled = None if fresh or launch else self._recall()
        self._child = None if self._recalled else _Child(self._order)

    def is_of(self, root: Path, config: Config, launch: Launch | None = None) -> bool:
        """Tell whether this is the discovery of a project that is configured so."""
        return self._order == _make_order(root.resolve(), config, launch)

    def finish(self, meanwhile: Callable[[], None] = lambda: None) -> Discovered:
        """Return what was found; see `discover_manifest`."""
        if self._recalled is not None:
            return self._recalled
        assert self._child is not None
        found = self._read(self._child, meanwhile)
        if found.inputs is not None:
            write_kept(self._file, Kept(found.inputs, found.manifest), seal=self._seal)
        if not found.manifest.failures:
            for kind, names in list_names(found.manifest, selectors=self._config.selectors).items():
                write_names(str(self._root), names, env=self._config.env, kind=kind)
        return found

    def cancel(self) -> None:
        """End what is under way."""
        if self._child is not None:
            self._child.end()

    def _recall(self) -> Discovered | None:
        kept = read_kept(self._file, seal=self._seal, find=lambda: self._read(_Child(self._order)).manifest)
        if kept is None:
            return None
        compared = compare(kept.inputs, environment=os.environ, now=clock.now_ns())
        if compared.moved:
            return None
        if compared.refreshed:
            write_kept(self._file, Kept(compared.inputs, kept.manifest), seal=self._seal)
        return Discovered(kept.manifest, compared.inputs, reads=compared.inputs.reads)

    def _read(self, child: _Child, meanwhile: Callable[[], None] = lambda: None) -> Discovered:
        """Read what a process found; import the project in this one where what it declares cannot be handed over."""
        kind, answer = child.ask(meanwhile)
        match kind:
            case "found":
                rest, written, members, inputs, volatile = answer
                manifest = read_manifest(rest, written, CodeGraph(read_members(members)))
                # What failed may have failed for any reason, and what config a command is given is another each time.
                is_good = not volatile and not manifest.failures and not self._launch
                return Discovered(manifest, inputs if is_good else None, volatile, inputs.reads)
            case "foreign":
                build_manifest = importlib.import_module(_IN_THIS_PROCESS).build_manifest
                importlib.import_module(_LOADER).forget_modules()  # a process that lives long may have older ones
                what, reads = answer
                reason = f"it declares objects of a kind of its own: {what}"
                return Discovered(build_manifest(self._root, self._config, launch=self._launch), None, reason, reads)
            case "refused":
                name, message, hint = answer
                raise getattr(errors, name)(message, hint=hint)
            case _:
                raise RuntimeError(f"the process that imports the project failed:\n{answer}")


class _Child:
    """A process that imports a project."""

    def __init__(self, order: Order) -> None:
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", _CHILD, str(theirs.fileno()), order.to_json(), str(os.getpid())]
        handed, environment = [theirs.fileno()], make_environment()
        try:
            # What modules print while they are imported is talk: stdout is for results.
            self._process = subprocess.Popen(command, cwd=order.root, stdout=2, pass_fds=handed, env=environment)
        except OSError as error:
            self._socket.close()
            raise StorageError(f"cannot start a process to import the project: {error.strerror}") from None
        finally:
            theirs.close()
        self._connection = Connection(self._socket.detach())
        with suppress(OSError):  # it is gone already: who asks is told how
            self._connection.send_bytes(encode(order.given))

    def ask(self, meanwhile: Callable[[], None]) -> tuple[str, Any]:
        """Return what kind of end the import came to, and what there is to say of it."""
        module = ""
        try:
            meanwhile()
            with self._connection:
                while True:
                    kind, answer = decode(self._connection.recv_bytes())
                    if kind != BEGIN:
                        return kind, answer
                    module = answer
        except EOFError:
            raise _explain_death(self._process.wait(), module) from None
        finally:
            self.end()

    def end(self) -> None:
        self._connection.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _make_order(root: Path, config: Config, launch: Launch | None) -> Order:
    project, distributions = config.project, config.staleness.environment
    given = write_given(config.resources, launch)
    return Order(str(root), project.modules, project.python_path, distributions, given)


def _explain_death(status: int, module: str) -> DefinitionError:
    how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with exit code {status}"
    what = f"while it imported {module}" if module else "before it imported anything"
    return DefinitionError(
        f"the process that imports the project {how} {what}",
        hint="a module that ends its process, with os._exit() or by a crash of a library, declares no assets",
    )
