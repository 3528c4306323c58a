"""A value where none is stored: the hint names what decides that, which is not always an annotation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assetmake import AssetSpec, MaterializeResult, Nothing, asset, materialize, multi_asset
from assetmake.errors import ValueTypeError


@multi_asset(specs=[AssetSpec("one"), AssetSpec("two")])
def by_specs() -> Iterator[Any]:
    yield MaterializeResult(asset_key="one", value=1)
    yield MaterializeResult(asset_key="two", value=1)


@asset
def annotated() -> None:
    return MaterializeResult(value=1)  # type: ignore[return-value]


@asset(dagster_type=Nothing)
def typed():  # type: ignore[no-untyped-def]
    return MaterializeResult(value=1)


@pytest.mark.parametrize(
    ("declared", "hint"),
    [
        (by_specs, "name an io_manager_key on its AssetSpec, or declare it with outs=, to have the value stored"),
        (annotated, "drop the annotation to have the value stored"),
        (typed, "drop dagster_type=Nothing to have the value stored"),
    ],
)
def test_the_hint_names_what_decides_that_a_value_is_not_stored(declared: Any, hint: str) -> None:
    with pytest.raises(ValueTypeError) as caught:
        materialize([declared])
    assert caught.value.hint == hint
