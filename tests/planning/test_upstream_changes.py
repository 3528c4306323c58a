"""Which partitions and files of an upstream are named: those whose data is another one since a node was built."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetmake import (
    AllPartitionMapping,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    DailyPartitionsDefinition,
    FileSource,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    asset,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.planning.explain import UpstreamChange
from assetmake.planning.plan import Reason
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-07")


def make_trips(*, other: str = "", fails_on: str = "", version: int = 1) -> AssetsDefinition:
    @asset(name="trips", partitions_def=DAYS, code_version=f"{other} {fails_on} {version}")
    def trips(context: AssetExecutionContext) -> str:
        if context.partition_key == fails_on:
            raise ValueError("no such day")
        return "other" if context.partition_key in other.split() else "one"

    return trips


@asset
def report(trips: dict[str, str]) -> int:
    return len(trips)


@asset
def elsewhere(trips: dict[str, str]) -> int:
    return -len(trips)


def ask(sandbox: Sandbox, name: str = "report", key: str | None = None) -> tuple[str, tuple[str, ...]]:
    (change,) = sandbox.project.explain(AssetKey([name]), key).upstream
    return change.state, change.keys


def test_partitions_with_other_data_are_named_as_ranges() -> None:
    sandbox = Sandbox([make_trips(), report])
    sandbox.build()
    sandbox.replace([make_trips(other="2026-01-02 2026-01-03 2026-01-05"), report])
    assert len(sandbox.build("trips").ran) == 6

    assert ask(sandbox) == ("changed", ("2026-01-02..2026-01-03", "2026-01-05"))


UP, DOWN = StaticPartitionsDefinition(["b", "a"]), StaticPartitionsDefinition(["x", "y"])


@asset(partitions_def=UP)
def letters(context: AssetExecutionContext) -> str:
    return context.partition_key


PAIRS = AssetIn(partition_mapping=StaticPartitionMapping({"a": "x", "b": ["x", "y"]}))


@asset(partitions_def=DOWN, ins={"letters": PAIRS})
def paired(letters: dict[str, str]) -> list[str]:
    return list(letters)


@asset(partitions_def=DOWN, ins={"letters": AssetIn(partition_mapping=AllPartitionMapping())})
def gathered(letters: dict[str, str]) -> list[str]:
    return list(letters)


@asset
def folded(letters: dict[str, str]) -> list[str]:
    return list(letters)


@pytest.mark.parametrize(("name", "key"), [("paired", "x"), ("paired", "y"), ("gathered", "x"), ("folded", None)])
def test_what_reads_several_listed_keys_and_is_fresh_has_read_the_same(name: str, key: str | None) -> None:
    sandbox = Sandbox([letters, paired, gathered, folded])
    sandbox.build()
    assert sandbox.build().ran == []
    assert ask(sandbox, name, key) == ("same", ())


def test_partitions_of_several_builds_are_named_together_and_a_build_of_another_asset_hides_none() -> None:
    sandbox = Sandbox([make_trips(), report, elsewhere])
    sandbox.build()
    for other in ("2026-01-02", "2026-01-02 2026-01-04"):
        sandbox.replace([make_trips(other=other), report, elsewhere])
        sandbox.build("elsewhere")

    assert ask(sandbox) == ("changed", ("2026-01-02", "2026-01-04"))
    assert ask(sandbox, "elsewhere") == ("same", ())
    sandbox.build()
    assert ask(sandbox) == ("same", ())


def test_what_changed_before_a_build_is_not_named_after_it() -> None:
    sandbox = Sandbox([make_trips(), report])
    sandbox.build()
    sandbox.replace([make_trips(other="2026-01-02"), report])
    sandbox.build()
    sandbox.replace([make_trips(other="2026-01-02 2026-01-06"), report])
    sandbox.build("trips")

    assert ask(sandbox) == ("changed", ("2026-01-06",))


def test_what_will_run_first_is_told_with_its_reasons_the_most_frequent_first() -> None:
    sandbox = Sandbox([make_trips(), report])
    sandbox.build()
    ((_, path),) = sandbox.project.find_outputs(AssetKey(["trips"]), ["2026-01-01"])
    path.unlink()
    sandbox.replace([make_trips(fails_on="2026-01-03"), report])
    sandbox.build("trips")
    sandbox.replace([make_trips(version=2), report])

    (change,) = sandbox.project.explain(AssetKey(["report"]), None).upstream
    assert change == UpstreamChange(
        AssetKey(["trips"]), "will run first", ("2026-01-01..2026-01-06",), (Reason.CODE, Reason.FAILED)
    )


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name}.csv").write_text(text)


@pytest.mark.parametrize(
    ("pattern", "edits", "named"),
    [
        ("a.csv", {"a": "three"}, ("a.csv",)),
        ("*.csv", {"b": "three"}, ("b.csv",)),
        ("*.csv", {"c": "new", "a": "three"}, ("a.csv", "c.csv")),
    ],
)
@pytest.mark.parametrize("is_learned_before", [False, True])
def test_files_of_a_source_are_named(
    tmp_path: Path, pattern: str, edits: dict[str, str], named: tuple[str, ...], *, is_learned_before: bool
) -> None:
    files = FileSource("files", pattern)

    @asset(deps=[files])
    def reads() -> int:
        return 1

    @asset(deps=[files])
    def reads_too() -> int:
        return 2

    write(tmp_path, a="one", b="two")
    sandbox = Sandbox([files, reads, reads_too], root=tmp_path)
    sandbox.build()
    assert ask(sandbox, "reads") == ("same", ())
    write(tmp_path, **edits)
    if is_learned_before:
        sandbox.build("reads_too")

    assert ask(sandbox, "reads") == ("changed", named)
    sandbox.build()
    assert ask(sandbox, "reads") == ("same", ())


def test_files_of_a_template_are_named_by_their_keys(tmp_path: Path) -> None:
    files = FileSource("files", "{partition_key}.csv", partitions_def=DAYS)

    @asset(deps=[files])
    def reads() -> int:
        return 1

    days = [f"2026-01-0{day}" for day in range(1, 7)]
    write(tmp_path, **dict.fromkeys(days, "one"))
    sandbox = Sandbox([files, reads], root=tmp_path)
    sandbox.build()
    write(tmp_path, **dict.fromkeys(days[2:4], "other"))

    assert ask(sandbox, "reads") == ("changed", ("2026-01-03..2026-01-04",))
