"""LiveRebuilder: the questions that a running build asks of those who know hashes, one method each."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.inputs import NodeInputs, read_nodes, read_together
from assetmake.planning.joins import read_upstream
from assetmake.planning.outputs import verify_outputs
from assetmake.planning.plan import Parts
from assetmake.planning.planner import Check
from assetmake.planning.rebuilder import Question
from assetmake.planning.standing import Sightings
from assetmake.planning.view import View
from assetmake.storage.hashing import hash_file
from assetmake.storage.io_managers import Input
from assetmake.storage.ledger import SourceRow


@dataclass(slots=True)
class LiveRebuilder:
    """Answers from a view that was kept for the build.

    Attributes:
        view: What is recorded, overlaid with what the build has published.
        graph: The project.
        check: The same check that the plan was made with.
        outputs: Where outputs are.
        project: What sources' paths are relative to.
        seen: Source files as they were when the plan was made.
    """

    view: View
    graph: AssetGraph
    check: Check
    outputs: Path
    project: Path
    seen: Mapping[str, SourceRow]

    def recheck(self, key: AssetKey, parts: Parts) -> set[int]:
        """Return those of the nodes that must run, now that all they read stands."""
        question = Question(
            key=key,
            fingerprint=self.graph.records[key].fingerprint,
            edges=self.graph.upstream[key],
            parts=parts,
            dirty={},
            outputs={},
        )
        return set(self.check(self.view, question).parts)

    def prepare(self, key: AssetKey, parts: Parts) -> list[NodeInputs]:
        """Return the nodes with what they will read."""
        return read_nodes(self.view, self.graph, key, parts, outputs=self.outputs, project=self.project)

    def gather(self, key: AssetKey, parts: Parts) -> tuple[Input, ...]:
        """Return what one call that makes all of the nodes will read; they were prepared before."""
        return read_together(self.view, self.graph, key, parts, outputs=self.outputs, project=self.project)

    def former(self, key: AssetKey, parts: Parts) -> Mapping[int, tuple[int, str | None]]:
        """Return data hash and suffix of what stood of the nodes before."""
        return self.view.recorded_outputs(key, parts)

    def find_altered(self, key: AssetKey, parts: Parts) -> Container[int]:
        """Return those of the nodes whose output is not what was recorded; to be asked before `publish`."""
        return verify_outputs(
            self.view, key, parts, root=self.outputs, project=self.project, mode="hash", sightings=Sightings()
        )

    def publish(self, key: AssetKey, news: Mapping[int, tuple[int, str | None]]) -> None:
        """Take note of nodes that were built."""
        self.view.publish(key, news)

    def inputs_moved(self, key: AssetKey, parts: Parts) -> str:
        """Return the source file that an asset read and that is no longer what the plan saw, or an empty text."""
        for edge in self.graph.upstream[key]:
            source = self.view.scope.sources.get(edge.upstream)
            if source is None:
                continue
            for part in read_upstream(self.view, key, edge, parts):
                for path in source.paths.get(part, ()):
                    if self._moved(path):
                        return path
        return ""

    def _moved(self, path: str) -> bool:
        row = self.seen[path]
        try:
            now = os.stat(self.project / path)
        except OSError:
            return True
        if (now.st_size, now.st_mtime_ns, now.st_ino) == (row.size, row.mtime, row.inode):
            return False
        return int.from_bytes(hash_file(self.project / path), "big") != row.content
