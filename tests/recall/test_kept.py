"""The cache file: what was written comes back whole or not at all, and nobody's code runs for it."""

from __future__ import annotations

import os
import pickle
import textwrap
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.backfill import BackfillPolicy
from assetmake.definitions.calendars import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assetmake.definitions.checking.asked import Asked
from assetmake.definitions.dynamic_partitions import DynamicPartitionsDefinition
from assetmake.definitions.file_partitions import FilePartitionsDefinition
from assetmake.definitions.mappings import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    TimeWindowPartitionMapping,
)
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.multi_mappings import (
    DimensionPartitionMapping,
    MultiPartitionMapping,
    MultiToSingleDimensionPartitionMapping,
)
from assetmake.definitions.multi_partitions import MultiPartitionsDefinition
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.definitions.retry import RetryPolicy
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.discovery.code.members import CodeGraph, Form, Member
from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import AssetRecord, External, Fingerprint, Inspection, Manifest, SourceRecord
from assetmake.discovery.recall.inputs import Inputs, Seen
from assetmake.discovery.recall.kept import ForeignObjectError, Kept, decode, encode, read_kept, write_kept
from assetmake.storage.cache_files import write_sealed

RUNS: list[str] = []


class Runner:
    """What an attacker would put into a cache file."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return RUNS.append, ("ran",)


def refuse() -> Manifest:
    raise AssertionError("the code was to be in its file")


MEMBER = Member(
    "assets.py::a", "def a(): ...", Form.VALUE, "i" * 8, ("p",), {"f": "d"}, {"n": "assets.py::b"}, ("exec",)
)
FINGERPRINT = Fingerprint("code", "config", "io", "environment", MEMBER.name, "{}")
RECORD = AssetRecord(
    AssetKey(["a", "b"]),
    "assets",
    Place("assets.py", 3),
    FINGERPRINT,
    (Dependency(AssetKey("c"), "c", None), Dependency(AssetKey("s"), None, IdentityPartitionMapping())),
    DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin"),
    aliases=(AssetKey("old"),),
    tags={"layer": "gold"},
    env_vars=("X",),
)
MANIFEST = Manifest(
    (RECORD,),
    (
        SourceRecord(AssetKey("s"), "raw/*.csv", Place("assets.py", 1)),
        SourceRecord(AssetKey("t"), "", Place("assets.py", 2), external=External("assets", "io", RECORD, 5.0)),
    ),
    code=CodeGraph({MEMBER.name: MEMBER}),
    texts={"assets.py": "d"},
)
INPUTS = Inputs(
    {"/p/assets.py": Seen((1, 2, 3, 4), 5, "d")}, {"/p": Seen((1, 2, 3, 4), 5, "d", only_code=True)}, ("/p/x",)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "manifest-x"
    write_kept(path, Kept(INPUTS, MANIFEST), seal="ours")
    return path


def test_what_was_written_comes_back(file: Path) -> None:
    found = read_kept(file, seal="ours", find=refuse)
    assert found is not None
    assert found.inputs == INPUTS
    assert found.manifest.assets == MANIFEST.assets
    assert found.manifest.sources == MANIFEST.sources
    assert found.manifest.texts == MANIFEST.texts
    assert dict(found.manifest.code.members) == {MEMBER.name: MEMBER}


def test_each_asset_gets_back_what_was_its_own(tmp_path: Path) -> None:
    # given assets that differ in every field, some by what is merely equal, and in how much they read
    def make(number: int) -> AssetRecord:
        reads = tuple(Dependency(AssetKey(f"up{each}"), f"p{each}" if each else None) for each in range(number % 3))
        return AssetRecord(
            AssetKey(["x", f"a{number}"]),
            f"module{number}",
            Place(f"f{number % 2}.py", number),
            Fingerprint(*(f"{part}{number}" for part in ("code", "config", "io", "environment", "root", "details"))),
            reads,
            StaticPartitionsDefinition([f"k{number}"]) if number % 2 else None,
            stores=bool(number % 2),
            group=f"g{number}",
            tags={"n": str(number)},
            kinds=("k",) * (number % 2),
            owners=(f"o{number}",),
            description=str(number),
            metadata={"n": MetadataValue.int(True if number == 1 else number)},
            io_manager=f"io{number}",
            pool=f"pool{number}",
            retry=RetryPolicy(max_retries=number),
            timeout=-0.0 if number else 0.0,
            aliases=tuple(AssetKey(f"old{each}") for each in range(number // 2)),
            hash_rows=f"rows{number}",
            env_vars=(f"V{number}",),
            backfill=BackfillPolicy.multi_run(number + 1),
            unit=(AssetKey(f"unit{number}"),),
            output=f"output{number}",
            can_subset=bool(number % 2),
            inspection=Inspection(AssetKey(f"up{number}"), f"check{number}", blocking=bool(number % 2)),
            resources=((f"resource{number}", "m"),),
            loaders=(("p", f"loader{number}", "m"),),
            unconfigured=f"missing{number}",
            asks=Asked(number, terms=f"terms{number}") if number else None,
            asks_for_values=bool(number % 2),
        )

    records = tuple(make(number) for number in range(5))
    assert all(len({repr(getattr(each, field.name)) for each in records}) > 1 for field in fields(AssetRecord))

    # when they are kept and read
    write_kept(tmp_path / "m", Kept(INPUTS, Manifest(records, checks=records[3:])), seal="ours")
    found = read_kept(tmp_path / "m", seal="ours", find=refuse)

    # then each is what it was, to the type of each value, and its key is found by its hash
    assert found is not None
    assert found.manifest.assets == records
    assert found.manifest.checks == records[3:]
    assert list(map(repr, found.manifest.assets)) == list(map(repr, records))
    assert {each.key for each in found.manifest.assets} == {each.key for each in records}


def test_every_truncation_of_the_file_is_no_file(file: Path) -> None:
    whole = file.read_bytes()
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        assert read_kept(file, seal="ours", find=refuse) is None, size


def test_every_byte_that_is_another_makes_it_no_file(file: Path) -> None:
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert read_kept(file, seal="ours", find=refuse) is None, place


def test_one_of_another_version_or_python_is_no_file(file: Path) -> None:
    assert read_kept(file, seal="theirs", find=refuse) is None


def test_one_that_is_sealed_and_holds_something_else_is_no_file(file: Path) -> None:
    for body in (b"", b"not a pickle", encode(("too", "short")), encode([1, 2, 3, 4])):
        write_sealed(file, body, key="ours")
        assert read_kept(file, seal="ours", find=refuse) is None


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_file_that_names_code_runs_none(file: Path, protocol: int) -> None:
    values: tuple[object, ...] = (Runner(), (INPUTS, Runner(), [], "x"), os.system, Path("x"))
    for value in values:
        write_sealed(file, pickle.dumps(value, protocol=protocol), key="ours")
        assert read_kept(file, seal="ours", find=refuse) is None
    assert RUNS == []


@pytest.mark.parametrize(
    "named",
    [
        "os system",
        "builtins eval",
        "assetmake.discovery.recall.kept importlib",
        "datetime datetime.now",
        "zoneinfo ZoneInfo",
    ],
)
def test_only_the_plain_classes_of_a_manifest_may_be_named(named: str) -> None:
    module, name = named.split()
    with pytest.raises(ForeignObjectError):
        decode(f"c{module}\n{name}\n.".encode())


class Homemade(StaticPartitionsDefinition):
    """A project's own kind of partitions."""


@pytest.mark.parametrize(
    "value",
    [Homemade(["a"]), Path("x"), len, Runner(), lambda: 1, {"deep": [Homemade(["a"])]}],
    ids=["kind", "path", "builtin", "reduce", "lambda", "deep"],
)
def test_what_is_not_ours_is_not_written(value: object) -> None:
    with pytest.raises(ForeignObjectError):
        encode(value)


STATIC = StaticPartitionsDefinition(["a", "b"])
PLAIN = [
    STATIC,
    DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01", timezone="Europe/Berlin", end_offset=1),
    HourlyPartitionsDefinition("2026-01-01-00:00", minute_offset=5),
    WeeklyPartitionsDefinition("2026-01-01", day_offset=3),
    MonthlyPartitionsDefinition("2026-01-01", day_offset=15),
    TimeWindowPartitionsDefinition("2026-01-01", "%Y-%m-%d", cron_schedule="0 0 L * *", timezone="Asia/Tokyo"),
    AllPartitionMapping(),
    IdentityPartitionMapping(),
    LastPartitionMapping(),
    SpecificPartitionsPartitionMapping(["a"]),
    StaticPartitionMapping({"a": "b"}),
    TimeWindowPartitionMapping(start_offset=-1),
    FilePartitionsDefinition("inbox"),
    DynamicPartitionsDefinition(name="fruits"),
    DailyPartitionsDefinition("2026-01-01", exclusions=["0 0 * * 6-7", datetime(2026, 12, 25)]),
    MultiPartitionsDefinition({"date": DailyPartitionsDefinition("2026-01-01"), "letter": STATIC}),
    MultiPartitionMapping({"date": DimensionPartitionMapping("day", TimeWindowPartitionMapping())}),
    MultiToSingleDimensionPartitionMapping("date"),
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_everything_that_can_be_declared_with_what_we_offer_comes_back(value: object) -> None:
    assert decode(encode(value)) == value


def test_where_the_file_of_the_code_is_gone_it_is_found_again(file: Path) -> None:
    for code in file.parent.glob("code-*"):
        code.unlink()
    found = read_kept(file, seal="ours", find=lambda: MANIFEST)
    assert found is not None
    assert dict(found.manifest.code.members) == {MEMBER.name: MEMBER}


def test_where_the_file_of_the_code_was_gone_it_is_written_again(file: Path) -> None:
    # given a file of the code that is gone, or damaged
    (code,) = file.parent.glob("code-*")
    whole = code.read_bytes()
    for damage in (code.unlink, lambda: code.write_bytes(whole[:-1])):
        damage()

        # when the code is asked for, and found by other means
        found = read_kept(file, seal="ours", find=lambda: MANIFEST)
        assert found is not None
        assert len(found.manifest.code.members) == 1

        # then it is there for the next one
        assert code.read_bytes() == whole
        again = read_kept(file, seal="ours", find=refuse)
        assert again is not None
        assert dict(again.manifest.code.members) == {MEMBER.name: MEMBER}


def test_other_code_than_was_kept_does_not_take_its_place(file: Path) -> None:
    (code,) = file.parent.glob("code-*")
    code.unlink()
    found = read_kept(file, seal="ours", find=Manifest)
    assert found is not None
    assert dict(found.manifest.code.members) == {}
    assert not code.exists()


def test_only_the_last_few_files_are_left(tmp_path: Path) -> None:
    for number in range(20):
        write_kept(tmp_path / f"manifest-{number}", Kept(INPUTS, MANIFEST), seal="ours")
    assert len(list(tmp_path.glob("manifest-*"))) == 8
    assert (tmp_path / "manifest-19").exists()


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    write_kept(tmp_path / "cache" / "manifest-x", Kept(INPUTS, MANIFEST), seal="ours")
    assert read_kept(tmp_path / "cache" / "manifest-x", seal="ours", find=refuse) is None


def test_a_real_manifest_is_the_same_from_the_file(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    (root / "assets.toml").write_text("")
    (root / "assets.py").write_text(
        textwrap.dedent("""
        from assetmake import *

        DAILY = DailyPartitionsDefinition("2026-01-01")
        LIMITS = {"b": 1, "a": {3, 2}}
        raw = FileSource("raw", "raw/{partition_key}.csv", partitions_def=DAILY)

        @asset(partitions_def=DAILY, deps=[raw], tags={"x": "y"}, retry_policy=RetryPolicy(max_retries=2))
        def daily(context):
            return LIMITS

        @asset(description="sums", owners=["team:data"], metadata={"n": 1}, code_version="2")
        def total(daily: dict) -> int:
            return len(daily)
        """)
    )
    uninstall()
    try:
        manifest = build_manifest(root, load_config(root))
    finally:
        uninstall()
    assert not manifest.failures
    write_kept(tmp_path / "manifest-x", Kept(INPUTS, manifest), seal="")
    found = read_kept(tmp_path / "manifest-x", seal="", find=refuse)
    assert found is not None
    assert found.manifest.assets == manifest.assets
    assert found.manifest.sources == manifest.sources
    assert dict(found.manifest.code.members) == dict(manifest.code.members)
    assert found.manifest.texts == manifest.texts
