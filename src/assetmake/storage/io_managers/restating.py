"""The digest of an output that somebody else than a build wrote, as a build would compute it.

No user code runs: a pickle is told by its bytes, never read.
"""

from __future__ import annotations

from pathlib import Path

from assetmake.storage.hashing import file_digest, hash_file, json_digest
from assetmake.storage.io_managers.reading import digest_table, read_json


def digest_output(path: Path, suffix: str, *, as_file: bool, unordered: bool = False) -> bytes:
    """Return the hash of what a stored file says.

    Args:
        path: The file.
        suffix: What follows the name of its asset or key.
        as_file: What stood there before was a file that an asset returned as a Path.
        unordered: The order of a table's rows does not count.

    Raises:
        StorageError: the file is not what its suffix says.
    """
    match suffix:
        case ".parquet" if not as_file:
            return digest_table(path, unordered=unordered)
        case ".json" if not as_file:
            return json_digest(read_json(path))
        case ".pickle" if not as_file:
            return hash_file(path)
        case _:
            return file_digest(hash_file(path), suffix)
