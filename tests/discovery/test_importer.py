from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.config import load_config
from assetmake.discovery.importer import LoadedModule, find_asset, load_modules
from assetmake.discovery.loader import install, source_of, uninstall
from assetmake.discovery.manifest import ModuleFailure
from assetmake.errors import ConfigError, DefinitionError

Load = Callable[..., tuple[dict[str, LoadedModule], dict[str, ModuleFailure]]]
ASSET = "from assetmake.definitions.assets.decorators import asset\n@asset\ndef {}(): return 1\n"


@pytest.fixture
def load(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    monkeypatch.delenv("ASSETMAKE_ENV", raising=False)

    def load_listed(
        *modules: str, python_path: tuple[str, ...] = (".",)
    ) -> tuple[dict[str, LoadedModule], dict[str, ModuleFailure]]:
        uninstall()
        listed = f"modules = {list(modules)!r}" if modules else ""
        (root / "assets.toml").write_text(f"[project]\n{listed}\npython_path = {list(python_path)!r}")
        loaded, failures = load_modules(root, load_config(root))
        return {each.name: each for each in loaded}, {each.module: each for each in failures}

    yield load_listed
    uninstall()


def test_by_default_assets_py_and_the_assets_folder_are_loaded(load: Load, write: Callable[..., None]) -> None:
    write("assets.py")
    write("other.py")
    assert list(load()[0]) == ["assets"]
    write("assets/deep/a.py")
    (Path(load()[0]["assets"].file)).unlink()
    assert list(load()[0]) == ["assets.deep.a"]


def test_a_project_without_modules_is_empty(load: Load) -> None:
    assert load() == ({}, {})


def test_import_names_and_globs_may_name_the_same_module(load: Load, write: Callable[..., None]) -> None:
    write("flights/a.py", "from flights import b")
    write("flights/b.py")
    write("flights/__main__.py", "raise SystemExit('this is a program')")
    loaded, failures = load("flights.b", "flights/*.py")
    assert list(loaded) == ["flights.b", "flights.a"]
    assert vars(loaded["flights.a"].module)["b"] is loaded["flights.b"].module
    assert failures == {}


def test_a_file_is_named_from_its_python_path_folder(load: Load, write: Callable[..., None]) -> None:
    write("src/flights/a.py", "import flights.b")
    write("src/flights/b.py")
    assert list(load("src/**/*.py", python_path=("src", "."))[0]) == ["flights.a", "flights.b"]


def test_assets_py_beside_an_assets_folder(load: Load, write: Callable[..., None]) -> None:
    write("assets.py")
    write("assets/more.py")
    loaded, failures = load()
    assert list(loaded) == ["assets", "file:assets/more"]
    assert failures == {}


def test_a_file_whose_path_is_no_name_can_be_imported_and_pickled(
    load: Load, write: Callable[..., None], root: Path
) -> None:
    write("assets/2024-v1.5 (new)%.py", ASSET.format("one") + "class Thing: pass\n")
    loaded, failures = load()
    (name,) = loaded
    assert failures == {}
    thing = vars(loaded[name].module)["Thing"]()
    written = pickle.dumps(thing)
    uninstall()
    install(root)
    assert find_asset(name, AssetKey("one"))() == 1
    assert type(pickle.loads(written)).__module__ == name


def test_an_edit_of_the_same_size_in_the_same_second_is_seen(load: Load, root: Path) -> None:
    file = root / "assets.py"
    stamp = 1_700_000_000_000_000_000
    for number in (1, 2):
        file.write_text(f"NUMBER = {number}\n")
        os.utime(file, ns=(stamp, stamp))
        module = load()[0]["assets"].module
        assert vars(module)["NUMBER"] == number
        assert source_of(str(module.__file__)) == f"NUMBER = {number}\n"


def test_a_lying_pyc_is_neither_read_nor_is_one_written(root: Path, write: Callable[..., None]) -> None:
    write("assets.py", "import helper\nprint(helper.NUMBER)\n")
    write("helper.py", "NUMBER = 1\n")
    os.utime(root / "helper.py", (1_700_000_000, 1_700_000_000))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    importing = [sys.executable, "-c", "import helper; print(helper.NUMBER)"]
    subprocess.run(importing, cwd=root, env=env, check=True)
    write("helper.py", "NUMBER = 2\n")
    os.utime(root / "helper.py", (1_700_000_000, 1_700_000_000))
    trapped = subprocess.run(importing, cwd=root, env=env, check=True, capture_output=True, text=True)
    assert trapped.stdout == "1\n", "the trap is not set: Python itself saw the edit"
    printed = subprocess.run(
        [sys.executable, "-c", LOAD], cwd=root, env=env, check=True, capture_output=True, text=True
    )
    assert (printed.stdout, printed.stderr) == ("loaded ['assets']\n", "2\n")
    assert not list(root.glob("__pycache__/assets.*.pyc"))


LOAD = """
import sys
from pathlib import Path
from assetmake.discovery.config import load_config
from assetmake.discovery.importer import load_modules
loaded, failures = load_modules(Path("."), load_config(Path(".")))
print("loaded", [each.name for each in loaded])
for failure in failures:
    print(failure.message)
"""


def test_what_user_code_and_its_children_print_goes_to_stderr(root: Path, write: Callable[..., None]) -> None:
    write(
        "assets.py",
        """
        import subprocess
        print("from python", flush=True)
        subprocess.run(["echo", "from a child"])
        """,
    )
    printed = subprocess.run([sys.executable, "-c", LOAD], cwd=root, check=True, capture_output=True, text=True)
    assert printed.stdout == "loaded ['assets']\n"
    assert printed.stderr == "from python\nfrom a child\n"


@pytest.mark.parametrize("name", ["enum", "random", "os"])
def test_a_module_named_like_pythons_own_is_refused_and_breaks_nothing(
    root: Path, write: Callable[..., None], name: str
) -> None:
    (root / "assets.toml").write_text('[project]\nmodules = ["*.py"]')
    write(f"{name}.py", "raise RuntimeError('imported')")
    write("fine.py", "import enum, random, tempfile; random.random()")
    printed = subprocess.run([sys.executable, "-P", "-c", LOAD], cwd=root, check=True, capture_output=True, text=True)
    assert "loaded ['fine']" in printed.stdout
    assert f"{name}.py shadows the standard library's module '{name}'" in printed.stdout


def test_a_hidden_helper_is_pointed_at(load: Load, write: Callable[..., None]) -> None:
    write("statistics.py", "def my_mean(): pass")
    write("assets.py", "import statistics\nstatistics.my_mean()")
    _, failures = load()
    assert "Python's own module 'statistics' comes before statistics.py: rename it" in failures["assets"].message


def test_a_failing_module_leaves_the_others(load: Load, write: Callable[..., None]) -> None:
    write("assets/good.py")
    write("assets/raises.py", "def f():\n    return 1 / 0\nf()\n")
    write("assets/exits.py", "import sys\nsys.exit(3)")
    write("assets/syntax.py", "x = (")
    write("assets/missing.py", "import surely_not_there")
    write("assets/interrupted.py", "raise GeneratorExit")
    loaded, failures = load()
    assert list(loaded) == ["assets.good"]
    assert {name.rpartition(".")[2]: failure.message for name, failure in failures.items()} == {
        "exits": "it called sys.exit(3) while it was imported",
        "interrupted": "GeneratorExit",
        "missing": "ModuleNotFoundError: No module named 'surely_not_there'",
        "raises": "ZeroDivisionError: division by zero",
        "syntax": "SyntaxError: '(' was never closed (line 1)",
    }
    assert failures["assets.raises"].file == "assets/raises.py"


def test_an_import_that_was_left_over_tells_of_what_changes_it(load: Load, write: Callable[..., None]) -> None:
    write("assets.py", "from dagster.surely_not_there import asset")
    assert load()[1]["assets"].message.endswith(
        "(assetmake init --from-dagster PATH changes import lines that are left)"
    )


def test_the_traceback_begins_in_the_users_file(load: Load, write: Callable[..., None]) -> None:
    imported = "from assetmake.definitions.assets.decorators import asset"
    write("assets.py", f"{imported}\n@asset(timeout=-1)\ndef a(): return 1\n")
    lines = load()[1]["assets"].traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('assets.py", line 2, in <module>')
    assert not [line for line in lines if "importlib" in line or "definitions/asset.py" in line]


def test_a_module_that_needs_a_failing_one_says_so(load: Load, write: Callable[..., None]) -> None:
    write("assets/a.py", "from assets import middle")
    write("assets/middle.py", "import assets.z")
    write("assets/z.py", "raise ValueError('broken')")
    _, failures = load()
    assert failures["assets.a"].message == "it needs assets.z, which failed: ValueError: broken"
    assert failures["assets.middle"].message == "it needs assets.z, which failed: ValueError: broken"
    assert failures["assets.z"].message == "ValueError: broken"


def test_a_name_that_does_not_exist_gets_the_nearest(load: Load, write: Callable[..., None]) -> None:
    write("flights/assets.py")
    _, failures = load("flihgts.assets", "flights/asets.py", "zzz")
    assert failures["flihgts.assets"].message == (
        "there is no module flihgts.assets (did you mean flights.assets (flights/assets.py)?)"
    )
    assert failures["flights/asets.py"].message == (
        "there is no file flights/asets.py (did you mean flights.assets (flights/assets.py)?)"
    )
    assert "there is no module zzz (check [project] modules" in failures["zzz"].message


def test_a_name_that_an_installed_module_has_is_reported(load: Load, write: Callable[..., None]) -> None:
    write("pytest.py")
    _, failures = load("pytest.py")
    (failure,) = failures.values()
    assert "the name pytest is taken by" in failure.message


def test_a_bare_folder_is_no_module(load: Load, write: Callable[..., None]) -> None:
    write("flights/a.py")
    assert 'list its files: "flights/*.py"' in load("flights")[1]["flights"].message


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("sql/*.sql", "not supported yet"),
        ("model.sql", "not supported yet"),
        ("../other.py", "not inside the project"),
        ("/etc/*.py", "not inside the project"),
        ("my-module", "neither an import name nor a glob"),
        ("a..b", "neither an import name nor a glob"),
    ],
)
def test_an_entry_that_means_nothing_is_refused(load: Load, entry: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(entry)


def test_a_python_path_that_is_missing_is_refused(load: Load) -> None:
    with pytest.raises(ConfigError, match="there is no folder 'src'"):
        load(python_path=("src",))


def test_environments_inside_the_project_are_not_the_projects(load: Load, write: Callable[..., None]) -> None:
    write("assets/a.py")
    write("assets/venv/lib/site-packages/b.py", "raise RuntimeError")
    write("assets/.hidden/c.py", "raise RuntimeError")
    loaded, failures = load()
    assert list(loaded) == ["assets.a"]
    assert failures == {}


def test_a_worker_imports_only_the_module_it_needs(root: Path, write: Callable[..., None], load: Load) -> None:
    write("assets/a.py", ASSET.format("one"))
    write("assets/b.py", "raise RuntimeError")
    install(root)
    assert find_asset("assets.a", AssetKey("one"))() == 1
    with pytest.raises(DefinitionError, match=r"module assets\.a declares no asset two"):
        find_asset("assets.a", AssetKey("two"))


def test_installing_twice_changes_nothing_and_uninstalling_undoes_it(root: Path) -> None:
    before = list(sys.path), list(sys.path_hooks), list(sys.meta_path)
    install(root)
    once = list(sys.path), list(sys.path_hooks), list(sys.meta_path)
    install(root)
    assert (sys.path, sys.path_hooks, sys.meta_path) == once
    uninstall()
    assert (sys.path, sys.path_hooks, sys.meta_path) == before


def test_what_a_module_that_fails_defines_is_read_off_its_text(load: Load, write: Callable[..., None]) -> None:
    text = """\
from assetmake import asset
@asset
def plain(context, read: int = 1): ...
@asset(name="raw/named", group_name="g")
async def called(): ...
SOURCE = FileSource("file", "file.csv")
TYPED: int = 3
assert SOURCE == 1
def (
"""
    write("assets.py", text)
    _, failures = load()
    assert failures["assets"].defines == ("SOURCE", "TYPED", "called", "plain", "raw/named")
