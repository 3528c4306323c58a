"""Git, asked through its command: which files differ from a commit, and what they held there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assetmake.discovery.revisions.links import find_aliases
from assetmake.errors import SelectionError

_LINK = "120000"
_SUBMODULE = "160000"
_SETTINGS = ("-c", "core.quotepath=off", "-c", "diff.ignoreSubmodules=all")
_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""What git sets for its hooks, relative to another folder than ours."""
_DUBIOUS, _TRUSTING = "dubious ownership", "safe.directory"
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
        inner: The repositories of files of submodules, which are listed like others.
    """

    top: str
    commit: str
    listed: dict[str, str]
    links: frozenset[str]
    changed: tuple[str, ...]
    renamed: dict[str, str]
    inner: Mapping[str, str] = field(default_factory=dict)

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Return what files held in the commit; those that it does not have are left out."""
        homes: dict[str, list[str]] = {}
        for path in paths:
            if path in self.listed:
                homes.setdefault(self.inner.get(path, self.top), []).append(path)
        return {path: content for home, several in homes.items() for path, content in self._read_of(home, several)}

    def _read_of(self, home: str, wanted: Sequence[str]) -> Iterable[tuple[str, bytes]]:
        names = "".join(f"{self.listed[path]}\n" for path in wanted).encode()
        answer = _run(home, ["cat-file", "--batch"], given=names).stdout
        place = 0
        for path in wanted:
            end = answer.index(b"\n", place)
            words = answer[place:end].split(b" ")
            place = end + 1
            if len(words) == 3:  # else the object is not here, as in a partial clone without its remote
                size = int(words[2])
                yield path, answer[place : place + size]
                place += size + 1


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
            hint=f"the clone is shallow; {_tell_fetch(ref, is_shallow=True)}"
            if _is_shallow(top)
            else "name a branch that HEAD came from",
        )
    return _add_aliases(_compare(top, commit))


def _find_top(folder: str) -> str:
    found = _run(folder, ["rev-parse", "--show-toplevel"])
    if found.returncode:
        said = _read_error(found)
        if "not a git repository" in said:
            raise SelectionError(
                f"changed: compares with a commit, and {folder} is in no git repository",
                hint="without git, `assetmake plan` shows what is not as it was built; so does state:modified",
            )
        if _DUBIOUS in said:
            said, hint = f"it belongs to somebody else than who asks ({said})", _find_remedy(found, folder)
            raise SelectionError(f"changed: git does not read the repository of {folder}: {said}", hint=hint)
        raise SelectionError(f"changed: git cannot be asked about {folder}: {said}")
    top = found.stdout.decode(errors="surrogateescape").rstrip("\n")
    if not top:
        raise SelectionError(f"changed: {folder} is in a git repository without a working tree")
    return os.path.realpath(top)


def _find_remedy(done: subprocess.CompletedProcess[bytes], folder: str) -> str:
    """Return the command by which git says that a folder can be trusted."""
    lines = map(str.strip, done.stderr.decode(errors="replace").splitlines())
    return next((line for line in lines if _TRUSTING in line), f"git config --global --add {_TRUSTING} {folder}")


def _refuse_ref(top: str, ref: str) -> SelectionError:
    if _is_shallow(top):
        hint = f"the clone is shallow; {_tell_fetch(ref, is_shallow=True)}"
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


def _tell_fetch(ref: str, *, is_shallow: bool = False) -> str:
    words = ["git", "fetch", *(["--unshallow"] if is_shallow else []), _REMOTE.rstrip("/")]
    name = ref.removeprefix(_REMOTE)
    if name != ref and not any(sign in name for sign in "~^@:"):
        words.append(
            f"+{name}:refs/remotes/{ref}"
        )  # in full: a clone of one branch keeps no other that is fetched by name
    return f"{' '.join(words)}; {_IN_CI}"


def _is_shallow(top: str) -> bool:
    return _run(top, ["rev-parse", "--is-shallow-repository"]).stdout.strip() == b"true"


def _compare(top: str, commit: str) -> Revision:
    """Return what is not as it was in a commit, in submodules too."""
    listed, links, modules = _list_files(top, commit)
    changed, renamed = _list_changes(top, commit)
    untracked = _split(_ask(top, ["ls-files", "--others", "--exclude-standard", "--full-name", "-z"]))
    found = Revision(top, commit, listed, links, tuple(dict.fromkeys([*changed, *untracked])), renamed)
    entries = _split(_ask(top, ["ls-files", "--stage", "-z"]))
    present = [entry.partition("\t")[2] for entry in entries if entry.startswith(_SUBMODULE)]
    for path in dict.fromkeys([*modules, *present]):
        if os.path.exists(f"{top}/{path}/.git"):
            found = _join(found, path, _compare_submodule(f"{top}/{path}", modules.get(path)))
    return found


def _compare_submodule(folder: str, commit: str | None) -> Revision:
    """Return what differs in a submodule: everything, where the commit is not there."""
    if commit is not None and not _run(folder, ["cat-file", "-e", f"{commit}^{{commit}}"]).returncode:
        return _compare(folder, commit)
    options = ["--cached", "--others", "--exclude-standard", "--full-name", "-z"]
    return Revision(folder, "", {}, frozenset(), tuple(_split(_ask(folder, ["ls-files", *options]))), {})


def _join(outer: Revision, path: str, inner: Revision) -> Revision:
    """Return a revision with the files of a submodule at a path."""
    homes = {f"{path}/{file}": inner.inner.get(file, inner.top) for file in inner.listed}
    return replace(
        outer,
        listed=outer.listed | {f"{path}/{file}": name for file, name in inner.listed.items()},
        links=outer.links | {f"{path}/{file}" for file in inner.links},
        changed=(*outer.changed, *(f"{path}/{file}" for file in inner.changed)),
        renamed=outer.renamed | {f"{path}/{new}": f"{path}/{old}" for new, old in inner.renamed.items()},
        inner={**outer.inner, **homes},
    )


def _add_aliases(found: Revision) -> Revision:
    """Return a revision with the names that files have through links, then and now."""
    top = found.top
    then = {path: os.fsdecode(said) for path, said in found.read(sorted(found.links)).items()}
    unlike = set(found.changed)
    present = {path for path in {*unlike, *then} if os.path.islink(f"{top}/{path}")}
    now = {path: os.readlink(f"{top}/{path}") for path in present}
    if not then and not now:
        return found
    old = find_aliases(found.listed, then, top=top)
    new = find_aliases({*found.listed, *unlike}, now, top=top)
    turned = {path for path in {*then, *now} if then.get(path) != now.get(path)}
    edited = [
        alias
        for alias, file in {**old, **new}.items()
        if file in unlike or alias.startswith(tuple(f"{path}/" for path in turned)) or old.get(alias) != new.get(alias)
    ]
    return replace(
        found,
        listed={alias: found.listed[file] for alias, file in old.items()} | found.listed,
        changed=tuple(dict.fromkeys([*found.changed, *edited])),
        renamed=_rename_aliases(found.renamed, old, new) | found.renamed,
        inner={**found.inner, **{alias: found.inner[file] for alias, file in old.items() if file in found.inner}},
    )


def _rename_aliases(renamed: Mapping[str, str], old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    former = {file: alias for alias, file in old.items()}
    return {alias: former[renamed[file]] for alias, file in new.items() if renamed.get(file) in former}


def _list_files(top: str, commit: str) -> tuple[dict[str, str], frozenset[str], dict[str, str]]:
    """Return the files of a commit, which of them are links, and the commits of submodules."""
    listed: dict[str, str] = {}
    links: set[str] = set()
    modules: dict[str, str] = {}
    for entry in _split(_ask(top, ["ls-tree", "-r", "-z", "--full-tree", commit])):
        about, _, path = entry.partition("\t")
        mode, _, name = about.split(" ")
        (modules if mode == _SUBMODULE else listed)[path] = name
        if mode == _LINK:
            links.add(path)
    return listed, frozenset(links), modules


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
