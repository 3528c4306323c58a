"""Interpreting: what a function returned or yielded becomes results, each of one of its outputs or checks."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.operation import OutputSlot
from assetmake.definitions.checking.specs import AssetCheckResult, AssetCheckSpec, find_spec, passes
from assetmake.definitions.occurrences.asset_events import AssetMaterialization, AssetObservation
from assetmake.definitions.results import DataVersion, MaterializeResult, Nothing, ObserveResult, Output
from assetmake.errors import InvariantError, MissingOutputError, ValueTypeError


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
        return asyncio.run(returned)
    return _iterate(returned) if inspect.isasyncgen(returned) else returned


def _iterate(results: Any) -> Iterator[Any]:
    with asyncio.Runner() as runner:
        while True:
            try:
                yield runner.run(anext(results))
            except StopAsyncIteration:
                return


class Interpreter:
    """Reads what a function gives.

    Args:
        definition: The assets and checks that are asked for.
    """

    def __init__(self, definition: AssetsDefinition) -> None:
        self._definition = definition
        self._name = definition.node_def.name
        self._slots = {slot.name: slot for slot in definition.output_slots}
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
        if inspect.isgenerator(returned):
            is_empty = True
            for item in returned:
                is_empty = False
                yield from self._read_item(item)
            yield from self._complete(implied=is_empty or not self._given)
        else:
            yield from self._read_value(returned)
            yield from self._complete(implied=not self._given)

    def _read_value(self, returned: Any) -> Iterator[Result]:
        if not self._slots:
            yield from self._read_answers(returned)
            return
        if isinstance(returned, tuple | list) and any(map(_is_result, returned)) and not _is_named_tuple(returned):
            yield from self._read_results(returned)
        elif _is_result(returned):
            self._refuse_single(returned)
            yield from self._read_item(returned)
        elif len(self._slots) == 1:
            yield from self._read_single(returned)
        elif returned is None and all(not slot.stores and slot.is_required for slot in self._slots.values()):
            return
        else:
            yield from self._read_results(self._check_several(returned))

    def _read_single(self, returned: Any) -> Iterator[Result]:
        (slot,) = self._slots.values()
        if isinstance(returned, tuple) and len(returned) == 1 and len(self._definition.entire.specs) > 0 and (
            slot.name != "result" and self._definition.entire.specs != ()
        ):
            yield from self._make(slot, returned[0])
        elif slot.stores or returned is not None:
            yield from self._make(slot, returned)

    def _refuse_single(self, returned: Any) -> None:
        if len(self._slots) > 1 and isinstance(returned, Output | MaterializeResult):
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
        if not isinstance(returned, tuple | list):
            raise self._single(returned)
        if len(returned) != len(self._slots):
            raise InvariantError(
                f"Length mismatch between returned tuple of outputs and number of output_defs on op '{self._name}'. "
                f"Output tuple has {len(returned)} outputs, while it has {len(self._slots)} outputs."
            )
        return returned

    def _read_results(self, several: Iterable[Any]) -> Iterator[Result]:
        for place, item in enumerate(several):
            if isinstance(item, AssetCheckResult | MaterializeResult | AssetMaterialization | AssetObservation):
                yield from self._read_item(item)
                continue
            slot = list(self._slots.values())[place]
            if isinstance(item, Output):
                if item.output_name not in {None, "result", slot.name}:
                    raise InvariantError(
                        f"Bad state: Received a tuple of outputs. An output was explicitly named '{item.output_name}', "
                        f"which does not match the output definition specified for position {place}: '{slot.name}'."
                    )
                yield from self._make(slot, item.value, item.metadata, item.data_version, getattr(item, "tags", None))
            else:
                yield from self._make(slot, item)

    def _read_answers(self, returned: Any) -> Iterator[Result]:
        several = returned if isinstance(returned, tuple | list) else [returned]
        for item in several:
            if item is not None:
                yield from self._read_item(item)

    def _read_item(self, item: Any) -> Iterator[Result]:
        match item:
            case Output():
                yield from self._make(
                    self._find_output(item), item.value, item.metadata, item.data_version, getattr(item, "tags", None)
                )
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
                        "wrapped in one of these types."
                    )
                yield self._check(answer)

    def _find_output(self, output: Output[Any]) -> OutputSlot:
        name = output.output_name
        if name in {None, "result"} and len(self._slots) == 1:
            return next(iter(self._slots.values()))
        if name not in self._slots:
            known = list(self._slots) or list(self._definition.node_def.outs)
            raise InvariantError(
                f"Core compute for op '{self._name}' returned an output '{name}' that does not exist. The available "
                f"outputs are {known}"
            )
        return self._slots[name]

    def _read_materialize_result(self, result: MaterializeResult[Any]) -> Iterator[Result]:
        slot = self._find_asset(result)
        for found in result.check_results or ():
            yield self._check(found, asset_key=slot.key)
        value = result.value
        if value is Nothing and slot.stores and slot.dagster_type.typing_type is not Any:
            self._check_type(slot, None)
        self._note(slot)
        yield Made(slot, value, result.metadata or {}, getattr(result, "tags", None) or {}, result.data_version)

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
            spec = find_spec(result, self._checks)
        self._answered.add(spec.key)
        return Checked(spec, result.complete(spec))

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
        if not slot.dagster_type.accepts(value):
            raise ValueTypeError(
                f'Type check failed for step output "{slot.name}" - expected type "{slot.dagster_type.display_name}". '
                f"Description: Value of {self._name} is {value!r}, a {type(value).__name__}."
            )

    def _note(self, slot: OutputSlot) -> None:
        if slot.name in self._given:
            raise InvariantError(f"Compute for op '{self._name}' returned an output '{slot.name}' multiple times")
        waits = {
            dep.asset_key for spec in self._definition.specs if spec.key == slot.key for dep in spec.deps
        } - {slot.key}
        for other in self._slots.values():
            if other.key in waits and other.name not in self._given:
                raise InvariantError(f'Asset "{slot.key}" was yielded before its dependency "{other.key}".')
        self._given.append(slot.name)

    def _complete(self, *, implied: bool) -> Iterator[Result]:
        """Yield what is implied: that the function kept by itself what it does not tell of."""
        for slot in self._slots.values():
            if slot.name in self._given or not slot.is_required:
                continue
            if slot.stores:
                raise self._missing(slot.name)
            if implied:
                self._given.append(slot.name)
                yield Made(slot, Nothing)
        for spec in self._checks:
            if spec.key not in self._answered and not (self._slots and spec.asset_key not in self._made_keys()):
                raise self._missing(spec.get_python_identifier())

    def _made_keys(self) -> set[AssetKey]:
        return {self._slots[name].key for name in self._given}

    def _missing(self, name: str) -> MissingOutputError:
        return MissingOutputError(
            f'Core compute for op "{self._name}" did not return an output for non-optional output "{name}"'
        )


def read_observation(definition: AssetsDefinition, returned: Any) -> list[tuple[AssetKey, Mapping[str, Any], DataVersion | None]]:
    """Return what a function that looks at assets found: of each, metadata and perhaps a version."""
    several = list(returned) if inspect.isgenerator(returned) else [returned]
    found = []
    for each in several:
        match each:
            case DataVersion():
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


def _is_result(value: object) -> bool:
    return isinstance(value, Output | MaterializeResult | AssetCheckResult)


def _is_named_tuple(value: object) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")
