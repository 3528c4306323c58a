"""@asset and AssetsDefinition: a function, its upstreams, and how its result is kept."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, overload

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.backfill import BackfillPolicy
from assetmake.definitions.metadata import check_metadata
from assetmake.definitions.partition_mapping import PartitionMapping
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.definitions.retry import RetryPolicy
from assetmake.errors import DefinitionError

DEFAULT_IO_MANAGER = "io_manager"
DEFAULT_GROUP = "default"
ORDERED, UNORDERED = "ordered", "unordered"


@dataclass(frozen=True, slots=True)
class AssetIn:
    """Says which asset a parameter reads, where its name alone does not.

    Args:
        key: The upstream's key; default: the parameter's name.
        key_prefix: Put before the parameter's name, where no key is given.
        partition_mapping: Which upstream partitions a partition reads.
        metadata: Kept for the IO manager.
    """

    key: CoercibleToAssetKey | None = None
    key_prefix: str | Sequence[str] | None = None
    partition_mapping: PartitionMapping | None = None
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AssetDep:
    """An upstream that is not loaded, with the partitions it maps to; for `deps=`."""

    asset: CoercibleToAssetKey
    partition_mapping: PartitionMapping | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """One upstream of an asset, as it was written; the graph finds the asset that is meant."""

    key: AssetKey
    parameter: str | None = None
    mapping: PartitionMapping | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AssetsDefinition:
    """An asset as declared: made by `@asset`, callable like the function it decorates."""

    key: AssetKey
    function: Callable[..., Any]
    dependencies: tuple[Dependency, ...]
    takes_context: bool
    stores: bool
    place: Place
    partitions_def: PartitionsDefinition | None = None
    group_name: str = DEFAULT_GROUP
    tags: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    code_version: str | None = None
    io_manager_key: str = DEFAULT_IO_MANAGER
    pool: str | None = None
    retry_policy: RetryPolicy | None = None
    timeout: float | None = None
    env_vars: tuple[str, ...] = ()
    aliases: tuple[AssetKey, ...] = ()
    hash_rows: str = ORDERED
    backfill_policy: BackfillPolicy | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the decorated function, as a test does."""
        return self.function(*args, **kwargs)


@overload
def asset(function: Callable[..., Any], /) -> AssetsDefinition: ...


@overload
def asset(
    *,
    key: CoercibleToAssetKey | None = None,
    key_prefix: str | Sequence[str] | None = None,
    name: str | None = None,
    deps: Iterable[CoercibleToAssetKey | AssetDep] | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    group_name: str | None = None,
    tags: Mapping[str, str] | None = None,
    kinds: Iterable[str] | None = None,
    owners: Sequence[str] | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    code_version: str | None = None,
    io_manager_key: str | None = None,
    pool: str | None = None,
    retry_policy: RetryPolicy | None = None,
    timeout: float | None = None,
    env_vars: Iterable[str] | None = None,
    aliases: Iterable[CoercibleToAssetKey] | None = None,
    hash_rows: str | None = None,
    backfill_policy: BackfillPolicy | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def asset(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Declare an asset: the decorated function makes it, its parameters name the assets it reads.

    A first parameter named `context` is given the `AssetExecutionContext`. What the function returns is kept:
    tables as Parquet, JSON-able values as JSON, a `Path` as the file itself, everything else as a pickle.
    Annotated `-> None`, it keeps its result by itself and only the fact that it ran is recorded.

    Args:
        key: The whole key; replaces name and key_prefix.
        key_prefix: Parts before the name.
        name: Default: the function's name.
        deps: Upstreams that are not loaded: assets, sources, keys, names or AssetDep.
        ins: AssetIn for each parameter that needs one.
        partitions_def: The set of its partitions; default: none.
        group_name, tags, kinds, owners, description, metadata: For people and for selection; none of them
            makes an asset stale. The description defaults to the docstring.
        code_version: Stands for the code: while it stays the same, edits of the function do not count.
        io_manager_key: How the result is kept: "io_manager" (by type), "parquet", "json" or "pickle".
        pool: A name under [pools] that limits how many nodes run at once.
        retry_policy: Tries after a failure.
        timeout: Seconds after which a node is stopped and has failed.
        env_vars: Environment variables that decide the result. Only keyed hashes of their values are kept.
        aliases: Names that the asset had before: what was built under them is taken for its own.
        hash_rows: "unordered" where the order of a table's rows means nothing: the same rows in another order are
            then the same data. Default: "ordered".
        backfill_policy: How many partitions one call of the function makes. Default: one.

    Raises:
        DefinitionError: the declaration is wrong.

    Example:
        >>> @asset(group_name="sales")
        ... def daily_total(orders: list) -> int:
        ...     return sum(orders)
        >>> daily_total([1, 2])
        3
    """
    if function is not None:
        return declare(function, {})
    unknown = options.keys() - _list_options()
    if unknown:
        hint = f"it takes {', '.join(sorted(_list_options()))}"
        raise DefinitionError(f"@asset does not take {', '.join(sorted(unknown))}", hint=hint)
    return lambda decorated: declare(decorated, options)


@cache
def _list_options() -> frozenset[str]:
    return frozenset(inspect.signature(_declare_options).parameters) - {"function"}


def declare(function: Callable[..., Any], options: dict[str, Any]) -> AssetsDefinition:
    if not callable(function):
        raise DefinitionError(f"@asset decorates a function, not {function!r}")
    return _declare_options(function, **options)


def _declare_options(
    function: Callable[..., Any],
    *,
    key: CoercibleToAssetKey | None = None,
    key_prefix: str | Sequence[str] | None = None,
    name: str | None = None,
    deps: Iterable[CoercibleToAssetKey | AssetDep] | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    group_name: str | None = None,
    tags: Mapping[str, str] | None = None,
    kinds: Iterable[str] | None = None,
    owners: Sequence[str] | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    code_version: str | None = None,
    io_manager_key: str | None = None,
    pool: str | None = None,
    retry_policy: RetryPolicy | None = None,
    timeout: float | None = None,
    env_vars: Iterable[str] | None = None,
    aliases: Iterable[CoercibleToAssetKey] | None = None,
    hash_rows: str | None = None,
    backfill_policy: BackfillPolicy | None = None,
) -> AssetsDefinition:
    own_key = _name_asset(function, key=key, key_prefix=key_prefix, name=name)
    signature = inspect.signature(function)
    takes_context, parameters = _read_parameters(signature)
    try:
        own_key.check_name()
        _check_kinds(deps=deps, kinds=kinds, owners=owners, env_vars=env_vars, aliases=aliases, tags=tags)
        _check_texts(group_name=group_name, description=description, code_version=code_version, pool=pool)
        _check_kept(partitions_def=partitions_def, timeout=timeout, retry_policy=retry_policy, hash_rows=hash_rows)
        _check_backfill(backfill_policy, partitions_def=partitions_def)
        return AssetsDefinition(
            key=own_key,
            function=function,
            dependencies=_collect_dependencies(parameters, ins, deps),
            takes_context=takes_context,
            stores=signature.return_annotation not in {None, "None"},
            place=_find_place(function),
            partitions_def=partitions_def,
            group_name=group_name or DEFAULT_GROUP,
            tags=dict(tags or {}),
            kinds=tuple(sorted(kinds or ())),
            owners=tuple(owners or ()),
            description=textwrap.dedent(description or inspect.getdoc(function) or "").strip(),
            metadata=check_metadata(metadata or {}),
            code_version=code_version,
            io_manager_key=io_manager_key or DEFAULT_IO_MANAGER,
            pool=pool,
            retry_policy=retry_policy,
            timeout=timeout,
            env_vars=_read_variables(env_vars),
            aliases=tuple(AssetKey.from_coercible(alias) for alias in aliases or ()),
            hash_rows=hash_rows or ORDERED,
            backfill_policy=backfill_policy,
        )
    except DefinitionError as error:
        raise DefinitionError(f"asset {own_key}: {error.message}", hint=error.hint) from None


def _read_parameters(signature: inspect.Signature) -> tuple[bool, list[inspect.Parameter]]:
    """Tell whether the first parameter is the context, and return the others."""
    parameters = list(signature.parameters.values())
    takes_context = bool(parameters) and parameters[0].name == "context"
    return takes_context, parameters[takes_context:]


def _check_kinds(*, tags: object, **several: object) -> None:
    for name, value in several.items():
        if isinstance(value, str):
            raise DefinitionError(f"{name} is a list, got the text {value!r}", hint=f"write {name}=[{value!r}]")
        if value is not None and not isinstance(value, Iterable):
            raise DefinitionError(f"{name} is a list, got {value!r}")
    if tags is not None and not isinstance(tags, Mapping):
        raise DefinitionError(f"tags is a dict, got {tags!r}", hint='write tags={"layer": "gold"}')


def _read_variables(env_vars: Iterable[str] | None) -> tuple[str, ...]:
    names = tuple(env_vars or ())
    for name in names:
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise DefinitionError(f"env_vars holds {name!r}, which names no environment variable")
    return tuple(sorted(set(names)))


def _check_kept(*, partitions_def: object, timeout: object, retry_policy: object, hash_rows: object) -> None:
    if partitions_def is not None and not isinstance(partitions_def, PartitionsDefinition):
        raise DefinitionError(f"partitions_def is {partitions_def!r}, not a partitions definition")
    if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
        raise DefinitionError(f"timeout={timeout!r} is not a number of seconds above 0")
    if retry_policy is not None and not isinstance(retry_policy, RetryPolicy):
        raise DefinitionError(f"retry_policy is {retry_policy!r}, not a RetryPolicy")
    if hash_rows not in {None, ORDERED, UNORDERED}:
        raise DefinitionError(f"hash_rows={hash_rows!r} is neither {ORDERED!r} nor {UNORDERED!r}")


def _check_backfill(policy: object, *, partitions_def: object) -> None:
    if policy is None:
        return
    if not isinstance(policy, BackfillPolicy):
        raise DefinitionError(
            f"backfill_policy is {policy!r}, not a BackfillPolicy",
            hint="write backfill_policy=BackfillPolicy.single_run()",
        )
    if partitions_def is None:
        raise DefinitionError(
            "a backfill_policy is for partitioned assets", hint="give it a partitions_def, or leave it out"
        )


def _check_texts(**texts: object) -> None:
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise DefinitionError(f"{name} is a text, got {value!r}")


def _name_asset(
    function: Callable[..., Any],
    *,
    key: CoercibleToAssetKey | None,
    key_prefix: str | Sequence[str] | None,
    name: str | None,
) -> AssetKey:
    if key is not None:
        if name is not None or key_prefix is not None:
            raise DefinitionError(f"asset {key!r}: give either key, or name and key_prefix")
        return AssetKey.from_coercible(key)
    own = AssetKey(name or str(getattr(function, "__name__", "")))
    return own.with_prefix(key_prefix) if key_prefix else own


def _find_place(function: Callable[..., Any]) -> Place:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return Place(code.co_filename, code.co_firstlineno) if code else Place("<unknown>", 0)


def _collect_dependencies(
    parameters: Sequence[inspect.Parameter],
    ins: Mapping[str, AssetIn] | None,
    deps: Iterable[CoercibleToAssetKey | AssetDep] | None,
) -> tuple[Dependency, ...]:
    found: list[Dependency] = []
    rest = dict(ins or {})
    for parameter in parameters:
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            raise DefinitionError(f"parameter *{parameter.name} names no upstream asset")
        if parameter.name == "context":
            raise DefinitionError("context must be the first parameter")
        given = rest.pop(parameter.name, None)
        if given is None and parameter.default is not parameter.empty:
            continue  # an ordinary default argument; it belongs to the code
        found.append(_read_input(parameter.name, given or AssetIn()))
    if rest:
        raise DefinitionError(
            f"ins names {', '.join(sorted(rest))}, and the function has no such parameter",
            hint="for an upstream that is not loaded use deps=",
        )
    loaded = {dependency.key for dependency in found}
    for dep in deps or ():
        read = dep if isinstance(dep, AssetDep) else AssetDep(dep)
        dependency = Dependency(AssetKey.from_coercible(read.asset), None, read.partition_mapping)
        if dependency.key not in loaded:
            loaded.add(dependency.key)
            found.append(dependency)
    return tuple(found)


def _read_input(parameter: str, given: AssetIn) -> Dependency:
    if given.key is not None:
        key = AssetKey.from_coercible(given.key)
    else:
        key = AssetKey(parameter).with_prefix(given.key_prefix) if given.key_prefix else AssetKey(parameter)
    return Dependency(key, parameter, given.partition_mapping)
