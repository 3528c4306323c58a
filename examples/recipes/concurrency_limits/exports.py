"""At most four of these run at once, over all builds of the machine: see [pools] in assets.toml."""

from assetmake import Definitions, asset


@asset(op_tags={"dagster/concurrency_key": "snowflake"})
def warehouse_export() -> str:
    return "exported"


def make_export(table: str):
    @asset(name=f"{table}_export", pool="snowflake")
    def export() -> str:
        return f"exported {table}"

    return export


defs = Definitions(assets=[warehouse_export, *(make_export(table) for table in ("users", "orders", "items", "taxes"))])
