"""What an edit touches: the assets whose code, config or source files are not as they were in a commit.

Code is compared by what its text shows, then and now, as far as an asset's function reaches; modules of then are never
imported. What imports alone show - a function that a factory made, what a registry holds - is taken from the present
closure. Where it cannot be told, an asset is touched.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import isfile
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.place import Place
from assetmake.discovery.code.members import SCHEME, CodeGraph
from assetmake.discovery.code.outline_cache import OutlineCache
from assetmake.discovery.code.scopes import find_references
from assetmake.discovery.code.syntax import parse_source
from assetmake.discovery.config import CONFIG_NAME
from assetmake.discovery.loader import FILE_MODULE, decode_file_module
from assetmake.discovery.manifest import AssetRecord, SourceRecord
from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.revisions.config_changes import Settings, find_concerned, read_settings
from assetmake.discovery.revisions.effects import Effects, Spot, describe_names, list_origins
from assetmake.discovery.revisions.git import Revision, compare_with
from assetmake.discovery.revisions.read_files import has_changed
from assetmake.discovery.revisions.reading import Named, Reading
from assetmake.discovery.revisions.source_files import match_source
from assetmake.discovery.revisions.trees import Tree, read_disk

_CACHE = ".assetmake/cache/outlines-of-revisions.json"


@dataclass(frozen=True, slots=True)
class Touched:
    """What an edit touches.

    Attributes:
        records: Assets and checks, by what their code and config are.
        sources: Sources of which a file was changed, with the partition keys in the names of these files; None where
            one has no key in its name.
        gone: Functions that declared something then, and are not there now: `assets.py::orders`.
        shifted: Sources of which files came or went, with the keys in their names.
    """

    records: frozenset[AssetKey]
    sources: Mapping[AssetKey, frozenset[str] | None]
    gone: tuple[str, ...]
    shifted: Mapping[AssetKey, frozenset[str]] = field(default_factory=dict)


def find_touched(
    ref: str,
    *,
    root: Path,
    records: Sequence[AssetRecord],
    sources: Iterable[SourceRecord],
    code: CodeGraph,
    reads: Reads | None,
) -> Touched:
    """Return what differs between the working tree and where the present branch left a ref.

    Args:
        ref: A branch, a tag or a commit.
        root: The project's folder.
        records: Its assets and checks.
        sources: Its sources.
        code: What the functions of the assets consist of.
        reads: What modules looked at while they were imported; None where that is not known.

    Raises:
        SelectionError: git cannot say what differs.
    """
    revision = compare_with(str(root), ref)
    changed = [f"{revision.top}/{path}" for path in revision.changed]
    found = {
        source.key: match_source(source.path, changed, root=str(root)) for source in sources if source.external is None
    }
    keys = {
        key: None if None in files.values() else frozenset(key for key in files.values() if key is not None)
        for key, files in found.items()
        if files
    }
    listed = {f"{revision.top}/{path}" for path in revision.listed}
    shifted = {
        key: frozenset(name for file, name in files.items() if name is not None and (file in listed) != isfile(file))
        for key, files in found.items()
    }
    shifted = {key: names for key, names in shifted.items() if names}
    modules = {f"{root}/{member.partition('::')[0]}" for member in code.members} if reads is None else ()
    read = {record.key for record in records} if has_changed(reads, revision, modules=modules) else set()
    if not any(path.endswith((".py", f"/{CONFIG_NAME}")) for path in changed):
        return Touched(frozenset(read), keys, (), shifted)
    comparison = _Comparison(revision, str(root), code)
    touched = read | set(comparison.find(records, {source.key: source for source in sources}))
    comparison.close()
    return Touched(frozenset(touched), keys, tuple(comparison.list_gone()), shifted)


class _Comparison:
    """The code of a project, then and now."""

    def __init__(self, revision: Revision, root: str, code: CodeGraph) -> None:
        self._revision, self._root, self._code = revision, root, code
        self._outlines = OutlineCache(Path(root, _CACHE), scheme=SCHEME)
        self._unlike = frozenset(revision.changed)
        changed = {f"{revision.top}/{path}" for path in revision.changed}
        listed = {f"{revision.top}/{path}" for path in revision.listed if path.endswith(".py")}
        present = {path for path in changed if path.endswith(".py") and os.path.isfile(path)}
        self.changed = sorted(path for path in changed if path.endswith(".py"))
        self._former = revision.read([path for path in revision.changed if path.endswith((".py", CONFIG_NAME))])
        self._config = root[len(revision.top) + 1 :] + "/" if root != revision.top else ""
        self._config += CONFIG_NAME
        self.settings = self._read_settings()
        old, new = (Settings() if each is None else each for each in self.settings)
        self.new = Reading(
            Tree((listed - changed) | present, read_disk, self._list_folders(new), self._outlines),
        )
        self.old = Reading(Tree(listed, self._read_old, self._list_folders(old), self._outlines))
        self._spans: dict[str, list[tuple[int, int, list[str]]]] = {}

    def close(self) -> None:
        """Keep what was read out of texts for the next time."""
        self._outlines.save()

    def find(self, records: Sequence[AssetRecord], sources: Mapping[AssetKey, SourceRecord]) -> Iterator[AssetKey]:
        """Yield the assets and checks that are touched."""
        if None in self.settings:
            yield from (record.key for record in records)
            return
        before, after = self.settings
        assert before is not None
        assert after is not None
        top = self._revision.top
        renamed = {f"{top}/{new}": f"{top}/{old}" for new, old in self._revision.renamed.items()}
        concerns = find_concerned(before, after, root=self._root, renamed=renamed)
        seeds = {record.key: self._list_seeds(record, sources) for record in records}
        for several in seeds.values():
            for node in several.values():
                self.new.add(node)
        now = self.new.finish()
        for record in records:
            self._add_carried(record, seeds[record.key], now)
        now = self.new.finish()
        former = {key: self._list_former(several) for key, several in seeds.items()}
        for pairs in former.values():
            for each in pairs.values():
                if each is not None:
                    self.old.add(each)
        then = self.old.finish()
        digests = then.digest_all(), now.digest_all()
        tainted = self._find_tainted(self.old), self._find_tainted(self.new)
        for record in records:
            own, was = seeds[record.key], former[record.key]
            if (
                concerns(record)
                or any(old is None or digests[0][str(old)] != digests[1][str(own[label])] for label, old in was.items())
                or self._is_tainted(self.new, now, own.values(), tainted[1])
                or self._is_tainted(self.old, then, [each for each in was.values() if each is not None], tainted[0])
            ):
                yield record.key

    def list_gone(self) -> Iterator[str]:
        """Yield the functions that declared something then and that no file declares now."""
        names = {name for path in self.changed for name in self._list_declared(self.new, path)}
        for path in self.changed:
            for name in self._list_declared(self.old, path):
                if name not in names:
                    yield f"{os.path.relpath(path, self._root)}::{name}"

    # ------------------------------------------------------------------ where an asset's code begins

    def _list_seeds(self, record: AssetRecord, sources: Mapping[AssetKey, SourceRecord]) -> dict[str, Named]:
        """Return the nodes that an asset begins with; of files that git does not know there are none."""
        root = self._code.members.get(record.fingerprint.root)
        is_versioned = root is not None and root.stands_for_code
        found = dict(self._list_placed(record.place, "place", is_versioned=is_versioned))
        if root is not None and not is_versioned:
            found["root"] = self._find_node(root.name)
            if "." in root.name.partition("::")[2]:
                found |= self._list_makers(record, found["root"])
        given = {*record.resources, *((name, module) for _, name, module in record.loaders)}
        for name, module in given:
            file = self._find_file(module) if module else None
            if file is not None:
                found[f"resource {name} {module}"] = Named(file, name, "resource")
        for dependency in record.dependencies:
            source = sources.get(dependency.key)
            if source is not None and source.external is None:
                found |= self._list_placed(source.place, f"source {source.key}")
        return {label: node for label, node in found.items() if node.path in self.new.tree.files}

    def _list_placed(self, place: Place, label: str, *, is_versioned: bool = False) -> dict[str, Named]:
        """Return the nodes of the statement at a place."""
        path = os.path.join(self._root, place.file)
        names = self._list_names(path, place.line)
        return {
            f"{label} {number}": Named(path, name, "declared" if is_versioned and self.new.is_asset(path, name) else "")
            for number, name in enumerate(names)
        } or {label: Named(path, "", "whole")}

    def _list_makers(self, record: AssetRecord, factory: Named) -> dict[str, Named]:
        """Return the statements of an asset's module that may have called what made it."""
        file = self._find_file(record.module)
        outline = self.new.tree.outline(file) if file is not None else None
        if file is None or outline is None:
            return {}
        name = record.key.parts[-1]
        if self.new.is_asset(file, name) and self._is_decorated_with(file, name, factory):
            return {"maker": Named(file, name)}
        statements = {
            name: [reference for each in bindings if each.piece is not None for reference in each.piece.references]
            for name, bindings in outline.bindings.items()
            if any(each.piece is not None for each in bindings)
        }
        calling = [
            name
            for name, references in statements.items()
            if any(factory in self.new.resolve(reference, file) for reference in references)
        ]
        return {f"maker {name}": Named(file, name) for name in calling or statements}

    def _is_decorated_with(self, path: str, name: str, decorator: Named) -> bool:
        outline = self.new.tree.outline(path)
        return outline is not None and any(
            decorator in self.new.resolve(reference, path)
            for definition in outline.find_named(name)
            for _, piece in definition.decorators
            for reference in piece.references
        )

    def _add_carried(self, record: AssetRecord, seeds: dict[str, Named], now: CodeGraph) -> None:
        """Add what only an import shows to be part of an asset's code."""
        starts = [str(node) for node in seeds.values()]
        known = {member.name for member in now.reach(*starts)}
        for member in self._code.reach(record.fingerprint.root, *record.fingerprint.keepers):
            if member.stands_for_code:
                continue
            node = self._find_node(member.name)
            if node.path in self.new.tree.files and str(node) not in known and node not in seeds.values():
                seeds[f"carried {node.name} {len(seeds)}"] = node
                self.new.add(node)

    def _find_node(self, member: str) -> Named:
        """Return the node that a member of a code graph is in: `helpers.py::Table.load#2`."""
        file, _, qualname = member.partition("::")
        path = f"{self._root}/{file}"
        if path not in self.new.tree.files and file.endswith(".py"):
            module = file.removesuffix(".py").replace("/", ".")
            path = self.new.tree.find_module(module, seen_from=self._root) or path
        name = qualname.partition("#")[0].partition(".")[0]
        if name and self.new.has(path, name):
            return Named(path, name)
        return Named(path, "", "whole")

    def _find_file(self, module: str) -> str | None:
        if module.startswith(FILE_MODULE):
            return f"{self._root}/{decode_file_module(module)}"
        found = self.new.tree.find_module(module, seen_from=self._root)
        return found if found is not None and found.endswith(".py") else None

    def _list_names(self, path: str, line: int) -> list[str]:
        """Return the names that the statement at a line gives a value."""
        if path not in self._spans:
            outline = self.new.tree.outline(path)
            tree = parse_source(outline.text) if outline is not None else None
            self._spans[path] = [] if tree is None else list(map(_describe_span, tree.body))
        known = self.new.tree.outline(path)
        names = next((names for first, last, names in self._spans[path] if first <= line <= last), [])
        return [name for name in names if known is not None and name in known.bindings]

    # ------------------------------------------------------------------ then

    def _list_former(self, seeds: Mapping[str, Named]) -> dict[str, Named | None]:
        return {label: self._find_former(node) for label, node in seeds.items()}

    def _find_former(self, node: Named) -> Named | None:
        """Return what a node was then, perhaps in another file; None where it was not."""
        path = self._revision.renamed.get(node.path[len(self._revision.top) + 1 :])
        places = [node.path] if path is None else [f"{self._revision.top}/{path}", node.path]
        for place in places:
            if place in self.old.tree.files and (node.kind in {"whole", "resource"} or self.old.has(place, node.name)):
                return Named(place, node.name, node.kind)
        moved = [
            place for place in self.changed if place in self.old.tree.files and self.old.has(place, node.name)
            and not self.new.has(place, node.name)
        ]  # fmt: skip
        return Named(moved[0], node.name, node.kind) if len(moved) == 1 and node.name else None

    def _read_old(self, path: str) -> bytes | None:
        relative = path[len(self._revision.top) + 1 :]
        if relative in self._revision.links:
            target = self._former.get(relative)
            end = os.path.realpath(path) if target is None else os.path.join(os.path.dirname(path), os.fsdecode(target))
            relative = os.path.normpath(end)[len(self._revision.top) + 1 :]
            return self._former.get(relative) if relative in self._unlike else read_disk(end)
        return self._former.get(relative) if relative in self._unlike else read_disk(path)

    def _read_settings(self) -> tuple[Settings | None, Settings | None]:
        now = read_disk(f"{self._root}/{CONFIG_NAME}")
        if self._config not in self._revision.changed:
            both = read_settings(now)
            return both, both
        before = self._revision.renamed.get(self._config, self._config)
        return read_settings(self._former.get(before, b"")), read_settings(now)

    def _list_folders(self, settings: Settings) -> list[str]:
        given = [os.path.realpath(os.path.join(self._root, entry)) for entry in settings.python_path]
        on_path = [os.path.realpath(entry) for entry in sys.path if entry]
        inside = [path for path in on_path if path.startswith(self._revision.top) and "site-packages" not in path]
        return list(dict.fromkeys([*given, self._root, *inside]))

    # ------------------------------------------------------------------ what is changed elsewhere

    def _pair_files(self) -> Iterator[tuple[str, str]]:
        """Yield the path of each changed file then and now; a file that is not there any more, or was not, has one."""
        moved = {f"{self._revision.top}/{old}": new for new, old in self._revision.renamed.items()}
        for path in self.changed:
            if path in moved and path not in self.new.tree.files:
                continue
            former = self._revision.renamed.get(path[len(self._revision.top) + 1 :])
            yield (path if former is None else f"{self._revision.top}/{former}"), path

    def _find_tainted(self, reading: Reading) -> frozenset[Spot]:
        effects = Effects(reading)
        tainted: set[Spot] = set()
        for was, path in self._pair_files():
            before, after = self.old.tree.outline(was), self.new.tree.outline(path)
            own = was if reading is self.old else path
            old, new = describe_names(before), describe_names(after)
            names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
            tainted |= set(effects.of_names(own, names))
            for origin in list_origins(before) ^ list_origins(after):
                tainted |= set(effects.of_import(origin, own))
        return frozenset(tainted)

    @staticmethod
    def _is_tainted(reading: Reading, graph: CodeGraph, seeds: Iterable[Named], tainted: frozenset[Spot]) -> bool:
        if not tainted:
            return False
        reached = (reading.nodes[member.name] for member in graph.reach(*map(str, seeds)))
        return any((node.path, node.name) in tainted or (node.path, "") in tainted for node in reached)

    def _list_declared(self, reading: Reading, path: str) -> list[str]:
        outline = reading.tree.outline(path)
        return [name for name in (outline.bindings if outline is not None else ()) if reading.is_asset(path, name)]


def _describe_span(statement: ast.stmt) -> tuple[int, int, list[str]]:
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
    names = find_references([statement]).binds
    return first, statement.end_lineno or statement.lineno, list(names)
