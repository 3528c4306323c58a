"""DuckDB for assets: a resource that connects, and IO managers that keep values as tables of a database."""

from __future__ import annotations

from assetmake.duckdb.handlers import (
    DbTypeHandler,
    DuckDBArrowTypeHandler,
    DuckDBPandasTypeHandler,
    DuckDBPolarsTypeHandler,
)
from assetmake.duckdb.io_manager import (
    DuckDBArrowIOManager,
    DuckDBIOManager,
    DuckDBPandasIOManager,
    DuckDBPolarsIOManager,
    build_duckdb_io_manager,
    duckdb_arrow_io_manager,
    duckdb_pandas_io_manager,
    duckdb_polars_io_manager,
)
from assetmake.duckdb.resource import DuckDBResource
from assetmake.duckdb.slices import TableSlice

__all__ = [
    "DbTypeHandler",
    "DuckDBArrowIOManager",
    "DuckDBArrowTypeHandler",
    "DuckDBIOManager",
    "DuckDBPandasIOManager",
    "DuckDBPandasTypeHandler",
    "DuckDBPolarsIOManager",
    "DuckDBPolarsTypeHandler",
    "DuckDBResource",
    "TableSlice",
    "build_duckdb_io_manager",
    "duckdb_arrow_io_manager",
    "duckdb_pandas_io_manager",
    "duckdb_polars_io_manager",
]
