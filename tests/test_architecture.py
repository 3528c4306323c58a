"""The house's rules, run: import contract, ceilings, names, docstrings, style and types."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import assetmake
from assetmake.discovery.code.syntax import parse_source
from sharing import shared

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PACKAGES = [path for path in SOURCES if path.name == "__init__.py"]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "misc"}
PUBLIC_NAMES = ROOT / "src/assetmake/__init__.py"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read_tree(path: Path) -> ast.Module:
    tree = parse_source(path.read_text(encoding="utf-8"))
    assert tree is not None
    return tree


def functions_of(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_room_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400, "a file has at most 400 lines"
    for function in functions_of(read_tree(path)):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= 60, f"{function.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_own_modules_are_imported_at_the_top(path: Path) -> None:
    for function in functions_of(read_tree(path)):
        for node in ast.walk(function):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [module or ""]
            assert not any(name.split(".")[0] == "assetmake" for name in names), f"{function.name} imports {names}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is_and_annotates(path: Path) -> None:
    tree = read_tree(path)
    assert ast.get_docstring(tree), "the module has no docstring"
    if len(tree.body) > 1:
        future = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
        assert future, "from __future__ import annotations is missing"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_module_is_a_drawer_for_everything(path: Path) -> None:
    assert not FORBIDDEN_NAMES & {path.stem, *path.relative_to(ROOT / "src").parts}


def test_imports_go_downward_only() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run(str(lint), "--no-cache")


def test_style() -> None:
    run(sys.executable, "-m", "ruff", "check", "--no-cache", "src", "tests", "examples", "benchmarks")
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "src", "tests", "examples", "benchmarks")


def test_types(tmp_path_factory: pytest.TempPathFactory) -> None:
    with shared("mypy", tmp_path_factory) as cache:
        run(sys.executable, "-m", "mypy", f"--cache-dir={cache}")


def test_importing_the_package_is_light() -> None:
    heavy = "{'duckdb', 'pyarrow', 'networkx', 'pandas', 'polars', 'numpy', 'rich', 'click', 'croniter', 'pydantic'}"
    code = (
        "import sys, assetmake as dg; dg.asset; dg.DailyPartitionsDefinition; dg.FileSource; dg.Definitions;"
        " dg.EnvVar; dg.RunConfig; dg.ResourceParam; dg.resource; dg.IOManager; dg.io_manager;"
        f" print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_loads() -> None:
    code = "import assetmake; [getattr(assetmake, name) for name in assetmake.__all__]"
    run(sys.executable, "-c", code)


def test_type_checkers_see_the_names_that_are_there() -> None:
    stub = ast.parse(PUBLIC_NAMES.with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [(node, alias) for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    homes = {alias.name: f"{node.module}.{alias.name}" for node, alias in imports}
    seen = {(alias.asname, homes[alias.name]) for _, alias in imports if alias.asname}
    seen |= {(ast.unparse(n.targets[0]), homes[ast.unparse(n.value)]) for n in stub.body if isinstance(n, ast.Assign)}
    assert seen == {(name, find_home(name)) for name in set(assetmake.__all__) - {"__version__"}}


def find_home(name: str) -> str:
    """Return where a public name stands: what a value says of itself, and the table where it says nothing."""
    value = getattr(assetmake, name)
    if isinstance(value, ModuleType):  # a package that is a decorator, too, which stands in a module of that name
        return str(value.stands_for)
    own_name = getattr(value, "__qualname__", None)
    return f"assetmake.{assetmake._HOMES[name]}" if own_name is None else f"{value.__module__}.{own_name}"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for requirement in project["dependencies"]:
        name = requirement.split(">")[0].strip()
        assert f"**{name}**" in contributing, f"CONTRIBUTING.md does not say why {name} is needed"


def test_the_repository_names_no_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in listed:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yml"} and path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "/" + "work/main" not in text, f"{name} holds a path of a machine"
