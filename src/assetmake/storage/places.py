"""Places: files that IO managers of the user's keep, as the state names them."""

from __future__ import annotations

import os

from assetmake.storage.texts import read_path

ANY_SIZE = -1
"""The size that is recorded of a place that only has to be there, whatever is in it."""
FOUND = 1
"""The content that is recorded of what has no file of its own, and that the IO manager said is there."""
HAS_FILE = f"((suffix is not null or place is not null) and place is distinct from '' and size <> {ANY_SIZE})"
"""The condition that a trace tells of a file by its bytes."""
IS_UNSEEN = f"(place is not null and (place = '' or size = {ANY_SIZE}))"
"""The condition that a trace tells of what no bytes of a file can show."""


def write_place(path: str, project: str) -> str:
    """Return a path as it is recorded: relative to the project, with forward slashes, where it is in there.

    Example:
        >>> write_place("/shop/tables/orders.csv", "/shop")
        'tables/orders.csv'
    """
    if not path:
        return ""
    inside = os.path.relpath(path, os.path.abspath(project))
    return path if inside.startswith(os.pardir) else inside.replace(os.sep, "/")


def read_place(place: str, project: str) -> str:
    """Return the path of a recorded place."""
    return os.path.join(project, read_path(place))
