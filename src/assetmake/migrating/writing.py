"""A migration on disk: as a copy, which appears whole or not at all, or in place, file by file."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from assetmake.discovery.config import CONFIG_NAME
from assetmake.errors import UsageError
from assetmake.migrating.migration import Migration

_PARTIAL = ".assetmake-"


def write_copy(migration: Migration, target: Path) -> None:
    """Write the changed project into a new folder.

    Raises:
        UsageError: the folder is there, or within what is copied.
        OSError: it cannot be written; then nothing is left of it.
    """
    if os.path.lexists(target):
        raise UsageError(
            f"{target} is there already; nothing was written", hint="name another folder: --into DIR, or --write"
        )
    source = (migration.tree.root / migration.tree.part).resolve()
    if target.resolve().is_relative_to(source):
        raise UsageError(f"{target} is within the project that is copied", hint="name a folder outside: --into DIR")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=target.parent))
    try:
        for file in migration.files:
            _copy_file(migration, file, partial / file)
        (partial / CONFIG_NAME).write_text(migration.config, "utf-8")
        shutil.copymode(migration.tree.root, partial)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_in_place(migration: Migration) -> None:
    """Change the project where it is: each file at once, assets.toml last.

    Raises:
        OSError: a file cannot be written; those before it are changed.
    """
    root = migration.tree.root
    for file, (content, _) in migration.changed.items():
        _replace_file(root / file, content)
    with (root / CONFIG_NAME).open("x", encoding="utf-8") as stream:
        stream.write(migration.config)


def _copy_file(migration: Migration, file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = migration.tree.root / file
    changed = migration.changed.get(file)
    if changed is None:
        shutil.copy2(source, target, follow_symlinks=False)
    else:
        target.write_bytes(changed[0])
        shutil.copymode(source, target)


def _replace_file(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(path, name)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
