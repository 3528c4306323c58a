from analytics import users

from assetmake import AssetKey


def test_the_key_is_structured(materialize):
    assert users.key == AssetKey(["analytics", "users"])
    assert materialize([users]).asset_value("analytics/users") == ["alice", "bob"]
