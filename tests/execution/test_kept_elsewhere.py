"""What IO managers of the user's keep: how it is known again, and when it is made again."""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from workshop import Workshop

from assetmake import (
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetMaterialization,
    BackfillPolicy,
    DataVersion,
    Definitions,
    FilesystemIOManager,
    InMemoryIOManager,
    InputContext,
    IOManager,
    MaterializeResult,
    Output,
    OutputContext,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    by_hand,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.events import NodeFailed, Warned
from assetmake.graph.selection import Selection
from assetmake.storage.ledger import claim
from assetmake.testing import Sandbox

LETTERS = StaticPartitionsDefinition(["a", "b"])


@dataclass
class Notes:
    """What happened to a manager; not within it, since what a manager holds is its config.

    Attributes:
        values: What was kept.
        fails: Raised after a value was kept.
        shown: How the path of a file is told.
    """

    values: dict[str, Any] = field(default_factory=dict)
    fails: str = ""
    outputs: list[OutputContext] = field(default_factory=list)
    inputs: list[InputContext] = field(default_factory=list)
    shown: Callable[[Path], Any] = str


def find_notes() -> defaultdict[int, Notes]:
    """Return all notes: of a library's, so that what they hold is not taken for code of the managers."""
    found: defaultdict[int, Notes] = vars(logging.getLogger("kept elsewhere")).setdefault("notes", defaultdict(Notes))
    return found


class Table(IOManager):
    """Keeps values where no file shows it, and notes what it is told."""

    @property
    def notes(self) -> Notes:
        return find_notes()[id(self)]

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self.notes.outputs.append(context)
        self.notes.values["/".join(context.get_asset_identifier())] = obj
        if self.notes.fails:
            raise OSError(self.notes.fails)

    def load_input(self, context: InputContext) -> Any:
        self.notes.inputs.append(context)
        name = context.asset_key.to_user_string()
        if not context.has_asset_partitions:
            return self.notes.values[name]
        found = {key: self.notes.values[f"{name}/{key}"] for key in context.asset_partition_keys}
        return next(iter(found.values())) if len(found) == 1 else found


class Files(Table):
    """Keeps values in files, and tells where."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        path = self.folder / ("__".join(context.get_asset_identifier()) + ".json")
        path.write_text(json.dumps(obj))
        super().handle_output(context, obj)
        context.add_output_metadata({"path": self.notes.shown(path)})


@pytest.fixture(autouse=True)
def _forget() -> None:
    find_notes().clear()


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "mine").mkdir()
    return Files(folder=tmp_path / "mine")


def number(value: Any, manager: IOManager, *, version: str = "", **options: Any) -> AssetsDefinition:
    """Return an asset that a manager keeps, and whose code is the same as long as its version is."""

    @asset(
        name="number",
        io_manager_key="mine",
        resource_defs={"mine": manager},
        code_version=version or str(value),
        **options,
    )
    def made() -> Any:
        return value

    return made


def reader(manager: IOManager | None = None, **options: Any) -> AssetsDefinition:
    if manager is not None:
        options["resource_defs"] = {"mine": manager}

    @asset(name="reader", code_version="1", **options)
    def made(number: Any) -> Any:
        return number

    return made


def read_places(sandbox: Sandbox) -> dict[str, Any]:
    with sandbox.project.state.reading() as db:
        rows = db.execute("select a.key, t.place from state.traces t join state.assets a on a.id = t.asset").fetchall()
    return dict(rows)


class TestIdentity:
    def test_what_reads_it_is_spared_where_the_value_is_the_same(self, table: Table) -> None:
        sandbox = Sandbox([number(1, table), reader(table)])
        assert sandbox.build().ran == ["number", "reader"]
        assert sandbox.build().ran == []

        sandbox.replace([number(1, table, version="2"), reader(table)])
        assert sandbox.build().ran == ["number"]
        sandbox.replace([number(2, table, version="3"), reader(table)])
        assert sandbox.build().ran == ["number", "reader"]
        assert read_places(sandbox) == {"number": "", "reader": None}

    def test_the_metadata_that_a_manager_is_told_counts(self) -> None:
        class Telling(Table):
            def load_input(self, context: InputContext) -> Any:
                stored = context.upstream_output.definition_metadata if context.upstream_output else {}
                return [stored.get("mode"), (context.definition_metadata or {}).get("columns")]

        def make(mode: str, columns: list[str]) -> list[AssetsDefinition]:
            @asset(resource_defs=given)
            def selected(number: Any) -> Any:
                return number

            @asset(ins={"number": AssetIn(metadata={"columns": columns})}, resource_defs=given)
            def chosen(number: Any) -> Any:
                return number

            return [number(1, manager, metadata={"mode": mode}), selected, chosen]

        manager = Telling()
        given = {"mine": manager}
        sandbox = Sandbox(make("one", ["a"]))
        sandbox.build()
        assert sandbox.build().ran == []

        sandbox.replace(make("two", ["a"]))
        assert sandbox.build().reasons == {"number": "io", "selected": "io", "chosen": "io"}
        assert sandbox.value("chosen") == ["two", ["a"]]
        sandbox.replace(make("two", ["b"]))
        assert sandbox.build().reasons == {"chosen": "io"}
        assert sandbox.value("chosen") == ["two", ["b"]]
        assert sandbox.build().ran == []

    def test_a_value_that_cannot_be_told_is_another_one_each_time(self, table: Table) -> None:
        def make(version: str) -> list[AssetsDefinition]:
            own = reader(io_manager_key="mine", resource_defs={"mine": table})
            return [number(lambda: 1, table, version=version), own]

        sandbox = Sandbox(make("1"))
        sandbox.build()
        sandbox.replace(make("2"))

        assert sandbox.build().ran == ["number", "reader"]

    def test_a_version_counts_before_the_value(self, table: Table) -> None:
        def made(value: int, version: str, data: str) -> AssetsDefinition:
            return number(Output(value, data_version=DataVersion(data)), table, version=version)

        sandbox = Sandbox([made(1, "1", "x"), reader(table)])
        sandbox.build()
        sandbox.replace([made(2, "2", "x"), reader(table)])
        assert sandbox.build().ran == ["number"]
        sandbox.replace([made(2, "3", "y"), reader(table)])
        assert sandbox.build().ran == ["number", "reader"]

    def test_a_file_that_is_named_counts_before_the_value(self, files: Files) -> None:
        sandbox = Sandbox([number([1], files), reader(files)], root=files.folder.parent)
        sandbox.build()

        assert read_places(sandbox) == {"number": "mine/number.json", "reader": None}
        (files.folder / "number.json").write_text("[5]")
        assert sandbox.build().reasons == {"number": "output_modified"}
        (files.folder / "number.json").unlink()
        assert sandbox.build().reasons == {"number": "output_missing"}
        assert sandbox.build().ran == []

    def test_a_file_outside_of_the_project_is_known_by_its_whole_path(self, files: Files, tmp_path: Path) -> None:
        (tmp_path / "project").mkdir()
        sandbox = Sandbox([number(1, files)], root=tmp_path / "project")
        sandbox.build()

        assert read_places(sandbox) == {"number": str(tmp_path / "mine" / "number.json")}
        assert sandbox.build().ran == []

    def test_a_touch_or_a_copy_is_no_change(self, files: Files) -> None:
        sandbox = Sandbox([number(1, files)], root=files.folder.parent)
        sandbox.build()
        path = files.folder / "number.json"
        path.with_suffix(".new").write_text(path.read_text())
        os.replace(path.with_suffix(".new"), path)

        assert sandbox.build().ran == []

    def test_a_relative_path_is_relative_to_the_project(self, files: Files) -> None:
        files.notes.shown = lambda path: path.relative_to(files.folder.parent)
        sandbox = Sandbox([number(1, files)], root=files.folder.parent)
        sandbox.build()

        assert read_places(sandbox) == {"number": "mine/number.json"}

    @pytest.mark.parametrize("shown", ["s3://bucket/number", "", "nowhere.json", ".", "a\0b"])
    def test_a_path_of_no_file_says_nothing(self, files: Files, shown: str) -> None:
        files.notes.shown = lambda _: shown
        sandbox = Sandbox([number(1, files)], root=files.folder.parent)

        assert sandbox.build().success
        assert read_places(sandbox) == {"number": ""}

    def test_facts_may_be_yielded(self, tmp_path: Path) -> None:
        class Yielding(Table):
            def handle_output(self, context: OutputContext, obj: Any) -> Iterator[Any]:  # type: ignore[override]
                (tmp_path / "there").write_text(str(obj))
                yield {"rows": 3}
                yield AssetMaterialization("number", metadata={"path": str(tmp_path / "there")})

        sandbox = Sandbox([number(1, Yielding())], root=tmp_path)
        sandbox.build()

        assert read_places(sandbox) == {"number": "there"}


def test_two_nodes_in_one_file_are_told_of(files: Files) -> None:
    class Appending(Files):
        def handle_output(self, context: OutputContext, obj: Any) -> None:
            path = self.folder / "all.csv"
            with path.open("a") as stream:
                stream.write(f"{obj}\\n")
            context.add_output_metadata({"path": str(path)})

    @asset(partitions_def=LETTERS, io_manager_key="mine", resource_defs={"mine": Appending(files.folder)})
    def letter(context: AssetExecutionContext) -> str:
        return context.partition_key

    done = Sandbox([letter], root=files.folder.parent).build()

    (told,) = [event.message for event in done.events if isinstance(event, Warned)]
    assert "letter@a and letter@b were both written to" in told


class TestUnfinished:
    """An IO manager replaces what stood before anybody knows what will come of the node."""

    @pytest.mark.parametrize("kind", ["table", "files"])
    def test_a_failure_after_the_value_was_replaced_is_no_return_to_what_stood(
        self, kind: str, request: pytest.FixtureRequest
    ) -> None:
        manager: Table = request.getfixturevalue(kind)
        root = request.getfixturevalue("tmp_path")
        sandbox = Sandbox([number(1, manager)], root=root)
        sandbox.build()
        manager.notes.fails = "no more room"
        sandbox.replace([number(2, manager)])
        assert not sandbox.build().success

        manager.notes.fails = ""
        sandbox.replace([number(1, manager)])

        assert sandbox.build().ran == ["number"]
        assert manager.notes.values == {"number": 1}
        assert sandbox.build().ran == []

    def test_so_is_a_build_that_was_killed(self, table: Table, files: Files) -> None:
        for manager in (table, files):
            sandbox = Sandbox([number(1, manager)], root=files.folder.parent)
            sandbox.build()
            with sandbox.project.state.writing() as db:
                claim(db, "killed", {"number": [0]}, alive={"killed"})
            if manager is files:
                (files.folder / "number.json").write_text("2")

            assert sandbox.build().reasons == {"number": "output_modified"}
            assert sandbox.build().ran == []

    def test_a_file_that_a_killed_build_left_alone_is_not_made_again(self, files: Files) -> None:
        sandbox = Sandbox([number(1, files)], root=files.folder.parent)
        sandbox.build()
        with sandbox.project.state.writing() as db:
            claim(db, "killed", {"number": [0]}, alive={"killed"})

        assert sandbox.build().ran == []

    def test_so_is_a_build_that_was_stopped(self, workshop: Workshop) -> None:
        first, second = Table(), Table()

        def make(version: str) -> list[AssetsDefinition]:
            @asset(name="other", io_manager_key="mine", resource_defs={"mine": second}, code_version=version)
            def other() -> int:
                return 1

            return [number(1, first, version=version), other]

        workshop.build(make("1"))
        workshop.build(make("2"), stopped=lambda: len(workshop.held()) > 0 if workshop.executor else False)

        left = {"number", "other"} - set(workshop.ran)
        assert len(left) == 1
        workshop.build(make("1"))

        assert left <= set(workshop.ran)

    def test_a_retry_keeps_it_anew(self, workshop: Workshop) -> None:
        class Once(Table):
            def handle_output(self, context: OutputContext, obj: Any) -> None:
                super().handle_output(context, obj)
                if len(self.notes.outputs) == 1:
                    raise OSError("not yet")

        made = number(1, Once(), retry_policy=RetryPolicy(max_retries=1))
        workshop.build([made])

        assert workshop.heard(NodeFailed) == []
        assert workshop.build([made]).fresh == 1


class TestLoading:
    def test_what_is_told_of_a_value_that_is_kept_and_of_one_that_is_loaded(self, table: Table) -> None:
        given = {"mine": table}

        @asset(partitions_def=LETTERS, metadata={"schema": "raw"}, io_manager_key="mine", resource_defs=given)
        def up(context: AssetExecutionContext) -> Output[str]:
            return Output(context.partition_key, metadata={"rows": 1})

        @asset(partitions_def=LETTERS, ins={"up": AssetIn(metadata={"columns": "x"})}, resource_defs=given)
        def same(up: str) -> str:
            return up * 2

        @asset(resource_defs=given)
        def all_of_it(up: dict[str, str]) -> list[str]:
            return list(up.values())

        done = Sandbox([up, same, all_of_it]).build()

        assert done.success, done.failures
        kept, *_ = table.notes.outputs
        assert (kept.asset_partition_key, kept.partition_key, kept.name, kept.step_key) == ("a", "a", "result", "up")
        assert (kept.definition_metadata, kept.output_metadata) == ({"schema": "raw"}, {"rows": 1})
        assert kept.asset_spec.key == AssetKey("up")
        assert kept.dagster_type.typing_type is str
        loaded = {tuple(each.asset_partition_keys): each for each in table.notes.inputs}
        assert set(loaded) == {("a",), ("b",), ("a", "b")}
        one = loaded["a",]
        assert (one.name, one.partition_key, one.definition_metadata) == ("up", "a", {"columns": "x"})
        assert one.upstream_output is not None
        assert one.upstream_output.definition_metadata == {"schema": "raw"}
        assert one.asset_partitions_def == LETTERS
        assert not loaded["a", "b"].has_partition_key
        assert done.asset_value("all_of_it") == ["a", "b"]

    def test_an_input_may_be_loaded_by_another_manager_than_kept_it(self, table: Table) -> None:
        table.notes.values["number"] = 41

        @asset(ins={"number": AssetIn(input_manager_key="mine")}, resource_defs={"mine": table})
        def made(number: int) -> int:
            return number + 1

        @asset(name="number")
        def kept_here() -> int:
            return 1

        done = Sandbox([kept_here, made]).build()

        assert done.success, done.failures
        assert done.asset_value("made") == 42

    def test_what_fails_while_it_is_loaded_keeps_the_users_frames(self, table: Table) -> None:
        sandbox = Sandbox([number(1, table), reader(table)])
        sandbox.build("number")
        table.notes.values.clear()

        (failed,) = sandbox.build().failures

        assert "Error occurred while loading input \"number\": KeyError: 'number'" in failed.message
        assert failed.file == __file__

    def test_a_value_of_another_type_than_the_parameter_says_fails(self, table: Table) -> None:
        @asset(resource_defs={"mine": table})
        def strict(number: str) -> str:
            return number

        (failed,) = Sandbox([number(1, table), strict]).build().failures

        assert 'Type check failed for step input "number" - expected type "String"' in failed.message

    def test_what_keeps_its_result_by_itself_is_not_asked_for(self, table: Table) -> None:
        table.notes.values["number"] = "of another time"

        @asset(name="number", io_manager_key="mine", resource_defs={"mine": table})
        def made() -> None:
            return None

        (failed,) = Sandbox([made, reader(table)]).build().failures

        assert "which keeps its result by itself" in failed.message


def test_the_default_of_all_assets_may_be_the_users(table: Table) -> None:
    @asset
    def number() -> int:
        return 1

    done = Sandbox([Definitions(assets=[number, reader()], resources={"io_manager": table})]).build()

    assert done.success, done.failures
    assert table.notes.values == {"number": 1, "reader": 1}


def test_a_range_is_kept_at_once(table: Table) -> None:
    @asset(
        partitions_def=LETTERS,
        backfill_policy=BackfillPolicy.single_run(),
        io_manager_key="mine",
        resource_defs={"mine": table},
    )
    def up() -> list[int]:
        return [1, 2]

    def keep(context: OutputContext, obj: Any) -> None:
        table.notes.values.update({"keys": context.asset_partition_keys, "of": obj})

    table.handle_output = keep  # type: ignore[method-assign]
    sandbox = Sandbox([up])

    assert sandbox.build().success
    assert table.notes.values == {"keys": ["a", "b"], "of": [1, 2]}
    assert sandbox.build().ran == []


def test_a_result_without_a_value_is_not_kept(table: Table) -> None:
    sandbox = Sandbox([number(MaterializeResult(metadata={"rows": 1}), table, version="1")])

    assert sandbox.build().success
    assert table.notes.outputs == []
    assert read_places(sandbox) == {"number": None}


def test_one_that_keeps_values_in_memory_is_refused() -> None:
    (failed,) = Sandbox([number(1, InMemoryIOManager())]).build().failures

    assert "InMemoryIOManager" in failed.message


def test_files_of_ours_without_a_folder_stand_in_the_projects_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    @asset
    def number() -> int:
        return 1

    resources = {"io_manager": FilesystemIOManager()}
    sandbox = Sandbox([Definitions(assets=[number, reader()], resources=resources)], root=tmp_path)

    assert sandbox.build().success
    assert read_places(sandbox) == {"number": ".assetmake/storage/number", "reader": ".assetmake/storage/reader"}
    assert sandbox.build().ran == []


class TestOthersFilesStay:
    def test_where_ours_stood_before(self, files: Files) -> None:
        """An IO manager may write where our own file was: that goes only while it is ours."""

        @asset
        def number() -> int:
            return 1

        root = files.folder.parent
        sandbox = Sandbox([number], root=root)
        sandbox.build()
        files.folder = root / "data"

        sandbox.replace([Definitions(assets=[number], resources={"io_manager": files})])
        sandbox.build()

        assert (root / "data" / "number.json").read_text() == "1"
        assert sandbox.build().ran == []

    def test_when_the_asset_is_gone(self, files: Files) -> None:
        sandbox = Sandbox([number(1, files)], root=files.folder.parent)
        sandbox.build()

        @asset
        def other() -> int:
            return 1

        sandbox.replace([other])
        orphans, _ = by_hand.collect(sandbox.project, remove=True)

        assert [each.asset for each in orphans] == ["number"]
        assert (files.folder / "number.json").exists()
        assert by_hand.collect(sandbox.project, remove=True)[0] == []

    def test_when_it_is_renamed_it_is_made_again(self, files: Files) -> None:
        @asset(io_manager_key="mine", resource_defs={"mine": files}, code_version="1")
        def new() -> int:
            return 1

        sandbox = Sandbox([number(1, files)], root=files.folder.parent)
        sandbox.build()
        sandbox.replace([new])
        by_hand.rename(sandbox.project, AssetKey("number"), AssetKey("new"))

        assert sandbox.build().ran == ["new"]
        assert sorted(path.name for path in files.folder.iterdir()) == ["new.json", "number.json"]

    def test_accept_takes_a_file_that_was_changed(self, files: Files) -> None:
        sandbox = Sandbox([number([1], files), reader(files)], root=files.folder.parent)
        sandbox.build()
        (files.folder / "number.json").write_text("[5]")
        files.notes.values["number"] = [5]

        by_hand.accept(sandbox.project, Selection(("number",)), "I know")

        assert sandbox.build().ran == ["reader"]
