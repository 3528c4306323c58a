"""State that travels: what is recorded, written as lines of text, and taken from such lines again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from assetmake.errors import StateError, UsageError
from assetmake.execution.claims import refuse_held
from assetmake.planning.fingerprints import refresh_fingerprints
from assetmake.project import Project
from assetmake.storage.files import new_file, publish, remove
from assetmake.storage.ledger import read_revision
from assetmake.storage.portable.choosing import Choice, Folders, Progress, choose, list_own
from assetmake.storage.portable.inspecting import Findings, inspect_state
from assetmake.storage.portable.reading import read_state
from assetmake.storage.portable.taking import forget_read, list_chosen, take
from assetmake.storage.portable.writing import Written, write_state
from assetmake.storage.state import EphemeralState, StateFile

_DATABASE_MARK = b"DUCK"
_MARK_AT = 8
Tell = Callable[[list[str]], None]
_Told = TypeVar("_Told")


def export_state(project: Project, tell: Tell) -> Written:
    """Tell what the state holds, as sorted lines, some at a time."""
    written = Written()
    with project.state.reading() as db:
        for lines in write_state(db, written):
            tell(lines)
    return written


def import_state(project: Project, file: Path, *, progress: Progress = lambda *_: None) -> Choice:
    """Take what a file of `export_state` says and the outputs that are here agree with.

    Outputs are looked at while nobody is kept from the state; where it moved meanwhile, they are compared again.

    Raises:
        UsageError: there is no such file.
        StateError: it is damaged, or of a newer format; then nothing is changed.
        LockTimeout: a living build works on some of it.
    """
    folders = Folders(project.outputs, project.root)
    with project.state.reading() as db:
        pass
    # Temporary tables stay with the connection when the state is let go.
    read = read_state(db, [(str(file), _list_lines(file))])
    with project.state.reading() as db:
        revision = read_revision(db)
        list_own(db)
    choice = choose(db, folders, is_strict=True, progress=progress)
    with project.state.writing() as db:
        if read_revision(db) != revision:
            list_own(db)
            choice = choose(db, folders, is_strict=True, progress=progress)
        refuse_held(db, list_chosen(db), alive=project.site.runs.list_alive())
        take(db, read)
        refresh_fingerprints(db)
        forget_read(db)
    return choice


def merge_states(
    files: Sequence[Path], tell: Tell, *, folders: Folders | None, progress: Progress = lambda *_: None
) -> Written:
    """Tell as lines what files say together: of each node the newest that outputs agree with, as far as they are here.

    Args:
        files: Of `export_state`, or state files themselves.
        tell: Is told lines, some at a time.
        folders: Where outputs are; None where none are at hand.
        progress: Is told how far it is.

    Raises:
        UsageError: there is no such file.
        StateError: it is damaged, or newer.
    """
    written = Written()
    with closing(EphemeralState()) as merged, merged.writing() as db:
        read = read_state(db, [(str(file), _list_lines(file)) for file in files])
        list_own(db)
        choose(db, folders, is_strict=False, progress=progress)
        take(db, read)
        forget_read(db)
        for lines in write_state(db, written):
            tell(lines)
    return written


def check_state(project: Project, *, progress: Progress = lambda *_: None) -> Findings:
    """Look whether the state holds together, and whether the outputs are what it says."""
    with project.state.reading() as db:
        alive = project.site.runs.list_alive()
        return inspect_state(db, Folders(project.outputs, project.root), alive=alive, progress=progress)


def migrate_state(project: Project) -> tuple[int, int] | None:
    """Bring the state to the present schema; return the versions before and after, None where there is no state."""
    if project.state_file is None or not project.state_file.exists():
        return None
    with closing(StateFile(project.state_file)) as file:
        before = file.find_version()
        with project.state.writing() as db:
            refresh_fingerprints(db)
        return before, file.find_version()


def write_lines(target: Path, lines: list[str]) -> None:
    """Write lines into a file, which is there only when all of them are."""
    write_beside(target, lambda tell: tell(lines))


def write_beside(target: Path, work: Callable[[Tell], _Told]) -> _Told:
    """Write the lines that are told into a file, which is there only when all of them are."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with new_file(beside) as stream:
            written = work(lambda lines: stream.writelines(f"{line}\n".encode() for line in lines) if lines else None)
        publish(beside, target)
    except BaseException:
        remove(beside)
        raise
    return written


def _list_lines(file: Path) -> Iterator[str]:
    try:
        with open(file, "rb") as stream:
            begin = stream.read(_MARK_AT + len(_DATABASE_MARK))
    except OSError as error:
        raise UsageError(f"cannot read the state {file}: {error.strerror}") from None
    return _read_database(file) if begin[_MARK_AT:] == _DATABASE_MARK else _read_text(file)


def _read_text(file: Path) -> Iterator[str]:
    with open(file, encoding="utf-8", newline="\n") as stream:
        try:
            yield from stream
        except UnicodeDecodeError as error:
            raise StateError(
                f"{file} is damaged: it is not written in UTF-8: {error.reason}", hint="export the state again"
            ) from None


def _read_database(file: Path) -> Iterator[str]:
    with closing(StateFile(file)) as state, state.reading() as db:
        for lines in write_state(db, Written()):
            yield from lines
