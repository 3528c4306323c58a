"""Whether config fits a job, without running it; and jobs as sensors of runs name them."""

from __future__ import annotations

from typing import Any

import pytest

import assetmake as dg
from assetmake.errors import DefinitionError, RunConfigError

RAN: list[str] = []


class Size(dg.Config):
    rows: int


class Database(dg.ConfigurableResource):
    table: str


@dg.asset
def orders(config: Size, db: Database) -> int:
    RAN.append("orders")
    return config.rows


JOB = dg.define_asset_job("nightly", config={"ops": {"orders": {"config": {"rows": 1}}}})
DEFS = dg.Definitions(assets=[orders], jobs=[JOB], resources={"db": Database(table="orders")})


def test_config_that_fits_is_given_back_and_nothing_runs() -> None:
    job = DEFS.resolve_job_def("nightly")
    given = {"ops": {"orders": {"config": {"rows": 5}}}}
    assert dg.validate_run_config(job, given) == {"resources": {}, **given}
    assert dg.validate_run_config(job, dg.RunConfig(ops={"orders": Size(rows=5)}))["ops"] == given["ops"]
    assert dg.validate_run_config(job)["ops"]["orders"]["config"] == {"rows": 1}
    assert RAN == []


@pytest.mark.parametrize(
    "config",
    [
        {"ops": {"orders": {"config": {"rows": "many"}}}},
        {"ops": {"orders": {"config": {}}}},
        {"ops": {"others": {"config": {"rows": 1}}, "orders": {"config": {"rows": 5}}}},
        {"ops": {"orders": {"config": {"rows": 5}}}, "resources": {"db": {"config": {"tables": 1}}}},
    ],
)
def test_config_that_does_not_fit_is_refused(config: Any) -> None:
    with pytest.raises(RunConfigError):
        dg.validate_run_config(DEFS.resolve_job_def("nightly"), config)


def test_only_a_job_with_its_assets_has_config() -> None:
    with pytest.raises(DefinitionError, match="nightly is no job with its assets"):
        dg.validate_run_config(JOB)
    with pytest.raises(DefinitionError, match="of_ops, declared with @job"):
        dg.validate_run_config(dg.job(name="of_ops")(lambda: None))


def test_sensors_of_runs_name_jobs_as_of_several_locations() -> None:
    def declare(*jobs: Any) -> tuple[str, ...]:
        @dg.run_failure_sensor(monitored_jobs=list(jobs))
        def tell() -> None: ...

        return tell.monitored_jobs

    assert declare(dg.JobSelector(location_name="here", repository_name="all", job_name="nightly")) == ("nightly",)
    assert declare(dg.JobSelector("here", "nightly")) == ("nightly",)
    assert declare(dg.CodeLocationSelector(location_name="here")) == ()
    assert declare(dg.RepositorySelector("here", "all"), dg.JobSelector("here", "nightly")) == ()


def test_a_condition_of_ones_own_may_be_declared() -> None:
    class IsHoliday(dg.AutomationCondition[Any]):
        def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:  # type: ignore[valid-type]
            return dg.AutomationResult(context.candidate_subset, context=context)  # type: ignore[attr-defined]

    assert (dg.AutomationCondition.eager() & ~IsHoliday()).operands
