"""What tests of several folders ask of every code closure: that it can be read again from what a state keeps of it."""

from __future__ import annotations

from dataclasses import replace

from assetmake.discovery.manifest import Manifest
from assetmake.graph.asset_graph import build_graph
from assetmake.planning.fingerprints import describe_fingerprint, digest_kept, read_kept


def find_misread(manifest: Manifest) -> list[str]:
    """Return the members and assets of a project that come out otherwise when they are read from a state."""
    graph = build_graph(manifest)
    misread: list[str] = []
    for key, record in graph.assets.items():
        row = describe_fingerprint(graph, key)
        kept = [read_kept(member) for member in row.members]
        misread += [each.name for each in kept if each != replace(graph.code.members[each.name], unfollowed=())]
        if digest_kept(kept) != record.fingerprint.code:
            misread.append(str(key))
    return sorted(set(misread))
