"""Who stores a value is chosen by `io_manager_key`: a format of assetmake's, or an IO manager of your own."""

from pathlib import Path

import pandas as pd

from assetmake import (
    AssetExecutionContext,
    ConfigurableIOManager,
    Definitions,
    InputContext,
    OutputContext,
    asset,
)


class FolderOfTables(ConfigurableIOManager):
    """Writes a frame where the warehouse finds it, without a pickle; `path` tells assetmake what to watch."""

    folder: str

    def handle_output(self, context: OutputContext, obj: pd.DataFrame) -> None:
        path = self._find(context.asset_key.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        obj.to_parquet(path)
        context.add_output_metadata({"path": str(path.resolve()), "rows": len(obj)})

    def load_input(self, context: InputContext) -> pd.DataFrame:
        return pd.read_parquet(self._find(context.asset_key.path))

    def _find(self, parts) -> Path:
        return Path(self.folder, *parts).with_suffix(".parquet")


@asset(io_manager_key="snowflake_io_manager")
def large_table(context: AssetExecutionContext) -> pd.DataFrame:
    huge_dataframe = pd.DataFrame({"number": range(1000)})
    return huge_dataframe  # writes to the warehouse, doesn't pickle


@asset
def large_total(large_table: pd.DataFrame) -> int:
    return int(large_table["number"].sum())


defs = Definitions(
    assets=[large_table, large_total],
    resources={"snowflake_io_manager": FolderOfTables(folder="warehouse")},
)
