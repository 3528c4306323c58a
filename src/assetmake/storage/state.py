"""The state: a DuckDB file that is attached for short transactions and that nobody holds open.

DuckDB lets one process write or many read, and drops its own lock when the file is opened and closed by path in
the process that holds it. So every access happens under an flock on a separate file, and nothing here opens the
state file by path. Attaching to a connection that lives as long as the command costs about a millisecond, where
opening a new database costs fifty.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from assetmake.errors import StateError, StorageError
from assetmake.storage.files import translated_errors
from assetmake.storage.locks import hold_lock
from assetmake.storage.migrations import VERSION, create_schema, read_version, upgrade_schema
from assetmake.storage.standing import forget_answers
from assetmake.storage.texts import keep_texts_safe

if TYPE_CHECKING:
    import duckdb

Database: TypeAlias = "duckdb.DuckDBPyConnection"
"""A connection inside a block of the state; rooms that speak no SQL only hand it on."""


def open_database() -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database in memory; extensions are never looked for on the network."""
    import duckdb  # what only lists assets, or completes their names, does without

    db = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    # Where the planner takes a range of windows for a few rows, it would join a million traces in nested loops.
    db.execute("set asof_loop_join_threshold = 0")
    db.execute("set enable_progress_bar = false")  # on where nobody runs a file, and then written into results
    return keep_texts_safe(db)


class State(Protocol):
    """Where traces are kept. Inside a block the schema `state` is attached to the connection."""

    def reading(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Attach for queries; other readers may be in, no writer is."""

    def writing(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Attach for one transaction, committed at the end of the block and rolled back on an exception."""

    def close(self) -> None:
        """Let go of the connection."""


class StateFile:
    """State in a file.

    Args:
        path: The DuckDB file; made by the first write.
        lock_timeout: Seconds to wait for another process's transaction.
        answers: The folder of standing answers that rest on this state: what a writer removes first.
    """

    def __init__(self, path: Path, *, lock_timeout: float = 600.0, answers: Path | None = None) -> None:
        self._path = path
        self._lock = path.with_name(path.name + ".lock")
        self._timeout = lock_timeout
        self._answers = answers

    @cached_property
    def _db(self) -> duckdb.DuckDBPyConnection:
        return open_database()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if not self._path.exists():
            self._db.execute("attach ':memory:' as state")
            create_schema(self._db)
            try:
                yield self._db
            finally:
                self._db.execute("detach state")
            return
        while True:
            with hold_lock(self._lock, shared=True, timeout=self._timeout), self._attached("(read_only)") as db:
                if self._read_version(db) == VERSION:
                    yield db
                    return
            with self.writing():  # brings an older schema up to date
                pass

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with hold_lock(self._lock, timeout=self._timeout):
            self._forget_answers()
            if not self._path.exists():
                self._create()
            with self._attached("") as db, _transaction(db):
                version = self._read_version(db)
                if version < VERSION:
                    upgrade_schema(db, version=version)
                yield db

    def find_version(self) -> int:
        """Return the version of the schema that the file has, and leave it so; the file is there."""
        with hold_lock(self._lock, shared=True, timeout=self._timeout), self._attached("(read_only)") as db:
            return self._read_version(db)

    def _forget_answers(self) -> None:
        if self._answers is not None:
            with translated_errors(self._answers):
                forget_answers(str(self._answers))

    def _read_version(self, db: duckdb.DuckDBPyConnection) -> int:
        version = read_version(db, place=str(self._path))
        if not version:
            raise _explain_damage(self._path, "it holds no assetmake tables")
        return version

    def _create(self) -> None:
        """Make the file beside and rename it: a kill in the middle leaves no half state behind."""
        beside = self._path.with_name(f".{self._path.name}.new")
        for leftover in (beside, beside.with_name(beside.name + ".wal")):
            leftover.unlink(missing_ok=True)
        with self._attached("", path=beside) as db:
            create_schema(db)
        os.replace(beside, self._path)

    @contextmanager
    def _attached(self, mode: str, *, path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        _check_name(self._path)
        quoted = str(path or self._path).replace("'", "''")
        try:
            self._db.execute(f"attach '{quoted}' as state {mode}")
        except duckdb.Error as error:
            raise _explain_damage(self._path, str(error)) from None
        try:
            yield self._db
        except duckdb.Error as error:
            raise _explain_trouble(self._path, error) from error
        finally:
            self._detach()

    def _detach(self) -> None:
        import duckdb

        try:
            self._db.execute("detach state")
        except duckdb.Error:
            # After a failed write DuckDB invalidates the database; a new connection is the way out.
            self.close()

    def close(self) -> None:
        if "_db" in vars(self):
            self._db.close()
            del self._db


class EphemeralState:
    """State that lives as long as the object, for `materialize` and for tests."""

    def __init__(self) -> None:
        self._db = open_database()
        self._db.execute("attach ':memory:' as state")
        create_schema(self._db)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self._db

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with _transaction(self._db):
            yield self._db

    def close(self) -> None:
        self._db.close()


@contextmanager
def _transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    import duckdb

    db.execute("begin")
    try:
        yield
        db.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # the transaction may be gone with what made it fail
            db.execute("rollback")
        raise


def _check_name(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise StateError(
            f"the state file {path} cannot be opened: DuckDB takes paths in UTF-8 only, and this one is not",
            hint="rename the folder whose name is not UTF-8, or move the project out of it",
        ) from None


def _explain_damage(path: Path, reason: str) -> StorageError:
    if "Could not set lock" in reason:
        return StateError(
            f"the state file {path} is open in another program: {reason.splitlines()[0]}",
            hint="close it there; assetmake's own commands never hold it",
        )
    if not os.access(path, os.R_OK | os.W_OK) and path.exists():
        return StateError(f"the state file {path} cannot be read and written", hint="check its permissions")
    return StateError(
        f"the state file {path} is damaged: {reason.splitlines()[0]}",
        hint=f"move it away to start over (mv {path} {path}.damaged): every asset is then built again",
    )


def _explain_trouble(path: Path, error: duckdb.Error) -> StorageError:
    text = str(error)
    if "No space left" in text:
        return StateError(f"no space left for the state file {path}", hint="free some space and run again")
    if any(word in text for word in ("checksum", "Corrupt", "Could not read", "WAL file", "serializ")):
        return _explain_damage(path, text)
    return StateError(f"the state file {path} could not be used: {text.splitlines()[0]}")
