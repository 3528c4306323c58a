"""materialize: values, inputs, selections, subsets, partitions, IO managers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assetmake import (
    AllPartitionMapping,
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    AssetSpec,
    DailyPartitionsDefinition,
    Definitions,
    FileSource,
    InputContext,
    IOManager,
    MaterializeResult,
    Output,
    OutputContext,
    PartitionKeyRange,
    StaticPartitionsDefinition,
    asset,
    define_asset_job,
    materialize,
    materialize_to_memory,
)
from assetmake.errors import (
    CyclicDependencyError,
    DefinitionError,
    InvariantError,
    LoadInputError,
    SelectionError,
    StorageError,
    UnknownPartitionError,
    ValueTypeError,
)

LETTERS = StaticPartitionsDefinition(["a", "b", "c"])
DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")


class Shelf(IOManager):
    """Keeps values in memory, and every context it was given."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, ...], Any] = {}
        self.stored: list[OutputContext] = []
        self.loaded: list[InputContext] = []

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self.stored.append(context)
        self.kept[tuple(context.asset_key.path)] = obj

    def load_input(self, context: InputContext) -> Any:
        self.loaded.append(context)
        return self.kept[tuple(context.asset_key.path)]


def test_each_function_is_called_after_those_that_it_reads() -> None:
    called: list[str] = []

    @asset
    def last(middle: int) -> int:
        called.append("last")
        return middle + 1

    @asset
    def middle(first: int) -> int:
        called.append("middle")
        return first + 1

    @asset
    def first() -> int:
        called.append("first")
        return 1

    result = materialize([last, middle, first])
    assert result.success
    assert called == ["first", "middle", "last"]
    assert result.output_for_node("last") == result.asset_value("last") == 3


def test_only_what_is_selected_runs_and_the_rest_is_loaded() -> None:
    @asset
    def first() -> int:
        return 1

    @asset
    def second(first: int) -> int:
        return first + 1

    shelf = Shelf()
    shelf.kept["first",] = 10
    result = materialize([first, second], selection="second", resources={"io_manager": shelf})
    assert result.asset_value("second") == 11
    with pytest.raises(InvariantError, match="first was not made in this run"):
        result.asset_value("first")
    with pytest.raises(InvariantError, match="No outputs found for output 'result' from node 'first'"):
        result.output_for_node("first")


def test_a_selection_that_means_nothing_is_refused() -> None:
    @asset
    def first() -> int:
        return 1

    with pytest.raises(SelectionError, match="nowhere"):
        materialize([first], selection="nowhere")
    assert materialize([]).success


def test_what_cannot_be_loaded_is_told_with_the_input() -> None:
    @asset
    def second(first: int) -> int:
        return first

    with pytest.raises(LoadInputError, match='Error occurred while loading input "first"') as caught:
        materialize([second, AssetSpec("first")])
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_a_parameter_that_reads_nothing_is_refused_before_anything_runs() -> None:
    ran: list[str] = []

    @asset
    def orders() -> None:
        ran.append("orders")

    @asset(key_prefix="shop")
    def total(order: int) -> int:
        return order

    @asset(deps=["anybody"])
    def waits() -> None: ...

    told = r"asset shop/total \(.*\): parameter 'order' reads order, and there is no such asset or source"
    with pytest.raises(DefinitionError, match=told) as caught:
        materialize([orders, total], selection="shop/total", raise_on_error=False)
    assert caught.value.hint == "did you mean orders?"
    with pytest.raises(DefinitionError, match=told):
        Definitions.validate_loadable(Definitions([total]))
    assert Definitions([total]).get_assets_def("shop/total")(2) == 2
    assert materialize([waits]).success
    assert ran == []
    assert materialize([orders, total], selection="orders").success, "what does not run may read what is not there"


def test_values_are_of_the_type_that_is_declared() -> None:
    @asset
    def says_int() -> int:
        return "one"  # type: ignore[return-value]

    @asset
    def text() -> str:
        return "one"

    @asset
    def reads_int(text: int) -> None:
        del text

    with pytest.raises(ValueTypeError, match='step output "result" - expected type "Int"'):
        materialize([says_int])
    with pytest.raises(ValueTypeError, match='step input "text" - expected type "Int"'):
        materialize([text, reads_int])


def test_assets_that_wait_for_each_other_are_refused() -> None:
    @asset
    def one(two: int) -> int:
        return two

    @asset
    def two(one: int) -> int:
        return one

    with pytest.raises(CyclicDependencyError, match=r"Circular dependency: .*one.*two"):
        materialize([one, two])


def test_two_definitions_of_one_asset_are_refused() -> None:
    @asset
    def one() -> int:
        return 1

    with pytest.raises(DefinitionError, match=r"Duplicate asset key: AssetKey\(\['one'\]\) is declared at .*and at"):
        materialize([one, AssetSpec("one")])


def test_a_partition_is_loaded_made_and_told_of() -> None:
    @asset(partitions_def=LETTERS)
    def letter(context: AssetExecutionContext) -> str:
        return context.partition_key.upper()

    @asset(partitions_def=LETTERS)
    def doubled(context: AssetExecutionContext, letter: str) -> str:
        assert context.asset_partition_key_for_input("letter") == "b"
        return letter * 2

    result = materialize([letter, doubled], partition_key="b")
    assert result.asset_value("doubled") == "BB"
    assert result.asset_value("doubled", partition_key="b") == "BB"
    assert [event.partition for event in result.get_asset_materialization_events()] == ["b", "b"]
    assert result.dagster_run.tags["dagster/partition"] == "b"


def test_a_run_that_is_for_no_partition_keeps_the_asset_as_a_whole() -> None:
    told: list[bool] = []

    class Shelf(IOManager):
        def handle_output(self, context: OutputContext, _obj: object) -> None:
            told.append(context.has_asset_partitions)

        def load_input(self, _context: InputContext) -> None: ...

    @asset(partitions_def=LETTERS)
    def letters(context: AssetExecutionContext) -> str:
        assert not context.has_partition_key
        return "all"

    result = materialize([letters])
    assert result.asset_value("letters") == "all"
    assert Definitions([letters]).load_asset_value("letters", instance=result.instance) == "all"
    assert [event.partition for event in result.get_asset_materialization_events()] == [None]
    materialize([letters], resources={"io_manager": Shelf()})
    assert told == [False]
    with pytest.raises(LoadInputError):
        Definitions([letters]).load_asset_value("letters", instance=materialize([]).instance)


def test_a_function_loads_what_it_does_not_read() -> None:
    @asset(partitions_def=LETTERS)
    def letter(context: AssetExecutionContext) -> str:
        return context.partition_key

    @asset(deps=[letter])
    def picks(context: AssetExecutionContext) -> str:
        with pytest.raises(InvariantError, match="there is no asset nowhere"):
            context.load_asset_value("nowhere")
        with pytest.raises(ValueTypeError):
            context.load_asset_value("letter", python_type=int, partition_key="b")
        with pytest.raises(LoadInputError, match="Is a directory"):
            context.load_asset_value("letter")
        return str(context.load_asset_value("letter", partition_key="b"))

    instance = materialize([letter], partition_key="b").instance
    assert materialize([letter, picks], selection="picks", instance=instance).asset_value("picks") == "b"


def test_all_partitions_come_as_a_dict_by_key() -> None:
    @asset(partitions_def=LETTERS)
    def letter(context: AssetExecutionContext) -> str:
        return context.partition_key

    @asset(ins={"letter": AssetIn(partition_mapping=AllPartitionMapping())})
    def word(letter: dict[str, str]) -> str:
        return "".join(letter[key] for key in sorted(letter))

    shelf = materialize([letter], partition_key="a").instance
    materialize([letter], partition_key="b", instance=shelf)
    materialize([letter], partition_key="c", instance=shelf)
    result = materialize([letter, word], selection="word", instance=shelf)
    assert result.asset_value("word") == "abc"


def test_an_unknown_partition_is_refused_before_anything_runs() -> None:
    called: list[str] = []

    @asset(partitions_def=LETTERS)
    def letter() -> None:
        called.append("letter")

    with pytest.raises(UnknownPartitionError, match="z"):
        materialize([letter], partition_key="z")
    assert called == []


def test_a_range_runs_in_one_call_and_tells_of_each_partition() -> None:
    seen: list[Any] = []

    @asset(partitions_def=DAYS)
    def day(context: AssetExecutionContext) -> None:
        seen.append((context.partition_key_range, list(context.partition_keys), context.has_partition_key))

    job = Definitions(assets=[day], jobs=[define_asset_job("some")]).resolve_job_def("some")
    tags = {
        "dagster/asset_partition_range_start": "2026-01-02",
        "dagster/asset_partition_range_end": "2026-01-03",
    }
    result = job.execute_in_process(tags=tags)
    assert seen == [(PartitionKeyRange("2026-01-02", "2026-01-03"), ["2026-01-02", "2026-01-03"], False)]
    assert [event.partition for event in result.get_asset_materialization_events()] == ["2026-01-02", "2026-01-03"]


def test_a_context_outside_of_partitions_says_so() -> None:
    @asset
    def plain(context: AssetExecutionContext) -> None:
        assert not context.has_partition_key
        with pytest.raises(InvariantError, match="non-partitioned run"):
            _ = context.partition_key

    assert materialize([plain]).success


def test_io_managers_are_told_what_is_kept_and_loaded() -> None:
    shelf, other = Shelf(), Shelf()

    @asset(io_manager_key="other", metadata={"table": "firsts"}, partitions_def=LETTERS)
    def first() -> Output[int]:
        return Output(1, metadata={"rows": 1})

    @asset(ins={"one": AssetIn("first", metadata={"columns": 2})}, partitions_def=LETTERS)
    def second(one: int) -> int:
        return one

    result = materialize([first, second], resources={"io_manager": shelf, "other": other}, partition_key="a")
    assert result.success
    (stored,), (loaded,) = other.stored, other.loaded
    assert (stored.partition_key, stored.definition_metadata["table"], stored.output_metadata["rows"]) == (
        "a",
        "firsts",
        1,
    )
    assert (loaded.name, loaded.definition_metadata["columns"], loaded.upstream_output.asset_key) == (
        "one",
        2,
        AssetKey("first"),
    )
    assert [context.asset_key for context in shelf.stored] == [AssetKey("second")]


def test_a_function_that_keeps_its_result_itself_has_nothing_stored() -> None:
    shelf = Shelf()

    @asset
    def kept() -> MaterializeResult:
        return MaterializeResult(metadata={"rows": 3})

    @asset
    def nothing() -> None: ...

    result = materialize([kept, nothing], resources={"io_manager": shelf})
    assert shelf.stored == []
    told = result.asset_materializations_for_node("kept")
    assert [each.metadata["rows"].value for each in told] == [3]


def test_in_memory_runs_take_no_io_manager() -> None:
    @asset
    def first() -> int:
        return 1

    with pytest.raises(InvariantError, match="io manager key 'io_manager'"):
        materialize_to_memory([first], resources={"io_manager": Shelf()})


def test_files_come_as_paths(tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("raw")
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "b.csv").write_text("2")

    @asset
    def together(raw: Path, tables: list[Path]) -> list[str]:
        return [raw.read_text(), *(table.read_text() for table in tables)]

    files = [FileSource("raw", tmp_path / "raw.txt"), FileSource("tables", tmp_path / "*.csv")]
    assert materialize([together, *files]).asset_value("together") == ["raw", "1", "2"]
    with pytest.raises(StorageError, match=r"source raw: there is no file .*absent"):
        materialize([together, FileSource("raw", tmp_path / "absent.txt"), files[1]])


def test_a_file_of_a_partition_is_that_of_its_key(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("of b")
    letters = FileSource("letters", str(tmp_path / "{partition_key}.txt"), LETTERS)

    @asset(partitions_def=LETTERS)
    def text(letters: Path) -> str:
        return letters.read_text()

    assert materialize([letters, text], partition_key="b").asset_value("text") == "of b"


def test_definitions_bring_assets_and_resources() -> None:
    @asset(required_resource_keys={"greeting"})
    def greeted(context: AssetExecutionContext) -> str:
        return str(context.resources.greeting)

    result = materialize([Definitions(assets=[greeted], resources={"greeting": "hello"})])
    assert result.asset_value("greeted") == "hello"
