"""AssetKey: the identity of an asset."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import pytest

from assetmake import AssetKey, asset
from assetmake.errors import DefinitionError


def test_a_string_is_one_part_and_a_user_string_a_path() -> None:
    assert AssetKey("a/b").path == ["a/b"]
    assert AssetKey.from_user_string("a/b").path == ["a", "b"]
    assert AssetKey(["a", "b"]).to_user_string() == "a/b"


def test_keys_are_equal_ordered_and_hashable_by_their_parts() -> None:
    assert AssetKey(["a", "b"]) == AssetKey.from_user_string("a/b")
    assert len({AssetKey("a"), AssetKey("a"), AssetKey("b")}) == 2
    assert min([AssetKey("b"), AssetKey(["a", "z"]), AssetKey("a")]) == AssetKey("a")


def test_a_key_is_found_in_a_set_of_another_process() -> None:
    """Hashes of strings differ from process to process, so none may be carried along."""
    code = (
        "import pickle, sys; from assetmake import AssetKey;"
        " key = pickle.loads(bytes.fromhex(sys.argv[1])); print(key in {AssetKey(['a', 'b'])})"
    )
    for seed in ("0", "1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, pickle.dumps(AssetKey(["a", "b"])).hex()],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == "True"


def test_a_key_is_read_from_whatever_names_an_asset() -> None:
    @asset(key_prefix=["raw", "crm"])
    def orders() -> int:
        return 1

    assert AssetKey.from_coercible(orders) == AssetKey(["raw", "crm", "orders"])
    assert AssetKey.from_coercible(["a", "b"]) == AssetKey(["a", "b"])
    with pytest.raises(DefinitionError, match="asset key"):
        AssetKey.from_coercible(5)


@pytest.mark.parametrize("name", ["", "a b", "..", "a@b", "a,b", "a\\b", "a\x00b"])
def test_names_that_could_not_be_selected_or_stored_are_refused(name: str) -> None:
    with pytest.raises(DefinitionError):
        AssetKey([name]).check_name()
