"""Runs: a file that a living build holds a lock on; a build that was killed needs no unlocking."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assetmake.errors import StorageError
from assetmake.storage.locks import is_held, try_lock
from assetmake.storage.paths import is_temporary


@dataclass(frozen=True, slots=True)
class Waiter:
    """A process that waits for other builds, and since when."""

    pid: int
    since: datetime


class Runs:
    """The runs of a project.

    Args:
        folder: Where their files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def open_run(self, *, now: datetime) -> Iterator[str]:
        """Yield the id of a new run, which is alive until the block ends or the process does."""
        run = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        path = self._folder / run
        # Locked before it is seen: who looks for dead runs would take it for one in between.
        unseen = self._folder / f".{run}"
        descriptor = try_lock(unseen)
        if descriptor is None:
            raise StorageError(f"cannot lock the run file {path}", hint="does its file system support flock?")
        os.rename(unseen, path)
        try:
            yield run
        finally:
            with suppress(OSError):
                path.unlink()
            os.close(descriptor)

    @contextmanager
    def wait_for_all(self, command: str, *, pid: int, now: datetime) -> Iterator[Waiter | None]:
        """Be the one that waits for other builds on behalf of a command, until the block ends or the process does.

        Yield None, or who has done so since when.
        """
        path = self._folder / f".waits-{hashlib.sha256(command.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"
        descriptor = try_lock(path)
        if descriptor is None:
            yield _read_waiter(path)
            return
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{pid} {now.isoformat()}".encode())
            yield None
        finally:
            os.close(descriptor)

    def is_alive(self, run: str) -> bool:
        """Tell whether the process of a run lives."""
        return is_held(self._folder / run)

    def list_alive(self) -> set[str]:
        """Return the runs whose process lives, and forget the files of the others."""
        alive: set[str] = set()
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return alive
        for name in names:
            if name.startswith("."):
                continue
            if self.is_alive(name):
                alive.add(name)
            else:
                with suppress(OSError):
                    (self._folder / name).unlink()
        return alive


def _read_waiter(path: Path) -> Waiter | None:
    with suppress(OSError, ValueError):  # it may have ended meanwhile, or has only just begun
        pid, _, since = path.read_text().partition(" ")
        return Waiter(int(pid), datetime.fromisoformat(since))
    return None


def remove_leftovers(folders: set[Path], *, alive: set[str]) -> None:
    """Remove the temporary files that builds which died have left in folders of outputs."""
    for folder in folders:
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            if not entry.name.startswith("."):
                continue
            run = is_temporary(entry.name.removesuffix(".d"))
            if run is None or run in alive:
                continue
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    _remove_folder(Path(entry.path))
                else:
                    os.unlink(entry.path)


def _remove_folder(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.rmdir()
