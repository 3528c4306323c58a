"""Named dynamic partitions: keys come and go while the project stays as it is, and a build does what follows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from assetmake import (
    AssetKey,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    FileSource,
    MultiPartitionsDefinition,
    asset,
    asset_check,
    by_hand,
    clock,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.partitions import hashed_part
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.config import BuildConfig, Config, ProjectConfig
from assetmake.discovery.recall.inputs import Inputs
from assetmake.errors import DefinitionError, UnknownPartitionError, UsageError
from assetmake.execution.asked import BuildOptions
from assetmake.execution.executors.inline import Inline
from assetmake.graph.selection import Selection
from assetmake.project import Project
from assetmake.storage.dynamic_keys import add_dynamic_keys
from assetmake.storage.standing import ANSWERS_FOLDER, find_answer
from assetmake.storage.state import EphemeralState, StateFile
from assetmake.testing import Sandbox

CUSTOMERS = DynamicPartitionsDefinition(name="customers")
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-03")


@asset(partitions_def=CUSTOMERS)
def orders() -> list[int]:
    return [1, 2]


@asset(partitions_def=DynamicPartitionsDefinition(name="customers"))
def invoice(orders: list[int]) -> int:
    return sum(orders)


@asset
def total(invoice: dict[str, int]) -> int:
    return sum(invoice.values())


SHOP: list[AssetsDefinition] = [orders, invoice, total]


@pytest.fixture
def shop() -> Sandbox:
    sandbox = Sandbox(SHOP)
    sandbox.project.partition_sets.add("customers", ["acme", "zenith"])
    assert sandbox.build().ran == ["orders@acme", "orders@zenith", "invoice@acme", "invoice@zenith", "total"]
    return sandbox


def add(shop: Sandbox, *keys: str, name: str = "customers") -> tuple[tuple[str, ...], tuple[str, ...]]:
    done = shop.project.partition_sets.add(name, keys)
    return done.added, done.known


def remove(shop: Sandbox, *keys: str, name: str = "customers") -> list[str]:
    return shop.project.partition_sets.remove(name, keys)


def test_before_there_is_a_key_there_is_nothing_to_build_but_what_reads_all_of_them() -> None:
    sandbox = Sandbox(SHOP)
    assert sandbox.build().ran == ["total"]
    assert sandbox.build().ran == []


def test_a_new_key_builds_its_own_partition_and_what_maps_to_it(shop: Sandbox) -> None:
    assert add(shop, "bolt") == (("bolt",), ())
    done = shop.build()
    assert done.ran == ["orders@bolt", "invoice@bolt", "total"]
    assert done.asset_value("total") == 9
    assert shop.build().ran == []


def test_a_key_that_is_there_stays_where_it_is(shop: Sandbox) -> None:
    assert add(shop, "zenith", "bolt", "bolt", "acme") == (("bolt",), ("zenith", "acme"))
    assert shop.project.partition_sets.list_keys("customers") == ["acme", "zenith", "bolt"]
    assert add(shop, "acme") == ((), ("acme",))
    assert shop.project.partition_sets.list_keys("customers") == ["acme", "zenith", "bolt"]


def test_what_is_removed_is_read_no_more_and_can_be_collected(shop: Sandbox) -> None:
    assert remove(shop, "zenith") == ["zenith"]
    done = shop.build()
    assert done.ran == ["total"]
    assert done.asset_value("total") == 3
    orphans, garbage = by_hand.collect(shop.project, remove=True)
    assert [(each.asset, each.keys) for each in orphans] == [("invoice", ("zenith",)), ("orders", ("zenith",))]
    assert {path.name for path in garbage.files} == {"zenith.json"}
    assert shop.build().ran == []
    assert add(shop, "zenith") == (("zenith",), ())
    assert shop.build().ran == ["orders@zenith", "invoice@zenith", "total"]


def test_a_key_that_comes_back_before_it_is_collected_finds_what_was_built(shop: Sandbox) -> None:
    remove(shop, "zenith")
    shop.build()
    add(shop, "zenith")
    assert shop.build().ran == ["total"]


def test_a_key_has_the_same_part_whichever_others_there_are_and_however_it_is_declared(shop: Sandbox) -> None:
    add(shop, "bolt")
    remove(shop, "acme")
    shop.build()
    with shop.project.state.reading() as db:
        rows = dict(db.execute("select distinct key, part from state.traces where key is not null").fetchall())
    assert rows == {key: hashed_part(key) for key in ("acme", "zenith", "bolt")}


def test_a_selection_asks_for_keys_that_there_are(shop: Sandbox) -> None:
    add(shop, "bolt")
    assert shop.build("invoice@bolt").ran == ["orders@bolt", "invoice@bolt"]
    with pytest.raises(UnknownPartitionError, match="unknown partition key 'blot'") as refused:
        shop.build("invoice@blot")
    assert "did you mean bolt" in refused.value.hint
    remove(shop, "bolt")
    with pytest.raises(UnknownPartitionError, match="unknown partition key 'bolt'"):
        shop.build("invoice@bolt")


def test_a_dimension_may_be_of_dynamic_keys() -> None:
    by_day = MultiPartitionsDefinition({"day": DAYS, "customer": CUSTOMERS})

    @asset(partitions_def=by_day)
    def visits() -> int:
        return 1

    @asset(partitions_def=CUSTOMERS)
    def summary(visits: dict[str, int]) -> int:
        return sum(visits.values())

    sandbox = Sandbox([visits, summary])
    add(sandbox, "acme")
    assert sandbox.build().ran == ["visits@acme|2026-01-01", "visits@acme|2026-01-02", "summary@acme"]
    add(sandbox, "bolt")
    assert sandbox.build().ran == ["visits@bolt|2026-01-01", "visits@bolt|2026-01-02", "summary@bolt"]
    remove(sandbox, "acme")
    assert sandbox.build().ran == []
    with pytest.raises(DefinitionError, match=r"dimension 'customer'.*'a,b'"):
        add(sandbox, "good", "a,b")
    assert sandbox.project.partition_sets.list_keys("customers") == ["bolt"]


def test_the_files_of_a_source_may_be_of_dynamic_keys(tmp_path: Path) -> None:
    lists = FileSource("lists", "{partition_key}.txt", partitions_def=CUSTOMERS)
    for name in ("acme", "bolt"):
        (tmp_path / f"{name}.txt").write_text(name)

    @asset(partitions_def=CUSTOMERS)
    def length(lists: Path) -> int:
        return len(lists.read_text())

    sandbox = Sandbox([lists, length], root=tmp_path)
    add(sandbox, "acme")
    assert sandbox.build().ran == ["length@acme"]
    add(sandbox, "bolt")
    (tmp_path / "acme.txt").write_text("acme corporation")
    assert sandbox.build().ran == ["length@acme", "length@bolt"]


@pytest.mark.parametrize(
    ("key", "complaint"),
    [("", "must not be empty"), ("a\nb", "cannot be printed"), ("a...b", "between the ends"), ("e\u0301", "NFC")],
)
def test_a_key_with_which_no_plan_could_be_made_is_not_kept(shop: Sandbox, key: str, complaint: str) -> None:
    with pytest.raises(DefinitionError, match=complaint):
        add(shop, "good", key)
    assert shop.project.partition_sets.list_keys("customers") == ["acme", "zenith"]
    assert shop.build().ran == []


def test_an_unknown_key_or_name_is_refused_with_what_is_near_and_nothing_is_removed(shop: Sandbox) -> None:
    with pytest.raises(UnknownPartitionError, match="customers has no partition 'acne'") as refused:
        remove(shop, "zenith", "acne")
    assert refused.value.hint == "did you mean acme?"
    assert shop.project.partition_sets.list_keys("customers") == ["acme", "zenith"]
    for act in (add, remove):
        with pytest.raises(UsageError, match="no dynamic partitions 'costumers'") as refused:
            act(shop, "acme", name="costumers")
        assert refused.value.hint == "did you mean customers?"


def test_a_set_that_no_definition_names_any_more_can_still_be_looked_at_and_emptied(shop: Sandbox) -> None:
    shop.replace([])
    (left,) = shop.project.partition_sets.list_all()
    assert (left.name, left.count, left.users) == ("customers", 2, ())
    assert remove(shop, "acme", "zenith") == ["acme", "zenith"]
    assert shop.project.partition_sets.list_all() == []


def test_sets_are_listed_with_what_they_partition(shop: Sandbox) -> None:
    (found,) = shop.project.partition_sets.list_all()
    assert (found.name, found.count, found.users) == ("customers", 2, (AssetKey("orders"), AssetKey("invoice")))


def test_keys_that_only_a_check_is_partitioned_by_are_known_too() -> None:
    fruits = DynamicPartitionsDefinition(name="fruits")

    @asset_check(asset="stock", partitions_def=fruits)
    def is_ripe() -> bool:
        return True

    @asset(partitions_def=fruits)
    def stock() -> int:
        return 1

    @asset
    def other() -> int:
        return 2

    sandbox = Sandbox([stock, is_ripe, other])
    add(sandbox, "pear", name="fruits")
    assert sandbox.build("other").ran == ["other"]
    assert "stock@pear" in sandbox.build().ran
    (found,) = sandbox.project.partition_sets.list_all()
    assert found.users == (AssetKey("stock"),)


class Hasty(EphemeralState):
    """A state that somebody adds a key to just before a build claims what its plan wants."""

    is_due = False

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.is_due:
            self.is_due = False
            with super().writing() as db:
                add_dynamic_keys(db, "customers", ["late"], now=clock.now())
        with super().writing() as db:
            yield db


def test_a_key_that_comes_between_plan_and_claim_is_built() -> None:
    sandbox = Sandbox(SHOP)
    sandbox._state = state = Hasty()
    sandbox.replace(SHOP)
    add(sandbox, "acme")
    state.is_due = True
    assert "invoice@late" in sandbox.build().ran


class Answering:
    """A project on disk whose builds remember that there is nothing to do."""

    def __init__(self, root: Path) -> None:
        file = root / ".assetmake/state.duckdb"
        by_key = {each.key: each for each in SHOP}
        self.root = root
        self.project = Project(
            root=root,
            config=Config(ProjectConfig("shop"), BuildConfig(jobs=1)),
            manifest=describe_assets(SHOP, root=root),
            state=StateFile(file, answers=root / ANSWERS_FOLDER),
            open_executor=lambda _, __: Inline(lambda work: by_key[work.asset]),
            inputs=Inputs(salt="salt"),
            state_file=file,
        )

    def build(self) -> int:
        return self.project.build(Selection(), BuildOptions(words=("build",)), lambda _: None).built

    def is_answered_at_once(self) -> bool:
        return find_answer(str(self.root), ("build",), environment=os.environ, now=clock.now_ns()) is not None


def test_a_build_that_is_answered_from_memory_notices_keys_that_come_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, read_now = clock.now_ns, clock.now
    monkeypatch.setattr(clock, "now_ns", lambda: read() + 3600 * 10**9)
    monkeypatch.setattr(clock, "now", lambda: read_now() + timedelta(hours=1))
    shop = Answering(tmp_path.resolve())
    sets = shop.project.partition_sets
    sets.add("customers", ["acme"])
    assert (shop.build(), shop.build()) == (3, 0)
    assert shop.is_answered_at_once()

    sets.add("customers", ["bolt"])
    assert not shop.is_answered_at_once()
    assert (shop.build(), shop.build()) == (3, 0)
    assert shop.is_answered_at_once()

    sets.remove("customers", ["bolt"])
    assert not shop.is_answered_at_once()
    assert (shop.build(), shop.build()) == (1, 0)
    assert shop.is_answered_at_once()
