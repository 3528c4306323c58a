"""What differs between environments stands in assets.toml: `assetmake build`, and `assetmake --env prod build`."""

from assetmake import ConfigurableResource, Definitions, asset


class Shop(ConfigurableResource):
    url: str

    def fetch_orders(self) -> list[str]:
        return [f"{self.url}/orders/{number}" for number in (1, 2)]


@asset
def orders(shop: Shop) -> list[str]:
    return shop.fetch_orders()


defs = Definitions(assets=[orders], resources={"shop": Shop.configure_at_launch()})
