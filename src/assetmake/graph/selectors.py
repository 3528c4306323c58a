"""Selectors: the assets that one term of a selection means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from functools import cached_property, partial
from typing import NoReturn

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.naming import NameIndex, compile_wildcard, find_nearest, has_wildcard, suggest
from assetmake.discovery.manifest import AssetRecord
from assetmake.errors import SelectionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.broken import find_writers, list_modules
from assetmake.graph.grammar import Term
from assetmake.graph.jobs import list_assets
from assetmake.graph.key_rules import KeyRule, MissingKeys

STATUSES = ("fresh", "stale", "missing", "failed", "waiting")

Chosen = dict[AssetKey, tuple[KeyRule | None, ...]]
"""Assets with rules for their keys. None among them: no suffix was given, so the options decide; no rules at
all: only the keys that what is selected downstream maps to."""

StatusLookup = Callable[[str], Mapping[AssetKey, tuple[KeyRule, ...]] | Set[AssetKey]]
"""Finds the assets of a status; a mapping also says of which partitions."""


class Selectors:
    """Finds what terms mean in one graph.

    Args:
        graph: The assets and sources.
        root: The project's folder, to which `path:` is relative.
        status: Looks up `status:`; without it such a term is an error.
    """

    def __init__(self, graph: AssetGraph, *, root: str, status: StatusLookup | None) -> None:
        self._graph = graph
        self._root = root.rstrip("/") + "/" if root else ""
        self._status = status
        self._methods: dict[str, Callable[[str], Iterable[AssetKey]]] = {
            "tag": self._find_tagged,
            "group": self._find_in("group", lambda record: [record.group]),
            "kind": self._find_in("kind", lambda record: record.kinds),
            "owner": self._find_in("owner", lambda record: record.owners),
            "path": self._find_at_path,
            "job": partial(list_assets, graph),
        }

    def find(self, term: Term) -> Chosen:
        """Return the assets that a term means, with its operators followed.

        Raises:
            SelectionError: it names something unknown, or a source alone.
        """
        seeds = self._find_seeds(term)
        below = self._graph.descendants(seeds, term.down)
        self._check_partitioned(term, {*seeds, *below})
        above = self._graph.ancestors({*seeds, *below} if term.around else seeds, term.up)
        chosen: Chosen = dict.fromkeys(above, () if term.rule else (None,))
        chosen |= dict.fromkeys(below, (term.rule,))
        for key in seeds:
            chosen[key] = (term.rule,) if term.rule else seeds[key]
        return {key: rules for key, rules in chosen.items() if key in self._graph.assets}

    def _find_seeds(self, term: Term) -> Chosen:
        if term.method == "status":
            return self._find_status(term.value)
        if term.method is None or term.method == "key":
            return dict.fromkeys(self._find_named(term), (None,))
        method = self._methods.get(term.method)
        if method is None:
            if any(str(check) == f"{term.method}:{term.value}" for check in self._graph.checks):
                raise SelectionError(
                    f"{term.method}:{term.value} is a check, and assets are selected",
                    hint=f"name the asset: {term.method}",
                )
            methods = sorted([*self._methods, "key", "status"])
            raise SelectionError(
                f"there is no selection method {term.method}:",
                hint=suggest(find_nearest(term.method, methods)) or f"the methods are {', '.join(methods)}",
            )
        return dict.fromkeys(method(term.value), (None,))

    def _check_partitioned(self, term: Term, reached: Iterable[AssetKey]) -> None:
        if term.rule is None or isinstance(term.rule, MissingKeys):
            return
        keys = [key for key in reached if key in self._graph.assets]
        if keys and all(self._graph.assets[key].partitions is None for key in keys):
            names = ", ".join(sorted(map(str, keys))[:3])
            raise SelectionError(f"{term.text}: {names} has no partitions", hint="leave out the @ and the key")

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex([*self._graph.sources, *self._graph.assets, *self._graph.unavailable])

    def _find_named(self, term: Term) -> Iterable[AssetKey]:
        follows = term.down != 0
        if has_wildcard(term.value):
            pattern = compile_wildcard(term.value)
            within = [*self._graph.sources, *self._graph.order] if follows else self._graph.order
            return [key for key in within if pattern.fullmatch(str(key))] or self._refuse_unknown(term.value)
        found = self._index.find_named(term.value)
        if not found:
            self._refuse_unknown(term.value)
        if len(found) > 1:
            names = ", ".join(sorted(map(str, found)))
            raise SelectionError(f"{term.value} may mean {names}", hint="write the whole name")
        if found[0] in self._graph.unavailable:
            raise SelectionError(f"{found[0]} is unavailable: it needs {self._graph.unavailable[found[0]]}")
        if found[0] in self._graph.sources and not follows:
            kind = (
                "file source: the outside world writes it"
                if self._graph.sources[found[0]].path
                else "source: others make it"
            )
            raise SelectionError(
                f"{found[0]} is a {kind}, so it cannot be built",
                hint=f"to select what reads it, write {found[0]}+",
            )
        return found

    def _refuse_unknown(self, text: str) -> NoReturn:
        broken = self._graph.broken
        writers = find_writers(broken, text)
        if writers:
            where = " or ".join(writers)
            raise SelectionError(f"{text} is unavailable: {where} did not import", hint="the traceback is above")
        nearest = self._index.find_nearest(text.replace("*", "").replace("?", ""))
        verb = "matches" if has_wildcard(text) else "is named"
        hint = suggest(nearest) or "`assetmake list` shows the assets there are"
        if broken:
            hint = f"these modules did not import: {list_modules(broken)}; {hint}"
        raise SelectionError(f"no asset {verb} {text!r}", hint=hint)

    def _find_in(self, word: str, read: Callable[[AssetRecord], Iterable[str]]) -> Callable[[str], Iterable[AssetKey]]:
        def find(value: str) -> Iterable[AssetKey]:
            pattern = compile_wildcard(value)
            return self._filter(word, value, read, lambda record: any(map(pattern.fullmatch, read(record))))

        return find

    def _find_tagged(self, value: str) -> Iterable[AssetKey]:
        pattern = compile_wildcard(value)

        def read(record: AssetRecord) -> list[str]:
            return [*record.tags, *(f"{name}={text}" for name, text in record.tags.items())]

        return self._filter("tag", value, read, lambda record: any(map(pattern.fullmatch, read(record))))

    def _find_at_path(self, value: str) -> Iterable[AssetKey]:
        wanted = value.removeprefix("./").rstrip("/") or "."
        pattern = compile_wildcard(wanted)

        def read(record: AssetRecord) -> list[str]:
            file = record.place.file
            relative = file.removeprefix(self._root)
            return [path for name in (relative, file) for path in _list_folders(name)]

        if wanted == ".":
            return self._graph.order
        return self._filter("path", value, read, lambda record: any(map(pattern.fullmatch, read(record))))

    def _filter(
        self,
        word: str,
        value: str,
        read: Callable[[AssetRecord], Iterable[str]],
        matches: Callable[[AssetRecord], bool],
    ) -> Iterable[AssetKey]:
        found = [key for key in self._graph.order if matches(self._graph.assets[key])]
        if not found:
            known = sorted({text for record in self._graph.assets.values() for text in read(record)})
            hint = suggest(find_nearest(value, known)) or f"there is {', '.join(known[:10]) or f'no {word}'}"
            raise SelectionError(f"no asset has {word}:{value}", hint=hint)
        return found

    def _find_status(self, value: str) -> Chosen:
        if value not in STATUSES:
            raise SelectionError(
                f"there is no status {value!r}",
                hint=suggest(find_nearest(value, STATUSES)) or f"it is one of {', '.join(STATUSES)}",
            )
        if self._status is None:
            raise SelectionError(f"status:{value} cannot be used here: the state is not known yet")
        found = self._status(value)
        if isinstance(found, Mapping):
            return dict(found)
        return dict.fromkeys(found, (None,))


def _list_folders(file: str) -> list[str]:
    parts = file.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
