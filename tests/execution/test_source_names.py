"""A source file's name counts: readers see it, and the suffix decides how a table is read. Where it lies does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from workshop import Workshop

from assetmake import FileSource, StaticPartitionsDefinition, asset
from assetmake.definitions.assets.definition import AssetsDefinition

LETTERS = StaticPartitionsDefinition(["a", "b"])


def read_one() -> AssetsDefinition:
    @asset
    def name(raw: Path) -> str:
        return raw.name

    return name


def read_each() -> AssetsDefinition:
    @asset(partitions_def=LETTERS)
    def name(raw: Path) -> str:
        return raw.name

    return name


@pytest.mark.parametrize(("new", "ran"), [("raw/a.tsv", {"name": 1}), ("raw/b.csv", {"name": 1}), ("other/a.csv", {})])
def test_a_file_of_another_name_is_another(workshop: Workshop, new: str, ran: dict[str, int]) -> None:
    for path in ("raw/a.csv", new):
        (workshop.root / path).parent.mkdir(parents=True, exist_ok=True)
        (workshop.root / path).write_text("n\n1\n")
    workshop.build([FileSource("raw", "raw/a.csv"), read_one()])
    workshop.build([FileSource("raw", "raw/a.csv"), read_one()])
    assert workshop.ran == {}

    workshop.build([FileSource("raw", new), read_one()])

    assert workshop.ran == ran


def test_files_of_another_template_are_others(workshop: Workshop) -> None:
    (workshop.root / "raw").mkdir()
    for letter in "ab":
        (workshop.root / f"raw/{letter}.csv").write_text("n\n1\n")
        shutil.copy(workshop.root / f"raw/{letter}.csv", workshop.root / f"raw/{letter}.tsv")
    before, after = (
        FileSource("raw", f"raw/{{partition_key}}.{end}", partitions_def=LETTERS) for end in ("csv", "tsv")
    )
    workshop.build([before, read_each()])
    workshop.build([before, read_each()])
    assert workshop.ran == {}

    workshop.build([after, read_each()])

    assert workshop.ran == {"name@a": 1, "name@b": 1}
