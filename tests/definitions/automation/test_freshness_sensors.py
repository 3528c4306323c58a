"""The sensor that has checks of freshness done again when an asset may have become too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import assetmake as dg
from assetmake.errors import DefinitionError

CHECKS = dg.build_last_update_freshness_checks(assets=["orders", "stock"], lower_bound_delta=timedelta(hours=1))
SENSOR = dg.build_sensor_for_freshness_checks(freshness_checks=CHECKS, tags={"by": "sensor"})


@dg.asset
def orders() -> int:
    return 1


@dg.asset
def stock() -> int:
    return 1


class Day:
    """Tells the time of a day that a test goes through."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    made = Day()
    monkeypatch.setattr("assetmake.clock.now", made)
    return made


def ask(instance: dg.DagsterInstance) -> list[str]:
    defs = dg.Definitions(assets=[orders, stock], asset_checks=CHECKS, sensors=[SENSOR])
    context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
    tick: Any = SENSOR.evaluate_tick(context)
    return [key.to_user_string() for request in tick.run_requests for key in request.asset_check_keys]


def test_a_check_is_asked_for_once_and_when_its_asset_may_be_too_old(day: Day) -> None:
    instance = dg.DagsterInstance.ephemeral()
    assert ask(instance) == ["orders:freshness_check", "stock:freshness_check"]

    dg.materialize([orders, *CHECKS], instance=instance)  # stock was never made: its check fails
    assert ask(instance) == []

    day.now += timedelta(minutes=59)
    assert ask(instance) == []

    day.now += timedelta(minutes=2)
    assert ask(instance) == ["orders:freshness_check"]

    dg.materialize([stock], instance=instance)
    assert ask(instance) == ["orders:freshness_check", "stock:freshness_check"]


def test_it_has_a_name_and_is_not_active_by_itself() -> None:
    assert SENSOR.name == "freshness_checks_sensor"
    assert SENSOR.default_status is dg.DefaultSensorStatus.STOPPED
    with pytest.raises(DefinitionError, match="duplicate asset checks: orders:freshness_check"):
        dg.build_sensor_for_freshness_checks(freshness_checks=[CHECKS[0], CHECKS[0]])
