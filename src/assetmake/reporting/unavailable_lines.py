"""What cannot be built because a module did not import, in a few words."""

from __future__ import annotations

from collections.abc import Iterator

from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.broken import list_modules
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.words import shorten

_SHOWN = 10


def list_unavailable(graph: AssetGraph) -> Iterator[str]:
    """Return for each thing that is not found the assets that need it, in a line."""
    groups: dict[str, list[str]] = {}
    for key, needed in graph.unavailable.items():
        groups.setdefault(needed, []).append(display(str(key)))
    for needed, names in groups.items():
        verb = "needs" if len(names) == 1 else "need"
        yield f"unavailable: {shorten(names, _SHOWN)} {verb} {display(needed)}"


def tell_unavailable(graph: AssetGraph) -> str:
    """Return the line with which a plan or a build ends that was not of the whole project; nothing if it was."""
    if not graph.broken:
        return ""
    line = f"unavailable: the assets of {display(list_modules(graph.broken))}, which did not import"
    number = len(graph.unavailable)
    return f"{line}, and {count(number, 'asset')} that need{'s' if number == 1 else ''} them" if number else line
