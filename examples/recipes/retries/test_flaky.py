def test_it_is_tried_until_it_answers(assetmake_project):
    done = assetmake_project.build()
    assert done.success
    assert done.ran == ["rates"] * 3
    assert assetmake_project.value("rates")["CHF"] == 0.93
