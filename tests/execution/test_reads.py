"""Files that an asset's function opens, and which of them it declares."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmake import DailyPartitionsDefinition, FileSource, StaticPartitionsDefinition, asset
from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.collect import describe_assets
from assetmake.events import Event, Warned
from assetmake.execution.bench import Bench
from assetmake.execution.declared import Declarations
from assetmake.execution.reading_by_key import ReadingByKey
from assetmake.execution.reads import ReadWatch
from assetmake.execution.undeclared import Undeclared
from assetmake.graph.asset_graph import build_graph
from assetmake.storage.io_managers import Input, Piece
from assetmake.storage.sources import list_files

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")
LISTENING: list[ReadWatch] = []


def forward(event: str, arguments: tuple[object, ...]) -> None:
    for watch in LISTENING:
        watch.hear(event, arguments)


@pytest.fixture(scope="module", autouse=True)
def _hook() -> None:
    sys.addaudithook(forward)  # it stays for good, so there is one


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one file to read, in which the tests stand."""
    folder = tmp_path / "project"
    (folder / "lookups").mkdir(parents=True)
    (folder / "lookups" / "rates.txt").write_text("1")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def watch(root: Path) -> Iterator[ReadWatch]:
    LISTENING.append(ReadWatch(root))
    yield LISTENING[-1]
    LISTENING.clear()


def read_in_thread() -> None:
    thread = threading.Thread(target=Path("lookups/rates.txt").read_text)
    thread.start()
    thread.join()


def read_from_elsewhere() -> None:
    os.chdir("lookups")
    open("rates.txt").close()
    os.chdir("..")


def read_by_descriptor() -> None:
    descriptor = os.open("lookups/rates.txt", os.O_RDONLY)
    with open(descriptor):
        pass


READINGS: dict[str, Callable[[], object]] = {
    "text": lambda: open("lookups/rates.txt").close(),
    "bytes": lambda: open("lookups/rates.txt", "rb").close(),
    "a path of bytes": lambda: open(b"lookups/rates.txt").close(),
    "a Path": lambda: Path("lookups/rates.txt").read_text(),
    "an absolute path": lambda: Path("lookups/rates.txt").absolute().read_bytes(),
    "a winding path": lambda: open("lookups/../lookups//rates.txt").close(),
    "FileIO": lambda: io.FileIO(Path("lookups/rates.txt")).close(),  # type: ignore[arg-type]
    "os.open": read_by_descriptor,
    "another folder": read_from_elsewhere,
    "a thread": read_in_thread,
}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_reading_is_noted(watch: ReadWatch, reading: Callable[[], object]) -> None:
    with watch.noting():
        reading()
    assert watch.list_undeclared((), ()) == ("lookups/rates.txt",)


def write_then_read() -> None:
    Path("lookups/new.txt").write_text("mine")
    Path("lookups/new.txt").read_text()


def write_temporary_then_read() -> None:
    descriptor, name = tempfile.mkstemp(dir="lookups")
    os.close(descriptor)
    Path(name).read_text()


def open_missing() -> None:
    with pytest.raises(FileNotFoundError):
        Path("lookups/none.txt").read_text()


def plant(name: str) -> Callable[[], object]:
    def read() -> None:
        descriptor = os.open(os.path.dirname(name) or ".", os.O_RDONLY)
        os.close(descriptor)
        open(name).close()

    read.__doc__ = name
    return read


PASSED_OVER: dict[str, Callable[[], object]] = {
    "writing": lambda: open("lookups/rates.txt", "w").close(),
    "appending": lambda: open("lookups/rates.txt", "ab").close(),
    "changing": lambda: open("lookups/rates.txt", "r+").close(),
    "os.open to write": lambda: os.close(os.open("lookups/rates.txt", os.O_WRONLY)),
    "os.open to change": lambda: os.close(os.open("lookups/rates.txt", os.O_RDWR)),
    "a folder": lambda: os.close(os.open("lookups", os.O_RDONLY)),
    "a file that is not there": open_missing,
    "what it wrote itself": write_then_read,
    "a temporary file of its own": write_temporary_then_read,
    "outside the project": lambda: Path(__file__).read_text(),
    "outside, with the same beginning": lambda: Path("../project-2.txt").read_text(),
}
NO_DATA = [
    "helpers.py",
    "lookups/helpers.pyc",
    "fast.cpython-311-x86_64-linux-gnu.so",
    "__pycache__/kernel.nbi",
    ".env",
    ".assetmake/state.duckdb",
    "lookups/.hidden/rates.txt",
    "env/lib/python3.11/site-packages/tzdata/zones",
    "src/shop.egg-info/PKG-INFO",
]


@pytest.mark.parametrize("opening", PASSED_OVER.values(), ids=PASSED_OVER)
def test_what_is_no_reading_of_the_projects_files_is_passed_over(
    root: Path, watch: ReadWatch, opening: Callable[[], object]
) -> None:
    root.with_name("project-2.txt").write_text("")
    with watch.noting():
        opening()
    assert watch.list_undeclared((), ()) == ()


@pytest.mark.parametrize("name", NO_DATA)
def test_what_is_no_data_is_passed_over(root: Path, watch: ReadWatch, name: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("")
    with watch.noting():
        open(name).close()
    assert watch.list_undeclared((), ()) == ()


def test_a_virtual_environment_in_the_project_is_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(root / "env"))
    (root / "env" / "share").mkdir(parents=True)
    (root / "env" / "share" / "data.csv").write_text("")
    LISTENING.append(ReadWatch(root))
    with LISTENING[-1].noting():
        open("env/share/data.csv").close()
        open("lookups/rates.txt").close()
    assert LISTENING.pop().list_undeclared((), ()) == ("lookups/rates.txt",)


def test_only_what_is_opened_meanwhile_is_noted(watch: ReadWatch) -> None:
    open("lookups/rates.txt").close()
    with watch.noting():
        pass
    open("lookups/rates.txt").close()
    assert watch.list_undeclared((), ()) == ()


def test_each_node_begins_with_nothing(watch: ReadWatch) -> None:
    with watch.noting():
        open("lookups/rates.txt").close()
    with watch.noting():
        pass
    assert watch.list_undeclared((), ()) == ()


def test_noting_ends_with_a_function_that_fails(watch: ReadWatch) -> None:
    with suppress(ValueError), watch.noting():
        raise ValueError
    open("lookups/rates.txt").close()
    assert watch.list_undeclared((), ()) == ()


def test_what_was_there_before_a_vain_creation_is_noted(watch: ReadWatch) -> None:
    with watch.noting():
        with pytest.raises(FileExistsError):
            Path("lookups/rates.txt").touch(exist_ok=False)
        with pytest.raises(FileExistsError):
            Path("lookups/rates.txt").open("x").close()
        open("lookups/rates.txt").close()
    assert watch.list_undeclared((), ()) == ("lookups/rates.txt",)


@pytest.mark.parametrize("arguments", [(), (1,), (None, None, 0), (object(), "r", 0), ("a\0b", "r", 0), (3, "rb", 0)])
def test_the_hook_never_raises(watch: ReadWatch, arguments: tuple[object, ...]) -> None:
    with watch.noting():
        watch.hear("open", arguments)
        watch.hear("os.listdir", ("lookups",))
    assert watch.list_undeclared((), ()) == ()


def test_a_nodes_inputs_are_declared_also_behind_a_link(root: Path, watch: ReadWatch) -> None:
    (root / "link.txt").symlink_to("lookups/rates.txt")
    with watch.noting():
        open("lookups/rates.txt").close()
    assert watch.list_undeclared((), [root / "link.txt"]) == ()


def test_a_link_is_declared_by_its_target_and_named_by_itself(root: Path, watch: ReadWatch, tmp_path: Path) -> None:
    (tmp_path / "far.txt").write_text("")
    (root / "near").symlink_to("lookups/rates.txt")
    (root / "far").symlink_to(tmp_path / "far.txt")
    with watch.noting():
        open("near").close()
        open("far").close()
    assert watch.list_undeclared((), ()) == ("far", "near")
    assert watch.list_undeclared((r"lookups/rates\.txt",), ()) == ("far",)


# -------------------------------------------------------------- what is declared


def declare(root: Path, *assets: AssetsDefinition | FileSource) -> Declarations:
    graph = build_graph(describe_assets(assets))
    return Declarations(graph, project=root, outputs=root / "data")


def make_reader(source: FileSource) -> AssetsDefinition:
    @asset(deps=[source])
    def reader() -> None: ...

    return reader


def is_declared(watch: ReadWatch, declarations: Declarations, name: str, *, asset: str = "reader") -> bool:
    """Tell whether an asset of that name may read a file, which is there."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text("")
    with watch.noting():
        open(name).close()
    return watch.list_undeclared(declarations.list_patterns(AssetKey.from_user_string(asset)), ()) == ()


@pytest.mark.parametrize(
    ("path", "declared", "undeclared"),
    [
        ("raw/a.csv", "raw/a.csv", "raw/aXcsv"),
        ("./raw//a.csv", "raw/a.csv", "raw/b.csv"),
        ("raw/*.csv", "raw/a[1].csv", "raw/deep/a.csv"),
        ("raw/**/*.csv", "raw/very/deep/a.csv", "raw/a.txt"),
        ("raw/**", "raw/very/deep/a.csv", "lookups/a.csv"),
        ("raw/[!ab]?.csv", "raw/c1.csv", "raw/a1.csv"),
        ("raw/[[]1].csv", "raw/[1].csv", "raw/1.csv"),
    ],
)
def test_a_source_declares_its_path_or_glob(
    root: Path, watch: ReadWatch, path: str, declared: str, undeclared: str
) -> None:
    source = FileSource("source", path)
    declarations = declare(root, source, make_reader(source))
    assert is_declared(watch, declarations, declared)
    assert not is_declared(watch, declarations, undeclared)


@pytest.mark.parametrize(
    ("source", "declared", "undeclared"),
    [
        (FileSource("source", "raw/{partition_key}.csv"), "raw/2026.csv", "raw/2026.txt"),
        (FileSource("source", "raw/[x]/{partition_key}.csv"), "raw/[x]/1.csv", "raw/x/1.csv"),
        (FileSource("source", "raw/{partition_key:%Y/%m/%d}.csv", DAYS), "raw/2026/01/02.csv", "2026/01/02.csv"),
        (FileSource("source", "raw/{partition_key}", StaticPartitionsDefinition(["a/b"])), "raw/a/b", "rare/a"),
    ],
)
def test_a_template_declares_the_files_of_all_keys(
    root: Path, watch: ReadWatch, source: FileSource, declared: str, undeclared: str
) -> None:
    declarations = declare(root, source, make_reader(source))
    assert is_declared(watch, declarations, declared)
    assert not is_declared(watch, declarations, undeclared)


def test_an_absolute_path_declares_the_file_and_one_elsewhere_nothing(root: Path, watch: ReadWatch) -> None:
    here = FileSource("here", root / "lookups" / "rates.txt")
    assert is_declared(watch, declare(root, here, make_reader(here)), "lookups/rates.txt")
    there = FileSource("there", "../lookups/rates.txt")
    assert declare(root, there, make_reader(there)).list_patterns(AssetKey("reader")) == (r"data/reader(?:\.[^/]*)?",)


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("data/single.parquet", True),
        ("data/single.tar.gz", True),
        ("data/single", True),
        ("data/singles.json", False),
        ("data/by/day/2026-01-02.json", True),
        ("data/by/week.json", False),
        ("data/by/day.json", False),
        ("data/reader.json", True),
        ("data/apart.json", False),
        ("data/above.json", False),
    ],
)
def test_upstream_assets_declare_their_outputs(root: Path, watch: ReadWatch, name: str, declared: bool) -> None:
    @asset
    def above() -> int:
        return 1

    @asset
    def single(above: int) -> int:
        return above

    @asset(name="day", key_prefix="by", partitions_def=DAYS)
    def day() -> int:
        return 1

    @asset(deps=["by/day"])
    def reader(single: int) -> int:
        return single

    @asset
    def apart() -> int:
        return 1

    assert is_declared(watch, declare(root, above, single, day, reader, apart), name) is declared


PARTS = st.text("ab*?[]!-.\\", min_size=1, max_size=4).filter(lambda part: part.strip(".") == part)
FILES = st.lists(st.text("ab*?[]!-", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)


@given(st.lists(PARTS | st.just("**"), min_size=1, max_size=3).map("/".join), st.sets(FILES, min_size=1, max_size=6))
def test_a_glob_declares_what_it_finds(pattern: str, names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder))
        for name in names:
            if not any(other.startswith(f"{name}/") for other in names):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text("")
        files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        source = FileSource("source", pattern)
        watch = ReadWatch(root)
        with watch.noting():
            for name in files:
                watch.hear("open", (str(root / name), "r", 0))
        declared = declare(root, source, make_reader(source)).list_patterns(AssetKey("reader"))

        # (What a glob finds of `file/**` is `file/`, which is no file.)
        found = {name for name in list_files(root, pattern) if not name.endswith("/")}
        assert files.difference(watch.list_undeclared(declared, ())) == found


# -------------------------------------------------------------- what is said


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        (
            "lookups/rates.yaml",
            'rates = FileSource("rates", "lookups/rates.yaml"), and deps=[rates] or a parameter rates',
        ),
        ("2026 (1).csv", 'file_2026__1_ = FileSource("file_2026__1_", "2026 (1).csv")'),
        ("a[1].csv", 'a_1_ = FileSource("a_1_", "a[[]1].csv")'),
        ("raw/1.csv", 'deps=["source"] or a parameter for it'),
        ("data/reader.parquet", 'deps=["reader"] or a parameter for it'),
    ],
)
def test_the_advice_names_what_declares_a_file(root: Path, name: str, advice: str) -> None:
    source = FileSource("source", "raw/*.csv")
    assert declare(root, source, make_reader(source)).advise(name).startswith(advice)


def test_a_file_is_told_once_for_each_asset(root: Path) -> None:
    events: list[Event] = []
    undeclared = Undeclared(declare(root), events.append)
    for asset_key in ("report", "report", "other"):
        undeclared.tell(AssetKey(asset_key), ["a.txt", "b.txt"])
    told = [event.message.split(",")[0] for event in events if isinstance(event, Warned)]
    assert told == ["report read a.txt", "report read b.txt", "other read a.txt", "other read b.txt"]


def test_of_many_files_ten_are_told(root: Path) -> None:
    events: list[Event] = []
    undeclared = Undeclared(declare(root), events.append)
    for number in range(100):
        undeclared.tell(AssetKey("report"), [f"{number}.txt"])
    assert len(events) == 11
    assert isinstance(events[-1], Warned)
    assert events[-1].message.startswith("report read more files")


def test_a_refusal_names_node_files_and_what_to_write(root: Path) -> None:
    failure = Undeclared(declare(root), lambda _: None).refuse(AssetKey("report"), "k", ["a.txt", "b", "c", "d", "e"])
    assert failure.message.startswith("report@k read a.txt, b, c and 2 more without declaring them")
    assert 'FileSource("a", "a.txt")' in failure.message
    assert not failure.retryable
    assert json.dumps(failure.message)


def test_what_is_opened_to_load_a_value_is_no_read_of_the_function(watch: ReadWatch, root: Path) -> None:
    """An IO manager of the user's opens files that nobody but it knows of."""
    up = AssetKey("up")

    class Loading(Bench):
        def __init__(self) -> None:
            pass

        def load_as(self, given: Input, annotation: object) -> str:
            return Path("lookups/rates.txt").read_text()

    pieces = (Piece(None, root / "data" / "up.json"),)
    given = Input("up", "io_manager", False, False, pieces, upstream=up)
    loading = ReadingByKey([given], asset(name="reader")(lambda: 1), Loading(), None, watch)

    with watch.noting():
        assert loading(up, None, None) == "1"

    assert watch.list_undeclared((), ()) == ()

    with watch.noting():
        loading(up, None, None)
        Path("lookups/rates.txt").read_text()

    assert watch.list_undeclared((), ()) == ("lookups/rates.txt",)
