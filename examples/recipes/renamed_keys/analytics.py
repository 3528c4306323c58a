"""An asset under a new key: what was built as `users` stays, and is not built again.

`assetmake mv users analytics/users` moves it at once; `aliases` lets the next build do so.
"""

from assetmake import AssetKey, asset


@asset(key=AssetKey(["analytics", "users"]), aliases=["users"])  # new structured key
def users() -> list[str]:
    return ["alice", "bob"]
