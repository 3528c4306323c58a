"""The assets of the recipes before this one."""

import sqlite3
from contextlib import closing

import pandas as pd

from assetmake import AssetExecutionContext, DailyPartitionsDefinition, Definitions, asset


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


@asset(partitions_def=DailyPartitionsDefinition(start_date="2026-01-01"))
def daily_events(context: AssetExecutionContext) -> int:
    context.log.info("counting the events of %s", context.partition_key)
    return 42


class Database:
    """Stands for the source system's database."""

    def query(self, sql: str) -> list[dict]:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("create table users as select 1 as id, 'alice' as name")
            rows = connection.execute(sql)
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows]


@asset(required_resource_keys={"db"})
def queried_users(context: AssetExecutionContext) -> list[dict]:
    return context.resources.db.query("select id, name from users")


defs = Definitions(resources={"db": Database()})
