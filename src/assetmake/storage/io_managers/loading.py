"""Decides, by the parameter's annotation, what the stored pieces of an upstream asset or source become."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from assetmake.errors import StorageError
from assetmake.storage.io_managers import Kind, Piece
from assetmake.storage.io_managers.reading import damage_told, kind_of, read_json, read_pickle, read_stored
from assetmake.storage.io_managers.table_loading import load_table
from assetmake.storage.tables import library_asked

_NOTHING_ASKED = (None, inspect.Parameter.empty, Any, object)


def load(pieces: Sequence[Piece], *, annotation: object, partitioned: bool, several: bool | None = None) -> object:
    """Return what an upstream asset stored, as `IOManager.load` says."""
    asked = _asked(annotation)
    origin = get_origin(asked)
    many = partitioned and (len(pieces) > 1 if several is None else several)
    if origin in {dict, Mapping} and partitioned and not _holds_dict(pieces, several):
        return _by_key(pieces, _member(asked))
    if origin is list and _is_list_of_pieces(pieces, _member(asked), many=many):
        return [_load_one(piece, _member(asked)) for piece in pieces]
    if library_asked(origin or asked) is None and asked is not Path and len(pieces) > 1:
        return _by_key(pieces, None)
    return _load_plain(pieces, asked)


def load_source(pieces: Sequence[Piece], annotation: object, several: bool) -> object:
    """Return the files of a source: as paths, or as the annotation asks for them.

    Args:
        pieces: The files, with the partition key where the source is partitioned.
        annotation: A resolved type, or None.
        several: Whether the source is a glob or the mapping can give several keys.

    Raises:
        StorageError: A file cannot be what the annotation asks for.
    """
    files = [Piece(piece.key, piece.path, Kind.FILE) for piece in pieces]
    asked = _asked(annotation)
    origin = get_origin(asked)
    if origin in {dict, Mapping} and files and all(file.key is not None for file in files):
        return _by_key(files, _member(asked))
    if origin is list and (several or _member(asked) is Path):
        return [_load_one(file, _member(asked)) for file in files]
    if library_asked(origin or asked) is not None or not several:
        return _load_plain(files, asked)
    return [_load_one(file, asked) for file in files]


def _asked(annotation: object) -> Any:
    """Return the type that an annotation asks for, without what loading does not look at; None for any."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [member for member in get_args(annotation) if member is not type(None)]
        return _asked(members[0]) if len(members) == 1 else None
    if any(annotation is nothing for nothing in _NOTHING_ASKED) or isinstance(annotation, str):
        return None
    return annotation


def _member(asked: Any) -> Any:
    """Return T of `dict[str, T]` or `list[T]`."""
    arguments = get_args(asked)
    return _asked(arguments[-1]) if arguments else None


def _holds_dict(pieces: Sequence[Piece], several: bool | None) -> bool:
    """Whether the dict that is asked for is the value itself: of a mapping that gives exactly one key."""
    if several is not False or len(pieces) != 1:
        return False
    is_value = kind_of(pieces[0]) in {Kind.JSON, Kind.PICKLE}
    return is_value and isinstance(read_stored(pieces[0]), Mapping)


def _is_list_of_pieces(pieces: Sequence[Piece], member: Any, *, many: bool) -> bool:
    """Whether each piece is to be one member of the list that is asked for (else a stored list is)."""
    if member is Path:
        return many or not pieces or kind_of(pieces[0]) is not Kind.PICKLE
    return many and library_asked(get_origin(member) or member) is not None


def _by_key(pieces: Sequence[Piece], member: Any) -> dict[str | None, object]:
    return {piece.key: _load_one(piece, member) for piece in pieces}


def _load_plain(pieces: Sequence[Piece], asked: Any) -> object:
    if not pieces:
        return None
    if len(pieces) == 1:
        return _load_one(pieces[0], asked)
    library = library_asked(get_origin(asked) or asked)
    if library is not None:
        return load_table(pieces, library)
    keys = ", ".join(str(piece.key) for piece in pieces[:3])
    message = f"{len(pieces)} files cannot be one {getattr(asked, '__name__', asked)} (of {keys}, ..)"
    raise StorageError(message, hint="annotate the parameter with list[Path] or dict[str, Path]")


def _load_one(piece: Piece, asked: Any) -> object:
    if asked is Path:
        return piece.path
    library = library_asked(get_origin(asked) or asked)
    if library is not None:
        return load_table([piece], library)
    return read_stored(piece) if kind_of(piece) is not Kind.FILE else _read_file(piece.path, asked)


def _read_file(path: Path, asked: Any) -> object:
    """Return a file as text, bytes or a document where that is asked for, else its path."""
    with damage_told(path):
        if asked is str:
            return path.read_text(encoding="utf-8")
        if asked is bytes:
            return path.read_bytes()
    match path.suffix.lower():
        case ".json" if asked is not None:
            return read_json(path)
        case ".pickle" | ".pkl" if asked is not None:
            return read_pickle(path)
        case _:
            return path
