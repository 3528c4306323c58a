"""What is told of a table: its columns and their constraints, some of its rows, and where its columns come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.metadata.record import Record, require, to_plain_number
from assetmake.errors import InvalidMetadataError

_NONE = type(None)


class TableRecord(Record):
    """One row of a table.

    Args:
        data: A text, number, bool or None for each column.
    """

    __slots__ = ("data",)
    data: Mapping[str, str | int | float | bool | None]

    def __init__(self, data: Mapping[str, Any]) -> None:
        plain = {name: to_plain_number(value) for name, value in require(data, Mapping, "TableRecord: data").items()}
        for name, value in plain.items():
            require(value, (str, int, float, bool, _NONE), f"TableRecord: {name!r}")
        self._hold(plain)


class TableConstraints(Record):
    """What holds for a table as a whole, in words."""

    __slots__ = ("other",)
    other: Sequence[str]

    def __init__(self, other: Sequence[str]) -> None:
        self._hold(_list_texts(other, "TableConstraints: other"))


class TableColumnConstraints(Record):
    """What holds for a column.

    Args:
        nullable: Whether it may have nulls.
        unique: Whether all its values differ.
        other: All else, in words.
    """

    __slots__ = ("nullable", "unique", "other")  # noqa: RUF023 - in the order of the arguments
    nullable: bool
    unique: bool
    other: Sequence[str]

    def __init__(self, nullable: bool = True, unique: bool = False, other: Sequence[str] | None = None) -> None:
        self._hold(
            require(nullable, bool, "TableColumnConstraints: nullable"),
            require(unique, bool, "TableColumnConstraints: unique"),
            [] if other is None else _list_texts(other, "TableColumnConstraints: other"),
        )


class TableColumn(Record):
    """A column of a table.

    Args:
        name: Its name.
        type: What its values are, in words.
        description: For people.
        constraints: What holds for it; default: it may have nulls.
        tags: Texts by name.
    """

    __slots__ = ("name", "type", "description", "constraints", "tags")  # noqa: RUF023 - in the order of the arguments
    name: str
    type: str
    description: str | None
    constraints: TableColumnConstraints
    tags: Mapping[str, str]

    def __init__(
        self,
        name: str,
        type: str = "string",  # noqa: A002 - as people write it
        description: str | None = None,
        constraints: TableColumnConstraints | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        given = TableColumnConstraints() if constraints is None else constraints
        self._hold(
            require(name, str, "TableColumn: name"),
            require(type, str, "TableColumn: type"),
            require(description, (str, _NONE), "TableColumn: description"),
            require(given, TableColumnConstraints, "TableColumn: constraints"),
            require({} if tags is None else tags, Mapping, "TableColumn: tags"),
        )


class TableSchema(Record):
    """The columns of a table.

    Args:
        columns: Its columns, in order.
        constraints: What holds for it as a whole.

    Example:
        >>> TableSchema([TableColumn("id", "int")]).columns[0].name
        'id'
    """

    __slots__ = ("columns", "constraints")
    columns: Sequence[TableColumn]
    constraints: TableConstraints

    def __init__(self, columns: Sequence[TableColumn], constraints: TableConstraints | None = None) -> None:
        listed = list(require(columns, Sequence, "TableSchema: columns"))
        given = TableConstraints([]) if constraints is None else constraints
        self._hold(
            [require(column, TableColumn, "TableSchema: a column") for column in listed],
            require(given, TableConstraints, "TableSchema: constraints"),
        )

    @classmethod
    def from_name_type_dict(cls, name_type_dict: Mapping[str, str]) -> TableSchema:
        """Read the types of columns by their names."""
        return cls([TableColumn(name, kind) for name, kind in name_type_dict.items()])

    @classmethod
    def infer(cls, row: TableRecord) -> TableSchema:
        """Tell the columns of a table by the values of one of its rows."""
        return cls([TableColumn(name, infer_column_type(value)) for name, value in row.data.items()])


class TableColumnDep(Record):
    """A column of an asset, from which another one is made."""

    __slots__ = ("asset_key", "column_name")
    asset_key: AssetKey
    column_name: str

    def __init__(self, asset_key: CoercibleToAssetKey, column_name: str) -> None:
        self._hold(AssetKey.from_coercible(asset_key), require(column_name, str, "TableColumnDep: column_name"))


class TableColumnLineage(Record):
    """From which columns the columns of an asset are made; they are kept in order.

    Args:
        deps_by_column: For each column, those it is made of.

    Raises:
        InvalidMetadataError: A column names another one twice.
    """

    __slots__ = ("deps_by_column",)
    deps_by_column: Mapping[str, Sequence[TableColumnDep]]

    def __init__(self, deps_by_column: Mapping[str, Sequence[TableColumnDep]]) -> None:
        require(deps_by_column, Mapping, "TableColumnLineage: deps_by_column")
        ordered = {}
        for column, deps in deps_by_column.items():
            found = {(dep.asset_key, dep.column_name): dep for dep in deps}
            if len(found) < len(deps):
                raise InvalidMetadataError(
                    f"TableColumnLineage: the deps for column {column!r} must be unique by asset key and column name"
                )
            ordered[column] = [found[place] for place in sorted(found)]
        self._hold(ordered)


def infer_column_type(value: object) -> str:
    """Return the word for the type of a value."""
    for kind, word in ((bool, "bool"), (int, "int"), (float, "float")):
        if isinstance(value, kind):
            return word
    return "string"


def _list_texts(given: Any, what: str) -> list[str]:
    if isinstance(given, str):
        raise InvalidMetadataError(f"{what} is {given!r}, and has to be a list of texts")
    return [require(each, str, what) for each in require(given, Sequence, what)]
