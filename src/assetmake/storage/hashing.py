"""Content hashes, 16 bytes each: of files by their bytes, of tables and values by what they mean."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, BinaryIO

from assetmake.storage.table_hashing import ordered_digest, unordered_digest

if TYPE_CHECKING:
    import pyarrow as pa

DIGEST_SIZE = 16
PICKLE_PROTOCOL = 5

_BLOCK = 1 << 20
_LONGEST_INT = 14_000  # bits; Python refuses to read much longer ones back from decimal
_write_json = json.JSONEncoder(separators=(",", ":")).encode
_SET_OPCODES = (pickle.EMPTY_SET, pickle.FROZENSET)


def hash_bytes(data: bytes | memoryview) -> bytes:
    """Return the hash of some bytes."""
    return hashlib.sha256(data).digest()[:DIGEST_SIZE]


def hash_file(path: Path) -> bytes:
    """Return the hash of a file's bytes, the same as `hash_bytes` of all of them."""
    with open(path, "rb", buffering=0) as stream:
        # One read and one hash: for a small file that is half the time of a loop with a buffer.
        if os.fstat(stream.fileno()).st_size < _BLOCK:
            return hash_bytes(stream.read())
        digest = hashlib.sha256()
        buffer = memoryview(bytearray(_BLOCK))
        while size := stream.readinto(buffer):
            digest.update(buffer[:size])
        return digest.digest()[:DIGEST_SIZE]


def file_digest(content: bytes, suffix: str) -> bytes:
    """Return the hash of a file that is given as it is: of its bytes' hash and of the suffix, which readers see."""
    return hash_bytes(b"file\0" + suffix.encode() + b"\0" + content)


def place_digest(content: bytes) -> bytes:
    """Return the hash of a file that somebody else keeps: of its bytes' hash."""
    return hash_bytes(b"place\0" + content)


def table_digest(table: pa.Table, *, schema: pa.Schema | None = None, unordered: bool = False) -> bytes:
    """Return the hash of what a table says, however it is laid out.

    Chunks, slices, what stands under nulls, and which versions of libraries made it do not count. Its schema
    with nullability and metadata, the dictionaries of its columns, its values and the order of rows do.

    Args:
        schema: What the table was written with; None: its own.
        unordered: Take the rows as a multiset: their order does not count.
    """
    digest = unordered_digest if unordered else ordered_digest
    return digest(table, table.schema if schema is None else schema)[:DIGEST_SIZE]


def value_digest(value: object) -> bytes:
    """Return the hash of any value: as JSON where that holds it exactly, else of its pickle.

    The order of a set's members does not count.
    """
    if is_jsonable(value):
        return json_digest(value)
    return write_pickle(value, None).digest


def json_digest(value: object) -> bytes:
    """Return the hash of a JSON-able value: `1`, `1.0`, `True` and `"1"` differ, and so does another order of keys."""
    return hash_bytes(b"json\0" + _write_json(value).encode())


def is_jsonable(value: object) -> bool:
    """Whether JSON gives the value back equal and of the same types."""
    try:
        return _is_jsonable(value)
    except RecursionError:
        return False


@dataclass(frozen=True, slots=True)
class Pickled:
    """What was pickled.

    Attributes:
        digest: The hash of the bytes, unless there are sets: their order differs from process to process.
        named: Classes and functions of which a pickle holds nothing but the name.
    """

    digest: bytes
    named: tuple[type | FunctionType, ...]


def write_pickle(value: object, stream: BinaryIO | None) -> Pickled:
    """Pickle a value into a stream (or nowhere) without holding the pickle in memory."""
    sink = _HashingSink(stream)
    pickler = _NotingPickler(sink, PICKLE_PROTOCOL)
    pickler.dump(value)
    digest = sink.digest()
    if sink.may_hold_set:
        with suppress(RecursionError):
            digest = _set_blind_digest(value)
    return Pickled(digest, tuple(sorted(pickler.named, key=lambda each: (each.__module__, each.__qualname__))))


def _is_jsonable(value: object) -> bool:
    test = _JSON_TESTS.get(type(value))
    return test is not None and test(value)


def _is_text(value: Any) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


_JSON_TESTS: dict[type, Callable[[Any], bool]] = {
    type(None): lambda _value: True,
    bool: lambda _value: True,
    int: lambda value: value.bit_length() < _LONGEST_INT,
    float: isfinite,
    str: _is_text,
    list: lambda value: all(map(_is_jsonable, value)),
    dict: lambda value: all(type(key) is str and _is_text(key) and _is_jsonable(item) for key, item in value.items()),
}


class _HashingSink:
    """A file for the pickler that hashes what passes through."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self.may_hold_set = False
        self._stream = stream
        self._digest = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> int:
        # Memoryviews are the contents of big arrays, never opcodes.
        if isinstance(data, bytes) and not self.may_hold_set:
            self.may_hold_set = any(opcode in data for opcode in _SET_OPCODES)
        self._digest.update(data)
        if self._stream is not None:
            self._stream.write(data)
        return len(data)

    def digest(self) -> bytes:
        return self._digest.digest()[:DIGEST_SIZE]


class _NotingPickler(pickle.Pickler):
    """Notes what is pickled by its name."""

    def __init__(self, sink: _HashingSink, protocol: int) -> None:
        super().__init__(sink, protocol)
        self.named: list[type | FunctionType] = []

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, type | FunctionType):
            self.named.append(obj)
        return NotImplemented


class _SetBlindPickler(pickle.Pickler):
    """Writes a set as the sorted hashes of its members, and what number it is: two places may share one.

    For hashing only: nothing reads it back.
    """

    def __init__(self, sink: _HashingSink, protocol: int) -> None:
        super().__init__(sink, protocol)
        self._sets: dict[int, tuple[int, object]] = {}

    def persistent_id(self, obj: Any) -> tuple[str, int, list[bytes]] | None:
        if type(obj) is set or type(obj) is frozenset:
            number, _ = self._sets.setdefault(id(obj), (len(self._sets), obj))  # an id is one as long as that lives
            return type(obj).__name__, number, sorted(map(_set_blind_digest, obj))
        return None


def _set_blind_digest(value: object) -> bytes:
    sink = _HashingSink(None)
    _SetBlindPickler(sink, PICKLE_PROTOCOL).dump(value)
    return sink.digest()
