"""Random edits: whenever an answer is given from memory, a plan that is made from nothing has no work."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetmake import FileSource, StaticPartitionsDefinition, asset, by_hand, clock
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.collect import describe_assets
from assetmake.discovery.config import BuildConfig, Config, ProjectConfig
from assetmake.discovery.recall.inputs import Inputs
from assetmake.execution.asked import BuildOptions
from assetmake.execution.executors.inline import Inline
from assetmake.execution.work import Work
from assetmake.graph.selection import Selection
from assetmake.project import Project
from assetmake.storage.standing import ANSWERS_FOLDER, find_answer
from assetmake.storage.state import StateFile
from thoroughness import times
from ticks import wait_for_tick

HOUR = timedelta(hours=1)
PARTS = StaticPartitionsDefinition(["x", "y"])
SELECTIONS = ((), ("total",), ("raw_size", "each"))


@pytest.fixture(autouse=True)
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has just changed is not remembered at all; an hour later nothing has."""
    read, read_now = clock.now_ns, clock.now
    monkeypatch.setattr(clock, "now_ns", lambda: read() + HOUR.seconds * 10**9)
    monkeypatch.setattr(clock, "now", lambda: read_now() + HOUR)


raw = FileSource("raw", "raw/a.csv")
several = FileSource("several", "several/*.csv")


@asset
def raw_size(raw: Path) -> int:
    return len(raw.read_text()) // 2


@asset(partitions_def=PARTS)
def each(raw_size: int) -> int:
    return raw_size


@asset
def total(each: dict[str, int], several: list[Path]) -> int:
    return sum(each.values()) + len(several)


DECLARED: list[AssetsDefinition | FileSource] = [raw, several, raw_size, each, total]


class Shop:
    """A small project, and the hand that edits it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "raw").mkdir()
        (root / "several").mkdir()
        (root / "raw/a.csv").write_text("aa")
        (root / "several/a.csv").write_text("a")
        self.saved: dict[Path, Path] = {}
        self.answered = 0
        self.project = self.open()

    def open(self) -> Project:
        assets = {definition.key: definition for definition in DECLARED if isinstance(definition, AssetsDefinition)}

        def find(work: Work) -> AssetsDefinition:
            return assets[work.asset]

        file = self.root / ".assetmake/state.duckdb"
        return Project(
            root=self.root,
            config=Config(ProjectConfig("shop"), BuildConfig(jobs=1)),
            manifest=describe_assets(DECLARED, root=self.root),
            state=StateFile(file, answers=self.root / ANSWERS_FOLDER),
            open_executor=lambda _, __: Inline(find),
            inputs=Inputs(salt="salt"),
            state_file=file,
        )

    def build(self, selection: tuple[str, ...]) -> None:
        options = BuildOptions(words=("build", *selection))
        self.project.build(Selection(selection), options, lambda _: None)

    def outputs(self) -> list[Path]:
        return sorted(path for path in (self.root / "data").rglob("*") if path.is_file())

    def check(self) -> None:
        """Compare each answer from memory with a plan from nothing."""
        for selection in SELECTIONS:
            words = ("build", *selection)
            answer = find_answer(str(self.root), words, environment=os.environ, now=clock.now_ns())
            if answer is None:
                continue
            self.answered += 1
            view = self.project.make_plan(Selection(selection))
            assert view.plan.work == 0, selection
            assert answer[:2] == (len(view.plan.verdicts), view.count_nodes()[1])


def pick(files: list[Path], number: int) -> Path | None:
    return files[number % len(files)] if files else None


def edit_output(shop: Shop, number: int) -> None:
    if path := pick(shop.outputs(), number):
        path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))


def edit_output_with_its_time(shop: Shop, number: int) -> None:
    """A plan does not see this one; it is no worse to plan."""
    if path := pick(shop.outputs(), number):
        seen = path.stat()
        path.write_bytes(path.read_bytes())
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def delete_output(shop: Shop, number: int) -> None:
    if path := pick(shop.outputs(), number):
        saved = shop.root / "saved" / path.relative_to(shop.root)
        saved.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, saved)
        shop.saved[path] = saved
        path.unlink()


def restore_output(shop: Shop, number: int) -> None:
    if path := pick(sorted(shop.saved), number):
        shutil.copy2(shop.saved[path], path)


def edit_source(shop: Shop, number: int) -> None:
    (shop.root / "raw/a.csv").write_text("ab"[number % 2] * (2 + number % 3))


def touch_source(shop: Shop, _: int) -> None:
    os.utime(shop.root / "several/a.csv")


def add_source(shop: Shop, number: int) -> None:
    (shop.root / f"several/{number % 3}.csv").write_text("more")


def delete_source(shop: Shop, number: int) -> None:
    (shop.root / f"several/{number % 3}.csv").unlink(missing_ok=True)


def build_all(shop: Shop, _: int) -> None:
    shop.build(())


def build_part(shop: Shop, number: int) -> None:
    shop.build(SELECTIONS[number % len(SELECTIONS)])


def accept(shop: Shop, _: int) -> None:
    if all(path.exists() for path in shop.saved):
        by_hand.accept(shop.project, Selection(("total",)), "by hand")


def invalidate(shop: Shop, _: int) -> None:
    by_hand.invalidate(shop.project, Selection(("each",)), "by hand")


def put_state_back(shop: Shop, number: int) -> None:
    """Keep a copy of the state, or replace it by the one that was kept."""
    state, copy = shop.root / ".assetmake/state.duckdb", shop.root / "copy.duckdb"
    if number % 2 and copy.exists():
        shutil.copy2(copy, state)
    else:
        shutil.copy2(state, copy)


EDITS: tuple[Callable[[Shop, int], None], ...] = (
    edit_output,
    edit_output_with_its_time,
    delete_output,
    restore_output,
    edit_source,
    touch_source,
    add_source,
    delete_source,
    accept,
    invalidate,
    put_state_back,
)
STEPS = st.tuples(st.sampled_from((*EDITS, build_all, build_part, build_all, build_part)), st.integers(0, 5))


def go(steps: list[tuple[Callable[[Shop, int], None], int]]) -> Shop:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder).resolve())
        shop.build(())
        for selection in SELECTIONS:
            shop.build(selection)
        for step, number in steps:
            wait_for_tick(shop.root.parent)
            step(shop, number)
            shop.check()
        return shop


@settings(max_examples=times(5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=3, max_size=8))
def test_an_answer_from_memory_is_what_a_plan_says(steps: list[tuple[Callable[[Shop, int], None], int]]) -> None:
    go(steps)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_after_an_edit_and_builds_there_are_answers_again(edit: Callable[[Shop, int], None]) -> None:
    """Else the property above would say nothing."""
    answered = go([(edit, 1), (build_all, 0), (build_all, 0), (build_part, 1), (build_part, 2)]).answered
    assert answered >= 3


@pytest.mark.parametrize("number", range(4))
def test_an_output_that_only_its_bytes_vouch_for_is_no_ground(number: int) -> None:
    """It was copied back, so that its inode is another; what stat says of it was not compared with anything."""
    go([(delete_output, number), (restore_output, 0), (build_all, 0), (edit_output, number)])
