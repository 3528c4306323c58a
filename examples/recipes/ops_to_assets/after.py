"""The same as assets: each op that makes something is named for what it makes."""

from assetmake import Definitions, asset


@asset
def raw_xs() -> list[int]:
    return [1, 2, 3]


@asset
def doubled_xs(raw_xs: list[int]) -> list[int]:
    return [x * 2 for x in raw_xs]


defs = Definitions(assets=[raw_xs, doubled_xs])
