"""Interpreting: what a function returned or yielded becomes results, each of one of its outputs or checks."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import OutputSlot
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.checking.specs import AssetCheckResult, AssetCheckSpec, find_spec, passes
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.resolution import reads_earlier
from assetmake.definitions.results import (
    DataVersion,
    DataVersionsByPartition,
    MaterializeResult,
    Nothing,
    ObserveResult,
    Output,
)
from assetmake.errors import InvariantError, MissingOutputError, ValueTypeError

_SHOWN = 200
_ANSWERS = "a check returns an AssetCheckResult or a bool"
LOG = logging.getLogger("assetmake.asset")


@dataclass(frozen=True, slots=True)
class Made:
    """One result.

    Attributes:
        slot: The output that it is of.
        value: `Nothing` where the function kept it by itself.
        metadata, tags, version: What is said of it.
    """

    slot: OutputSlot
    value: Any
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    version: DataVersion | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found."""

    spec: AssetCheckSpec
    result: AssetCheckResult


@dataclass(frozen=True, slots=True)
class Noted:
    """An event that the function gave among its results."""

    event: AssetMaterialization | AssetObservation


Result = Made | Checked | Noted


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function, and run what it returns to its end where that is a coroutine.

    Returns:
        The value; or an iterator, where the function yields its results.
    """
    returned = function(*args, **kwargs)
    if inspect.iscoroutine(returned):
        import asyncio  # as long to import as a hundred small nodes take

        return asyncio.run(returned)
    return _iterate(returned) if inspect.isasyncgen(returned) else returned


def _iterate(results: Any) -> Iterator[Any]:
    import asyncio

    with asyncio.Runner() as runner:
        while True:
            try:
                yield runner.run(anext(results))
            except StopAsyncIteration:
                return


class Interpreter:
    """Reads what a function gives, call by call.

    Args:
        definition: The assets and checks that are asked for.
        caller: Who called the function, as messages name it.

    Attributes:
        is_typed: Tells of an output whether its value is to be of the type that is declared; default: of all.
    """

    def __init__(self, definition: AssetsDefinition, caller: str = "Core compute for") -> None:
        self._caller = caller
        self.is_typed: Callable[[OutputSlot], bool] = lambda _: True
        self._definition = definition
        self._name = definition.node_def.name
        self._slots = {slot.name: slot for slot in definition.output_slots}
        self._all = {slot.name: slot for slot in definition.node_def.outputs}
        self._checks = definition.check_specs
        self._given: list[str] = []
        self._answered: set[Any] = set()

    def read(self, returned: Any) -> Iterator[Result]:
        """Yield the results of a function, as it gives them.

        Raises:
            InvariantError: it gave something that it does not declare.
            MissingOutputError: it did not give something that it declares.
            ValueTypeError: a value is of another type than is declared.
        """
        self._given.clear()
        self._answered.clear()
        if inspect.isgenerator(returned):
            for item in returned:
                yield from self.read_item(item)
        else:
            yield from self._read_value(returned)
        yield from self.complete()

    def _read_value(self, returned: Any) -> Iterator[Result]:
        if not self._slots:
            yield from self._read_answers(returned)
            return
        takes_several = len(self._all) + len(self._checks) > 1
        if takes_several and isinstance(returned, tuple) and any(map(_is_result, returned)):
            yield from self._read_results(returned)
        elif takes_several and isinstance(returned, list) and any(map(_is_result, returned)):
            raise self._single(returned)
        elif _is_result(returned):
            self._refuse_single(returned)
            yield from self.read_item(returned)
        elif len(self._all) == 1:
            (slot,) = self._all.values()
            if slot.stores or returned is not None:
                yield from self._make(slot, returned)
        elif returned is None and all(not slot.stores and slot.is_required for slot in self._slots.values()):
            return
        else:
            yield from self._read_results(self._check_several(returned))

    def _refuse_single(self, returned: Any) -> None:
        if len(self._all) > 1 and isinstance(returned, Output | MaterializeResult):
            required = [slot for slot in self._slots.values() if slot.is_required]
            named = getattr(returned, "asset_key", None) is not None
            if len(required) > 1 or not named:
                raise self._single(returned)

    def _single(self, returned: Any) -> InvariantError:
        return InvariantError(
            f"op '{self._name}' has multiple outputs, but only one output was returned of type {type(returned)}. When "
            "using multiple outputs, either yield each output, or return a tuple containing a value for each output."
        )

    def _check_several(self, returned: Any) -> Iterable[Any]:
        if not isinstance(returned, tuple):
            raise self._single(returned)
        if len(returned) != len(self._all):
            raise InvariantError(
                f"Length mismatch between returned tuple of outputs and number of output_defs on op '{self._name}'. "
                f"Output tuple has {len(returned)} outputs, while it has {len(self._all)} outputs."
            )
        return returned

    def _read_results(self, several: Iterable[Any]) -> Iterator[Result]:
        for place, item in enumerate(several):
            if isinstance(item, AssetCheckResult | MaterializeResult | AssetMaterialization | AssetObservation):
                yield from self.read_item(item)
                continue
            slot = list(self._all.values())[place]
            if isinstance(item, Output):
                if item.output_name not in {None, "result", slot.name}:
                    raise InvariantError(
                        f"Bad state: Received a tuple of outputs. An output was explicitly named '{item.output_name}', "
                        f"which does not match the output definition specified for position {place}: '{slot.name}'."
                    )
                yield from self._make(slot, item.value, item.metadata, item.data_version, item.tags)
            else:
                yield from self._make(slot, item)

    def _read_answers(self, returned: Any) -> Iterator[Result]:
        several = returned if isinstance(returned, tuple | list) else [returned]
        for item in several:
            if item is not None:
                yield from self.read_item(item)

    def read_item(self, item: Any) -> Iterator[Result]:
        """Yield what one of the things is that a function yields; see `read`."""
        match item:
            case Output():
                slot = self._find_output(item)
                yield from self._make(slot, item.value, item.metadata, item.data_version, item.tags)
            case MaterializeResult():
                yield from self._read_materialize_result(item)
            case AssetCheckResult():
                yield self._check(item)
            case AssetMaterialization() | AssetObservation():
                yield Noted(item)
            case _:
                answer = passes(item) if not self._slots else None
                if answer is None:
                    raise InvariantError(
                        f"Compute function for op '{self._name}' yielded a value of type {type(item)} rather than an "
                        "instance of Output, AssetMaterialization, or ExpectationResult. Values yielded by ops must be "
                        "wrapped in one of these types.",
                        hint="" if self._slots else _ANSWERS,
                    )
                yield self._check(answer)

    def _find_output(self, output: Output[Any]) -> OutputSlot:
        name = output.output_name
        if name in {None, "result"} and len(self._slots) == 1:
            return next(iter(self._slots.values()))
        if name not in self._all:
            raise InvariantError(
                f"Core compute for op '{self._name}' returned an output '{name}' that does not exist. The available "
                f"outputs are {list(self._all)}"
            )
        return self._all[str(name)]

    def _read_materialize_result(self, result: MaterializeResult[Any]) -> Iterator[Result]:
        slot = self._find_asset(result)
        value = result.value
        if value is not Nothing:
            self._check_type(slot, value)
        elif slot.stores and slot.dagster_type.typing_type is not Any:
            self._check_type(slot, None)
        self._note(slot)
        yield Made(slot, value, result.metadata or {}, result.tags or {}, result.data_version)
        for found in result.check_results or ():
            yield self._check(found, asset_key=slot.key)

    def _find_asset(self, result: MaterializeResult[Any]) -> OutputSlot:
        by_key = {slot.key: slot for slot in self._slots.values()}
        if result.asset_key is None:
            if len(by_key) != 1:
                raise InvariantError(
                    "MaterializeResult did not include asset_key and it can not be inferred. Specify which asset_key, "
                    f"options are: {sorted(map(str, by_key))}"
                )
            return next(iter(by_key.values()))
        key = AssetKey.from_coercible(result.asset_key)
        if key not in by_key:
            raise InvariantError(
                f"Asset key {key} not found in AssetsDefinition {self._definition.title}",
                hint=f"it is asked for {', '.join(sorted(map(str, by_key))) or 'none'}",
            )
        return by_key[key]

    def _check(self, result: AssetCheckResult, asset_key: AssetKey | None = None) -> Checked:
        if result.asset_key is None and asset_key is not None:
            named = [spec for spec in self._checks if spec.asset_key == asset_key]
            spec = find_spec(result, named or self._checks)
        else:
            spec = find_spec(result, self._list_checks(result))
        self._answered.add(spec.key)
        return Checked(spec, result.complete(spec))

    def _list_checks(self, result: AssetCheckResult) -> Sequence[AssetCheckSpec]:
        """Return the checks that a result may be of; one that is not asked for is let through."""
        if result.asset_key is None or result.check_name is None:
            return self._checks
        key = AssetCheckKey(AssetKey.from_coercible(result.asset_key), result.check_name)
        other = [spec for spec in self._definition.entire.check_specs if spec.key == key and spec not in self._checks]
        if other:
            LOG.warning("%s: a result of %s, which is not selected, is let through", self._name, key.to_user_string())
        return other or self._checks

    def _make(
        self,
        slot: OutputSlot,
        value: Any,
        metadata: Mapping[str, Any] | None = None,
        version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Iterator[Result]:
        self._check_type(slot, value)
        self._note(slot)
        yield Made(slot, value if slot.stores else Nothing, metadata or {}, tags or {}, version)

    def _check_type(self, slot: OutputSlot, value: Any) -> None:
        if self.is_typed(slot) and not slot.dagster_type.accepts(value):
            raise ValueTypeError(
                f'Type check failed for step output "{slot.name}" - expected type "{slot.dagster_type.display_name}". '
                f"Description: Value of {self._name} is {_show(value)}, a {type(value).__name__}.",
                hint="" if slot.stores else self._tell_how_to_store(slot),
            )

    def _tell_how_to_store(self, slot: OutputSlot) -> str:
        """Return what decides that a value is not stored, which is not always an annotation."""
        if slot.name != "result":
            return "name an io_manager_key on its AssetSpec, or declare it with outs=, to have the value stored"
        if self._definition.node_def.signature.return_annotation in {None, "None"}:
            return "drop the annotation to have the value stored"
        return "drop dagster_type=Nothing to have the value stored"

    def _note(self, slot: OutputSlot) -> None:
        if slot.name not in self._slots:
            raise InvariantError(
                f'{self._caller} op "{self._name}" returned an output "{slot.name}" that is not selected. The selected '
                f"outputs are {list(self._slots)}"
            )
        if slot.name in self._given:
            raise InvariantError(f"Compute for op '{self._name}' returned an output '{slot.name}' multiple times")
        for other in self._slots.values() if len(self._slots) > 1 else ():
            if other.name not in self._given and other.key in self._list_waits(slot):
                raise InvariantError(f'Asset "{slot.key}" was yielded before its dependency "{other.key}".')
        self._given.append(slot.name)

    def _list_waits(self, slot: OutputSlot) -> set[AssetKey]:
        """Return what an output is to come after: not that of which it reads earlier partitions."""
        spec = self._definition.specs_by_key[slot.key]
        same = (dep for dep in spec.deps if not reads_earlier(dep.partition_mapping, spec.partitions_def))
        return {dep.asset_key for dep in same} - {slot.key}

    def complete(self) -> Iterator[Result]:
        """Yield what is implied where a function told of no asset at all: that it kept all of them by itself.

        Raises:
            MissingOutputError: it did not give something that it declares.
        """
        implied = not self._given
        for slot in self._slots.values():
            if slot.name in self._given or not slot.is_required:
                continue
            if slot.stores:
                raise self._missing(slot.name)
            if implied:
                self._given.append(slot.name)
                yield Made(slot, Nothing)
        for spec in () if self._definition.can_subset else self._checks:
            if spec.key not in self._answered and not (self._slots and spec.asset_key not in self._made_keys()):
                raise self._missing(spec.get_python_identifier())

    def _made_keys(self) -> set[AssetKey]:
        return {self._slots[name].key for name in self._given}

    def _missing(self, name: str) -> MissingOutputError:
        return MissingOutputError(
            f'{self._caller} op "{self._name}" did not return an output for non-optional output "{name}"',
            hint="" if self._slots else _ANSWERS,
        )


Found = tuple[AssetKey, Mapping[str, Any], DataVersion | DataVersionsByPartition | None]
"""What a look at an asset told: its metadata, and perhaps a version, or one for each partition."""


def read_observation(definition: AssetsDefinition, returned: Any) -> list[Found]:
    """Return what a function that looks at assets found."""
    several = list(returned) if inspect.isgenerator(returned) else [returned]
    found: list[Found] = []
    for each in several:
        match each:
            case DataVersion() | DataVersionsByPartition():
                found.append((definition.key, {}, each))
            case ObserveResult():
                key = definition.key if each.asset_key is None else AssetKey.from_coercible(each.asset_key)
                found.append((key, each.metadata or {}, each.data_version))
            case None:
                found.append((definition.key, {}, None))
            case _:
                raise InvariantError(
                    f"{definition.title}: its function observes, and returned a {type(each).__name__}",
                    hint="return an ObserveResult or a DataVersion",
                )
    return found


def _show(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _is_result(value: object) -> bool:
    return isinstance(value, Output | MaterializeResult | AssetCheckResult)
