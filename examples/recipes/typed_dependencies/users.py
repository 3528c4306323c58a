"""Parameters name what is read; annotations say how it is loaded."""

import pandas as pd

from assetmake import Definitions, asset


@asset
def raw_users() -> pd.DataFrame:
    """Pull users from the source system."""
    return pd.DataFrame([{"id": 1, "name": "alice"}, {"id": 2, "name": "bob"}])


@asset
def clean_users(raw_users: pd.DataFrame) -> pd.DataFrame:
    """Normalise names."""
    return raw_users.assign(name=raw_users["name"].str.title())


@asset
def user_count(clean_users: pd.DataFrame) -> int:
    """How many users do we have?"""
    return len(clean_users)


defs = Definitions(assets=[raw_users, clean_users, user_count])
