"""A project that looks at everything while it is imported: each thing it looks at is edited, and that is seen."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from remembered import Remembered, later_now

from assetmake.discovery.recall import watch as watch_module
from assetmake.discovery.recall.inputs import Comparison, Inputs, Seen, compare
from assetmake.discovery.recall.watch import Watch
from restoring import keep_times, restored

CONFIG = """
[project]
modules = ["assets.py", "flows/*.py", "wide/**/*.py"]
python_path = [".", "lib"]
[staleness]
environment = ["apples", "pears"]
"""
ASSETS = """
import concurrent.futures, datetime, glob, importlib, importlib.resources, json, logging, os, pkgutil, runpy, sqlite3
import sys
from pathlib import Path

import package.part
import parcel.inner
import shared

sys.path.append(str(shared.HERE.parent / "site-packages"))
import library
import spread.leaf
from assetmake import asset
from helper import TEXT

try:
    import optional
except ImportError:
    optional = None
try:
    from package import addition
except ImportError:
    addition = None

logging.getLogger().warning("a record is dated, and that decides nothing")
computed = importlib.import_module("comp" + "uted")
sys.path += [os.path.abspath("vendor"), os.path.abspath("not_yet")]
import vendored

SETTINGS = open("settings.txt").read()
LINES = Path("lines.txt").read_text()
TREE = json.load(open("tree.json"))
RESOURCE = importlib.resources.files("package").joinpath("resource.txt").read_text()
DATA = pkgutil.get_data("package", "data.bin")
EXECUTED = {}
exec(open("executed.txt").read(), EXECUTED)
RUN = runpy.run_path("run.txt")
ROWS = sqlite3.connect("rows.db").execute("select * from rows").fetchall()
descriptor = os.open("raw.bin", os.O_RDONLY)
try:
    MORE = open("more.txt").read()
except FileNotFoundError:
    MORE = ""

LISTED = os.listdir("listed"), os.listdir(Path("listed_by_path"))
SCANNED = [each.name for each in os.scandir("scanned")]
WALKED = list(os.walk("walked"))
GLOBBED = glob.glob("globbed/*.csv")
PATHS = list(Path("paths").glob("*.csv")), list(Path("iterated").iterdir()), list(Path("deep").rglob("*.csv"))
NO_PATHS = list(Path("no_paths").glob("*.csv")), glob.glob("no_glob/*.csv"), list(Path("no_walk").rglob("*"))
FOLDERS = [each.name for each in os.scandir("entries") if each.is_dir()], glob.glob("entry_globbed/*/")
BELOW = glob.glob("entry_below/**/*.csv", recursive=True), list(Path("entry_path").glob("*/*.csv"))
LINKS = [each.name for each in os.scandir("entry_link") if each.is_symlink()]
LEADING = [each.name for each in os.scandir("entry_leading") if each.is_file()], glob.glob("entry_led/*/*.csv")
PLUGINS = [each.name for each in pkgutil.iter_modules(["plugins"])]
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    THREADED = list(pool.map(lambda number: open(f"threads/{number}.txt").read(), range(20)))
with concurrent.futures.ThreadPoolExecutor(1) as pool:  # what runs there has no frame of ours
    READ_IN_THREAD = list(pool.map(Path.read_text, [Path("../outside/thread.txt")]))
    ASKED_IN_THREAD = list(pool.map(os.path.exists, ["flag_thread"])), list(pool.map(os.readlink, ["thread_link"]))
    LISTED_IN_THREAD = list(pool.map(os.listdir, ["../outside/thread_listed"]))
    GOT_IN_THREAD = list(pool.map(os.environ.get, ["RECALL_THREAD"]))
ACCESS = os.access("flag_access", os.R_OK)
FLAG = os.path.exists("flag"), os.path.isfile("flag_file"), Path("flag_path").exists(), os.path.isdir("flag_folder")
THERE = os.path.exists("there.txt"), Path("there_folder").is_dir()
LINKED = os.readlink("read_link"), Path("resolved_link").resolve().name, os.path.exists("dangling_link")
KIND = os.path.isdir("kind"), Path("other_kind").is_file()
folder = os.open("by_number", os.O_RDONLY)
BY_NUMBER = os.listdir(folder), os.path.exists("x"), os.stat("inner", dir_fd=folder).st_mode
os.close(os.open("conf", os.O_RDONLY, dir_fd=folder))

ITEM = os.environ["RECALL_ITEM"]
GOT = os.environ.get("RECALL_GET"), os.getenv("RECALL_GETENV"), "RECALL_IN" in os.environ
EXPANDED = os.path.expandvars("$RECALL_EXPANDED")
FALLBACK = os.environ.setdefault("RECALL_DEFAULT", "x"), os.environb.get(b"RECALL_BYTES")
LOCAL = datetime.datetime(2026, 1, 1).timestamp()


@asset(env_vars=["RECALL_DECLARED"])
def told() -> str:
    return TEXT
"""
FILES = {
    "assets.toml": CONFIG,
    "assets.py": ASSETS,
    "helper.py": "TEXT = 'a'\n",
    "computed.py": "X = 1\n",
    "package/__init__.py": "import os\n",
    "package/part.py": "X = 1\n",
    "package/resource.txt": "r",
    "package/data.bin": "d",
    "parcel/inner.py": "X = 1\n",
    "spread/stem.py": "X = 1\n",
    "lib/spread/leaf.py": "X = 1\n",
    "lib/apples-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: apples\nVersion: 1.0\n",
    "lib/plain/readme.txt": "no package",
    "vendor/vendored.py": "X = 1\n",
    "flows/one.py": "X = 1\n",
    "flows/folder.py/x": "",
    "wide/one.py": "X = 1\n",
    "wide/more": "",
    "elsewhere/c.py": "X = 1\n",
    "settings.txt": "a",
    "lines.txt": "a",
    "tree.json": "{}",
    "executed.txt": "X = 1\n",
    "run.txt": "X = 1\n",
    "raw.bin": "a",
    "there.txt": "a",
    "plugins/one.py": "",
    **{f"threads/{number}.txt": "a" for number in range(20)},
    "there_folder/x": "",
    "v1/x": "",
    "v2/x": "",
    "kind": "",
    "other_kind/x": "",
    "by_number/conf": "",
    "by_number/inner/x": "",
    "yaml/note.txt": "a folder of the project, not the library",
    **{f"{name}/a.csv": "a" for name in ("listed", "listed_by_path", "scanned", "globbed", "paths", "iterated")},
    **{f"{name}/below/a.csv": "a" for name in ("walked", "deep")},
    **{f"{name}/x": "" for name in ("entries", "entry_globbed", "entry_below", "entry_path", "entry_link")},
    "entry_leading/other": "",
    "entry_led/v1": "",
    "far_kind": "",
}
OUTSIDE = {
    "shared/__init__.py": """
import json, os
from pathlib import Path
HERE = Path(__file__).parent
TREE = json.load(open(HERE / "tree.json"))
LISTED = os.listdir(HERE / "listed")
GOT = os.environ.get("RECALL_SHARED")
FLAG = (HERE / "flag").exists()
from shared import part
try:
    from shared import addition
except ImportError:
    pass
""",
    "shared/part.py": "X = 1\n",
    "site-packages/library/__init__.py": """
import os
HERE = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
GOT = os.environ.get("RECALL_LIBRARY")
SETTINGS = open(os.path.join(HERE, "library.conf")).read()
MORE = os.path.exists(os.path.join(HERE, "library.more"))
""",
    "library.conf": "a",
    "thread.txt": "a",
    "thread_listed/a": "",
    "shared/tree.json": "{}",
    "shared/listed/a": "",
    "pears.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: pears\nVersion: 1.0\n",
}
LINKS = {
    "read_link": "v1",
    "resolved_link": "v1",
    "dangling_link": "comes_later",
    "entry_leading/link": "../leads_later",
    "flows/dangling.py": "../flow_comes_later.py",
    "flows/same.py": "one.py",
    "flows/through.py": "../hop.py",
    "hop.py": "flows/one.py",
    "thread_link": "v1",
    "docutils.py": "module_comes_later",
    "pygments": "package_comes_later",
    "entry_led/near": "v1",
    "entry_led/far": "../far_kind",
}
Edit = Callable[[Remembered], object]


@dataclass(frozen=True)
class Kind:
    """A kind of input: what is edited, and what is then said to have moved."""

    name: str
    edit: Edit
    moved: str = ""
    environment: Mapping[str, str | None] = field(default_factory=dict)


def write(name: str, text: str = "b") -> Edit:
    return lambda project: project.write(name, text)


def write_outside(name: str, text: str = "b") -> Edit:
    def edit(project: Remembered) -> None:
        (project.outside / name).parent.mkdir(parents=True, exist_ok=True)
        (project.outside / name).write_text(text)

    return edit


def unlink(name: str) -> Edit:
    return lambda project: (project.root / name).unlink()


def relink(name: str, target: str) -> Edit:
    def edit(project: Remembered) -> None:
        (project.root / name).unlink()
        (project.root / name).symlink_to(target)

    return edit


def replace_by_file(name: str) -> Edit:
    def edit(project: Remembered) -> None:
        path = project.root / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        path.write_text("")

    return edit


def replace_by_folder(name: str) -> Edit:
    def edit(project: Remembered) -> None:
        (project.root / name).unlink()
        (project.root / name).mkdir()

    return edit


def replace_by_folder_of(name: str, inner: str) -> Edit:
    def edit(project: Remembered) -> None:
        (project.root / name).unlink()
        project.write(f"{name}/{inner}", "")

    return edit


def set_variable(name: str, value: str | None = "b") -> Kind:
    return Kind(f"variable {name} is {value}", lambda _: None, f"variable {name}", {name: value})


def add_row(project: Remembered) -> None:
    connection = sqlite3.connect(project.root / "rows.db")
    connection.execute("insert into rows values (2)")
    connection.commit()
    connection.close()


def rename_distribution(project: Remembered) -> None:
    (project.root / "lib/apples-1.0.dist-info").rename(project.root / "lib/apples-1.1.dist-info")


KINDS = (
    Kind("body of a module", write("assets.py", "X = 1\n"), "assets.py"),
    Kind("same size and time", lambda p: keep_times(p.root / "helper.py", "TEXT = 'b'\n"), "helper.py"),
    Kind("helper", write("helper.py", "TEXT = 'other'\n"), "helper.py"),
    Kind("helper by a computed name", write("computed.py", "X = 2\n"), "computed.py"),
    Kind("helper deleted", unlink("helper.py"), "helper.py"),
    Kind("helper becomes a package", write("helper/__init__.py", ""), ""),
    Kind("__init__ of a package", write("package/__init__.py", "import sys\n"), "package/__init__.py"),
    Kind("part of a package", write("package/part.py", "X = 2\n"), "package/part.py"),
    Kind("module of a folder without __init__", write("parcel/inner.py", "X = 2\n"), "parcel/inner.py"),
    Kind("folder gets its __init__", write("parcel/__init__.py", ""), "parcel/__init__.py"),
    Kind("another portion of a namespace comes first", write("spread/leaf.py", "X = 2\n"), "spread"),
    Kind("another portion of a namespace comes to be", write_outside("spread/leaf.py", "X = 2\n"), "outside/spread"),
    Kind("module of a folder that was put on sys.path", write("vendor/vendored.py", "X = 2\n"), "vendored.py"),
    Kind("new module in such a folder", write("vendor/optional.py", ""), "vendor"),
    Kind("such a folder comes to be", write("not_yet/x.py", ""), "not_yet"),
    Kind("optional module appears", write("optional.py", ""), ""),
    Kind("optional package appears", write("optional/__init__.py", ""), ""),
    Kind("optional part of a package appears", write("package/addition.py", ""), ""),
    Kind("optional package elsewhere appears", write("lib/optional/__init__.py", ""), ""),
    Kind("new file of a glob of modules", write("flows/two.py", ""), "flows"),
    Kind("file of a glob of modules", write("flows/one.py", "X = 2\n"), "flows/one.py"),
    Kind("file of a glob of modules is gone", unlink("flows/one.py"), ""),
    Kind("file becomes a folder of a glob of modules", replace_by_folder_of("wide/more", "b.py"), "wide"),
    Kind("folder becomes a file of a glob of modules", replace_by_file("flows/folder.py"), "flows"),
    Kind("there is what a link of a glob of modules leads to", write("flow_comes_later.py"), "flow"),
    Kind("link of a glob of modules leads elsewhere", relink("flows/same.py", "../elsewhere/c.py"), "flows"),
    Kind("link to a link of a glob of modules leads elsewhere", relink("hop.py", "elsewhere/c.py"), "hop.py"),
    Kind("new module shadows a library's", write("click.py", ""), ""),
    Kind("new package shadows a library's", write("yaml/__init__.py", ""), "yaml/__init__.py"),
    Kind("new package in another folder of modules", write("lib/plain/__init__.py", ""), "lib/plain/__init__.py"),
    Kind("module that a link leads to shadows a library's", write("module_comes_later", "X = 1\n"), "docutils.py"),
    Kind("package that a link leads to shadows a library's", write("package_comes_later/__init__.py", ""), "pygments"),
    Kind("module outside", write_outside("shared/part.py", "X = 2\n"), "shared/part.py"),
    Kind("package outside", write_outside("shared/__init__.py", "X = 2\n"), "shared/__init__.py"),
    Kind("file that one outside opens", write_outside("shared/tree.json"), "shared/tree.json"),
    Kind("folder that one outside lists", write_outside("shared/listed/b"), "shared/listed"),
    Kind("optional part of a package outside", write_outside("shared/addition.py", ""), "shared"),
    Kind("file that one outside asks for", write_outside("shared/flag"), "shared/flag"),
    Kind("new module outside", write_outside("yaml.py", ""), "outside"),
    Kind("file opened", write("settings.txt"), "settings.txt"),
    Kind("file opened, same size and time", lambda p: keep_times(p.root / "settings.txt", "b"), "settings.txt"),
    Kind("file opened is gone", unlink("settings.txt"), "settings.txt"),
    Kind("file read by pathlib", write("lines.txt"), "lines.txt"),
    Kind("JSON", write("tree.json", "[]"), "tree.json"),
    Kind("resource of a package", write("package/resource.txt"), "resource.txt"),
    Kind("data of a package", write("package/data.bin"), "data.bin"),
    Kind("file that is executed", write("executed.txt", "X = 2\n"), "executed.txt"),
    Kind("file that is run", write("run.txt", "X = 2\n"), "run.txt"),
    Kind("database", add_row, "rows.db"),
    Kind("log of a database", write("rows.db-wal"), "rows.db-wal"),
    Kind("file opened by os.open", write("raw.bin"), "raw.bin"),
    Kind("missing file appears", write("more.txt"), "more.txt"),
    Kind("file appears as a link that leads nowhere", lambda p: os.symlink("x", p.root / "more.txt"), "more.txt"),
    Kind("os.listdir", write("listed/b.csv"), "listed"),
    Kind("os.listdir of a path", write("listed_by_path/b.csv"), "listed_by_path"),
    Kind("os.scandir", write("scanned/b.csv"), "scanned"),
    Kind("os.walk", write("walked/below/b.csv"), "walked/below"),
    Kind("glob.glob", write("globbed/b.csv"), "globbed"),
    Kind("glob.glob, one gone", unlink("globbed/a.csv"), "globbed"),
    Kind("Path.glob", write("paths/b.csv"), "paths"),
    Kind("Path.iterdir", write("iterated/b.csv"), "iterated"),
    Kind("Path.rglob", write("deep/below/b.csv"), "deep/below"),
    Kind("Path.rglob, new folder", write("deep/other/b.csv"), "deep"),
    Kind("os.scandir, a file becomes a folder", replace_by_folder("entries/x"), "entries"),
    Kind("glob.glob of folders, a file becomes one", replace_by_folder("entry_globbed/x"), "entry_globbed"),
    Kind("glob.glob of all below, a file becomes a folder", replace_by_folder_of("entry_below/x", "y.csv"), ""),
    Kind("Path.glob of folders, a file becomes one", replace_by_folder_of("entry_path/x", "y.csv"), "entry_path"),
    Kind("os.scandir, a file becomes a link", relink("entry_link/x", "../there.txt"), "entry_link"),
    Kind("os.scandir, a link leads elsewhere", relink("entry_leading/link", "other"), "entry_leading"),
    Kind("os.scandir, there is what a link leads to", write("leads_later"), "entry_leading/link"),
    Kind("glob.glob, a link leads to a folder now", replace_by_folder_of("entry_led/v1", "y.csv"), "entry_led"),
    Kind("glob.glob, a link into another folder leads to a folder now", replace_by_folder("far_kind"), "entry_led/far"),
    Kind("folder listed is gone", lambda p: shutil.rmtree(p.root / "listed"), "listed"),
    Kind("Path.glob of a folder that appears", write("no_paths/a.csv"), "no_paths"),
    Kind("glob.glob of a folder that appears", write("no_glob/a.csv"), "no_glob"),
    Kind("Path.rglob of a folder that appears", write("no_walk/a.csv"), "no_walk"),
    Kind("os.path.exists", write("flag"), "flag"),
    Kind("os.access", write("flag_access"), "flag_access"),
    Kind("pkgutil.iter_modules", write("plugins/two.py"), "plugins"),
    *(Kind(f"file {number} read in threads", write(f"threads/{number}.txt"), f"{number}.txt") for number in (0, 7, 19)),
    Kind("file read by a thread", write_outside("thread.txt"), "outside/thread.txt"),
    Kind("folder listed by a thread", write_outside("thread_listed/b"), "outside/thread_listed"),
    Kind("os.path.exists in a thread", write("flag_thread"), "flag_thread"),
    Kind("os.readlink in a thread", relink("thread_link", "v2"), "thread_link"),
    set_variable("RECALL_THREAD"),
    Kind("os.path.isfile", write("flag_file"), "flag_file"),
    Kind("Path.exists", write("flag_path"), "flag_path"),
    Kind("os.path.isdir", write("flag_folder/x"), "flag_folder"),
    Kind("os.path.exists, gone", unlink("there.txt"), "there.txt"),
    Kind("Path.is_dir, gone", lambda p: shutil.rmtree(p.root / "there_folder"), "there_folder"),
    Kind("os.readlink", relink("read_link", "v2"), "read_link"),
    Kind("os.readlink of a link that is none any more", replace_by_file("read_link"), "read_link"),
    Kind("Path.resolve", relink("resolved_link", "v2"), "resolved_link"),
    Kind("os.path.exists of a link that leads nowhere", write("comes_later"), "dangling_link"),
    Kind("os.path.isdir of what was a file", replace_by_folder("kind"), "kind"),
    Kind("Path.is_file of what was a folder", replace_by_file("other_kind"), "other_kind"),
    Kind("os.listdir of an open folder", write("by_number/more"), "by_number"),
    Kind("os.open in an open folder", write("by_number/conf"), "by_number/conf"),
    Kind("os.stat in an open folder", replace_by_file("by_number/inner"), "by_number/inner"),
    Kind("file that a library opens at its import", write_outside("library.conf"), "library.conf"),
    Kind("file that a library asks for at its import", write_outside("library.more"), "library.more"),
    set_variable("RECALL_LIBRARY"),
    Kind("declared distribution", rename_distribution, "lib"),
    Kind(
        "declared distribution whose folder has no version",
        write_outside("pears.egg-info/PKG-INFO", "Metadata-Version: 2.1\nName: pears\nVersion: 1.1\n"),
        "PKG-INFO",
    ),
    Kind("key of variables", lambda p: (p.root / ".assetmake/env.key").write_bytes(b"x" * 32), "env.key"),
    set_variable("RECALL_ITEM"),
    set_variable("RECALL_ITEM", None),
    set_variable("RECALL_GET"),
    set_variable("RECALL_GET", ""),
    set_variable("RECALL_GETENV"),
    set_variable("RECALL_IN"),
    set_variable("RECALL_EXPANDED"),
    set_variable("RECALL_DEFAULT"),
    set_variable("RECALL_BYTES"),
    set_variable("RECALL_SHARED"),
    set_variable("RECALL_DECLARED"),
    set_variable("TZ", "Asia/Tokyo"),
)


@pytest.fixture(scope="module")
def known(
    make_project: Callable[[Path], Remembered], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Remembered, Inputs]:
    """Return a project that looks at everything, and what it was seen to look at."""
    project = make_project(tmp_path_factory.mktemp("everything").resolve())
    for name, text in FILES.items():
        project.write(name, text)
    for name, text in OUTSIDE.items():
        write_outside(name, text)(project)
    for name, target in LINKS.items():
        (project.root / name).symlink_to(target)
    connection = sqlite3.connect(project.root / "rows.db")
    connection.execute("create table rows as select 1")
    connection.commit()
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECALL_ITEM", "a")
        found = project.discover()
    assert found.inputs is not None, (found.volatile, found.manifest.failures)
    return project, found.inputs


def look(inputs: Inputs, environment: Mapping[str, str | None] | None = None) -> Comparison:
    changed = {**os.environ, "RECALL_ITEM": "a", **(environment or {})}
    return compare(
        inputs, environment={name: value for name, value in changed.items() if value is not None}, now=later_now()
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_edit_of_what_was_looked_at_is_seen(known: tuple[Remembered, Inputs], kind: Kind) -> None:
    project, inputs = known
    with restored(project.root, project.outside):
        kind.edit(project)
        moved = look(inputs, kind.environment).moved
        assert moved
        assert kind.moved in moved
    assert look(inputs).moved == ""


HARMLESS: tuple[tuple[str, Edit], ...] = (
    ("nothing", lambda _: None),
    ("touched", lambda p: [os.utime(path, follow_symlinks=False) for path in p.root.rglob("*")]),
    ("rewritten", lambda p: [path.write_bytes(path.read_bytes()) for path in p.root.rglob("*") if path.is_file()]),
    ("a file that nobody asks for", write("README.md")),
    ("a folder that nobody asks for", write("data/a.parquet")),
    ("a file beside a package's modules", write("package/other.txt")),
    ("the text of a file of which only was asked whether it is there", write("there.txt", "other")),
)


@pytest.mark.parametrize("edit", [pytest.param(edit, id=name) for name, edit in HARMLESS])
def test_what_decides_nothing_is_no_reason_to_import(known: tuple[Remembered, Inputs], edit: Edit) -> None:
    project, inputs = known
    with restored(project.root, project.outside):
        edit(project)
        assert look(inputs, {"RECALL_UNREAD": "x", "TERM": "dumb"}).moved == ""


def test_what_stat_vouches_for_is_not_read_again(known: tuple[Remembered, Inputs]) -> None:
    project, inputs = known
    with restored(project.root, project.outside):
        os.utime(project.root / "helper.py")
        compared = look(inputs)
        assert compared.refreshed
        assert not look(compared.inputs).refreshed


def test_a_folder_that_came_later_may_become_a_package_too(known: tuple[Remembered, Inputs]) -> None:
    project, inputs = known
    with restored(project.root, project.outside):
        (project.root / "click").mkdir()
        compared = look(inputs)
        assert compared.moved == ""
        write("click/__init__.py", "")(project)
        assert look(compared.inputs).moved


def test_a_link_that_came_later_may_lead_to_a_package_too(known: tuple[Remembered, Inputs]) -> None:
    project, inputs = known
    with restored(project.root, project.outside):
        (project.root / "click").symlink_to("there_folder/made_later")
        compared = look(inputs)
        assert compared.moved == ""
        write("there_folder/made_later/__init__.py", "")(project)
        assert look(compared.inputs).moved


def test_nothing_of_libraries_is_looked_at_file_by_file(known: tuple[Remembered, Inputs]) -> None:
    _, inputs = known
    of_libraries = [path for path in inputs.files if "site-packages" in path and not path.endswith((".pth", ".py"))]
    assert of_libraries == []
    assert not [path for path in inputs.files if path.endswith(".py") and os.path.basename(os.__file__) in path]


def test_what_two_threads_look_at_is_noted_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path.resolve()
    for name in ("first", "second"):
        (root / name).write_text("x")
    watch = Watch(str(root), [], salt="")
    look = watch_module.see_file

    def look_while_another_opens(path: str, *, now: int) -> Seen | None:
        if path.endswith("first"):
            other = threading.Thread(target=watch.hear, args=("open", (str(root / "second"), "r", 0)))
            other.start()
            other.join()
        return look(path, now=now)

    monkeypatch.setattr(watch_module, "see_file", look_while_another_opens)
    with watch.noting():
        watch.hear("open", (str(root / "first"), "r", 0))
    assert {str(root / "first"), str(root / "second")} <= watch.to_inputs().files.keys()
