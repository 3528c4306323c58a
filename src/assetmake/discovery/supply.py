"""Supply: which resources and IO managers of the user's an asset gets, and which module's `Definitions` give them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.operation import Operation
from assetmake.definitions.configuring.kinds import Openable
from assetmake.definitions.configuring.opening import is_partial
from assetmake.definitions.definitions import Definitions
from assetmake.definitions.keeping.filesystem import fs_io_manager
from assetmake.definitions.keeping.io_manager import InputManager, IOManager
from assetmake.definitions.metadata.reading import check_metadata, write_plain
from assetmake.definitions.naming import NameIndex, find_nearest, suggest
from assetmake.definitions.place import Place
from assetmake.discovery.installed import IO_MANAGER, RESOURCE, open_installed
from assetmake.errors import ConfigError
from assetmake.storage.io_managers import IO_MANAGERS, is_asked, name_asked, open_io_manager

_SHOWN = 3
_PLACES = "dagster/code_references"


@dataclass(frozen=True, slots=True)
class Giver:
    """A `Definitions` that gives resources.

    Attributes:
        module: The module in which it was found.
        place: Where it is made.
        resources: By name.
        keys: The assets and checked assets that it lists.
    """

    module: str
    place: Place
    resources: Mapping[str, Any]
    keys: frozenset[AssetKey]


@dataclass(frozen=True, slots=True)
class Supplied:
    """One resource as an asset gets it; `module` is empty where the asset brings it along."""

    name: str
    module: str
    value: Any

    @property
    def source(self) -> tuple[str, str]:
        return self.name, self.module


@dataclass(frozen=True, slots=True)
class Problem:
    """What an asset cannot get, in words; `lost` is a name that nothing gives."""

    text: str
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What an asset gets of the user's.

    Attributes:
        resources: What its function asks for, and what these need in turn, by name.
        keeper: The IO manager that stores it, with what that needs; nothing where a built-in one does.
        loaders: The IO managers that load what it reads, by parameter, where they are the user's; of what it asks for
            itself, by `name_asked`.
        problems: What it cannot get.
        told: The metadata that IO managers of the user's are told: under "" with a result, under a parameter's name
            with an input, where there is any.
    """

    resources: Mapping[str, Supplied] = field(default_factory=dict)
    keeper: tuple[Supplied, ...] = ()
    loaders: Mapping[str, tuple[Supplied, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """The name and the module of all that its function and the storing of its result need."""
        return tuple(dict.fromkeys(each.source for each in (*self.resources.values(), *self.keeper)))

    @property
    def loading(self) -> tuple[tuple[str, str, str], ...]:
        """The parameter, the name and the module of all that loads its inputs; of what that needs, no parameter."""
        found = [
            ("" if number else parameter, *each.source)
            for parameter, several in self.loaders.items()
            for number, each in enumerate(several)
        ]
        return tuple(dict.fromkeys(found))


class Supply:
    """Finds what assets get.

    Args:
        givers: What gives resources, in the order of modules.
        assigned: The assets and checks with their modules.
    """

    def __init__(self, givers: Sequence[Giver], assigned: Sequence[tuple[AssetsDefinition, str]]) -> None:
        self._givers = [giver for giver in givers if giver.resources]
        self._modules = {id(definition): module for definition, module in assigned}
        self._producers = {key: definition for definition, _ in reversed(assigned) for key in definition.keys}
        self._index = NameIndex(self._producers)

    @cached_property
    def _is_empty(self) -> bool:
        """Tell whether no asset can get anything."""
        others = any(each.io_manager_key not in IO_MANAGERS for each in self._producers.values())
        return not (self._givers or others or any(self._list_own()))

    def list_all(self) -> dict[str, list[Any]]:
        """Return by name every resource that something gives."""
        found: dict[str, list[Any]] = {}
        for held in (*(each.resources for each in self._givers), *self._list_own()):
            for name, value in held.items():
                if not _is_built_in(name, value) and not any(value is known for known in found.get(name, ())):
                    found.setdefault(name, []).append(value)
        return found

    def find_needs(self, definition: AssetsDefinition, *, with_deps: bool = False) -> Needs:
        """Return what one asset gets; `with_deps`: it may load what is under `deps=`, too."""
        search = _Search(self, definition)
        operation = definition.operation
        if operation is None or (self._is_empty and not _asks(operation)):
            return Needs()
        asked = sorted(operation.resource_keys)
        found = [each for name in asked for each in search.follow(name, by=_tell_asker(definition, name))]
        keeper: tuple[Supplied, ...] = ()
        if definition.specs and definition.stores:
            keeper = tuple(search.follow_keeper(definition.io_manager_key))
        loaders = dict(self._find_loaders(definition, search))
        if with_deps:
            loaders |= self._find_asked(definition)
        told = {use: said for use, said in self._list_told(definition, keeper, loaders) if any(said)}
        return Needs({each.name: each for each in found}, keeper, loaders, tuple(search.problems), told)

    def find(self, name: str, definition: AssetsDefinition) -> Supplied | str | None:
        """Return who gives a resource to an asset; None for nobody, and in words why it cannot be told.

        What the asset brings along comes first; then the `Definitions` that list it; then those of its module.
        """
        if name in definition.resource_defs:
            value = definition.resource_defs[name]
            return None if _is_built_in(name, value) else Supplied(name, "", value)
        givers = [giver for giver in self._givers if name in giver.resources]
        module = self._modules.get(id(definition), "")
        keys = definition.keys or {spec.asset_key for spec in definition.check_specs}
        nearer = [giver for giver in givers if giver.keys & keys] or [each for each in givers if each.module == module]
        chosen = nearer or givers
        if not chosen:
            return None
        first = chosen[0].resources[name]
        other = next((each for each in chosen if each.resources[name] is not first), None)
        if other is not None:
            return (
                f"{name} is given in two places, {chosen[0].place} and {other.place}, by different objects; "
                "give one of them another name, or list the asset in the Definitions that is meant"
            )
        return None if _is_built_in(name, first) else Supplied(name, chosen[0].module, first)

    def list_visible(self, definition: AssetsDefinition) -> Iterator[Supplied]:
        """Return all that an asset could get."""
        given = [name for each in self._givers for name in each.resources]
        for name in dict.fromkeys([*definition.resource_defs, *given]):
            found = self.find(name, definition)
            if isinstance(found, Supplied):
                yield found

    def suggest(self, name: str) -> str:
        """Return what a name that nothing gives may have been meant to be, and else what to do."""
        known = list(self.list_all())
        near = difflib.get_close_matches(name, known, _SHOWN)
        if near:
            return f"did you mean {' or '.join(near)}?"
        has = f"given are {', '.join(sorted(known))}; " if known else ""
        return f'{has}write Definitions(resources={{"{name}": ...}}) in a module that [project] modules lists'

    def _find_loaders(
        self, definition: AssetsDefinition, search: _Search
    ) -> Iterator[tuple[str, tuple[Supplied, ...]]]:
        operation = definition.operation
        for slot in operation.inputs if operation is not None else ():
            if not slot.is_loaded:
                continue
            if slot.input_manager_key:
                found = tuple(search.follow_keeper(slot.input_manager_key, loads=slot.name))
            else:
                found = self._find_keeper(self._find_meant(slot.key, definition))
            if found:
                yield slot.name, found

    def _find_asked(self, definition: AssetsDefinition) -> dict[str, tuple[Supplied, ...]]:
        """Return what loads the upstreams that no parameter is given, where it is the user's."""
        deps = [each.key for each in definition.dependencies if each.parameter is None]
        meant = [self._find_meant(key, definition) for key in deps]
        found = {name_asked(each[0]): self._find_keeper(each) for each in meant if each}
        return {name: several for name, several in found.items() if several}

    def _find_meant(self, key: AssetKey, definition: AssetsDefinition) -> Sequence[AssetKey]:
        return self._index.find_upstream(key, consumer=next(iter(sorted(definition.keys)), key))

    def _find_keeper(self, meant: Sequence[AssetKey]) -> tuple[Supplied, ...]:
        """Return the IO manager of the user's that keeps the one asset that is meant, with what that needs."""
        upstream = self._producers.get(meant[0]) if len(meant) == 1 else None
        if upstream is None:
            return ()
        told = upstream.io_manager_key if upstream.is_external else ""
        key = next((each.io_manager_key for each in upstream.output_slots if each.key == meant[0]), told)
        return tuple(_Search(self, upstream).follow_keeper(key)) if key else ()

    def _list_told(
        self, definition: AssetsDefinition, keeper: tuple[Supplied, ...], loaders: Mapping[str, tuple[Supplied, ...]]
    ) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield the metadata that an IO manager of the user's may go by, of each use."""
        if keeper:
            yield "", [_write_told(each.metadata) for each in definition.output_slots if each.key in definition.keys]
        for slot in definition.operation.inputs if definition.operation is not None else ():
            if slot.is_loaded and slot.name in loaders:
                meant = self._find_meant(slot.key, definition)
                specs = [self._producers[key].specs_by_key[key] for key in meant if key in self._producers]
                yield slot.name, [_write_told(slot.metadata), *(_write_told(spec.metadata) for spec in specs)]
        asked = {name_asked(key): key for key in self._producers} if any(map(is_asked, loaders)) else {}
        for name in filter(is_asked, loaders):
            yield name, [_write_told(self._producers[asked[name]].specs_by_key[asked[name]].metadata)]

    def _list_own(self) -> Iterable[Mapping[str, Any]]:
        return (definition.resource_defs for definition in self._producers.values())


@dataclass(slots=True)
class _Search:
    """What one asset gets, followed from resource to resource."""

    supply: Supply
    definition: AssetsDefinition
    problems: list[Problem] = field(default_factory=list)

    def follow(self, name: str, *, by: str, seen: tuple[str, ...] = ()) -> Iterator[Supplied]:
        """Yield a resource and all that it needs in turn."""
        found = self.supply.find(name, self.definition) or _find_installed(name, RESOURCE)
        if found is None:
            text = f"{by} the resource {name}, and nothing gives it; {self.supply.suggest(name)}"
            self.problems.append(Problem(text, name))
        elif isinstance(found, str):
            self.problems.append(Problem(f"{by} the resource {name}, and {found}"))
        elif name not in seen:
            yield from self._follow_found(found, (*seen, name))

    def follow_keeper(self, name: str, *, loads: str = "") -> Iterator[Supplied]:
        """Yield an IO manager and all that it needs, where it is the user's; `loads` is the parameter that it loads."""
        found = self.supply.find(name, self.definition) or _find_installed(name, IO_MANAGER)
        if found is None and loads:
            try:
                open_io_manager(name)
            except ConfigError as error:
                near = suggest(find_nearest(name, list(self.supply.list_all())))
                text = f"parameter {loads!r} has input_manager_key={name!r}, and {error.message}; {near or error.hint}"
                self.problems.append(Problem(text, name))
        elif isinstance(found, str):
            self.problems.append(Problem(f"its IO manager {found}"))
        elif found is not None:
            wanted = InputManager if loads else IOManager
            if not isinstance(found.value, (Openable, wanted)):
                kind = type(found.value).__name__
                self.problems.append(Problem(f"its IO manager {name} is {kind}, which is no {wanted.__name__}"))
            yield from self._follow_found(found, (name,))

    def _follow_found(self, found: Supplied, seen: tuple[str, ...]) -> Iterator[Supplied]:
        yield found
        for name in sorted(getattr(found.value, "required_resource_keys", None) or ()):
            yield from self.follow(name, by=f"its resource {found.name} needs", seen=seen)
        for nested in _list_partial(found.value):
            named = next((each for each in self.supply.list_visible(self.definition) if each.value is nested), None)
            if named is not None and named.name not in seen:
                yield from self._follow_found(named, (*seen, named.name))


def _find_installed(name: str, kind: str) -> Supplied | None:
    value = open_installed(kind + name).get(name)
    return None if value is None else Supplied(name, kind + name, value)


def list_givers(module: str, several: Iterable[Definitions]) -> list[Giver]:
    """Return what gives resources in a module."""
    return [
        Giver(
            module,
            each.place,
            each.resources,
            frozenset(
                [
                    *(key for one in each.assets for key in _list_keys(one)),
                    *(key.asset_key for one in each.asset_checks for key in one.check_keys),
                ]
            ),
        )
        for each in several
    ]


def _list_keys(declared: Any) -> Iterable[AssetKey]:
    return declared.keys if isinstance(declared, AssetsDefinition) else (declared.key,)


def _asks(operation: Operation) -> bool:
    """Tell whether a function asks for something of the user's by name."""
    return bool(operation.resource_keys) or any(slot.input_manager_key for slot in operation.inputs)


def _list_partial(resource: Any) -> Iterator[Any]:
    """Return the resources inside a resource that have to be declared under a name of their own."""
    if not isinstance(resource, Openable):
        return
    for nested in getattr(resource, "nested_resources", {}).values():
        if is_partial(nested):
            yield nested
        else:
            yield from _list_partial(nested)


def _is_built_in(name: str, value: Any) -> bool:
    """Tell whether a resource is what `with_resources` gives where nobody says how values are kept."""
    return name == DEFAULT_IO_MANAGER and value is fs_io_manager


def _tell_asker(definition: AssetsDefinition, name: str) -> str:
    parameters = definition.node_def.parameters.resources
    return f"parameter {name!r} needs" if name in parameters else "required_resource_keys names"


def _write_told(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return metadata as JSON has it; where the code stands is for people, and moves with every line."""
    read = check_metadata(metadata or {}, unknown_as_text=True)
    return {name: [value.kind, write_plain(value)] for name, value in read.items() if name != _PLACES}
