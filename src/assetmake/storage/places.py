"""Places: files that IO managers of the user's keep, as the state names them."""

from __future__ import annotations

import os


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
    return os.path.join(project, place)
