def test_all_are_exported(assetmake_project):
    assert len(assetmake_project.build().ran) == 5
    assert assetmake_project.value("taxes_export") == "exported taxes"
