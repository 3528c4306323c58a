import pandas as pd
import split_query


def test_one_call_makes_both(assetmake_project):
    assert assetmake_project.build("orders").ran == ["users", "orders"]
    assert list(assetmake_project.value("orders")["id"]) == [7, 8]


def test_what_reads_one_is_spared_where_only_the_other_changed(assetmake_project, monkeypatch):
    assetmake_project.build()
    more = pd.concat([split_query.expensive_query(), pd.DataFrame([{"type": "user", "id": 2}])])
    monkeypatch.setattr(split_query, "expensive_query", lambda: more)
    assert assetmake_project.build("users", force=True).ran == ["users", "orders"]
    assert list(assetmake_project.value("users")["id"]) == [1, 2]
    assert assetmake_project.build().ran == []
