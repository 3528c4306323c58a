"""Reading metadata: from the plain values that people give, and from the plain data that the state keeps."""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable, Mapping
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.metadata import values
from assetmake.definitions.metadata.record import Record, to_plain_number
from assetmake.definitions.metadata.tables import (
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
)
from assetmake.definitions.metadata.values import MetadataValue
from assetmake.errors import InvalidMetadataError

_KINDS: dict[str, Callable[..., MetadataValue]] = {
    kind.kind: kind for kind in vars(values).values() if isinstance(kind, type) and hasattr(kind, "kind")
}


def read_value(value: Any) -> MetadataValue:
    """Make a metadata value of a plain one; numpy and pandas scalars are taken as numbers.

    Raises:
        InvalidMetadataError: the value is of no kind that can be shown.
    """
    match to_plain_number(value):
        case MetadataValue() as known:
            return known
        case None:
            return values.NullMetadataValue()
        case str() as text:
            return values.TextMetadataValue(text)
        case bool() as answer:
            return values.BoolMetadataValue(answer)
        case int() as number:
            return values.IntMetadataValue(number)
        case float() as number:
            return values.FloatMetadataValue(number)
        case list() | dict() | tuple() as data:
            return values.JsonMetadataValue(data)
        case os.PathLike() as path:
            return values.PathMetadataValue(path)
        case AssetKey() as key:
            return values.AssetMetadataValue(key)
        case TableSchema() as schema:
            return values.TableSchemaMetadataValue(schema)
        case TableColumnLineage() as lineage:
            return values.TableColumnLineageMetadataValue(lineage)
    raise InvalidMetadataError(
        f"Its type was {type(value)}. Consider wrapping the value with the appropriate MetadataValue type.",
        hint="give a str, number, bool, None, list, dict or Path, or a MetadataValue",
    )


def check_metadata(metadata: Mapping[str, Any], *, unknown_as_text: bool = False) -> dict[str, MetadataValue]:
    """Read every entry as a MetadataValue.

    Args:
        metadata: Values by name.
        unknown_as_text: Tell the class of a value that is none, in place of refusing it.

    Raises:
        InvalidMetadataError: naming the entry that is none.
    """
    if not isinstance(metadata, Mapping):
        raise InvalidMetadataError(f"metadata is {metadata!r}, and has to be values by name", hint='{"rows": 5}')
    checked: dict[str, MetadataValue] = {}
    for name, value in metadata.items():
        try:
            checked[str(name)] = read_value(value)
        except InvalidMetadataError as error:
            if not unknown_as_text:
                raise InvalidMetadataError(
                    f'Could not resolve the metadata value for "{name}" to a known type. {error.message}',
                    hint=error.hint,
                ) from None
            checked[str(name)] = values.TextMetadataValue(f"[{type(value).__name__}] (unserializable)")
    return checked


def write_plain(value: MetadataValue) -> object:
    """Return what a value holds as what JSON can say; `restore_value` reads it.

    >>> write_plain(MetadataValue.asset("a/b"))
    ['a', 'b']
    """
    held = [_to_plain(each) for each in value._held()]  # noqa: SLF001 - one package
    return held[0] if len(held) == 1 else held or None


def restore_value(kind: str, plain: Any) -> MetadataValue:
    """Return the value of a kind from what `write_plain` made of it; a text where the kind is none of ours.

    >>> restore_value("int", 5).value
    5
    """
    match kind:
        case "null":
            return values.NullMetadataValue()
        case "float":
            return values.FloatMetadataValue(None if plain is None else float(plain))
        case "table":
            records, schema = plain
            return values.TableMetadataValue([TableRecord(row) for row in records], _restore_schema(schema))
        case "table_schema":
            return values.TableSchemaMetadataValue(_restore_schema(plain))
        case "column_lineage":
            deps = {column: [TableColumnDep(*dep) for dep in made_of] for column, made_of in plain.items()}
            return values.TableColumnLineageMetadataValue(TableColumnLineage(deps))
        case "code_references":
            references = importlib.import_module("assetmake.definitions.metadata.code_references")
            restored: MetadataValue = references.restore_references(plain)
            return restored
        case "job" | "python_artifact":
            return _KINDS[kind](*plain)
    return _KINDS[kind](plain) if kind in _KINDS else values.TextMetadataValue(str(plain))


def _restore_schema(plain: Any) -> TableSchema:
    columns, other = plain
    return TableSchema(
        [
            TableColumn(name, type_name, description, TableColumnConstraints(*constraints), tags)
            for name, type_name, description, constraints, tags in columns
        ],
        TableConstraints(other),
    )


def _to_plain(value: object) -> object:
    match value:
        case AssetKey():
            return list(value.path)
        case Record():
            held = [_to_plain(each) for each in value._held()]  # noqa: SLF001 - one package
            return held[0] if len(held) == 1 else held
        case Mapping():
            return {name: _to_plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_to_plain(each) for each in value]
        case float() if not math.isfinite(value):
            return str(value)
    return value
