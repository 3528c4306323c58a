from datetime import UTC, datetime

import days

from assetmake import build_schedule_context


def test_the_summary_counts_its_days(assetmake_project):
    assert assetmake_project.build("summary").success
    assert assetmake_project.value("summary") == 3


def test_the_schedule_asks_for_the_day_before():
    context = build_schedule_context(scheduled_execution_time=datetime(2026, 1, 3, 6, tzinfo=UTC))
    schedule = days.defs.get_schedule_def("daily_job_schedule")
    asked = schedule.evaluate_tick(context).run_requests
    assert [each.partition_key for each in asked] == ["2026-01-02"]
