"""What @asset takes for env_vars, hash_rows and aliases, and how it refuses the rest."""

from __future__ import annotations

from typing import Any

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.decorators import asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.errors import DefinitionError


def declare(**options: Any) -> AssetsDefinition:
    @asset(**options)
    def orders() -> int:
        return 1

    return orders


def test_nothing_of_it_is_the_default() -> None:
    plain = declare()
    assert (plain.env_vars, plain.aliases, plain.hash_rows) == ((), (), "ordered")


def test_variables_are_kept_once_each_and_sorted_whatever_they_come_in() -> None:
    assert declare(env_vars=["B", "A", "B"]).env_vars == ("A", "B")
    assert declare(env_vars=(name for name in ("B", "A"))).env_vars == ("A", "B")


def test_aliases_are_keys_in_the_order_given() -> None:
    former = declare(aliases=["old", "raw/older", AssetKey(["oldest"])]).aliases
    assert [str(key) for key in former] == ["old", "raw/older", "oldest"]


def test_rows_are_ordered_or_not() -> None:
    assert declare(hash_rows="unordered").hash_rows == "unordered"
    assert declare(hash_rows="ordered").hash_rows == "ordered"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"env_vars": "API_URL"}, "env_vars is a list, got the text 'API_URL'"),
        ({"env_vars": 3}, "env_vars is a list, got 3"),
        ({"env_vars": [""]}, "env_vars holds '', which names no environment variable"),
        ({"env_vars": ["A=1"]}, "env_vars holds 'A=1', which names no environment variable"),
        ({"env_vars": ["A\0"]}, r"env_vars holds 'A\x00', which names no environment variable"),
        ({"env_vars": [3]}, "env_vars holds 3, which names no environment variable"),
        ({"hash_rows": "sorted"}, "hash_rows='sorted' is neither 'ordered' nor 'unordered'"),
        ({"hash_rows": False}, "hash_rows=False is neither 'ordered' nor 'unordered'"),
        ({"aliases": "old"}, "aliases is a list, got the text 'old'"),
        ({"aliases": 3}, "aliases is a list, got 3"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        declare(**options)
    assert caught.value.message == f"asset orders: {message}"


def test_a_text_in_the_place_of_a_list_is_refused_with_the_list_that_is_meant() -> None:
    with pytest.raises(DefinitionError) as caught:
        declare(env_vars="API_URL")
    assert caught.value.hint == "write env_vars=['API_URL']"


def test_an_option_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(DefinitionError, match="does not take hash_row") as caught:
        declare(hash_row="unordered")
    assert "hash_rows" in caught.value.hint


def test_a_pool_is_named_by_its_option_or_by_the_tag_that_did_before() -> None:
    tag = {"dagster/concurrency_key": "warehouse"}
    assert declare().pool is None
    assert declare(op_tags={"team": "data"}).pool is None
    assert declare(pool="warehouse").pool == "warehouse"
    assert declare(op_tags=tag).pool == "warehouse"
    assert declare(op_tags=tag, pool="warehouse").pool == "warehouse"
    with pytest.raises(DefinitionError, match="pool 'api' conflicts with the concurrency key tag 'warehouse'"):
        declare(op_tags=tag, pool="api")


def test_a_compute_kind_is_any_text_and_becomes_a_kind() -> None:
    (spec,) = declare(compute_kind="HackerNews API").specs
    assert spec.kinds == {"HackerNews_API"}
    (plain,) = declare(compute_kind="python").specs
    assert plain.kinds == {"python"}
