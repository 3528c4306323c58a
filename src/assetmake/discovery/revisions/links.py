"""Other names of files: a file under a folder that a symbolic link leads to is found under the link, too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

_ROUNDS = 4
"""Links that lead through links are followed so often."""


def find_aliases(files: Iterable[str], links: Mapping[str, str], *, top: str) -> dict[str, str]:
    """Return the names that links give to files, each with the file that it means.

    Args:
        files: Relative to `top`.
        links: What each link says, by its path relative to `top`.
        top: The folder of the repository; what leads out of it is left alone.
    """
    leading: dict[str, list[str]] = {}
    for link, said in links.items():
        target = os.path.relpath(os.path.join(top, os.path.dirname(link), said), top)
        if target != "." and not target.startswith("..") and not f"{link}/".startswith(f"{target}/"):
            leading.setdefault(target, []).append(link)
    found: dict[str, str] = {}
    pending = {file: file for file in files} if leading else {}
    for _ in range(_ROUNDS):
        further = {alias: file for name, file in pending.items() for alias in _list_aliases(name, leading)}
        pending = {alias: file for alias, file in further.items() if alias not in found}
        found |= pending
    return found


def _list_aliases(name: str, leading: Mapping[str, Iterable[str]]) -> Iterator[str]:
    place = name
    while place:
        for link in leading.get(place, ()):
            yield link + name[len(place) :]
        place = os.path.dirname(place)
