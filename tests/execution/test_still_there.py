"""What an IO manager of the user's keeps is fresh only as long as it is still there."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AssetExecutionContext,
    AssetKey,
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    IOManager,
    OutputContext,
    PartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    by_hand,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.config import BuildConfig, Config, ProjectConfig, StalenessConfig
from assetmake.discovery.settings import OutputCheck
from assetmake.duckdb import DuckDBResource
from assetmake.errors import UsageError
from assetmake.events import Warned
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection
from assetmake.reporting.build_log import BuildLog, Names
from assetmake.reporting.console import Console
from assetmake.storage.ledger import claim
from assetmake.testing import BuildResult, Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])


@dataclass
class Shelf:
    """Where a manager keeps values; not within it, since what a manager holds is its config.

    Attributes:
        asked: Each question, by the keys that it was about.
        place: What is named as the place of what is kept.
        trouble: Raised where it is asked.
    """

    values: dict[str, Any] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    place: Path | None = None
    trouble: Exception | None = None


_SHELF = "a shelf"


def find_shelf() -> Shelf:
    found: Shelf = vars(logging.getLogger(_SHELF)).setdefault("shelf", Shelf())
    return found


@pytest.fixture(autouse=True)
def shelf() -> Shelf:
    vars(logging.getLogger(_SHELF))["shelf"] = Shelf()
    return find_shelf()


def list_keys(context: Any) -> list[str]:
    return [str(key) for key in context.asset_partition_keys] if context.has_asset_partitions else []


class Quiet(IOManager):
    """Keeps values, and cannot be asked."""

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        shelf = find_shelf()
        if obj is not None:
            shelf.values["/".join(context.get_asset_identifier())] = obj
        if shelf.place is not None:
            context.set_place(shelf.place)

    def load_input(self, context: Any) -> Any:
        return find_shelf().values["/".join(context.get_asset_identifier())]


class Telling(Quiet):
    """Tells whether something is there."""

    def has_output(self, context: OutputContext) -> bool:
        shelf = find_shelf()
        shelf.asked.append(list_keys(context))
        if shelf.trouble is not None:
            raise shelf.trouble
        return "/".join(context.get_asset_identifier()) in shelf.values


class Listing(Telling):
    """Tells of all partitions at once."""

    def list_outputs(self, context: OutputContext) -> list[str]:
        shelf = find_shelf()
        shelf.asked.append(list_keys(context))
        name = context.asset_key.to_user_string()
        return [key for key in context.asset_partition_keys if f"{name}/{key}" in shelf.values]


def number(manager: IOManager, value: Any = 1) -> AssetsDefinition:
    @asset(name="number", io_manager_key="mine", resource_defs={"mine": manager}, code_version=str(value))
    def made() -> Any:
        return value

    return made


def letter(manager: IOManager, give: Callable[[str], Any] = str) -> AssetsDefinition:
    @asset(partitions_def=LETTERS, io_manager_key="mine", resource_defs={"mine": manager}, code_version="1")
    def letter(context: AssetExecutionContext) -> Any:
        return give(context.partition_key)

    return letter


def list_warnings(done: BuildResult) -> list[str]:
    return [event.message for event in done.events if isinstance(event, Warned)]


class TestAsking:
    def test_what_is_gone_is_made_again(self, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())])
        sandbox.build()
        assert sandbox.build().ran == []

        shelf.values.clear()

        assert sandbox.build().reasons == {"number": "output_missing"}
        assert shelf.values == {"number": 1}
        assert sandbox.build().ran == []

    def test_what_reads_it_is_spared_where_it_comes_out_the_same(self, shelf: Shelf) -> None:
        manager = Telling()

        @asset(resource_defs={"mine": manager})
        def reader(number: int) -> int:
            return number

        sandbox = Sandbox([number(manager), reader])
        sandbox.build()
        del shelf.values["number"]

        assert sandbox.build().ran == ["number"]

    @pytest.mark.parametrize("manager", [Telling(), Listing()])
    def test_of_partitions_those_that_are_gone(self, shelf: Shelf, manager: IOManager) -> None:
        sandbox = Sandbox([letter(manager)])
        sandbox.build()
        del shelf.values["letter/b"]

        assert sandbox.build().ran == ["letter@b"]
        assert sandbox.build().ran == []

    def test_many_partitions_are_one_question(self, shelf: Shelf) -> None:
        sandbox = Sandbox([letter(Listing())])
        sandbox.build()
        shelf.asked.clear()
        sandbox.build()

        assert shelf.asked == [["a", "b", "c"]]

    def test_not_of_partitions_that_there_were_formerly(self, shelf: Shelf) -> None:
        """A manager may know nothing of such keys, and then tells nothing of those that there are."""
        manager = Listing()

        def make(definition: PartitionsDefinition | None) -> AssetsDefinition:
            @asset(partitions_def=definition, io_manager_key="mine", resource_defs={"mine": manager}, code_version="1")
            def letter() -> str:
                return "x"

            return letter

        sandbox = Sandbox([make(None)])
        sandbox.build()
        for definition in (LETTERS, StaticPartitionsDefinition(["b", "c", "d"])):
            sandbox.replace([make(definition)])
            sandbox.build()
        shelf.asked.clear()
        del shelf.values["letter/c"]

        assert sandbox.build().ran == ["letter@c"]
        assert shelf.asked[0] == ["b", "c", "d"]

    def test_not_of_partitions_that_were_called_otherwise(self, shelf: Shelf) -> None:
        manager = Listing()

        def make(definition: PartitionsDefinition) -> AssetsDefinition:
            @asset(partitions_def=definition, io_manager_key="mine", resource_defs={"mine": manager}, code_version="1")
            def letter() -> str:
                return "x"

            return letter

        sandbox = Sandbox([make(DailyPartitionsDefinition("2026-01-01", end_date="2026-01-03"))])
        sandbox.build()
        hours = HourlyPartitionsDefinition("2026-01-01-00:00", end_date="2026-01-01-02:00")
        sandbox.replace([make(hours)])
        shelf.asked.clear()
        sandbox.build()

        assert "2026-01-01" not in {key for asked in shelf.asked for key in asked}

    def test_what_never_was_there_cannot_be_gone(self, shelf: Shelf) -> None:
        """As a partition without rows; else it would be made again for ever."""
        sandbox = Sandbox([letter(Telling(), lambda key: None if key == "b" else key)])
        sandbox.build()
        shelf.asked.clear()

        assert sandbox.build().ran == []
        assert shelf.asked == [["a"], ["c"]]

    def test_what_cannot_be_asked_is_taken_to_be_there(self, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Quiet())])
        sandbox.build()
        shelf.values.clear()

        assert sandbox.build().ran == []

    def test_a_build_that_is_stopped_meanwhile_does_not_say_that_it_is_there(self, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())])
        sandbox.build()
        shelf.values.clear()
        out = io.StringIO()
        log = BuildLog(Console(out, out, {}), Names(frozenset(), 6))

        done = sandbox.project.build(Selection(()), BuildOptions(), log, stopped=lambda: True)

        assert done.interrupted
        assert "up to date" not in out.getvalue()
        assert "stopped before the end" in out.getvalue()
        assert sandbox.build().ran == ["number"]

    def test_only_of_what_a_selection_needs(self, shelf: Shelf) -> None:
        @asset
        def other() -> int:
            return 1

        sandbox = Sandbox([number(Telling()), other])
        sandbox.build()
        shelf.asked.clear()

        sandbox.build("other")
        assert shelf.asked == []

    def test_not_where_outputs_are_not_looked_at(self, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())])
        sandbox.build()
        shelf.asked.clear()
        shelf.values.clear()
        object.__setattr__(
            sandbox.project,
            "config",
            Config(ProjectConfig("sandbox"), BuildConfig(jobs=1), staleness=StalenessConfig(outputs=OutputCheck.NONE)),
        )

        assert sandbox.build().ran == []
        assert shelf.asked == []

        plan = sandbox.project.make_plan(Selection(()), verify=OutputCheck.STAT).plan  # this time they are
        assert not plan.is_clean

    def test_nobody_is_asked_where_a_command_does_not_look_at_outputs(self, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())])
        sandbox.build()
        shelf.asked.clear()
        shelf.values.clear()

        assert sandbox.project.make_plan(Selection(()), verify=OutputCheck.NONE).plan.is_clean
        assert shelf.asked == []

    def test_other_code_counts_before(self, shelf: Shelf) -> None:
        manager = Telling()
        sandbox = Sandbox([number(manager)])
        sandbox.build()
        shelf.values.clear()
        sandbox.replace([number(manager, 2)])

        assert sandbox.build().reasons == {"number": "code"}

    def test_trouble_is_told_and_nothing_is_made_again_for_it(self, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())])
        sandbox.build()
        shelf.trouble = OSError("the server is away")

        done = sandbox.build()

        assert done.ran == []
        (told,) = list_warnings(done)
        assert told == (
            "nobody could tell whether number is still there, and it is taken to be: the IO manager 'mine' was asked:"
            " OSError: the server is away"
        )

    def test_trouble_right_after_a_value_was_kept_fails_nothing(self, shelf: Shelf) -> None:
        shelf.trouble = OSError("the server is away")
        sandbox = Sandbox([number(Telling())])
        assert sandbox.build().success
        shelf.trouble = None
        shelf.values.clear()

        assert sandbox.build().ran == []

    def test_what_another_build_has_made_again_meanwhile_is_there(self, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())])
        sandbox.build()
        shelf.values.clear()
        project = sandbox.project
        project.observe(Selection())
        sandbox.replace([number(Telling())])
        sandbox.build()
        with project.state.reading() as db:
            assert project.look(db).view.missing == {sandbox.project.graph.order[0]: frozenset()}

    def test_what_is_gone_cannot_be_taken_as_fresh_by_hand(self, shelf: Shelf) -> None:
        manager = Telling()
        sandbox = Sandbox([number(manager)])
        sandbox.build()
        shelf.values.clear()
        sandbox.replace([number(manager, 2)])
        sandbox.plan()

        with pytest.raises(UsageError, match="its output is gone"):
            by_hand.accept(sandbox.project, Selection(), "as good as new")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have stat vouch for what was written just now."""
    monkeypatch.setattr("assetmake.storage.confirmations.RACY_NANOSECONDS", -(10**12))


class TestPlace:
    @pytest.fixture
    def database(self, tmp_path: Path, shelf: Shelf) -> Path:
        """A file in which several assets are kept."""
        shelf.place = tmp_path / "all.db"
        shelf.place.write_text("1")
        return shelf.place

    def test_what_is_in_a_file_is_gone_with_it(self, database: Path, tmp_path: Path) -> None:
        sandbox = Sandbox([number(Quiet()), letter(Quiet())], root=tmp_path)
        sandbox.build()
        database.write_text("other assets are in there, too")
        assert sandbox.build().ran == []

        database.unlink()

        done = sandbox.plan().plan
        assert {key.to_user_string(): each.stale for key, each in done} == {"number": 1, "letter": 3}
        database.write_text("2")
        assert sandbox.build().ran == []

    def test_it_is_named(self, database: Path, tmp_path: Path) -> None:
        sandbox = Sandbox([number(Quiet())], root=tmp_path)
        sandbox.build()
        key = sandbox.project.graph.order[0]
        assert sandbox.project.explain(key, None).kept.place == "all.db"
        database.unlink()

        assert sandbox.project.explain(key, None).changed == ("its output is gone: all.db is not there",)

    def test_who_says_that_it_is_gone_is_named(self, database: Path, tmp_path: Path, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())], root=tmp_path)
        sandbox.build()
        shelf.values.clear()
        sandbox.plan()

        told = sandbox.project.explain(sandbox.project.graph.order[0], None)
        assert told.changed == ("its output is gone: the IO manager 'mine' finds it no more in all.db",)

    def test_a_folder_that_metadata_names_is_such_a_place(self, tmp_path: Path) -> None:
        class Folders(Quiet):
            def handle_output(self, context: OutputContext, obj: Any) -> None:
                folder = tmp_path / "lake" / context.asset_key.path[-1]
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "part").write_text(str(obj))
                context.add_output_metadata({"path": str(folder)})

        sandbox = Sandbox([number(Folders())], root=tmp_path)
        sandbox.build()
        (tmp_path / "lake" / "number" / "more").write_text("")
        assert sandbox.build().ran == []
        os.rename(tmp_path / "lake", tmp_path / "moved")

        assert sandbox.build().reasons == {"number": "output_missing"}

    def test_two_nodes_in_one_place_are_nothing_to_tell(self, database: Path, tmp_path: Path) -> None:
        assert list_warnings(Sandbox([letter(Quiet())], root=tmp_path).build()) == []

    def test_a_build_that_was_killed_may_have_replaced_it(self, database: Path, tmp_path: Path) -> None:
        sandbox = Sandbox([number(Quiet())], root=tmp_path)
        sandbox.build()
        with sandbox.project.state.writing() as db:
            claim(db, "killed", {"number": [0]}, alive={"killed"})

        assert sandbox.build().reasons == {"number": "output_modified"}

    def test_nobody_is_asked_about_what_is_gone_anyway(self, database: Path, tmp_path: Path, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())], root=tmp_path)
        sandbox.build()
        shelf.asked.clear()
        database.unlink()
        sandbox.plan()

        assert shelf.asked == []

    @pytest.mark.usefixtures("settled")
    def test_an_answer_stands_as_long_as_the_file_does(self, database: Path, tmp_path: Path, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())], root=tmp_path)
        sandbox.build()
        shelf.asked.clear()
        sandbox.plan()
        sandbox.plan()
        assert shelf.asked == [[]]

        sandbox.project.make_plan(Selection(()), verify=OutputCheck.HASH)
        assert shelf.asked == [[], []]  # who looks at bytes does not go by what stat says

        shelf.values.clear()
        database.write_text("2")
        assert sandbox.build().ran == ["number"]

    @pytest.mark.usefixtures("settled")
    def test_a_journal_beside_the_file_is_a_change(self, database: Path, tmp_path: Path, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())], root=tmp_path)
        sandbox.build()
        sandbox.plan()
        for name in (".wal", "-wal", "-journal"):
            shelf.asked.clear()
            Path(f"{database}{name}").write_text("dropped")
            sandbox.plan()
            assert shelf.asked == [[]]

    @pytest.mark.usefixtures("settled")
    def test_what_was_made_again_is_asked_for_again(self, database: Path, tmp_path: Path, shelf: Shelf) -> None:
        sandbox = Sandbox([number(Telling())], root=tmp_path)
        sandbox.build()
        sandbox.plan()
        sandbox.build(force=True)
        shelf.values.clear()

        assert sandbox.plan().plan.work == 1


class TestFunctions:
    """What a function keeps by itself, it may name a place of."""

    def test_what_it_made_is_gone_with_that(self, tmp_path: Path) -> None:
        @asset
        def written(context: AssetExecutionContext) -> None:
            (tmp_path / "notes").mkdir(exist_ok=True)
            context.set_place("notes")

        @asset
        def stored(context: AssetExecutionContext) -> int:
            context.set_place("notes")  # a value is a file of its own
            return 1

        sandbox = Sandbox([written, stored], root=tmp_path)
        sandbox.build()
        assert sandbox.build().ran == []
        (tmp_path / "notes").rmdir()

        assert sandbox.build().reasons == {"written": "output_missing"}

    def test_a_database_that_it_connects_to_is_that_place(self, tmp_path: Path) -> None:
        warehouse = DuckDBResource(database=str(tmp_path / "shop.duckdb"))

        @asset(resource_defs={"warehouse": warehouse})
        def written(warehouse: DuckDBResource) -> None:
            with warehouse.get_connection() as connection:
                connection.execute("create or replace table t as select 1")

        sandbox = Sandbox([written], root=tmp_path)
        sandbox.build()
        assert sandbox.build().ran == []
        (tmp_path / "shop.duckdb").unlink()
        assert sandbox.build().reasons == {"written": "output_missing"}

    def test_what_it_keeps_has_no_name_of_the_asset(self, tmp_path: Path) -> None:
        def make(name: str) -> AssetsDefinition:
            @asset(name=name, code_version="1")
            def made(context: AssetExecutionContext) -> None:
                context.set_place(tmp_path)

            return made

        sandbox = Sandbox([make("old")], root=tmp_path)
        sandbox.build()
        sandbox.replace([make("new")])
        by_hand.rename(sandbox.project, AssetKey("old"), AssetKey("new"))

        assert sandbox.build().ran == []
