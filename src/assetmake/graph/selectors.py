"""Selectors: the assets that one term of a selection means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from functools import cached_property, partial
from pathlib import PurePath
from typing import NoReturn

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.naming import NameIndex, compile_wildcard, find_nearest, has_wildcard, suggest
from assetmake.discovery.manifest import AssetRecord
from assetmake.errors import SelectionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.broken import find_writers, list_modules
from assetmake.graph.expressions import Steps, Term
from assetmake.graph.grammar import read_rule
from assetmake.graph.jobs import list_assets
from assetmake.graph.key_rules import KeyRule, MissingKeys

STATUSES = ("fresh", "stale", "missing", "failed", "waiting")

Rules = tuple[KeyRule | None, ...]
Chosen = dict[AssetKey, Rules]
"""Assets with rules for their keys. None among them: no suffix was given, so the options decide; no rules at
all: only the keys that what is selected downstream maps to."""

RESULTS = ("failed", "built", "unchanged")
PARTS = ("code", "config", "io", "env", "deps")
STATES = ("new", "modified", *(f"modified.{part}" for part in PARTS))
_WORDS = {"status": STATUSES, "result": RESULTS, "state": STATES}
"""The values of the methods that take one of a few words."""
WORLDLY = frozenset({*_WORDS, "changed"})
"""Methods whose answer depends on the state of the world, so that it may be nothing."""

WorldLookup = Callable[[str, str], Mapping[AssetKey, Rules] | Set[AssetKey]]
"""Finds the assets that a method and its value mean; a mapping also says of which partitions."""


class Selectors:
    """Finds what terms mean in one graph.

    Args:
        graph: The assets and sources.
        root: The project's folder, to which `path:` is relative.
        world: Looks up what depends on the state of the world; without it such a term is an error.
        checked: Sources that may be asked for by themselves, as their checks are then.
    """

    def __init__(
        self, graph: AssetGraph, *, root: str, world: WorldLookup | None, checked: Iterable[AssetKey] = ()
    ) -> None:
        self._graph = graph
        self._checked = dict.fromkeys(checked)
        self._root = root.rstrip("/") + "/" if root else ""
        self._world = world
        self._methods: dict[str, Callable[[str], Iterable[AssetKey]]] = {
            "tag": self._find_tagged,
            "group": self._find_in("group", lambda record: [record.group]),
            "kind": self._find_in("kind", lambda record: record.kinds),
            "owner": self._find_in("owner", lambda record: record.owners),
            "path": self._find_at_path,
            "file": self._find_in_file,
            "job": partial(list_assets, graph),
        }

    def find(self, term: Term, *, with_sources: bool = False) -> Chosen:
        """Return the assets that a term means, with its operators followed.

        Args:
            term: The term.
            with_sources: A source may be meant, and is in the answer: what is asked for is not built itself.

        Raises:
            SelectionError: it names something unknown, or a source alone.
        """
        seeds = self._find_seeds(term, follows=with_sources or term.steps.down != 0)
        return self.follow(seeds, term.steps, term.text, with_sources=with_sources)

    def follow(self, seeds: Chosen, steps: Steps, text: str, *, with_sources: bool = False) -> Chosen:
        """Return what is meant where operators and a partition stand around something that means `seeds`."""
        rule = steps.rule
        below = self._graph.descendants(seeds, steps.down)
        self._check_partitioned(rule, {*seeds, *below}, text)
        above = self._graph.ancestors({*seeds, *below} if steps.around else seeds, steps.up)
        given = [rules for key, rules in seeds.items() if key in self._graph.assets]
        are_given = bool(given) and all(None not in rules for rules in given)
        if rule is not None and are_given:
            raise SelectionError(f"{text}: partitions are given twice", hint="leave out one of the two")
        chosen: Chosen = dict.fromkeys(above, () if rule is not None or are_given else (None,))
        chosen |= dict.fromkeys(below, (rule,))
        for key, rules in seeds.items():
            chosen[key] = rules if rule is None else tuple(rule if each is None else each for each in rules)
        kept = self._graph.sources if with_sources else self._checked
        return {key: rules for key, rules in chosen.items() if key in self._graph.assets or key in kept}

    def _find_seeds(self, term: Term, *, follows: bool) -> Chosen:
        if term.method in WORLDLY:
            return self._look_up(term.method, term.value)
        if term.method is None or term.method == "key":
            return dict.fromkeys(self._find_named(term, follows=follows), (None,))
        if term.method == "partition":
            return self._find_with_key(term)
        method = self._methods.get(term.method)
        if method is None:
            if any(str(check) == f"{term.method}:{term.value}" for check in self._graph.checks):
                raise SelectionError(
                    f"{term.method}:{term.value} is a check, and assets are selected",
                    hint=f"name the asset: {term.method}",
                )
            methods = sorted([*self._methods, *WORLDLY, "key", "partition", "selector"])
            raise SelectionError(
                f"there is no selection method {term.method}:",
                hint=suggest(find_nearest(term.method, methods)) or f"the methods are {', '.join(methods)}",
            )
        return dict.fromkeys(method(term.value), (None,))

    def _check_partitioned(self, rule: KeyRule | None, reached: Iterable[AssetKey], text: str) -> None:
        if rule is None or isinstance(rule, MissingKeys):
            return
        keys = [key for key in reached if key in self._graph.assets]
        if keys and all(self._graph.assets[key].partitions is None for key in keys):
            names = ", ".join(sorted(map(str, keys))[:3])
            raise SelectionError(f"{text}: {names} has no partitions", hint="leave out the @ and the key")

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex([*self._graph.sources, *self._graph.assets, *self._graph.unavailable])

    def _find_named(self, term: Term, *, follows: bool) -> Iterable[AssetKey]:
        if has_wildcard(term.value):
            pattern = compile_wildcard(term.value)
            within = [*(self._graph.sources if follows else self._checked), *self._graph.order]
            return [key for key in within if pattern.fullmatch(str(key))] or self._refuse_unknown(term.value)
        found = self._index.find_named(term.value)
        if not found:
            if not self._index.find_nearest(term.value):
                _refuse_file(term)
            self._refuse_unknown(term.value)
        if len(found) > 1:
            names = ", ".join(sorted(map(str, found)))
            raise SelectionError(f"{term.value} may mean {names}", hint="write the whole name")
        if found[0] in self._graph.unavailable:
            raise SelectionError(f"{found[0]} is unavailable: it needs {self._graph.unavailable[found[0]]}")
        if found[0] in self._graph.sources and not follows and found[0] not in self._checked:
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

    def _find_in_file(self, value: str) -> Iterable[AssetKey]:
        pattern = compile_wildcard(value.removeprefix("./"))

        def read(record: AssetRecord) -> list[str]:
            file = record.place.file
            parts = file.removeprefix(self._root).split("/")
            return [file, *("/".join(parts[start:]) for start in range(len(parts)))]

        return self._filter("file", value, read, lambda record: any(map(pattern.fullmatch, read(record))))

    def _find_with_key(self, term: Term) -> Chosen:
        """Return the assets with partitions; which of them have the key is seen where their keys are known."""
        if term.steps.rule is not None:
            raise SelectionError(f"{term.text}: partitions are given twice", hint="leave out the @ and the key")
        rule = read_rule(term.value)
        found = [key for key in self._graph.order if self._graph.assets[key].partitions is not None]
        if not found:
            raise SelectionError(f"{term.text}: no asset has partitions", hint="leave it out")
        return dict.fromkeys(found, (rule,))

    def _look_up(self, method: str, value: str) -> Chosen:
        words = _WORDS.get(method)
        if words is not None and value not in words:
            raise SelectionError(
                f"there is no {method} {value!r}",
                hint=suggest(find_nearest(value, words)) or f"it is one of {', '.join(words)}",
            )
        if self._world is None:
            raise SelectionError(f"{method}:{value} cannot be used here: the state is not known yet")
        found = self._world(method, value)
        return dict(found) if isinstance(found, Mapping) else dict.fromkeys(found, (None,))


def _list_folders(file: str) -> list[str]:
    parts = file.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


def is_file_name(text: str) -> bool:
    """Tell whether what stands behind an @ is meant to be a file, not an asset."""
    return bool(PurePath(text).suffix) or text.startswith(("/", "./", "../"))


def _refuse_file(term: Term) -> None:
    """Raise where a term is a file of terms that something stands beside."""
    file = term.value if term.steps.around else term.value[1:] if term.value.startswith("@") else ""
    if is_file_name(file):
        raise SelectionError(
            f"@{file}: a file of terms stands alone, as a word of the command line",
            hint="give it as one more selection, for the union; or save it in assets.toml and write selector:NAME",
        )
