"""Declarations: what `@asset(...)` says of partitions, inputs, storage and environment - and what it merely says."""

from __future__ import annotations

from edits import Theme, change, must, must_not

ASSETS = """
from assetmake import (
    AllPartitionMapping,
    AssetDep,
    AssetIn,
    DailyPartitionsDefinition,
    FileSource,
    IdentityPartitionMapping,
    LastPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
)

days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")
colours = StaticPartitionsDefinition(["red", "blue"])


def shorten(text):
    return text[:1]


@asset
def first() -> int:
    return 1


@asset
def second() -> int:
    return 2


@asset
def third() -> int:
    return 1


@asset(ins={"n": AssetIn("first")})
def renamed_input(n: int) -> int:
    return n + 1


@asset(deps=["first", "second"])
def unloaded() -> int:
    return 3


@asset(partitions_def=days)
def daily(context) -> str:
    return context.partition_key


@asset(partitions_def=days, ins={"daily": AssetIn(partition_mapping=IdentityPartitionMapping())})
def mapped(daily: str) -> str:
    return str(daily)


@asset(ins={"daily": AssetIn(partition_mapping=AllPartitionMapping())})
def folded(daily: dict[str, str]) -> list:
    return sorted(daily)


@asset(partitions_def=colours)
def coloured(context) -> str:
    return shorten(context.partition_key)


@asset
def gathered(coloured: dict[str, str]) -> list:
    return list(coloured)


@asset(deps=["coloured"])
def noted() -> int:
    return 4


@asset(
    description="d",
    group_name="g",
    tags={"a": "b"},
    owners=["x@example.org"],
    kinds={"k"},
    metadata={"m": 1},
)
def described() -> str:
    return "described"


@asset(code_version="1")
def versioned() -> str:
    return shorten("versioned")


@asset
def unversioned() -> str:
    return shorten("unversioned")
"""
VERSIONED = "\ndef versioned() -> str:\n    return "
COLOURED = """@asset(partitions_def=colours)
def coloured(context) -> str:
    return shorten(context.partition_key)
"""


def edit(old: str, new: str):
    return change("assets.py", old, new)


DECLARATIONS = Theme(
    "declarations",
    {"assets.py": ASSETS},
    (
        must(
            "later end of the days",
            edit('end_date="2026-01-04"', 'end_date="2026-01-05"'),
            missing="daily@2026-01-04 mapped@2026-01-04",
            waiting="folded",
            proved=False,
        ),
        must(
            "key added",
            edit('["red", "blue"]', '["red", "blue", "green"]'),
            missing="coloured@green",
            waiting="gathered noted",
            proved=False,
        ),
        must(
            "other partitions",
            edit(
                "@asset(partitions_def=colours)", '@asset(partitions_def=StaticPartitionsDefinition(["warm", "cold"]))'
            ),
            missing="coloured@warm..cold",
            waiting="gathered noted",
            proved=False,
        ),
        must(
            "partitions given up",
            edit(
                COLOURED,
                "@asset\ndef coloured() -> str:\n    return shorten('red')\n",
            ),
            missing="coloured",
            waiting="gathered noted",
            proved=False,
        ),
        must(
            "mapping of an input",
            edit("IdentityPartitionMapping()", "TimeWindowPartitionMapping(start_offset=-1)"),
            config="mapped@2026-01-01..2026-01-03",
            proved=False,
        ),
        must(
            "mapping of an input that is folded",
            edit("AllPartitionMapping()", "LastPartitionMapping()"),
            config="folded",
            proved=False,
        ),
        must(
            "IO manager",
            edit('@asset(code_version="1")', '@asset(code_version="1", io_manager_key="pickle")'),
            io="versioned",
            proved=False,
        ),
        must(
            "IO manager of partitions",
            edit("@asset(partitions_def=colours)", '@asset(partitions_def=colours, io_manager_key="pickle")'),
            io="coloured@red..blue",
            waiting="gathered noted",
            proved=False,
        ),
        must(
            "upstream of an input replaced",
            edit('AssetIn("first")', 'AssetIn("second")'),
            upstream="renamed_input",
            proved=False,
        ),
        must(
            "upstream that is not loaded, added",
            edit('deps=["first", "second"]', 'deps=["first", "second", "third"]'),
            upstream="unloaded",
            proved=False,
        ),
        must(
            "upstream that is not loaded, removed",
            edit('deps=["first", "second"]', 'deps=["first"]'),
            upstream="unloaded",
            proved=False,
        ),
        must(
            "input added",
            edit("def unversioned() ->", "def unversioned(first: int) ->"),
            code="unversioned",
            proved=False,
        ),
        must("code version raised", edit('code_version="1"', 'code_version="2"'), code="versioned", proved=False),
        must(
            "code version given",
            edit("\n@asset\ndef unversioned", '\n@asset(code_version="1")\ndef unversioned'),
            code="unversioned",
            proved=False,
        ),
        must("code version removed", edit('@asset(code_version="1")', "@asset"), code="versioned", proved=False),
        must(
            "helper of assets with and without code_version",
            edit("text[:1]", "text[:2]"),
            code="unversioned coloured@red..blue",
            waiting="gathered noted",
            proved=False,
        ),
        must(
            "result that is not kept",
            edit(
                VERSIONED.replace("versioned", "unversioned"),
                VERSIONED.replace("versioned", "unversioned").replace("-> str", "-> None"),
            ),
            config="unversioned",
            proved=False,
        ),
        must("asset renamed", edit("def third()", "def fourth()"), missing="fourth", proved=False),
        must_not(
            "order of upstreams that are not loaded",
            edit('deps=["first", "second"]', 'deps=["second", "first"]'),
            proved=False,
        ),
        must_not(
            "upstream named by its object",
            edit('deps=["first", "second"]', 'deps=[first, AssetDep("second")]'),
            proved=False,
        ),
        must_not("input named by its object", edit('AssetIn("first")', "AssetIn(first.key)"), proved=False),
        must(
            "identity that is the default",
            edit(', ins={"daily": AssetIn(partition_mapping=IdentityPartitionMapping())}', ""),
            config="mapped@2026-01-01..2026-01-03",
            beyond="a mapping counts as it is written",
            proved=False,
        ),
        must_not(
            "partitions written in place",
            edit(
                "@asset(partitions_def=colours)", '@asset(partitions_def=StaticPartitionsDefinition(["red", "blue"]))'
            ),
            proved=False,
        ),
        must("keys in another order", edit('["red", "blue"]', '["blue", "red"]'), upstream="gathered", proved=False),
        must_not(
            "body under code_version", edit(VERSIONED + 'shorten("versioned")', VERSIONED + '"other"'), proved=False
        ),
        must_not("default under code_version", edit("def versioned()", "def versioned(n=1)"), proved=False),
        must_not("description", edit('description="d"', 'description="e"'), proved=False),
        must_not("group", edit('group_name="g"', 'group_name="h"'), proved=False),
        must_not("tags", edit('tags={"a": "b"}', 'tags={"a": "c"}'), proved=False),
        must_not("owners", edit("x@example.org", "y@example.org"), proved=False),
        must_not("kinds", edit('kinds={"k"}', 'kinds={"l"}'), proved=False),
        must_not("metadata", edit('metadata={"m": 1}', 'metadata={"m": 2}'), proved=False),
        must_not(
            "retries, time limit and pool",
            edit('    description="d",\n', '    description="d",\n    timeout=60,\n    pool="p",\n'),
            proved=False,
        ),
        must_not(
            "source that nobody reads",
            edit("\n\ndef shorten", '\n\nnotes = FileSource("notes", "notes.txt")\n\n\ndef shorten'),
            proved=False,
        ),
    ),
)

VARIABLES = """
import os

from assetmake import asset


@asset(env_vars=["REGION"])
def declared() -> str:
    return os.environ["REGION"]


@asset
def undeclared() -> int:
    return 1
"""

ENVIRONMENT = Theme(
    "environment",
    {"assets.py": VARIABLES},
    (
        must("declared variable", environment="declared", env={"REGION": "south"}, proved=False),
        must(
            "variable that is declared now",
            change("assets.py", "@asset\n", '@asset(env_vars=["SEASON"])\n'),
            environment="undeclared",
            proved=False,
        ),
        must_not("undeclared variable", env={"SEASON": "winter"}, proved=False),
    ),
    env={"REGION": "north"},
)
