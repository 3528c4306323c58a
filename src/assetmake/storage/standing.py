"""Standing answers: that a command had nothing to do, with all that was looked at to say so.

A plan is a function of what it looks at: files, folders, variables, the state, the clock. While each of these is what
it was, so is the answer, and `find_answer` gives it again without a plan and without loading more than Python's own
basics. It compares what stat says, and nothing else; where anything differs, the plan is made.

Whoever writes to the state removes all answers first, under the state's lock, and who keeps one is reading the state,
under the same lock. So no answer outlives the state that it was given of.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib
from array import array

TYPE_CHECKING = False  # `typing` takes longer to load than all of this
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Answer = tuple[int, int, bool]
    """How many assets and partitions are up to date, and whether that is to be said."""
    Stamp = tuple[int, int, int, int]
    """size, mtime and ctime (nanoseconds), inode: what stat says."""

ANSWERS_FOLDER = ".assetmake/cache/standing"
"""Below the project's root."""
MOST_PATHS = 300_000
"""What rests on more is not kept: to look at them takes as long as another plan."""
ALL_NAMES = "*"
"""Stands among variables for the names of all there are, where code took the whole environment."""
PASSING = frozenset({"_", "COLUMNS", "LINES", "OLDPWD", "PWD", "SHLVL", "TERM", "WINDOWID"})
"""Not counted where code takes the whole environment: they differ from one terminal to the next."""
FIXED = frozenset({"PYTHONHASHSEED", "PYTHONPATH"})
"""Ours to set where a project is imported: neither tells of the environment that a command was started in."""
_MOST_ANSWERS = 32
_WORTH_TWO = 4_000
"""From as many paths on a second process costs less than it saves."""
_STAMP_BYTES = 4 * 8
_FORM = 3
_FORMAT_BITS = 0o170000


def find_answer(root: str, words: Sequence[str], *, environment: Mapping[str, str], now: int) -> Answer | None:
    """Return what was answered to a command line, if all that it rests on is as it was.

    Args:
        root: The project's folder.
        words: The command line, without the program's name.
        environment: Environment variables.
        now: Nanoseconds since 1970.
    """
    kept = _read(_place(root, words))
    if kept is None:
        return None
    reader, place, said, made_at, until, answer, salt, variables, absent, present, links, paths, stamps = kept
    if (reader, place, said) != (_tell_reader(), root, tuple(words)) or not made_at <= now < (until or now + 1):
        return None
    for name, known in variables.items():
        if hash_variable(name, read_variable(environment, name), salt=salt) != known:
            return None
    if any(map(os.path.lexists, absent)) or any(find_kind(path) != kind for path, kind in present.items()):
        return None
    if any(find_target(path) != target for path, target in links.items()):
        return None
    return answer if _are_unchanged(paths.split(b"\0") if paths else [], stamps) else None


def keep_answer(
    root: str,
    words: Sequence[str],
    answer: Answer,
    *,
    made_at: int,
    until: int | None,
    salt: str,
    variables: Mapping[str, str | None],
    absent: Sequence[str],
    present: Mapping[str, int],
    links: Mapping[str, str],
    stamps: Mapping[str, Stamp],
) -> None:
    """Keep an answer; to be called while the state is read. Where it cannot be written, nothing is.

    Args:
        root: The project's folder.
        words: The command line, without the program's name.
        answer: What was found.
        made_at: When, in nanoseconds since 1970.
        until: From when on the clock alone may change it; None where it never does.
        salt: What `hash_variable` was given.
        variables: Hashes of environment variables that decided it, None for one that is not set.
        absent: Paths at which there was nothing.
        present: Paths of which only the kind of thing counts that is there: the format bits of its mode, 0 for nothing.
        links: Symbolic links that were read, with what they say.
        stamps: Files and folders that were looked at, with what stat said.
    """
    try:
        numbers = array("q", [number for stamp in stamps.values() for number in stamp])
    except OverflowError:  # a file system with numbers of its own kind
        return
    kept = (
        _tell_reader(),
        root,
        tuple(words),
        made_at,
        until,
        answer,
        salt,
        dict(variables),
        tuple(absent),
        dict(present),
        dict(links),
        b"\0".join(map(os.fsencode, stamps)),
        numbers.tobytes(),
    )
    body = marshal.dumps(kept)
    place = _place(root, words)
    beside = os.path.join(os.path.dirname(place), f".{os.getpid()}.tmp")
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        _forget_oldest(os.path.dirname(place))
        with open(beside, "wb") as stream:
            stream.write(zlib.crc32(body).to_bytes(4, "big") + body)
        os.replace(beside, place)
    except OSError:
        return


def find_kind(path: str) -> int:
    """Return the format bits of what is at a path, or at the end of its links; 0 for nothing."""
    try:
        return os.stat(path).st_mode & _FORMAT_BITS
    except OSError:
        return 0


def find_target(path: str) -> str | None:
    """Return what a symbolic link says; None for anything else."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def find_user_site() -> str:
    """Return the folder of what a user installed for himself; another user has another. Empty where it is not used."""
    site = sys.modules.get("site")  # loaded by Python itself, if at all
    return str(getattr(site, "USER_SITE", "")) if getattr(site, "ENABLE_USER_SITE", False) else ""


def hash_variable(name: str, value: str | None, *, salt: str) -> str | None:
    """Return a hash of a variable's value, which may be a secret; None where it is not set."""
    if value is None:
        return None
    from hashlib import sha256

    return sha256(f"{salt}{name}={value}".encode("utf-8", "surrogateescape")).hexdigest()


def read_variable(environment: Mapping[str, str], name: str) -> str | None:
    """Return a variable's value; of `ALL_NAMES` the names that there are."""
    if name == ALL_NAMES:
        return "\0".join(sorted(environment.keys() - PASSING - FIXED))
    return environment.get(name)


def forget_answers(folder: str) -> None:
    """Remove every answer; before the state is written to.

    Raises:
        OSError: one cannot be removed.
    """
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        try:
            os.unlink(os.path.join(folder, name))
        except FileNotFoundError:
            continue


def _tell_reader() -> str:
    """Return who can read what is kept: the number of its form, and on which Python with which packages."""
    return f"{_FORM} {sys.version} {sys.prefix} {find_user_site()}"


def _place(root: str, words: Sequence[str]) -> str:
    name = zlib.crc32("\0".join(words).encode("utf-8", "surrogateescape"))
    return os.path.join(root, ANSWERS_FOLDER, f"{name:08x}")


def _read(place: str) -> tuple | None:  # type: ignore[type-arg]
    try:
        with open(place, "rb", buffering=0) as stream:
            content = stream.read()
    except OSError:
        return None
    body = content[4:]
    if len(content) < 5 or zlib.crc32(body).to_bytes(4, "big") != content[:4]:
        return None
    try:
        kept = marshal.loads(body)  # noqa: S302 - it makes plain values only
    except (ValueError, EOFError, TypeError):
        return None
    return kept if isinstance(kept, tuple) and len(kept) == 13 else None


def _are_unchanged(paths: Sequence[bytes], stamps: bytes) -> bool:
    """Tell whether stat says of all paths what it said; where they are many, a second process looks at half of them."""
    if len(paths) < _WORTH_TWO or count_processors() < 2:
        return _look_at(paths, stamps)
    half = len(paths) // 2
    rest = paths[half:], stamps[half * _STAMP_BYTES :]
    parent, is_same = os.getpid(), False
    try:
        child = os.fork()
        if not child:
            is_same = _look_at(*rest)
    except OSError:
        return _look_at(paths, stamps)
    finally:
        if os.getpid() != parent:  # whatever was raised: nothing else of the command may run twice
            os._exit(0 if is_same else 1)
    is_same = _look_at(paths[:half], stamps[: half * _STAMP_BYTES])
    try:
        return os.waitpid(child, 0)[1] == 0 and is_same
    except ChildProcessError:  # where SIGCHLD is ignored, the system does not keep how it ended
        return is_same and _look_at(*rest)


def count_processors() -> int:
    """Return how many processors this process may use; where the system does not tell, how many there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _look_at(paths: Sequence[bytes], stamps: bytes) -> bool:
    stat = os.stat
    seen: list[int] = []
    try:
        for path in paths:
            now = stat(path)
            seen += (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)
        return array("q", seen).tobytes() == stamps
    except (OSError, OverflowError):
        return False


def _forget_oldest(folder: str) -> None:
    names = os.listdir(folder)
    if len(names) >= _MOST_ANSWERS:
        forget_answers(folder)
