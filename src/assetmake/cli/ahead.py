"""A head start: another process imports the project while the command itself is still being loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from assetmake.cli.shortcut import find_root
from assetmake.discovery.config import Config, load_config
from assetmake.discovery.recall.discover import Discovered, Discovery
from assetmake.errors import AssetmakeError

_WITH_PROJECT = frozenset({"build", "plan", "status", "list", "ls", "graph", "dag", "why"})
_DECIDING = ("-h", "--help", "--no-cache", "--env")
"""With these there is nothing to import, or something else than is remembered."""
_begun: list[Discovery] = []


def begin(arguments: Sequence[str]) -> None:
    """Begin to discover the project that a command line is about, where there can be no doubt which one that is.

    Args:
        arguments: Without the program's name.
    """
    if None in {sys.stdin, sys.stdout, sys.stderr} or _WITH_PROJECT.isdisjoint(arguments):
        return
    if any(word.startswith(_DECIDING) for word in arguments):
        return
    root = find_root(arguments)
    if root is not None:
        try:
            _begun.append(Discovery(Path(root), load_config(Path(root))))
        except AssetmakeError:
            return  # the command will tell of it


def discover(root: Path, config: Config, *, fresh: bool, meanwhile: Callable[[], None]) -> Discovered:
    """Return what a project declares, as `discover_manifest` does; what was begun is only waited for."""
    while _begun:
        begun = _begun.pop()
        if not fresh and begun.is_of(root, config):
            return begun.finish(meanwhile)
        begun.cancel()
    return Discovery(root, config, fresh=fresh).finish(meanwhile)


def forget() -> None:
    """End what was begun and nobody asked for."""
    while _begun:
        _begun.pop().cancel()
