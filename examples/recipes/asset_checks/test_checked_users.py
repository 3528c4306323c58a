import checked_users
import pandas as pd

from assetmake import AssetCheckSeverity


def test_a_name_that_is_missing_is_an_error():
    found = checked_users.no_null_names(pd.DataFrame({"name": ["alice", None]}))
    assert not found.passed
    assert found.severity is AssetCheckSeverity.ERROR
    assert found.metadata["null_count"].value == 1


def test_the_check_runs_with_the_asset_and_then_stands(assetmake_project):
    first = assetmake_project.build()
    assert first.ran == ["clean_users", "clean_users:no_null_names"]
    assert first.checks == {"clean_users:no_null_names": "passed"}
    assert assetmake_project.build().ran == []
