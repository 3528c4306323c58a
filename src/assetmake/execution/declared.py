"""Declarations: the files that an asset may read, because its upstreams are them or keep them, as patterns."""

from __future__ import annotations

import fnmatch
import glob
import keyword
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.source import has_magic, split_holes
from assetmake.discovery.manifest import SourceRecord
from assetmake.graph.asset_graph import AssetGraph
from assetmake.storage.paths import write_stem

_GLOB_SIGN = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


class Declarations:
    """What the graph says of files.

    Args:
        graph: The project.
        project: Its root.
        outputs: Where outputs are.
    """

    def __init__(self, graph: AssetGraph, *, project: Path, outputs: Path) -> None:
        self._graph = graph
        self._root = os.path.join(project, "")
        self._outputs = outputs
        self._patterns: dict[AssetKey, tuple[str, ...]] = {}
        self._described: dict[AssetKey, str | None] = {}
        self._advice: dict[str, str] = {}

    def list_patterns(self, key: AssetKey) -> tuple[str, ...]:
        """Return regular expressions of the files that an asset may read, relative to the root.

        They match its upstreams' files, whatever the partition, and its own output.
        """
        if key not in self._patterns:
            own = dict.fromkeys([key, *(edge.upstream for edge in self._graph.upstream[key])])
            found = (self._describe_once(each) for each in own)
            self._patterns[key] = tuple(pattern for pattern in found if pattern is not None)
        return self._patterns[key]

    def advise(self, name: str) -> str:
        """Return what to write so that a file is declared."""
        if name not in self._advice:
            owner = next(self._find_owners(name), None)
            self._advice[name] = _advise_new(name) if owner is None else f'deps=["{owner}"] or a parameter for it'
        return self._advice[name]

    def _find_owners(self, name: str) -> Iterator[AssetKey]:
        for key in (*self._graph.sources, *self._graph.assets):
            pattern = self._describe(key)
            if pattern is not None and re.fullmatch(pattern, name):
                yield key

    def _describe_once(self, key: AssetKey) -> str | None:
        if key not in self._described:
            self._described[key] = self._describe(key)
        return self._described[key]

    def _describe(self, key: AssetKey) -> str | None:
        source = self._graph.sources.get(key)
        if source is not None:
            return self._describe_source(source)
        stem = self._relate(write_stem(str(self._outputs), key.parts))
        if stem is None:
            return None
        is_partitioned = self._graph.records[key].partitions is not None
        return re.escape(stem) + ("/[^/]+" if is_partitioned else r"(?:\.[^/]*)?")

    def _describe_source(self, source: SourceRecord) -> str | None:
        path = self._relate(source.path) if source.external is None else None
        if path is None:
            return None
        if source.partitions is None and has_magic(path):
            return _translate_glob(path)
        return ".+".join(map(re.escape, split_holes(path)))

    def _relate(self, path: str | PurePath) -> str | None:
        """Return a path relative to the root, None where it lies elsewhere."""
        full = os.path.normpath(os.path.join(self._root, path))
        return full.removeprefix(self._root) if full.startswith(self._root) else None


def _translate_glob(pattern: str) -> str:
    """Return a regular expression for what `glob` finds, `**` included."""
    *folders, last = pattern.split("/")
    above = ("(?:[^/]+/)*" if folder == "**" else _translate_part(folder) + "/" for folder in folders)
    return "".join(above) + ("(?:[^/]+/)*[^/]*" if last == "**" else _translate_part(last))


def _translate_part(part: str) -> str:
    """Translate the letters between two slashes, none of which may match a slash."""
    written = []
    for sign in _GLOB_SIGN.findall(part):
        if sign[0] == "*":
            written.append("[^/]*")
        elif sign == "?" or len(sign) > 1:
            written.append("(?!/)" + fnmatch.translate(sign)[:-2])  # without the \Z that nothing may follow
        else:
            written.append(re.escape(sign))
    return "".join(written)


def _advise_new(name: str) -> str:
    word = re.sub(r"\W", "_", PurePath(name).stem) or "file"
    if not word.isidentifier() or keyword.iskeyword(word):
        word = f"file_{word}"
    path = glob.escape(name) if has_magic(name) else name
    return f'{word} = FileSource("{word}", "{path}"), and deps=[{word}] or a parameter {word}'
