"""Dynamic keys: kept under names, in the order in which they were added."""

from __future__ import annotations

import pytest
from rows_for_tests import NOON

from assetmake.storage.dynamic_keys import add_dynamic_keys, count_dynamic_keys, read_dynamic_keys, remove_dynamic_keys
from assetmake.storage.ledger import read_revision
from assetmake.storage.state import EphemeralState


def test_keys_keep_the_order_in_which_they_were_added() -> None:
    with EphemeralState().writing() as db:
        add_dynamic_keys(db, "fruits", ["pear", "apple"], now=NOON)
        add_dynamic_keys(db, "trees", ["elm"], now=NOON)
        add_dynamic_keys(db, "fruits", ["fig"], now=NOON)
        assert read_dynamic_keys(db, ["fruits", "trees", "stones"]) == {
            "fruits": ["pear", "apple", "fig"],
            "trees": ["elm"],
            "stones": [],
        }
        remove_dynamic_keys(db, "fruits", ["apple", "elm"])
        add_dynamic_keys(db, "fruits", ["apple"], now=NOON)
        assert read_dynamic_keys(db, ["fruits"]) == {"fruits": ["pear", "fig", "apple"]}
        assert count_dynamic_keys(db) == {"fruits": 3, "trees": 1}
        assert read_dynamic_keys(db, []) == {}


@pytest.mark.parametrize("count", [1_999, 2_001], ids=["as parameters", "through Arrow"])
def test_many_keys_go_in_and_out_together(count: int) -> None:
    keys = [f"ключ {number}" for number in range(count)]
    with EphemeralState().writing() as db:
        add_dynamic_keys(db, "many", keys, now=NOON)
        assert read_dynamic_keys(db, ["many"])["many"] == keys
        remove_dynamic_keys(db, "many", keys[1:])
        assert read_dynamic_keys(db, ["many"])["many"] == keys[:1]


def test_a_change_has_plans_made_again_and_no_change_does_not() -> None:
    with EphemeralState().writing() as db:
        add_dynamic_keys(db, "fruits", ["pear"], now=NOON)
        revision = read_revision(db)
        remove_dynamic_keys(db, "fruits", ["pear"])
        assert read_revision(db) > revision
        revision = read_revision(db)
        add_dynamic_keys(db, "fruits", [], now=NOON)
        remove_dynamic_keys(db, "fruits", [])
        assert read_revision(db) == revision
