from events import daily_events


def test_one_day(materialize):
    result = materialize([daily_events], partition_key="2026-01-15")
    assert result.output_for_node("daily_events") == 42


def test_days_are_built_one_by_one(assetmake_project):
    assert assetmake_project.build("daily_events@2026-01-15").ran == ["daily_events@2026-01-15"]
    assert assetmake_project.build("daily_events@2026-01-14..2026-01-15").ran == ["daily_events@2026-01-14"]
    assert assetmake_project.value("daily_events", partition_key="2026-01-14") == 42
