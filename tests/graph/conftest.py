"""A small project: raw files, daily and monthly assets, a report, and two of one name."""

from __future__ import annotations

import pytest
from handmade import COLOURS, DAILY, MONTHLY, make_asset, make_graph, make_source

from assetmake.graph.asset_graph import AssetGraph


@pytest.fixture
def project() -> AssetGraph:
    """files -> raw/flights -> daily -> monthly -> report; carriers -> report; two of one name apart."""
    ops, plots = "/project/flights/ops.py", "/project/flights/plots/report.py"
    return make_graph(
        make_asset("raw/flights", "files", file=ops, group="ingest", tags={"layer": "bronze", "pii": ""}),
        make_asset("daily", "flights", partitions=DAILY, file=ops, tags={"layer": "silver"}),
        make_asset("monthly", "daily", partitions=MONTHLY, file=ops, tags={"layer": "gold"}),
        make_asset("carriers", partitions=COLOURS, file=ops, group="ingest", owners=("jo@example.com",)),
        make_asset("report", "monthly", "carriers", file=plots, kinds=("plot",), owners=("team:data",)),
        make_asset("us/weather", file=plots),
        make_asset("gb/weather", file=plots),
        sources=(make_source("files"),),
    )
