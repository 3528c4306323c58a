"""A check is a function of the asset's value; one of severity ERROR that fails makes the build exit with 1."""

import pandas as pd

from assetmake import AssetCheckResult, AssetCheckSeverity, asset, asset_check


@asset
def clean_users() -> pd.DataFrame:
    return pd.DataFrame([{"id": 1, "name": "alice"}])


@asset_check(asset=clean_users)
def no_null_names(clean_users: pd.DataFrame) -> AssetCheckResult:
    nulls = clean_users["name"].isna().sum()
    return AssetCheckResult(
        passed=(nulls == 0),
        severity=AssetCheckSeverity.ERROR if nulls else AssetCheckSeverity.WARN,
        metadata={"null_count": nulls},
    )
