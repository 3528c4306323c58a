"""Operation: a function, what its parameters are given, and what its results are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER
from assetmake.definitions.assets.value_types import ANY, ValueType
from assetmake.definitions.checking.asked import Asked
from assetmake.definitions.configuring.parameters import Parameters
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.retry import RetryPolicy
from assetmake.errors import InvariantError


@dataclass(frozen=True, slots=True)
class InputSlot:
    """What one parameter of a function is given, or an upstream that the function is called after.

    Attributes:
        name: The parameter's; of what is not loaded, one made of its key.
        key: The upstream, as it was written.
        mapping: Which of its partitions are read.
        dagster_type: The type that the parameter is annotated with.
        metadata: Kept for the IO manager.
        input_manager_key: The IO manager that loads it; default: the one that stored it.
        is_loaded: The function gets its value.
    """

    name: str
    key: AssetKey
    mapping: PartitionMapping | None = None
    dagster_type: ValueType = ANY
    metadata: Mapping[str, Any] = field(default_factory=dict)
    input_manager_key: str | None = None
    is_loaded: bool = True


@dataclass(frozen=True, slots=True)
class OutputSlot:
    """One result of a function.

    Attributes:
        name: "result", or the name under `outs=`; of an asset that is given by its spec, its key's.
        key: The asset that it is.
        dagster_type: The type of its value; `Nothing` where the function keeps it by itself.
        is_required: The function has to give it.
        io_manager_key: How it is kept.
        metadata, description, code_version: Of the asset.
    """

    name: str
    key: AssetKey
    dagster_type: ValueType = ANY
    is_required: bool = True
    io_manager_key: str = DEFAULT_IO_MANAGER
    metadata: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    code_version: str | None = None

    @property
    def stores(self) -> bool:
        return not self.dagster_type.is_nothing


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A function that makes assets or checks them, and how it runs.

    Attributes:
        name: Unique among those of a run: the key of a single asset, its parts joined by `__`.
        function: The user's.
        signature: The function's.
        parameters: Its parameters by what they are given.
        inputs, outputs: Its upstreams and results, in order.
        description: For people.
        config_schema: What `context.op_config` may be; None: anything.
        resource_keys: The names of resources that it asks for, whether as parameters or not.
        tags: Of the operation, for those who run it.
        pool: A name under [pools] that limits how many run at once.
        retry_policy: Tries after a failure.
        timeout: Seconds after which it is stopped.
        env_vars: Environment variables that decide the result.
        asks: Of a ready-made check: what it asks the instance for.
    """

    name: str
    function: Callable[..., Any]
    signature: inspect.Signature
    parameters: Parameters
    inputs: tuple[InputSlot, ...] = ()
    outputs: tuple[OutputSlot, ...] = ()
    description: str | None = None
    config_schema: Any = None
    resource_keys: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)
    pool: str | None = None
    retry_policy: RetryPolicy | None = None
    timeout: float | None = None
    env_vars: tuple[str, ...] = ()
    asks: Asked | None = None

    @property
    def compute_fn(self) -> Operation:
        """What `op.compute_fn.decorated_fn` is asked of."""
        return self

    @property
    def decorated_fn(self) -> Callable[..., Any]:
        return self.function

    @property
    def input_defs(self) -> Sequence[InputSlot]:
        return self.inputs

    @property
    def output_defs(self) -> Sequence[OutputSlot]:
        return self.outputs

    @property
    def ins(self) -> Mapping[str, InputSlot]:
        return {slot.name: slot for slot in self.inputs}

    @property
    def outs(self) -> Mapping[str, OutputSlot]:
        return {slot.name: slot for slot in self.outputs}

    @property
    def required_resource_keys(self) -> set[str]:
        return set(self.resource_keys)

    def output_def_named(self, name: str) -> OutputSlot:
        """Return an output by its name.

        Raises:
            InvariantError: there is none.
        """
        found = self.outs.get(name)
        if found is None:
            raise InvariantError(f"{self.name} has no output defined for {name}: it has {', '.join(self.outs)}")
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)
