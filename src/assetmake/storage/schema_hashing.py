"""What counts of an Arrow table beside its values: its schema, and the dictionaries of its columns.

All of a schema is written into a Parquet file, and readers look at more or less of it; so all of it counts, spelled the
same by every version of the libraries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_EXTENSION_NAME, _EXTENSION_METADATA = b"ARROW:extension:name", b"ARROW:extension:metadata"
_PANDAS_KEY = b"pandas"
_PANDAS_VERSIONS = frozenset({"creator", "pandas_version"})
_POLARS_CATEGORICAL = b"_PL_CATEGORICAL"
_KEPT_DICTIONARIES = frozenset({"string", "large_string", "binary", "large_binary"})
"""Parquet keeps dictionaries of these values; of others it writes the values themselves."""


def describe_schema(schema: pa.Schema) -> list[object]:
    """Return names, types, nullability and metadata, as what JSON can hold."""
    return [[_describe_field(field) for field in schema], _describe_metadata(schema.metadata)]


def follows_rows(field: pa.Field) -> bool:
    """Tell whether the categories of a column have no order of their own: those of polars' Categorical."""
    return any(key.startswith(_POLARS_CATEGORICAL) for key in field.metadata or ())


def is_list(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(
        types.is_list(kind)
        or types.is_large_list(kind)
        or types.is_list_view(kind)
        or types.is_large_list_view(kind)
        or types.is_fixed_size_list(kind)
    )


def as_entries(array: pa.Array) -> pa.Array:
    """Return an array of maps as one of lists of their entries."""
    import pyarrow as pa

    return array.cast(pa.list_(entries_type(array.type)))


def entries_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a map's entries; the names that they have in memory are kept nowhere."""
    import pyarrow as pa

    return pa.struct([kind.key_field.with_name("key"), kind.item_field.with_name("value")])


def iterate_dictionaries(kind: pa.DataType, arrays: Sequence[pa.Array]) -> Iterator[pa.Array]:
    """Yield the dictionaries within a column, whatever its chunks: the values of each one in their order.

    Values that no row has are among them: they are categories like the others.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if "dictionary<" not in str(kind) and not isinstance(kind, pa.BaseExtensionType):
        return
    if isinstance(kind, pa.BaseExtensionType):
        yield from iterate_dictionaries(kind.storage_type, [array.storage for array in arrays])
    elif types.is_dictionary(kind):
        if str(kind.value_type) in _KEPT_DICTIONARIES:
            values = pa.chunked_array([array.dictionary for array in arrays if len(array)], kind.value_type)
            yield pc.unique(values)
    elif types.is_map(kind):
        yield from iterate_dictionaries(pa.list_(entries_type(kind)), [as_entries(array) for array in arrays])
    elif is_list(kind):
        yield from iterate_dictionaries(kind.value_type, [array.flatten() for array in arrays])
    elif types.is_struct(kind):
        for number, field in enumerate(kind):
            yield from iterate_dictionaries(field.type, [array.field(number) for array in arrays])


def _describe_field(field: pa.Field) -> list[object]:
    metadata = dict(field.metadata or {})
    name = metadata.pop(_EXTENSION_NAME, None)
    parameters = metadata.pop(_EXTENSION_METADATA, b"")
    kind = _describe_type(field.type)
    if name is not None:  # a type that is not registered in this process
        kind = _describe_extension(name.decode("latin-1"), parameters, kind)
    return [field.name, kind, field.nullable, _describe_metadata(metadata)]


def _describe_type(kind: pa.DataType) -> object:
    import pyarrow as pa
    from pyarrow import types

    text = str(kind)
    if isinstance(kind, pa.BaseExtensionType):
        parameters = kind.__arrow_ext_serialize__() if isinstance(kind, pa.ExtensionType) else text.encode()
        return _describe_extension(kind.extension_name, parameters, _describe_type(kind.storage_type))
    if "<" not in text:
        return text
    if types.is_dictionary(kind):
        return ["dictionary", str(kind.index_type), _describe_type(kind.value_type), kind.ordered]
    if types.is_map(kind):
        return ["map", kind.keys_sorted, *(_describe_field(field) for field in entries_type(kind))]
    if is_list(kind):
        size = kind.list_size if types.is_fixed_size_list(kind) else None
        _, *member = _describe_field(kind.value_field)  # its name is kept nowhere
        return [text.partition("<")[0], size, *member]
    if types.is_struct(kind):
        return ["struct", *(_describe_field(field) for field in kind)]
    return text


def _describe_extension(name: str, parameters: bytes, storage: object) -> object:
    return ["extension", name, parameters.decode("latin-1"), storage]


def _describe_metadata(metadata: Mapping[bytes, bytes] | None) -> list[object]:
    """Return the entries in their order, as a reader gets them."""
    return [
        [key.decode("latin-1"), _describe_pandas(value) if key == _PANDAS_KEY else value.decode("latin-1")]
        for key, value in (metadata or {}).items()
    ]


def _describe_pandas(value: bytes) -> object:
    """Return what pandas keeps of a frame, without which versions wrote it."""
    try:
        document = json.loads(value)
    except ValueError:
        return value.decode("latin-1")
    if not isinstance(document, dict):
        return value.decode("latin-1")
    return {key: document[key] for key in sorted(document) if key not in _PANDAS_VERSIONS}
