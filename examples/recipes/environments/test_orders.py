def test_orders_come_from_the_shop_of_this_environment(assetmake_project):
    assert assetmake_project.build().success
    assert assetmake_project.value("orders")[0] == "https://test.shop.example/orders/1"
