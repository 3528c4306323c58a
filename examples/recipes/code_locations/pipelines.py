"""One of two modules of a project; the other does not import, and this one is built all the same."""

from assetmake import Definitions, asset


@asset
def sales() -> list[int]:
    return [3, 4]


@asset
def sold(sales: list[int]) -> int:
    return sum(sales)


defs = Definitions(assets=[sales, sold])
