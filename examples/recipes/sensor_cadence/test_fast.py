from fast import fast_sensor

from assetmake import build_sensor_context


def test_it_asks_for_a_partition():
    assert fast_sensor.minimum_interval_seconds == 10
    assert fast_sensor(build_sensor_context()).partition_key == "2026-01-15"
