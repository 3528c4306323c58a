from unittest.mock import MagicMock

from my_pipelines.assets import clean_users, daily_events, queried_users, raw_users, user_count

from assetmake import DagsterInstance, materialize


def test_asset_graph():
    result = materialize([raw_users, clean_users, user_count])
    assert result.success
    df = result.output_for_node("clean_users")
    assert df["name"].iloc[0] == "Alice"


def test_partitioned():
    result = materialize(
        [daily_events],
        partition_key="2026-01-15",
    )
    assert result.success
    assert result.output_for_node("daily_events") == 42


def test_with_mock_resource():
    mock_db = MagicMock()
    mock_db.query.return_value = [{"id": 1, "name": "test"}]
    result = materialize([raw_users, queried_users], resources={"db": mock_db})
    assert result.success
    assert result.output_for_node("queried_users") == [{"id": 1, "name": "test"}]


def test_events_of_several_runs():
    instance = DagsterInstance.ephemeral()
    materialize([raw_users], instance=instance)
    materialize([raw_users], instance=instance)
    assert instance.get_latest_materialization_event(raw_users.key) is not None
