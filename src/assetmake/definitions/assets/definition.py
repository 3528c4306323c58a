"""AssetsDefinition: one or more assets, and the function that makes them, if any does."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from typing import Any, NoReturn

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.changing import change_attributes, change_specs, select_part
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.assets.described import Described
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER, Keeping
from assetmake.definitions.assets.operation import Operation, OutputSlot
from assetmake.definitions.assets.specs import AssetSpec, gather_specs
from assetmake.definitions.backfill import BackfillPolicy
from assetmake.definitions.checking.keys import AssetCheckKey
from assetmake.definitions.checking.specs import AssetCheckSpec
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.place import Place, find_caller
from assetmake.definitions.refused import NO_HOOKS, refuse_ops
from assetmake.definitions.retry import RetryPolicy
from assetmake.errors import DefinitionError, InvariantError

_INVOKING, _EXTERNAL = "assetmake.definitions.invoking", "assetmake.definitions.external"
"""What needs to know of this class, and is loaded where it is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class AssetsDefinition(Described):
    """One or more assets as declared; callable like the function that makes them.

    Made by `@asset`, `@multi_asset` and their like. Made by hand of specs alone, it tells of external assets.

    Attributes:
        specs: What is said of each asset.
        operation: The function, and how it runs; None for external assets.
        check_specs: The checks that the function makes besides.
        whole: The definition of which these assets and checks were selected; None: this is all of it.
        can_subset: The function can make some of its assets and leave the others.
        backfill_policy: How many partitions one call makes.
        resource_defs: Resources that are its own.
        keeping: How its result is found again.
        is_observation: The function looks at assets that others make.
        observe_interval: Minutes after which it looks again.
        place: Where it is declared.
    """

    specs: tuple[AssetSpec, ...]
    _: KW_ONLY
    operation: Operation | None = None
    check_specs: tuple[AssetCheckSpec, ...] = ()
    whole: AssetsDefinition | None = None
    can_subset: bool = False
    backfill_policy: BackfillPolicy | None = None
    resource_defs: Mapping[str, Any] = field(default_factory=dict)
    keeping: Keeping = field(default_factory=Keeping)
    is_observation: bool = False
    observe_interval: float | None = None
    place: Place = field(default_factory=find_caller)

    def __new__(cls, *_given: Any, **options: Any) -> Any:
        """Make one; of an op, there being none, what says so where it is used."""
        return refuse_ops("AssetsDefinition", (), options) or object.__new__(cls)

    @classmethod
    def from_op(cls, *given: Any, **options: Any) -> Any:
        """Return what stands for assets made by an op, and says where it is used that there are none."""
        return refuse_ops("AssetsDefinition.from_op", given, options)

    @classmethod
    def from_graph(cls, *given: Any, **options: Any) -> Any:
        """Return what stands for assets made by a graph, and says where it is used that there are none."""
        return refuse_ops("AssetsDefinition.from_graph", given, options)

    def __post_init__(self) -> None:
        if len(self.specs) != 1 or not isinstance(self.specs, tuple):
            object.__setattr__(self, "specs", gather_specs(self.specs))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the decorated function, as a test does."""
        return importlib.import_module(_INVOKING).invoke(self, args, kwargs)

    # What runs

    @property
    def function(self) -> Callable[..., Any]:
        """The user's function.

        Raises:
            InvariantError: nothing here makes the assets.
        """
        return self.node_def.function

    @property
    def node_def(self) -> Operation:
        if self.operation is None:
            raise InvariantError(f"{self.title} is external: no function makes it here")
        return self.operation

    op = node_def

    @property
    def is_executable(self) -> bool:
        return self.operation is not None

    @property
    def is_materializable(self) -> bool:
        return self.operation is not None and not self.is_observation

    @property
    def is_observable(self) -> bool:
        return self.operation is not None and self.is_observation

    @property
    def is_external(self) -> bool:
        return not self.is_materializable

    @property
    def required_resource_keys(self) -> set[str]:
        if self.operation is None:
            return {spec.io_manager_key for spec in self.specs if spec.io_manager_key}
        stored = {slot.io_manager_key for slot in self.operation.outputs if slot.stores}
        return set(self.operation.resource_keys) | stored

    # What it makes

    @property
    def entire(self) -> AssetsDefinition:
        """The definition with all that its function can make."""
        return self.whole or self

    @property
    def title(self) -> str:
        """All keys, for messages."""
        return ", ".join(str(spec.key) for spec in self.entire.specs) or getattr(self.operation, "name", "nothing")

    @property
    def check_keys(self) -> set[AssetCheckKey]:
        return {spec.key for spec in self.check_specs}

    @property
    def check_key(self) -> AssetCheckKey:
        """The key of its one check.

        Raises:
            InvariantError: there are more, or none.
        """
        if len(self.check_specs) != 1:
            raise InvariantError(f"Tried to retrieve the check key of {self.title}, which has not one check")
        return self.check_specs[0].key

    def get_spec_for_check_key(self, key: AssetCheckKey) -> AssetCheckSpec:
        return next(spec for spec in self.check_specs if spec.key == key)

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """The partitions of its assets: of several different sets that of the first."""
        told = [*(spec.partitions_def for spec in self.specs), *(spec.partitions_def for spec in self.check_specs)]
        return next((partitions for partitions in told if partitions is not None), None)

    # What it reads

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """The upstreams of its one asset or check: what parameters load first, then what is not loaded."""
        slots = self.operation.inputs if self.operation else ()
        loaded = [Dependency(slot.key, slot.name, slot.mapping) for slot in slots if slot.is_loaded]
        known = {dependency.key: dependency.mapping for dependency in loaded}
        # That the function reads earlier partitions of what it makes does not say that this looks at the present one.
        inner = self.entire.keys - {spec.key for spec in self.specs}
        told = self.specs[0].deps if self.specs else self.check_specs[0].deps
        others = [Dependency(dep.asset_key, None, dep.partition_mapping) for dep in told]
        besides = [
            each for each in others if each.key not in known or (each.key in inner and each.mapping != known[each.key])
        ]
        return (*loaded, *besides)

    @property
    def asset_deps(self) -> dict[AssetKey, set[AssetKey]]:
        """The upstreams of every asset that the function can make."""
        return {spec.key: {dep.asset_key for dep in spec.deps} for spec in self.entire.specs}

    @property
    def dependency_keys(self) -> set[AssetKey]:
        return {dep.asset_key for spec in self.specs for dep in spec.deps}

    @property
    def upstream_keys(self) -> set[AssetKey]:
        """All that it reads or waits for, but for what it makes itself."""
        read = {slot.key for slot in self.operation.inputs} if self.operation else set()
        own = self.entire.keys
        return {key for key in read | self.dependency_keys if key not in own}

    @property
    def keys_by_input_name(self) -> dict[str, AssetKey]:
        """What the assets that are asked for read, by parameter; of what is not loaded, by a name made of its key."""
        read = {dep.asset_key for spec in self.specs for dep in spec.deps}
        checked = {spec.asset_key for spec in self.check_specs} - self.keys
        read |= checked | {dep.asset_key for spec in self.check_specs for dep in spec.additional_deps}
        return {name: key for name, key in self.node_keys_by_input_name.items() if key in read}

    @property
    def node_keys_by_input_name(self) -> dict[str, AssetKey]:
        """What the function reads, and what of its own assets its other assets need, where it makes some of them."""
        named = {slot.name: slot.key for slot in (self.operation.inputs if self.operation else ())}
        if self.can_subset:
            own = self.entire.keys
            between = {dep.asset_key for spec in self.entire.specs for dep in spec.deps if dep.asset_key in own}
            named |= {key.to_python_identifier(): key for key in between if key not in set(named.values())}
        return named

    @property
    def input_names(self) -> list[str]:
        return list(self.keys_by_input_name)

    @property
    def keys_by_output_name(self) -> dict[str, AssetKey]:
        return {slot.name: slot.key for slot in self.output_slots}

    @property
    def node_keys_by_output_name(self) -> dict[str, AssetKey]:
        return {slot.name: slot.key for slot in self.node_def.outputs}

    @property
    def output_slots(self) -> tuple[OutputSlot, ...]:
        """The results that are asked for."""
        keys = self.keys
        return tuple(slot for slot in (self.operation.outputs if self.operation else ()) if slot.key in keys)

    @property
    def check_specs_by_output_name(self) -> dict[str, AssetCheckSpec]:
        return {spec.get_python_identifier(): spec for spec in self.check_specs}

    @property
    def node_check_specs_by_output_name(self) -> dict[str, AssetCheckSpec]:
        return {spec.get_python_identifier(): spec for spec in self.entire.check_specs}

    def get_partition_mapping(self, in_asset_key: AssetKey) -> PartitionMapping | None:
        """Return the mapping that was given for an upstream."""
        slots = [slot.mapping for slot in (self.operation.inputs if self.operation else ()) if slot.key == in_asset_key]
        deps = [
            dep.partition_mapping for spec in self.entire.specs for dep in spec.deps if dep.asset_key == in_asset_key
        ]
        return next((mapping for mapping in (*slots, *deps) if mapping is not None), None)

    # How it runs

    @property
    def takes_context(self) -> bool:
        return self.operation is not None and self.operation.parameters.takes_context

    @property
    def stores(self) -> bool:
        return self.operation is None or any(slot.stores for slot in self.output_slots[:1])

    @property
    def io_manager_key(self) -> str:
        told = [*(slot.io_manager_key for slot in self.output_slots), *(spec.io_manager_key for spec in self.specs)]
        return next(filter(None, told), DEFAULT_IO_MANAGER)

    @property
    def pool(self) -> str | None:
        return self.operation.pool if self.operation else None

    @property
    def retry_policy(self) -> RetryPolicy | None:
        return self.operation.retry_policy if self.operation else None

    @property
    def timeout(self) -> float | None:
        return self.operation.timeout if self.operation else None

    @property
    def env_vars(self) -> tuple[str, ...]:
        return self.operation.env_vars if self.operation else ()

    @property
    def aliases(self) -> tuple[AssetKey, ...]:
        return self.keeping.aliases

    @property
    def hash_rows(self) -> str:
        return self.keeping.hash_rows

    def get_asset_spec(self, key: CoercibleToAssetKey | None = None) -> AssetSpec:
        return self.spec if key is None else self.specs_by_key[AssetKey.from_coercible(key)]

    # Others like it

    def get_attributes_dict(self) -> dict[str, Any]:
        """Return what it is made of, by the name of the argument."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def map_asset_specs(self, change: Callable[[AssetSpec], AssetSpec]) -> AssetsDefinition:
        """Return the same assets with every spec changed.

        Raises:
            InvariantError: the change leaves an upstream out that a parameter loads, or names one in two ways.
        """
        return change_specs(self, change)

    def with_attributes(self, **changes: Any) -> AssetsDefinition:
        """Return the same assets with other keys, groups, tags, metadata and so on; see `change_attributes`."""
        return change_attributes(self, **changes)

    def subset_for(
        self, selected_asset_keys: Iterable[AssetKey], selected_asset_check_keys: Iterable[AssetCheckKey] | None
    ) -> AssetsDefinition:
        """Return the same function with only some of its assets and checks asked for; see `select_part`."""
        return select_part(self, selected_asset_keys, selected_asset_check_keys)

    def with_hooks(self, hook_defs: Iterable[Any]) -> NoReturn:
        """Raise DefinitionError: there are no hooks."""
        del hook_defs
        raise DefinitionError(f"{self.title}: {NO_HOOKS}")

    def with_partitions(self, partitions_def: PartitionsDefinition | None) -> AssetsDefinition:
        """Return the same assets with another set of partitions."""
        return self.map_asset_specs(lambda spec: spec.with_partitions(partitions_def))

    def to_source_asset(self, key: CoercibleToAssetKey | None = None) -> Any:
        """Return one of its assets as others see it who only read it."""
        return importlib.import_module(_EXTERNAL).tell_as_source(self, AssetKey.from_coercible(key or self.key))

    def to_source_assets(self) -> list[Any]:
        """Return its assets as others see them who only read them."""
        return [self.to_source_asset(slot.key) for slot in self.output_slots]

    def subset_of(self, key: AssetKey) -> AssetsDefinition:
        """Return what tells of one of its assets; of assets that nothing makes here."""
        return self if len(self.specs) == 1 else replace(self, specs=(self.specs_by_key[key],))

    def with_function(self, function: Callable[..., Any]) -> AssetsDefinition:
        """Return the same assets, made by another function that is called in the same way."""
        return replace(self, operation=replace(self.node_def, function=function))
