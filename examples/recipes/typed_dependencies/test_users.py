def test_names_are_capitalised_and_users_counted(assetmake_project):
    assert assetmake_project.build().ran == ["raw_users", "clean_users", "user_count"]
    assert assetmake_project.value("user_count") == 2
    assert list(assetmake_project.value("clean_users")["name"]) == ["Alice", "Bob"]


def test_what_is_fresh_does_not_run(assetmake_project):
    assetmake_project.build("clean_users")
    assert assetmake_project.build().ran == ["user_count"]
