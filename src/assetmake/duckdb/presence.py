"""Which partitions a table has rows of: one query for all that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.key_ranges import TimeWindow
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.duckdb.slices import TableSlice
from assetmake.duckdb.sql import Sql, join, quote, run, write
from assetmake.duckdb.tables import INSTANT, TEXT, list_columns, name_table, read_expression


def list_kept(context: OutputContext, connection: Any, part: TableSlice) -> list[str]:
    """Return those partitions that a context names of which a table has rows.

    Args:
        context: Names them.
        connection: To the database.
        part: The table, and what tells partitions, of any of them.

    Raises:
        DefinitionError: the table does not have what the partitions are told by.
    """
    asked = list(context.asset_partition_keys)
    if not part.areas or not list_columns(connection, part):
        return []
    definition, expressions = context.asset_partitions_def, [extent.partition_expr for extent in part.areas[0]]
    dimensions: list[PartitionsDefinition] = [definition]
    split: list[tuple[str, ...]] = [(key,) for key in asked]
    if isinstance(definition, MultiPartitionsDefinition):
        names = [dimension.name for dimension in definition.partitions_defs]
        dimensions = [definition.get_partitions_def_for_dimension(name) for name in names]
        told = [definition.get_partition_key_from_str(key).keys_by_dimension for key in asked]
        split = [tuple(each[name] for name in names) for each in told]
    read = [read_expression(connection, part, each) for each in expressions]
    columns = [expression + write(f" AS d{place}") for place, (expression, _) in enumerate(read)]
    statement = write("WITH told AS (SELECT DISTINCT ") + join(", ", columns) + write(" FROM ")
    statement += name_table(connection, part) + write(")")
    keys, joins, within = [], [], []
    for place, (each, (_, kind)) in enumerate(zip(dimensions, read, strict=True)):
        wanted = sorted({several[place] for several in split})
        keys.append(write(f"w{place}.key"))
        if isinstance(each, TimeWindowPartitionsDefinition):
            windows = [each.time_window_for_partition_key(key) for key in wanted]
            joins.append(_join_windows(place, kind, wanted, windows))
            within.append(write(f"{_as_time(place, kind)} < w{place}.stop"))
        else:
            joins.append(_join_keys(place, kind, wanted))
    statement += write(" SELECT DISTINCT ") + join(", ", keys) + write(" FROM told ") + join(" ", joins)
    if within:
        statement += write(" WHERE ") + join(" AND ", within)
    found = set(run(connection, statement))
    return [key for key, several in zip(asked, split, strict=True) if several in found]


def _join_windows(place: int, kind: str, keys: Sequence[str], windows: Sequence[TimeWindow]) -> Sql:
    # A column without a time zone is in the zone of the partitions.
    bounds = [
        each if kind == INSTANT else (each.start.replace(tzinfo=None), each.end.replace(tzinfo=None))
        for each in windows
    ]
    type_ = INSTANT if kind == INSTANT else "TIMESTAMP"
    values = (list(keys), [start for start, _ in bounds], [end for _, end in bounds])
    text = (
        f"ASOF JOIN (SELECT unnest(?::VARCHAR[]) AS key, unnest(?::{type_}[]) AS start, unnest(?::{type_}[]) AS stop)"
        f" AS w{place} ON {_as_time(place, kind)} >= w{place}.start"
    )
    return Sql(text, values, text)


def _as_time(place: int, kind: str) -> str:
    column = quote(f"d{place}").text
    if kind == INSTANT:
        return column
    return f"TRY_CAST({column} AS TIMESTAMP)" if kind == TEXT else f"CAST({column} AS TIMESTAMP)"


def _join_keys(place: int, kind: str, keys: Sequence[str]) -> Sql:
    text = (
        f"JOIN (SELECT key, TRY_CAST(key AS {kind}) AS value FROM (SELECT unnest(?::VARCHAR[]) AS key))"
        f" AS w{place} ON d{place} = w{place}.value"
    )
    return Sql(text, (list(keys),), text)
