"""A head start: another process imports the project while the command itself is still being loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from assetmake.cli.shortcut import find_root
from assetmake.discovery.config import Config, load_config
from assetmake.discovery.launch import Launch
from assetmake.discovery.recall.discover import Discovered, Discovery

_begun: Discovery | None = None


def begin(arguments: Sequence[str]) -> None:
    """Begin to discover the project that a command line is about.

    Args:
        arguments: Without the program's name.
    """
    global _begun  # noqa: PLW0603 - between here and where it is asked for stands the parser of the command line
    with suppress(Exception):  # whatever it is, the command meets it too, and can tell of it
        root = find_root(arguments)
        if root is not None:
            _begun = Discovery(Path(root), load_config(Path(root)))


def discover(
    root: Path, config: Config, *, fresh: bool, launch: Launch | None = None, meanwhile: Callable[[], None]
) -> Discovered:
    """Return what a project declares, as `discover_manifest` does; what was begun is only waited for."""
    begun = _take()
    if begun is not None:
        if not fresh and begun.is_of(root, config, launch):
            return begun.finish(meanwhile)
        begun.cancel()
    return Discovery(root, config, fresh=fresh, launch=launch).finish(meanwhile)


def forget() -> None:
    """End what was begun and nobody asked for."""
    begun = _take()
    if begun is not None:
        begun.cancel()


def _take() -> Discovery | None:
    global _begun
    begun, _begun = _begun, None
    return begun
