import os

import inbox

from assetmake import build_sensor_context


def test_new_files_are_asked_for_once(monkeypatch):
    monkeypatch.setattr(os, "listdir", lambda folder: ["2026-01-02.csv", "2026-01-01.csv"])
    context = build_sensor_context(cursor="2026-01-01.csv")

    requests = list(inbox.s3_drop_sensor(context))

    assert [(each.run_key, each.partition_key) for each in requests] == [("2026-01-02.csv", "2026-01-02")]
    assert context.cursor == "2026-01-02.csv"
    assert list(inbox.s3_drop_sensor(context)) == []


def test_what_it_asks_for_can_be_built(assetmake_project):
    assert assetmake_project.build("daily_drops@2026-01-02").success
    assert assetmake_project.value("daily_drops", partition_key="2026-01-02") == "2026-01-02.csv"
