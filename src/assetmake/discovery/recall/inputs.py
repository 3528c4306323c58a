"""Inputs: everything that a manifest was made from, and whether it is all still so."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from assetmake import clock
from assetmake.discovery.code.locality import is_library
from assetmake.discovery.recall.reads import Reads
from assetmake.storage.hashing import hash_file
from assetmake.storage.standing import find_kind, find_target, find_user_site, hash_variable, read_variable

_LARGEST_HASHED = 64 << 20
_PACKAGE_FILE = "__init__.py"
_CODE_SUFFIXES = (".py", ".pyc", ".so", ".pyd", ".zip", ".egg", ".pth", ".dist-info", ".egg-info")

Stamp = tuple[int, int, int, int]
"""size, mtime, ctime (nanoseconds) and inode, as stat tells them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file or folder as it was.

    Attributes:
        stamp: What stat said.
        seen_at: When, in nanoseconds since 1970.
        digest: Of a file's bytes, or of a folder's entries; empty where only stat can tell (a very large file).
        only_code: Of a folder: only what can be imported counts.
    """

    stamp: Stamp
    seen_at: int
    digest: str
    only_code: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """What decided a manifest.

    Attributes:
        files: Files that were read, by absolute path.
        folders: Folders that were listed, by absolute path.
        absent: Paths that were looked for and were not there.
        variables: Environment variables that were read; of each a hash with `salt`, None where it was not set.
        salt: Makes the hashes of short values useless to others.
        present: Paths of which only was asked what is there; of each what kind of thing was, as `find_kind` tells.
        links: Symbolic links among what was asked for, with what they say.
        reads: Which of all that values of modules may be made of; None where there may be more.
    """

    files: Mapping[str, Seen] = field(default_factory=dict)
    folders: Mapping[str, Seen] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    variables: Mapping[str, str | None] = field(default_factory=dict)
    salt: str = ""
    present: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    reads: Reads | None = field(default_factory=Reads)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Inputs held against the world.

    Attributes:
        moved: What is no longer as it was; empty where everything is.
        inputs: The inputs, with what stat could not vouch for looked at anew.
        refreshed: Something was looked at anew.
    """

    moved: str
    inputs: Inputs
    refreshed: bool = False


def make_environment() -> dict[str, str]:
    """Return the environment of processes that import a project: sets have one order in all of them.

    They stand in the project's root wherever the command was given, so PYTHONPATH has to be absolute.
    """
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    if path := environment.get("PYTHONPATH"):
        environment["PYTHONPATH"] = make_absolute(path)
    return environment


def make_absolute(path: str) -> str:
    """Return folders of a search path, separated as they are there, independent of where one stands."""
    return os.pathsep.join(map(os.path.abspath, path.split(os.pathsep)))


def describe_python() -> str:
    """Return what of the running Python decides what an import gives."""
    path = os.environ.get("PYTHONPATH", "")
    absolute = make_absolute(path) if path else ""
    flags = "".join(f"{name}={getattr(sys.flags, name)};" for name in ("optimize", "utf8_mode", "no_user_site"))
    return f"{sys.version}\n{sys.prefix}\n{find_user_site()}\n{absolute}\n{flags}\n{sys.getfilesystemencoding()}"


def see_file(path: str, *, now: int) -> Seen | None:
    """Look at a file and at what it holds; None where there is none that can be read."""
    try:
        stamp = read_stamp(path)
        digest = hash_file(Path(path)).hex() if stamp[0] <= _LARGEST_HASHED else ""
    except OSError:
        return None
    return Seen(stamp, now, digest)


def see_folder(path: str, *, now: int, only_code: bool = False) -> Seen | None:
    """Look at the names in a folder, and at what kind each is; None where there is none that can be listed.

    Where the links among them lead is not part of it: that changes while the folder does not. See `list_links`.
    """
    try:
        stamp = read_stamp(path)
        digest = _digest_entries(path, only_code=only_code)
    except OSError:
        return None
    return Seen(stamp, now, digest, only_code)


def read_stamp(path: str) -> Stamp:
    return stamp_of(os.stat(path))


def stamp_of(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def compare(inputs: Inputs, *, environment: Mapping[str, str], now: int) -> Comparison:
    """Tell whether all inputs are as they were: stat first, content where that is in doubt.

    Args:
        inputs: As they were.
        environment: As it is now.
        now: Nanoseconds since 1970.
    """
    for name, known in inputs.variables.items():
        if hash_variable(name, read_variable(environment, name), salt=inputs.salt) != known:
            return Comparison(f"the environment variable {name}", inputs)
    others = (path for path, kind in inputs.present.items() if find_kind(path) != kind)
    relinked = (path for path, target in inputs.links.items() if find_target(path) != target)
    for path in chain(filter(os.path.lexists, inputs.absent), others, relinked):
        return Comparison(path, inputs)
    news: dict[str, dict[str, Seen]] = {"files": {}, "folders": {}}
    for kind, known_of in (("files", inputs.files), ("folders", inputs.folders)):
        for path, seen in known_of.items():
            if is_unmoved(path, seen) and is_settled(seen):
                continue
            new = see_file(path, now=now) if kind == "files" else see_folder(path, now=now, only_code=seen.only_code)
            if new is None or not seen.digest or new.digest != seen.digest:
                return Comparison(path, inputs)
            news[kind][path] = new
    if not (news["files"] or news["folders"]):
        return Comparison("", inputs)
    files, folders = {**inputs.files, **news["files"]}, {**inputs.folders, **news["folders"]}
    absent = {*inputs.absent, *chain.from_iterable(map(list_plain_folders, news["folders"]))}
    links = (list_links(path, only_code=seen.only_code) for path, seen in news["folders"].items())
    present = {**inputs.present, **see_kinds(chain.from_iterable(links))}
    again = replace(inputs, files=files, folders=folders, absent=tuple(absent), present=present)
    return Comparison("", again, refreshed=True)


def is_unmoved(path: str, seen: Seen) -> bool:
    """Tell whether stat says of a path what it said."""
    try:
        return read_stamp(path) == seen.stamp
    except OSError:
        return False


def is_settled(seen: Seen) -> bool:
    """Tell whether stat can vouch for it from now on: it had not just changed when it was looked at."""
    return is_older(seen.stamp, seen.seen_at)


def is_older(stamp: Stamp, moment: int) -> bool:
    """Tell whether the last change was so long before a moment that one after it would have another time."""
    _, mtime, ctime, _ = stamp
    return max(mtime, ctime) + clock.RACY_NANOSECONDS < moment


def list_links(path: str, *, only_code: bool = False) -> list[str]:
    """Return the links in a folder, of which who lists it may ask where they lead without our hearing of it."""
    try:
        with os.scandir(path) as entries:
            return [
                entry.path
                for entry in entries
                if entry.is_symlink()
                and (not only_code or entry.name.isidentifier() or entry.name.endswith(_CODE_SUFFIXES))
            ]
    except OSError:
        return []


def see_kinds(paths: Iterable[str]) -> dict[str, int]:
    """Return what kind of thing is at each path, or where it leads."""
    return {path: find_kind(path) for path in paths}


def list_plain_folders(path: str) -> list[str]:
    """Return, of each folder below one that is no package, the file that would make it one.

    That would not change the folder above. Where distributions are installed, they come and go as a whole.
    """
    if is_library(os.path.join(path, "x")):
        return []
    try:
        with os.scandir(path) as entries:
            names = [entry.name for entry in entries if entry.name.isidentifier() and entry.is_dir()]
    except OSError:
        return []
    files = (os.path.join(path, name, _PACKAGE_FILE) for name in names)
    return [file for file in files if not os.path.lexists(file)]


def _digest_entries(path: str, *, only_code: bool) -> str:
    with os.scandir(path) as entries:
        texts = sorted(
            f"{entry.name}\0{_tell_kind(entry)}"
            for entry in entries
            if not only_code or entry.name.endswith(_CODE_SUFFIXES) or _is_package(entry)
        )
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()


def _tell_kind(entry: os.DirEntry[str]) -> str:
    """Return what an entry is, and of a link what it says; for all but links the listing itself has told."""
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_symlink():
        return f"link {os.readlink(entry.path)}"
    return "folder" if entry.is_dir(follow_symlinks=False) else "other"


def _is_package(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder that comes before others of its name: one without the file does not."""
    return not entry.name.startswith(".") and entry.is_dir() and os.path.exists(os.path.join(entry.path, _PACKAGE_FILE))
