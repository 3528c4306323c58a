"""Git, asked through its command: which files differ from a commit, and what they held there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assetmake.errors import SelectionError

_LINK = "120000"
_SUBMODULE = "160000"
_SETTINGS = ("-c", "core.quotepath=off", "-c", "diff.ignoreSubmodules=all")
_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""What git sets for its hooks, relative to another folder than ours."""
_REMOTE = "origin/"
_IN_CI = "in CI let the checkout fetch all of the history: fetch-depth: 0"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and what of the working tree is not as it was there.

    Attributes:
        top: The folder of the repository.
        commit: The commit that is compared with.
        listed: The files of the commit, by path relative to `top`, each with the id of what it holds.
        links: Which of them are symbolic links.
        changed: Paths at which something is not as in the commit, files that git does not know yet included.
        renamed: Where a file that moved was before.
    """

    top: str
    commit: str
    listed: dict[str, str]
    links: frozenset[str]
    changed: tuple[str, ...]
    renamed: dict[str, str]

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Return what files held in the commit; those that it does not have are left out."""
        wanted = [path for path in paths if path in self.listed]
        names = "".join(f"{self.listed[path]}\n" for path in wanted).encode()
        answer = _run(self.top, ["cat-file", "--batch"], given=names).stdout if wanted else b""
        found: dict[str, bytes] = {}
        place = 0
        for path in wanted:
            end = answer.index(b"\n", place)
            words = answer[place:end].split(b" ")
            place = end + 1
            if len(words) == 3:  # else the object is not here, as in a partial clone without its remote
                size = int(words[2])
                found[path] = answer[place : place + size]
                place += size + 1
        return found


def compare_with(folder: str, ref: str) -> Revision:
    """Return what is not as it was where the present branch left `ref`: at the best common ancestor of it and HEAD.

    Raises:
        SelectionError: git is not there, the folder is in no repository, or there is no such commit.
    """
    top = _find_top(folder)
    if not ref.strip():
        raise SelectionError("changed: needs a branch, a tag or a commit", hint="as in changed:origin/main")
    if _run(top, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]).returncode:
        raise _refuse_ref(top, ref)
    base = _run(top, ["merge-base", "--", ref, "HEAD"])
    commit = base.stdout.decode().strip()
    if not commit:
        raise SelectionError(
            f"changed:{ref}: {ref} and HEAD have no common ancestor here",
            hint=f"the clone is shallow: {_tell_fetch(ref, '--unshallow')}"
            if _is_shallow(top)
            else "name a branch that HEAD came from",
        )
    listed, links = _list_files(top, commit)
    changed, renamed = _list_changes(top, commit)
    untracked = _split(_ask(top, ["ls-files", "--others", "--exclude-standard", "--full-name", "-z"]))
    return Revision(top, commit, listed, links, tuple(dict.fromkeys([*changed, *untracked])), renamed)


def _find_top(folder: str) -> str:
    found = _run(folder, ["rev-parse", "--show-toplevel"])
    if found.returncode:
        said = _read_error(found)
        if "not a git repository" in said:
            raise SelectionError(
                f"changed: compares with a commit, and {folder} is in no git repository",
                hint="without git, `assetmake plan` shows what is not as it was built; so does state:modified",
            )
        raise SelectionError(f"changed: git cannot be asked about {folder}: {said}")
    top = found.stdout.decode(errors="surrogateescape").rstrip("\n")
    if not top:
        raise SelectionError(f"changed: {folder} is in a git repository without a working tree")
    return os.path.realpath(top)


def _refuse_ref(top: str, ref: str) -> SelectionError:
    if _is_shallow(top):
        hint = f"the clone is shallow: {_tell_fetch(ref, '--unshallow')}"
    elif _run(top, ["rev-parse", "--verify", "--quiet", "HEAD"]).returncode:
        hint = "there is no commit yet"
    else:
        known = _ask(top, ["for-each-ref", "--format=%(refname:short)", "--count=1000"]).decode(errors="replace")
        near = _find_similar(ref, known.split())
        hint = f"did you mean changed:{near}?" if near else f"fetch it first: {_tell_fetch(ref)}"
    return SelectionError(f"changed:{ref}: git knows no commit {ref!r} here", hint=hint)


def _find_similar(ref: str, names: Sequence[str]) -> str:
    import difflib  # not at the top: only what is wrong needs it

    if _REMOTE + ref in names:  # a clone has no branches of its own but the one that is checked out
        return _REMOTE + ref
    return next(iter(difflib.get_close_matches(ref, names, 1)), "")


def _tell_fetch(ref: str, *options: str) -> str:
    words = ["git", "fetch", *options, _REMOTE.rstrip("/")]
    if ref.startswith(_REMOTE):  # told in full: a clone of one branch does not keep others that are fetched by name
        words.append(f"{ref.removeprefix(_REMOTE)}:refs/remotes/{ref}")
    return f"{' '.join(words)}; {_IN_CI}"


def _is_shallow(top: str) -> bool:
    return _run(top, ["rev-parse", "--is-shallow-repository"]).stdout.strip() == b"true"


def _list_files(top: str, commit: str) -> tuple[dict[str, str], frozenset[str]]:
    listed: dict[str, str] = {}
    links: set[str] = set()
    for entry in _split(_ask(top, ["ls-tree", "-r", "-z", "--full-tree", commit])):
        about, _, path = entry.partition("\t")
        mode, _, name = about.split(" ")
        if mode != _SUBMODULE:
            listed[path] = name
        if mode == _LINK:
            links.add(path)
    return listed, frozenset(links)


def _list_changes(top: str, commit: str) -> tuple[list[str], dict[str, str]]:
    plain = ["--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--no-relative"]
    words = iter(_split(_ask(top, ["diff", "--name-status", "-z", "-M", *plain, commit, "--"])))
    changed: list[str] = []
    renamed: dict[str, str] = {}
    for status in words:
        path = next(words)
        changed.append(path)
        if status[0] in "RC":
            new = next(words)
            changed.append(new)
            renamed[new] = path
    return changed, renamed


def _split(answer: bytes) -> list[str]:
    return [os.fsdecode(word) for word in answer.split(b"\0") if word]


def _ask(top: str, arguments: Sequence[str]) -> bytes:
    done = _run(top, arguments)
    if done.returncode:
        raise SelectionError(f"changed: git {arguments[0]} failed: {_read_error(done)}")
    return done.stdout


def _run(folder: str, arguments: Iterable[str], *, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    around = {name: value for name, value in os.environ.items() if name not in _HOOKS}
    around |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(
            ["git", *_SETTINGS, *arguments], cwd=folder, env=around, input=given, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise SelectionError(
            "changed: asks git, and there is no git here", hint="install git, or select by state:modified"
        ) from None
    except OSError as error:
        raise SelectionError(f"changed: git cannot be run: {error.strerror}") from None


def _read_error(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"it exited with {done.returncode}"
