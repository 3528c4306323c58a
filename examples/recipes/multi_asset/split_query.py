"""One function makes two assets: it runs once, and each has its own data, history and downstream."""

import pandas as pd

from assetmake import AssetOut, asset, multi_asset


def expensive_query() -> pd.DataFrame:
    return pd.DataFrame([{"type": "user", "id": 1}, {"type": "order", "id": 7}, {"type": "order", "id": 8}])


@multi_asset(
    outs={
        "users": AssetOut(),
        "orders": AssetOut(),
    }
)
def users_and_orders():
    df = expensive_query()
    return df[df["type"] == "user"], df[df["type"] == "order"]


@asset
def order_count(orders: pd.DataFrame) -> int:
    return len(orders)
