"""The digest of an output that somebody else than a build wrote, as a build would compute it.

No user code runs: a pickle is told by its bytes, never read.
"""

from __future__ import annotations

from pathlib import Path

from assetmake.errors import StorageError
from assetmake.storage.hashing import hash_file, is_jsonable, json_digest, table_digest
from assetmake.storage.io_managers.reading import read_json, read_table


def digest_output(path: Path, suffix: str, *, by_bytes: bool, unordered: bool = False) -> bytes:
    """Return the hash of what a stored file says.

    Args:
        path: The file.
        suffix: What follows the name of its asset or key.
        by_bytes: The hash that was recorded of its former content was that of the bytes.
        unordered: The order of a table's rows does not count.

    Raises:
        StorageError: the file is not what its suffix says.
    """
    match suffix:
        case ".parquet" if not by_bytes:
            return table_digest(read_table(path), unordered=unordered)
        case ".json" if not by_bytes or _may_be_a_value(path):
            return json_digest(read_json(path))
        case _:
            return hash_file(path)


def _may_be_a_value(path: Path) -> bool:
    """Tell whether a document is a plain value: of those the hash of the bytes and of the meaning are the same."""
    try:
        value = read_json(path)
    except StorageError:  # a file that an asset returned as a Path may hold anything
        return False
    return is_jsonable(value) and not isinstance(value, list | dict)
