"""The log and the files that code without a context asks for."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import assetmake as dg


def test_a_file_beside_a_module() -> None:
    assert (
        Path(dg.file_relative_path(__file__, "../conftest.py")).resolve() == Path(__file__).parents[1] / "conftest.py"
    )
    assert dg.file_relative_path("assets.py", "queries.sql") == "queries.sql"


def test_the_logger_is_that_of_the_context(caplog: pytest.LogCaptureFixture) -> None:
    @dg.asset
    def orders(context: dg.AssetExecutionContext) -> None:
        assert dg.get_dagster_logger() is context.log
        dg.get_dagster_logger("reader").info("two lines")

    with caplog.at_level(logging.INFO, logger=dg.get_dagster_logger().name):
        assert dg.materialize([orders]).success
    assert "two lines" in caplog.messages
    assert dg.get_dagster_logger("reader").parent is dg.get_dagster_logger()
