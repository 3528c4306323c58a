"""Paths of files that stand beside the code that reads them."""

from __future__ import annotations

import os


def file_relative_path(dunderfile: str, relative_path: str) -> str:
    """Return the absolute path of a file, given from the folder of another one.

    Args:
        dunderfile: The other file; `__file__` for the one that calls.
        relative_path: From its folder.

    Example:
        >>> file_relative_path("/shop/assets.py", "../data/orders.csv")
        '/data/orders.csv'
    """
    return os.path.realpath(os.path.join(os.path.dirname(dunderfile), relative_path))
