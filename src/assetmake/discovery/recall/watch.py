"""Watch: what the import of a project looks at - files, folders, variables - as it looks at it.

Everything is noted *before* the project's code gets to see it. What changes in between is then noted as it was, so
the note does not hold afterwards, and the project is read again: an error on the safe side. What is changed in between
and back again is told by stat when the import has ended: a file that was opened, a folder that was listed. What the
project changes by itself is left out, as it does the same wherever it begins with the same. Not seen is a file that was
only asked for, or not there, and that came or went for a moment; nor two changes within one tick of the file system's
clock, in which the file was written last too.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePath
from threading import local
from types import FrameType
from typing import Any

from assetmake import clock
from assetmake.discovery.code.locality import is_library
from assetmake.discovery.loader import list_portions, list_texts
from assetmake.discovery.recall.doers import IMPORTING, Doer, Doers
from assetmake.discovery.recall.inputs import (
    Inputs,
    Seen,
    is_older,
    is_unmoved,
    list_links,
    list_plain_folders,
    see_file,
    see_folder,
    see_kinds,
)
from assetmake.discovery.recall.listening import (
    Unfound,
    listen_to_environment,
    listen_to_looks,
    listen_to_threads,
)
from assetmake.discovery.recall.reads import Reads, ReadsNoted, is_reading, is_writing
from assetmake.storage.standing import (
    ALL_NAMES,
    FIXED,
    PASSING,
    find_kind,
    find_target,
    hash_variable,
    read_variable,
)

_STATE = ".assetmake"
_SYSTEM = ("/proc/", "/sys/", "/dev/")
_NO_SYSTEM = ("/dev/shm/", "/dev/null")  # noqa: S108 - a project may lie in memory
_VERSIONS = frozenset({"METADATA", "PKG-INFO"})
_PATH_MAKERS = (".pth", ".egg-link")
_PROCESS = "starts a process"
_OUTSIDE = {
    "subprocess.Popen": _PROCESS,
    "os.system": _PROCESS,
    "os.exec": _PROCESS,
    "os.posix_spawn": _PROCESS,
    "os.fork": _PROCESS,
    "os.forkpty": _PROCESS,
    "socket.connect": "connects to a network",
    "socket.getaddrinfo": "asks the network for a name",
    "urllib.Request": "asks the network for a page",
}
"""Events after which nobody can tell whether the import would give the same again."""
_CHANGES = frozenset(
    f"os.{name}" for name in ("rename", "remove", "mkdir", "rmdir", "link", "symlink", "truncate", "utime", "chmod")
)
"""Their first argument, or their first two, are paths."""
_HEARD = frozenset({"open", "os.listdir", "os.scandir", "sqlite3.connect", *_OUTSIDE, *_CHANGES})
"""Others are many: Python raises one for each look at a frame's code."""


class Watch:
    """Notes what is looked at while it is told to.

    Args:
        root: The project's folder.
        folders: Where modules of the project are imported from.
        salt: For hashes of variables.

    Attributes:
        volatile: Why the import may give something else next time; empty where nothing says so.
    """

    def __init__(self, root: str, folders: Iterable[str], *, salt: str) -> None:
        self._folders = tuple(dict.fromkeys([root, *folders]))
        self._below = tuple(os.path.join(folder, "") for folder in self._folders)
        self._state = os.path.join(root, _STATE, "")
        self._salt = salt
        self._environment = dict(os.environ)
        self._files: dict[str, Seen] = {}
        self._listed: dict[str, Seen] = {}
        self._searched: dict[str, Seen] = {}
        self._absent: set[str] = set()
        self._present: dict[str, int] = {}
        self._links: dict[str, str] = {}
        self._changed: set[str] = set()
        self._variables = {"TZ"}  # local times are made of it without Python's being asked for it
        self._is_on = False
        self._busy = local()
        self._doers = Doers(self._counts)
        self._reads = ReadsNoted()
        self.volatile = ""

    def install(self) -> None:
        """Have this process tell the watch what it does; there is no way back."""
        sys.addaudithook(self.hear)
        listen_to_environment(self.note_variable)
        listen_to_looks(self.note_look, self.note_open_below)
        listen_to_threads(self.note_thread)
        sys.meta_path.append(Unfound(self.note_unfound))

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is looked at in the block; folders that imports search are noted at its start.

        At its end come the modules that were not read from their source: from a `.pyc`, or by the system's loader.
        """
        began = clock.now_ns()
        for folder in (*self._folders, *filter(os.path.isdir, sys.path)):
            self._note_search(os.path.abspath(folder))
            self._note_path_makers(os.path.abspath(folder), began)
        self._doers.begin()
        self._is_on = True
        try:
            yield
        finally:
            self._is_on = False
            self._note_changes_by_others()
            self._note_modules(began)
            self._note_places()

    def add_file(self, path: str) -> None:
        """Note a file that counts though no import opened it."""
        self._note_file(os.path.abspath(path))

    def add_variables(self, names: Iterable[str]) -> None:
        self._variables.update(names)

    def to_reads(self) -> Reads | None:
        """Return what values may be made of; None where that cannot be told."""
        return self._reads.to_reads(list_texts())

    def to_inputs(self) -> Inputs:
        """Return what was noted."""
        hashes = {
            name: hash_variable(name, read_variable(self._environment, name), salt=self._salt)
            for name in sorted(self._variables)
        }
        folders = {**self._searched, **self._listed}  # a whole listing says more than one of modules
        implied = {*self._files, *folders}
        implied.update(*map(_list_above, implied))
        present = {path: kind for path, kind in dict(self._present).items() if path not in implied}
        absent, reads = tuple(sorted(self._absent)), self.to_reads()
        return Inputs(self._files, folders, absent, hashes, self._salt, present, self._links, reads)

    def call_volatile(self, why: str, frame: FrameType | None) -> None:
        """Note that the project does something of which nobody can tell whether it gives the same again."""
        doer, place = self._doers.find(frame)
        if doer is Doer.PROJECT and not self.volatile:
            self.volatile = f"{self._show_place(place)} {why}"

    def note_call(self, why: str, frame: FrameType) -> None:
        """Note what a call of the project asks for; our own, made to take a note, asks for nothing."""
        if self._is_noting:
            self.call_volatile(why, frame)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take note of an audit event."""
        if event in _HEARD and self._is_noting:
            with self._apart():
                self._take_note(event, arguments, sys._getframe(1))  # noqa: SLF001

    def note_variable(self, name: str | None) -> None:
        """Note that a variable is read, or, without a name, the whole environment."""
        if name in FIXED or not self._is_noting:
            return
        doer, _ = self._doers.find(sys._getframe(1))  # noqa: SLF001
        is_library_s_own = doer is Doer.LIBRARY and name is not None and name not in PASSING
        if not (doer is Doer.PROJECT or is_library_s_own):
            return
        if name is None:
            self._variables |= {ALL_NAMES, *self._environment.keys() - PASSING - FIXED}
        elif not (name in PASSING and ALL_NAMES in self._variables):  # who walks through all then reads each
            self._variables.add(name)

    def note_look(self, path: Any, folder: int | None = None) -> None:
        """Note that somebody asks what is at a path, relative to an open folder if one is given.

        We do too: to find out which files the modules are.
        """
        if not self._is_noting or not isinstance(path, str | bytes | os.PathLike):
            return
        with self._apart():
            frame = sys._getframe(1)  # noqa: SLF001
            full = self._resolve(path, folder, frame)
            doer = self._doers.find(frame)[0]
            if self._counts(full) and doer is not Doer.IMPORT:
                self._reads.note_look(full, doer, frame)
                self._see(full)

    def note_open_below(self, path: Any, folder: int | None = None) -> None:
        """Note that a file is opened relative to an open folder; the event does not tell which."""
        if folder is not None and self._is_noting and isinstance(path, str | bytes | os.PathLike):
            with self._apart():
                frame = sys._getframe(1)  # noqa: SLF001
                self._note_open(self._resolve(path, folder, frame), frame)

    def note_thread(self, thread: Any) -> None:
        """Note that a thread is about to be started."""
        if self._is_noting:
            with self._apart():
                self._doers.note_thread(thread)

    def note_unfound(self, name: str, places: Iterable[str] | None) -> None:
        """Note that a module was looked for and not found: one may come."""
        if self._is_noting:
            tail = name.rpartition(".")[2]
            for place in self._folders if places is None else places:
                if self._counts(os.path.join(place, tail)):
                    self._absent |= {os.path.join(place, tail), os.path.join(place, f"{tail}.py")}

    @property
    def _is_noting(self) -> bool:
        return self._is_on and not getattr(self._busy, "is_busy", False)

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """Note nothing in this thread that is done in the block: looking at files and folders raises events too."""
        self._busy.is_busy = True
        try:
            with suppress(Exception):  # an error here would be raised in the user's open()
                yield
        finally:
            self._busy.is_busy = False

    def _take_note(self, event: str, arguments: tuple[Any, ...], frame: FrameType) -> None:
        if event == "open":
            path, mode, flags = arguments
            if isinstance(path, str | bytes | os.PathLike) and is_reading(mode, flags):
                self._note_open(os.path.abspath(os.fsdecode(path)), frame)
            if is_writing(mode, flags):
                self._note_own_changes(path)
        elif event in {"os.listdir", "os.scandir"}:
            given = "." if arguments[0] is None else arguments[0]
            folder = self._resolve("", given, frame) if isinstance(given, int) else os.path.abspath(os.fsdecode(given))
            doer = self._doers.find(frame)[0]
            if frame.f_code.co_filename.startswith(IMPORTING):
                self._note_search(folder)
            elif self._is_inside(folder) or doer is Doer.PROJECT:
                self._reads.note_listing(folder, doer, frame)
                self._note_listing(folder)
        elif event == "sqlite3.connect":
            path = os.path.abspath(os.fsdecode(arguments[0]).removeprefix("file:").partition("?")[0])
            self._note_open(path, frame)
            self._note_open(f"{path}-wal", frame)
        elif event in _CHANGES:
            self._note_own_changes(*arguments[:2])
        elif event in _OUTSIDE:
            if _OUTSIDE[event] == _PROCESS:
                self._reads.note_outside(self._doers.find(frame)[0])
            self.call_volatile(_OUTSIDE[event], frame)

    def _note_own_changes(self, *paths: Any) -> None:
        """Note that this process changes what is at a path, and so the folder that it is in."""
        for path in paths:
            if isinstance(path, str | bytes | os.PathLike):
                full = os.path.abspath(os.fsdecode(path))
                self._changed |= {full, os.path.dirname(full)}

    def _note_changes_by_others(self) -> None:
        for path, seen in {**self._files, **self._listed}.items():
            if path not in self._changed and not is_unmoved(path, seen):
                self.volatile = self.volatile or f"{path} changed while it was imported"

    def _note_modules(self, began: int) -> None:
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if not isinstance(file, str) or is_library(file) or os.path.abspath(file) in self._files:
                continue
            self._note_file(os.path.abspath(file))
            seen = self._files.get(os.path.abspath(file))
            if seen is None or not is_older(seen.stamp, began):
                self.volatile = self.volatile or f"{file} changed while it was imported"

    def _note_places(self) -> None:
        """Note where nothing is that would come first: entries of sys.path, portions of namespace packages."""
        entries = [os.path.abspath(entry) for entry in sys.path]
        users = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
        wanted = [*entries, *users]
        for name, module in list(sys.modules.items()):
            if getattr(module, "__file__", None) is None and (portions := list_portions(module)):
                parent, _, tail = name.rpartition(".")
                above = list_portions(sys.modules.get(parent)) if parent else entries
                if any(self._counts(os.path.join(portion, "x")) for portion in portions):
                    wanted += [os.path.join(place, tail) for place in above]
        self._absent |= {path for path in wanted if not os.path.lexists(path)}

    def _note_path_makers(self, folder: str, began: int) -> None:
        """Note the files by which editable installs say where they are: Python has read them when it started."""
        if _is_standard_library(folder) or not is_library(os.path.join(folder, "x")):
            return
        for name in os.listdir(folder):
            if name.endswith(_PATH_MAKERS) or name.startswith("__editable__"):
                file = os.path.join(folder, name)
                self._note_file(file)
                if file in self._files and not is_older(self._files[file].stamp, began):
                    self.volatile = self.volatile or f"{file} has only just changed"

    def _note_open(self, path: str, frame: FrameType) -> None:
        if path.startswith(_SYSTEM) and not path.startswith(_NO_SYSTEM):
            self.call_volatile(f"reads {path}", frame)
        doer = self._doers.find(frame)[0]
        if is_own := self._counts(path) and (self._is_inside(path) or doer is not Doer.IMPORT):
            self._reads.note_open(path, doer, frame)
        if is_own or os.path.basename(path) in _VERSIONS:
            self._note_file(path)

    def _note_file(self, path: str) -> None:
        if path in self._files or path in self._absent or os.path.isdir(path):
            return
        seen = see_file(path, now=clock.now_ns())
        if seen is None:
            self._absent.add(path)
        else:
            self._files[path] = seen

    def _note_listing(self, folder: str) -> None:
        if folder not in self._listed:
            seen = see_folder(folder, now=clock.now_ns())
            if seen is None:
                self._absent.add(folder)
            else:
                self._listed[folder] = seen
                self._note_kinds(list_links(folder))

    def _note_search(self, folder: str) -> None:
        """Note what can be imported from a folder: of the project, or of where distributions are installed."""
        if folder in self._searched or _is_standard_library(folder):
            return
        seen = see_folder(folder, now=clock.now_ns(), only_code=True)
        if seen is not None and (self._counts(os.path.join(folder, "x")) or folder in sys.path):
            self._searched[folder] = seen
            self._absent.update(list_plain_folders(folder))
            self._note_kinds(list_links(folder, only_code=True))

    def _note_kinds(self, links: Iterable[str]) -> None:
        """Note what is where links of a folder lead: it comes and goes while the folder stays as it is."""
        for link, kind in see_kinds(links).items():
            self._present.setdefault(link, kind)  # what was seen first has decided something

    def _is_inside(self, path: str) -> bool:
        return path.startswith(self._below) and self._counts(path)

    def _counts(self, path: str) -> bool:
        """Tell whether a path may be of the project, or of an editable install elsewhere."""
        if not os.path.isabs(path) or is_library(path) or f"{path}/".startswith(self._state):
            return False
        return path.startswith(_NO_SYSTEM) or not path.startswith(_SYSTEM)

    def _resolve(self, path: Any, folder: int | None, frame: FrameType) -> str:
        """Return the whole path of what is named relative to an open folder, or to the current one."""
        if folder is None:
            return os.path.abspath(os.fsdecode(path))
        try:
            opened = os.readlink(f"/proc/self/fd/{folder}")
        except OSError:
            self.call_volatile("looks into a folder that only its number tells", frame)
            return ""
        return os.path.abspath(os.path.join(opened, os.fsdecode(path)))

    def _see(self, path: str) -> None:
        if (target := find_target(path)) is not None:
            self._links.setdefault(path, target)  # what was seen first has decided something
        kind = find_kind(path)
        if kind or target is not None:
            self._present.setdefault(path, kind)
        else:
            self._absent.add(path)

    def _show_place(self, frame: FrameType | None) -> str:
        if frame is None:
            return "a thread"
        return f"{os.path.relpath(frame.f_code.co_filename, self._folders[0])}:{frame.f_lineno}"


def _list_above(path: str) -> list[str]:
    return [str(folder) for folder in PurePath(path).parents]


def _is_standard_library(folder: str) -> bool:
    return is_library(os.path.join(folder, "x")) and not {"site-packages", "dist-packages"} & set(folder.split(os.sep))
