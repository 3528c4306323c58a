"""Config, IO manager and environment: what each holds, and that nothing of it is a secret."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assetmake.definitions.assets.decorators import asset
from assetmake.definitions.assets.specs import AssetDep
from assetmake.definitions.calendars import DailyPartitionsDefinition
from assetmake.definitions.mappings import LastPartitionMapping
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.conditions import Conditions, Surroundings, describe_conditions
from assetmake.discovery.manifest import Manifest

KEY = b"k" * 32
SECRET = "s3cret-token"


def describe(
    *, distributions: tuple[str, ...] = (), variables: dict[str, str] | None = None, key: bytes = KEY, **options: Any
) -> Conditions:
    @asset(name="a", **options)
    def a(x: list) -> int:
        return 1

    return describe_conditions(a, Surroundings(distributions, variables or {}, lambda: key))


def refuse() -> bytes:
    raise AssertionError("no asset declares a variable, so nobody needs a key")


def test_without_the_new_options_the_digests_are_what_they_were() -> None:
    """A digest that changes here makes every project's world stale."""

    @asset(
        name="a",
        partitions_def=DailyPartitionsDefinition("2026-01-01"),
        deps=[AssetDep("z", LastPartitionMapping())],
        io_manager_key="json",
    )
    def a(context: Any, x: list) -> int:
        return 1

    found = describe_conditions(a, Surroundings(("surely-not-installed",), {"A": "1"}, refuse))

    assert [each[:16] for each in (found.config, found.io, found.environment)] == [
        "82c7f5816108534f",
        "02bd175f32972037",
        "ae6d73897c760bdb",
    ]


def test_declared_distributions_count_by_their_version() -> None:
    nothing, one, two = (describe(distributions=names) for names in ((), ("pytest",), ("ruff", "pytest", "ruff")))

    assert len({nothing.environment, one.environment, two.environment}) == 3
    assert describe(distributions=("pytest", "ruff")).environment == two.environment
    assert json.loads(one.details)["environment"] == {"pytest": importlib.metadata.version("pytest")}


def test_a_distribution_that_is_not_there_is_absent() -> None:
    found = describe(distributions=("surely-not-installed",))

    assert json.loads(found.details)["environment"] == {"surely-not-installed": "absent"}


def test_each_state_of_a_variable_is_another_environment() -> None:
    states = [{}, {"A": ""}, {"A": "1"}, {"A": "2"}, {"A": "\udc80"}]
    found = {describe(env_vars=["A"], variables=variables).environment for variables in states}

    assert len(found) == len(states)


def test_variables_that_are_not_declared_do_not_count() -> None:
    one = describe(env_vars=["A"], variables={"A": "1", "B": "1"})
    other = describe(env_vars=["A"], variables={"A": "1", "B": "2"})

    assert one == other


def test_the_name_of_a_variable_counts() -> None:
    both = {"A": "1", "B": "1"}
    one, other = (describe(env_vars=[name], variables=both) for name in "AB")
    shown = json.loads(describe(env_vars=["A", "B"], variables=both).details)["environment"]

    assert one.environment != other.environment
    assert shown["$A"] != shown["$B"], "that two variables have the same value is nobody's business"


def test_values_are_hashed_with_the_projects_key() -> None:
    one, other = (describe(env_vars=["A"], variables={"A": "1"}, key=key) for key in (b"1" * 32, b"2" * 32))

    assert one.environment != other.environment
    assert one.details != other.details


def test_details_show_a_few_digits_of_a_hash_and_never_a_value() -> None:
    found = describe(env_vars=["API_TOKEN", "NOT_SET"], variables={"API_TOKEN": SECRET})
    shown = json.loads(found.details)["environment"]

    assert shown["$NOT_SET"] is None
    assert len(shown["$API_TOKEN"]) == 8
    assert SECRET not in found.details


def test_rows_without_order_are_config_and_rows_with_order_are_nothing_new() -> None:
    plain, ordered, unordered = describe(), describe(hash_rows="ordered"), describe(hash_rows="unordered")

    assert plain == ordered
    assert plain.config != unordered.config
    assert (plain.io, plain.environment) == (unordered.io, unordered.environment)


def test_aliases_and_variables_are_no_config() -> None:
    assert describe(aliases=["old"]) == describe()
    assert describe(env_vars=["A"]).config == describe().config


def test_no_key_is_made_where_no_asset_declares_a_variable(
    write: Callable[..., None], discover: Callable[[], Manifest], root: Path
) -> None:
    write("assets.py", "from assetmake import asset\n\n\n@asset\ndef a() -> int:\n    return 1\n")
    discover()

    assert not (root / ".assetmake/env.key").exists()


def test_the_key_of_a_project_outlives_the_process(
    write: Callable[..., None], discover: Callable[[], Manifest], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)
    write(
        "assets.py", "from assetmake import asset\n\n\n@asset(env_vars=['API_TOKEN'])\ndef a() -> int:\n    return 1\n"
    )
    one, other = discover(), discover()

    assert one.assets[0].fingerprint == other.assets[0].fingerprint
    assert one.assets[0].env_vars == ("API_TOKEN",)
    assert SECRET not in repr(one)
    (root / ".assetmake/env.key").unlink()
    assert discover().assets[0].fingerprint.environment != one.assets[0].fingerprint.environment


def test_live_assets_are_hashed_alike_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)

    @asset(env_vars=["API_TOKEN"])
    def a() -> int:
        return 1

    one, other = (describe_assets([a]).assets[0].fingerprint for _ in range(2))
    assert one == other
