"""Which of the files that modules read while they are imported are not as they were in a commit."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.revisions.git import Revision


def has_changed(reads: Reads | None, revision: Revision, *, modules: Collection[str]) -> bool:
    """Tell whether something that values of modules may be made of is not as it was.

    Args:
        reads: What the modules looked at; where that is not known, any file counts.
        revision: What differs.
        modules: Files that were imported, absolute: of these the code is compared.
    """
    changed = {f"{revision.top}/{path}" for path in revision.changed}
    if reads is None:
        return not changed <= set(modules)
    if not (changed and (reads.opened or reads.listed or reads.looked_at)):
        return False
    kinds = set(_list_other_kinds(changed, revision))
    return (
        _meet(reads.opened, changed | kinds)
        or _meet(reads.looked_at, kinds)
        or _meet(reads.listed, {*kinds, *map(os.path.dirname, kinds)})
    )


def _list_other_kinds(changed: Collection[str], revision: Revision) -> Iterator[str]:
    """Yield the paths at which nothing was, or is, or another kind of thing."""
    then = {f"{revision.top}/{path}": "link" if path in revision.links else "file" for path in revision.listed}
    for path in list(then):
        then |= dict.fromkeys(_list_above(path, revision.top), "folder")
    for path in {above for each in changed for above in (each, *_list_above(each, revision.top))}:
        if then.get(path, "") != _find_kind(path):
            yield path


def _list_above(path: str, top: str) -> Iterator[str]:
    while (path := os.path.dirname(path)) != top and path.startswith(top):
        yield path


def _find_kind(path: str) -> str:
    if os.path.islink(path):
        return "link"
    if os.path.isdir(path):
        return "folder"
    return "file" if os.path.lexists(path) else ""


def _meet(paths: Collection[str], others: Collection[str]) -> bool:
    return any(path in others or os.path.realpath(path) in others for path in paths)
