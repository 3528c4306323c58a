"""MetadataValue and its kinds: a text, a number, a link, a table, and what else can be told of an asset."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.metadata.record import Record, require, to_plain_number
from assetmake.definitions.metadata.tables import TableColumnLineage, TableRecord, TableSchema, infer_column_type
from assetmake.errors import InvalidMetadataError

_NONE = type(None)


class MetadataValue(Record):
    """A value with a kind; made by the functions below, or from a plain value where metadata is given.

    >>> MetadataValue.md("**done**").kind
    'md'
    """

    __slots__: tuple[str, ...] = ()
    kind: ClassVar[str]

    @property
    def value(self) -> Any:
        """What it holds."""
        return getattr(self, self.__slots__[0])

    @staticmethod
    def text(text: str) -> TextMetadataValue:
        return TextMetadataValue(text)

    @staticmethod
    def md(data: str) -> MarkdownMetadataValue:
        return MarkdownMetadataValue(data)

    @staticmethod
    def url(url: str) -> UrlMetadataValue:
        return UrlMetadataValue(url)

    @staticmethod
    def path(path: str | os.PathLike[str]) -> PathMetadataValue:
        return PathMetadataValue(path)

    @staticmethod
    def notebook(path: str | os.PathLike[str]) -> NotebookMetadataValue:
        return NotebookMetadataValue(path)

    @staticmethod
    def int(value: int) -> IntMetadataValue:
        return IntMetadataValue(value)

    @staticmethod
    def float(value: float) -> FloatMetadataValue:
        return FloatMetadataValue(value)

    @staticmethod
    def bool(value: bool) -> BoolMetadataValue:
        return BoolMetadataValue(value)

    @staticmethod
    def json(data: Any) -> JsonMetadataValue:
        return JsonMetadataValue(data)

    @staticmethod
    def null() -> NullMetadataValue:
        return NullMetadataValue()

    @staticmethod
    def timestamp(value: Any) -> TimestampMetadataValue:
        """Take seconds since 1970 or an aware datetime."""
        return TimestampMetadataValue(value)

    @staticmethod
    def table(records: Sequence[TableRecord], schema: TableSchema | None = None) -> TableMetadataValue:
        """Take some rows; their columns are told by the first one where no schema is given."""
        return TableMetadataValue(records, schema)

    @staticmethod
    def table_schema(schema: TableSchema) -> TableSchemaMetadataValue:
        return TableSchemaMetadataValue(schema)

    @staticmethod
    def column_lineage(lineage: TableColumnLineage) -> TableColumnLineageMetadataValue:
        return TableColumnLineageMetadataValue(lineage)

    @staticmethod
    def asset(asset_key: CoercibleToAssetKey) -> AssetMetadataValue:
        return AssetMetadataValue(asset_key)

    @staticmethod
    def dagster_run(run_id: str) -> RunMetadataValue:
        return RunMetadataValue(run_id)

    @staticmethod
    def job(job_name: str, location_name: str = "", *, repository_name: str | None = None) -> JobMetadataValue:
        return JobMetadataValue(job_name, location_name, repository_name)

    @staticmethod
    def pool(pool: str) -> PoolMetadataValue:
        return PoolMetadataValue(pool)

    @staticmethod
    def python_artifact(python_artifact: Callable[..., Any]) -> PythonArtifactMetadataValue:
        """Take a function or a class."""
        if not callable(python_artifact):
            raise InvalidMetadataError(f"MetadataValue.python_artifact: {python_artifact!r} is no function or class")
        return PythonArtifactMetadataValue(python_artifact.__module__, python_artifact.__name__)


class TextMetadataValue(MetadataValue):
    """A text."""

    __slots__ = ("text",)
    kind = "text"
    text: str | None  # type: ignore[assignment]

    def __init__(self, text: str | None = "") -> None:
        self._hold(require(text, (str, _NONE), "MetadataValue.text"))

    @property
    def value(self) -> str:
        return self.text or ""


class MarkdownMetadataValue(MetadataValue):
    """A text in Markdown."""

    __slots__ = ("md_str",)
    kind = "md"
    md_str: str | None

    def __init__(self, md_str: str | None = "") -> None:
        self._hold(require(md_str, (str, _NONE), "MetadataValue.md"))

    @property
    def value(self) -> str:
        return self.md_str or ""


class UrlMetadataValue(MetadataValue):
    """An address on the web."""

    __slots__ = ("url",)
    kind = "url"
    url: str | None  # type: ignore[assignment]

    def __init__(self, url: str | None = "") -> None:
        self._hold(require(url, (str, _NONE), "MetadataValue.url"))

    @property
    def value(self) -> str:
        return self.url or ""


class PathMetadataValue(MetadataValue):
    """A path of a file or folder."""

    __slots__ = ("path",)
    kind = "path"
    path: str  # type: ignore[assignment]

    def __init__(self, path: str | os.PathLike[str] | None = "") -> None:
        self._hold(os.fspath(require(path, (str, os.PathLike, _NONE), "MetadataValue.path") or ""))


class NotebookMetadataValue(MetadataValue):
    """The path of a notebook."""

    __slots__ = ("path",)
    kind = "notebook"
    path: str  # type: ignore[assignment]

    def __init__(self, path: str | os.PathLike[str] | None = "") -> None:
        self._hold(os.fspath(require(path, (str, os.PathLike, _NONE), "MetadataValue.notebook") or ""))


class IntMetadataValue(MetadataValue):
    """A whole number."""

    __slots__ = ("value",)
    kind = "int"
    value: int | None

    def __init__(self, value: int | None) -> None:
        self._hold(require(to_plain_number(value), (int, _NONE), "MetadataValue.int"))


class FloatMetadataValue(MetadataValue):
    """A number."""

    __slots__ = ("value",)
    kind = "float"
    value: float | None

    def __init__(self, value: float | None) -> None:
        number = require(to_plain_number(value), (int, float, _NONE), "MetadataValue.float")
        self._hold(None if number is None else float(number))


class BoolMetadataValue(MetadataValue):
    """Yes or no."""

    __slots__ = ("value",)
    kind = "bool"
    value: bool | None

    def __init__(self, value: bool | None) -> None:
        self._hold(require(to_plain_number(value), (bool, _NONE), "MetadataValue.bool"))


class JsonMetadataValue(MetadataValue):
    """Lists and dicts of texts and numbers."""

    __slots__ = ("data",)
    kind = "json"
    data: Any

    def __init__(self, data: Any) -> None:
        try:
            self._hold(json.loads(json.dumps(data, default=_read_scalar)))
        except (TypeError, ValueError):
            raise InvalidMetadataError("Value is not JSON serializable.") from None


class NullMetadataValue(MetadataValue):
    """Nothing."""

    __slots__ = ()
    kind = "null"

    @property
    def value(self) -> None:
        return None


class TimestampMetadataValue(MetadataValue):
    """A moment, in seconds since 1970; made of that or of an aware datetime."""

    __slots__ = ("value",)
    kind = "timestamp"
    value: float

    def __init__(self, value: float | datetime) -> None:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise InvalidMetadataError(
                    "Datetime values provided to MetadataValue.timestamp must have timezones, but"
                    f" {value.isoformat()} does not"
                )
            value = value.timestamp()
        self._hold(float(require(to_plain_number(value), (int, float), "MetadataValue.timestamp")))


class TableMetadataValue(MetadataValue):
    """Some rows of a table, and its columns.

    Args:
        records: The rows; all have the same columns.
        schema: The columns; default: those of the first row.
    """

    __slots__ = ("records", "schema")
    kind = "table"
    records: Sequence[TableRecord]
    schema: TableSchema

    def __init__(self, records: Sequence[TableRecord], schema: TableSchema | None = None) -> None:
        rows = [require(row, TableRecord, "MetadataValue.table: a row") for row in records]
        if not rows and schema is None:
            raise InvalidMetadataError("MetadataValue.table: schema must be provided if records is empty")
        if any(row.data.keys() != rows[0].data.keys() for row in rows):
            raise InvalidMetadataError("MetadataValue.table: all records must have the same fields")
        self._hold(rows, TableSchema.infer(rows[0]) if schema is None else require(schema, TableSchema, "schema"))

    @staticmethod
    def infer_column_type(value: object) -> str:
        """Return the word for the type of a value."""
        return infer_column_type(value)

    @property
    def value(self) -> TableMetadataValue:
        return self


class TableSchemaMetadataValue(MetadataValue):
    """The columns of a table."""

    __slots__ = ("schema",)
    kind = "table_schema"
    schema: TableSchema

    def __init__(self, schema: TableSchema) -> None:
        self._hold(require(schema, TableSchema, "MetadataValue.table_schema"))


class TableColumnLineageMetadataValue(MetadataValue):
    """From which columns those of an asset are made."""

    __slots__ = ("column_lineage",)
    kind = "column_lineage"
    column_lineage: TableColumnLineage  # type: ignore[assignment]

    def __init__(self, column_lineage: TableColumnLineage) -> None:
        self._hold(require(column_lineage, TableColumnLineage, "MetadataValue.column_lineage"))


class AssetMetadataValue(MetadataValue):
    """Another asset."""

    __slots__ = ("asset_key",)
    kind = "asset"
    asset_key: AssetKey

    def __init__(self, asset_key: CoercibleToAssetKey) -> None:
        self._hold(AssetKey.from_coercible(asset_key))


class RunMetadataValue(MetadataValue):
    """A run."""

    __slots__ = ("run_id",)
    kind = "run"
    run_id: str

    def __init__(self, run_id: str) -> None:
        self._hold(require(run_id, str, "MetadataValue.dagster_run"))


class PoolMetadataValue(MetadataValue):
    """A pool."""

    __slots__ = ("pool",)
    kind = "pool"
    pool: str  # type: ignore[assignment]

    def __init__(self, pool: str) -> None:
        self._hold(require(pool, str, "MetadataValue.pool"))


class JobMetadataValue(MetadataValue):
    """A job."""

    __slots__ = ("job_name", "location_name", "repository_name")
    kind = "job"
    job_name: str
    location_name: str
    repository_name: str | None

    def __init__(self, job_name: str, location_name: str = "", repository_name: str | None = None) -> None:
        self._hold(
            require(job_name, str, "MetadataValue.job: job_name"),
            require(location_name, str, "MetadataValue.job: location_name"),
            require(repository_name, (str, _NONE), "MetadataValue.job: repository_name"),
        )

    @property
    def value(self) -> JobMetadataValue:
        return self


class PythonArtifactMetadataValue(MetadataValue):
    """A function or a class, by its module and its name."""

    __slots__ = ("module", "name")
    kind = "python_artifact"
    module: str
    name: str

    def __init__(self, module: str, name: str) -> None:
        self._hold(require(module, str, "module"), require(name, str, "name"))

    @property
    def value(self) -> PythonArtifactMetadataValue:
        return self


def _read_scalar(value: object) -> object:
    plain = to_plain_number(value)
    if plain is value:
        raise TypeError(f"{value!r} is nothing that JSON can say")
    return plain
