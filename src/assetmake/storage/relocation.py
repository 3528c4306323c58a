"""Relocation: the outputs of an asset go to where those of another name are. Done again, it goes on where it was."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from assetmake.errors import StorageError
from assetmake.storage.files import fsync_folder, translated_errors
from assetmake.storage.paths import encode_key, output_stem
from assetmake.storage.renames import KeptOutput


def relocate(
    root: Path, old: tuple[str, ...], new: tuple[str, ...], kept: Iterable[KeptOutput], *, is_shared: bool
) -> None:
    """Move outputs, each or all at once; what is at its new place already stays there.

    Args:
        root: Where outputs are.
        old, new: The names of the asset, in parts.
        kept: What is recorded.
        is_shared: The folder of the old name holds outputs of other assets too.

    Raises:
        StorageError: something else is at a new place; then nothing is moved.
    """
    moves = list(_plan_moves(root, old, new, list(kept), is_shared=is_shared))
    for source, target in moves:
        if os.path.lexists(target):
            raise StorageError(
                f"cannot move {source}: {target} is in the way",
                hint="move it away; nothing was moved",
            )
    folders = {path.parent for move in moves for path in move}
    for source, target in moves:
        with translated_errors(target):
            os.makedirs(target.parent, exist_ok=True)
            os.rename(source, target)
    for folder in folders:
        with translated_errors(folder), suppress(FileNotFoundError):
            fsync_folder(folder)
    for folder in folders:
        remove_empty(folder, root)


def remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and those above it, up to the root, as far as they are empty."""
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _plan_moves(
    root: Path, old: tuple[str, ...], new: tuple[str, ...], kept: list[KeptOutput], *, is_shared: bool
) -> Iterator[tuple[Path, Path]]:
    """Return what is still at the old place, with the new one."""
    before, after = output_stem(root, old, None), output_stem(root, new, None)
    nested = after.is_relative_to(before)
    at_once = not (is_shared or nested or os.path.lexists(after))
    if at_once and before.is_dir() and any(each.key is not None for each in kept):
        yield before, after
        kept = [each for each in kept if each.key is None]
    for each in kept:
        source, target = _place(before, each), _place(after, each)
        if os.path.lexists(source):
            yield source, target


def _place(stem: Path, each: KeptOutput) -> Path:
    if each.key is None:
        return stem.with_name(stem.name + each.suffix)
    return stem / f"{encode_key(each.key)}{each.suffix}"
