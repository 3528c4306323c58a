"""TableSlice: the part of a table that a value is, found out from what an IO manager is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.keeping.value_context import ValueContext
from assetmake.definitions.key_ranges import TimeWindow
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.errors import DefinitionError

DEFAULT_SCHEMA = "public"
EXPRESSION = "partition_expr"


@dataclass(frozen=True, slots=True)
class Extent:
    """Rows of some partitions of one dimension.

    Attributes:
        partition_expr: A column, or an expression in SQL, that tells of a row which partition it is in.
        partitions: The keys, or the time that they span; neighbours are one window.
    """

    partition_expr: str
    partitions: tuple[str, ...] | tuple[TimeWindow, ...]


@dataclass(frozen=True, slots=True)
class TableSlice:
    """A part of a table.

    Attributes:
        database: The file.
        schema, table: Names, as they are.
        columns: Those that are read; None: all.
        areas: The partitions: rows that are in each extent of one of the areas. None: the whole table.
    """

    database: str
    schema: str
    table: str
    columns: tuple[str, ...] | None = None
    areas: tuple[tuple[Extent, ...], ...] | None = None

    @property
    def name(self) -> str:
        """The schema's name and the table's, for people."""
        return f"{self.schema}.{self.table}"


def find_slice(
    context: ValueContext,
    kept: OutputContext | None,
    *,
    database: str,
    schema: str | None,
    most: int | None = None,
) -> TableSlice:
    """Return the part of a table that a context is about.

    Args:
        context: Of the value that is kept or loaded.
        kept: The context with the metadata of the asset.
        database: The file.
        schema: The IO manager's own.
        most: So many of its partitions, where that is enough to learn how they are told; default: all.

    Raises:
        DefinitionError: the metadata does not say which column partitions are told by.
    """
    metadata = {name: _open(value) for name, value in (kept.definition_metadata if kept else {}).items()}
    parts = context.asset_key.parts if context.has_asset_key else ()
    if parts:
        table, prefix = parts[-1], parts[-2] if len(parts) > 1 else None
    else:
        table, prefix = metadata.get("table") or (kept or context).name, None
    return TableSlice(
        database,
        metadata.get("schema") or schema or prefix or DEFAULT_SCHEMA,
        table,
        _read_columns(context) if isinstance(context, InputContext) else None,
        _find_areas(context, metadata.get(EXPRESSION), most) if context.has_asset_partitions else None,
    )


def _open(value: Any) -> Any:
    return value.value if isinstance(value, MetadataValue) else value


def _read_columns(context: InputContext) -> tuple[str, ...] | None:
    columns = _open(context.definition_metadata.get("columns"))
    if not columns:
        return None
    if isinstance(columns, str) or not all(isinstance(each, str) for each in columns):
        raise DefinitionError(
            f'input {context.name} of asset {context.asset_key}: its metadata "columns" is {columns!r}',
            hint='give a list of names: AssetIn(metadata={"columns": ["a", "b"]})',
        )
    return tuple(columns)


def _find_areas(context: ValueContext, expression: Any, most: int | None) -> tuple[tuple[Extent, ...], ...]:
    definition = context.asset_partitions_def
    if not isinstance(definition, MultiPartitionsDefinition):
        if not isinstance(expression, str) or not expression.strip():
            raise _report_expression(context, expression, f'{{"{EXPRESSION}": "the_column"}}')
        keys = tuple(context.asset_partition_keys[:most])
        return ((Extent(expression, _span(definition, keys)),),) if keys else ()
    names = [dimension.name for dimension in definition.partitions_defs]
    if not isinstance(expression, Mapping) or not all(isinstance(expression.get(name), str) for name in names):
        wanted = ", ".join(f'"{name}": "a_column"' for name in names)
        raise _report_expression(context, expression, f'{{"{EXPRESSION}": {{{wanted}}}}}')
    read = definition.get_partition_key_from_str
    keys_by_dimension = [read(key).keys_by_dimension for key in context.asset_partition_keys[:most]]
    combined = dict.fromkeys(tuple(each[name] for name in names) for each in keys_by_dimension)
    return tuple(
        tuple(
            Extent(expression[name], _span(definition.get_partitions_def_for_dimension(name), keys))
            for name, keys in zip(names, area, strict=True)
        )
        for area in _list_products(list(combined))
    )


def _report_expression(context: ValueContext, given: Any, example: str) -> DefinitionError:
    found = f"is {given!r}" if given is not None else "is missing"
    return DefinitionError(
        f"Asset '{context.asset_key}' has partitions, and its metadata value '{EXPRESSION}' {found}: it tells which "
        "column of the table says in which partition a row is",
        hint=f"@asset(metadata={example})",
    )


def _list_products(keys: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], ...]]:
    """Return keys of several dimensions as products of keys of each: most sets of keys are one product.

    >>> _list_products([("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "y")])
    [(('a', 'b'), ('x', 'y')), (('c',), ('y',))]
    """
    if not keys:
        return []
    if len(keys[0]) == 1:
        return [(tuple(first for (first,) in keys),)]
    rests: dict[str, dict[tuple[str, ...], None]] = {}
    for first, *rest in keys:
        rests.setdefault(first, {})[tuple(rest)] = None
    firsts: dict[frozenset[tuple[str, ...]], list[str]] = {}
    for first, each in rests.items():
        firsts.setdefault(frozenset(each), []).append(first)
    return [
        (tuple(together), *product)
        for together in firsts.values()
        for product in _list_products(list(rests[together[0]]))
    ]


def _span(definition: PartitionsDefinition, keys: tuple[str, ...]) -> tuple[str, ...] | tuple[TimeWindow, ...]:
    """Return keys as they are compared to a column: those of time windows as the time that they span."""
    if not isinstance(definition, TimeWindowPartitionsDefinition):
        return keys
    merged: list[TimeWindow] = []
    for window in sorted(definition.time_window_for_partition_key(key) for key in keys):
        if merged and merged[-1].end == window.start:
            merged[-1] = TimeWindow(merged[-1].start, window.end)
        else:
            merged.append(window)
    return tuple(merged)
