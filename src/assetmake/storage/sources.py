"""Source files: which are there, and the hash of what they hold, re-read only where stat cannot vouch for it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetmake import clock
from assetmake.errors import StorageError
from assetmake.storage.hashing import hash_file
from assetmake.storage.ledger import SourceRow


@dataclass(frozen=True, slots=True)
class Observation:
    """Source files as they are now: a row for each that exists, and the rows that are news to the state."""

    rows: Mapping[str, SourceRow]
    learned: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A search for files whose names are not known, and what it found.

    Attributes:
        pattern: The glob that finds them.
        found: Their paths, sorted.
        ends: What stands before and after the key of a template, where the search was for one.
    """

    pattern: str
    found: tuple[str, ...]
    ends: tuple[str, str] | None = None

    @classmethod
    def by_glob(cls, root: Path, pattern: str) -> Search:
        return cls(pattern, tuple(list_files(root, pattern)))

    @classmethod
    def by_template(cls, before: str, after: str, keys: Mapping[str, str]) -> Search:
        """Return the search of which `list_template_keys` gave these keys and paths."""
        return cls(f"{glob.escape(before)}*{glob.escape(after)}", tuple(sorted(keys.values())), (before, after))

    def finds_the_same(self, root: Path) -> bool:
        """Search again, and tell whether that finds the same."""
        if self.ends is None:
            return self.found == tuple(list_files(root, self.pattern))
        return self.found == tuple(sorted(list_template_keys(root, *self.ends).values()))


def observe_files(root: Path, paths: Iterable[str], *, known: Mapping[str, SourceRow], now: int) -> Observation:
    """Look at files; those that are missing are left out.

    Args:
        root: What relative paths are relative to.
        paths: As they are kept in the state.
        known: What was seen before.
        now: Nanoseconds since 1970.

    Raises:
        StorageError: a file is there and cannot be read.
    """
    rows: dict[str, SourceRow] = {}
    learned: list[SourceRow] = []
    for path in paths:
        full = root / path
        try:
            seen = os.stat(full)
        except (FileNotFoundError, NotADirectoryError):
            continue
        old = known.get(path)
        if old is not None and _vouches(old, seen):
            rows[path] = old
            continue
        try:
            content = int.from_bytes(hash_file(full), "big")
        except OSError as error:
            raise StorageError(f"cannot read the source file {full}: {error.strerror}") from None
        row = SourceRow(path, seen.st_size, seen.st_mtime_ns, seen.st_ino, content, now)
        rows[path] = row
        learned.append(row)
    return Observation(rows, tuple(learned))


def list_files(root: Path, pattern: str) -> list[str]:
    """Return the files a glob matches, sorted, relative to the root where the pattern is."""
    found = glob.glob(pattern, root_dir=root, recursive=True)
    return sorted(path for path in found if (root / path).is_file())


def list_searched(root: Path, pattern: str) -> Iterator[str]:
    """Yield the folders, absolute, in which a glob looks for files: while none of them changes it finds the same.

    A folder that is not there is among them, and so are links that lead nowhere: a file may come to be at their end.
    """
    fixed: list[str] = []
    parts = pattern.split("/")
    while parts and not glob.has_magic(parts[0]):
        fixed.append(parts.pop(0))
    base = os.path.join(root, "/".join(fixed) or ("/" if pattern.startswith("/") else ""))
    yield base
    left = [base]
    while left:
        for entry in _scan(left.pop()):
            if _is_folder(entry):
                if len(parts) > 1:
                    yield entry.path
                    left.append(entry.path)
            elif entry.is_symlink() and not os.path.exists(entry.path):
                yield entry.path


def list_template_keys(root: Path, before: str, after: str) -> dict[str, str]:
    """Return key -> path of the files that a template's text before and after the key matches."""
    folder, _, name = before.rpartition("/")
    if "/" in after:
        matches = list_files(root, glob.escape(before) + "*" + glob.escape(after))
    else:
        try:
            entries = os.scandir(root / folder if folder or not before.startswith("/") else Path("/"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        with entries:
            names = sorted(e.name for e in entries if e.name.startswith(name) and e.is_file())
        if not name:
            names = [each for each in names if not each.startswith(".")]  # as a glob's * has it
        matches = [f"{folder}/{entry}" if folder else entry for entry in names if entry.endswith(after)]
    keys = {path[len(before) : len(path) - len(after)]: path for path in matches}
    return {key: path for key, path in keys.items() if key}


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that lead to each other
        return False


def _vouches(old: SourceRow, seen: os.stat_result) -> bool:
    same = (old.size, old.mtime, old.inode) == (seen.st_size, seen.st_mtime_ns, seen.st_ino)
    # Programs that restore an mtime, as copying and syncing ones do, cannot restore the time of the inode's change.
    changed = max(seen.st_mtime_ns, seen.st_ctime_ns)
    return same and changed + clock.RACY_NANOSECONDS < old.seen_at
