def test_one_broken_module_stops_no_other(assetmake_project):
    done = assetmake_project.build()
    assert done.ran == ["sales", "sold"]
    assert assetmake_project.value("sold") == 7
    assert list(assetmake_project.broken) == ["other_pipelines"]
    assert not done.success
